"""The same bytes for any number of ranks and shards, and after a kill in the middle."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pyarrow.parquet as pq
import pytest

pytestmark = [pytest.mark.workflow, pytest.mark.mpi]


@pytest.mark.parametrize("split", [(1, 1), (4, 7)], ids="{0[0]} ranks, {0[1]} shards".format)
def test_other_numbers_of_ranks_and_shards_give_the_same_bytes(
    site_of, command, reference, run_tools, split
):
    """The reference is of two ranks and two shards."""
    ranks, shards = split
    folder = site_of(f"ranks{ranks}", shards=shards)
    done = command("run", *run_tools.ranks(ranks), folder=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    logs = [p.read_text() for p in (folder / "logs" / "extract_imaging").iterdir()]
    assert len(logs) == shards
    assert all(f"to compute on {ranks} ranks" in log for log in logs)
    assert run_tools.bytes_of(folder) == reference[1]


def start(folder: Path) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "drepano", "run"],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def wait_for(condition, timeout_s: float = 120.0) -> None:
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.05)


def loose_parts(folder: Path) -> int:
    return len(list((folder / "results/parts/imaging/parts").glob("[!.]*.parquet")))


def computed(folder: Path) -> list[tuple[int, int]]:
    """(kept, to compute) of each imaging shard in its last run."""
    logs = sorted((folder / "logs" / "extract_imaging").glob("*.log"))
    found = [re.search(r"(\d+) kept, (\d+) to compute", p.read_text()) for p in logs]
    return [(int(m[1]), int(m[2])) for m in found if m]


def ours(folder: Path) -> list[psutil.Process]:
    """Processes that work in the folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.cwd() == str(folder) and process.status() != "zombie":
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def test_kills_in_the_middle_then_a_rerun_give_the_same_bytes(
    site_of, command, reference, run_tools
):
    """A rank is killed, then everything is; no lock is left that a person must clear."""
    folder = site_of("killed", shards=1)
    launcher = start(folder)
    wait_for(lambda: loose_parts(folder) >= 2)
    victims = [p for p in ours(folder) if "mpi4py" in p.cmdline() and "compute" in p.cmdline()]
    [p for p in victims if p.name().startswith("python")][-1].send_signal(signal.SIGKILL)
    assert launcher.wait(timeout=120) != 0
    kept = loose_parts(folder)
    assert kept >= 2
    assert not (folder / "releases").exists()

    launcher = start(folder)
    wait_for(lambda: loose_parts(folder) > kept)
    os.killpg(launcher.pid, signal.SIGKILL)
    launcher.wait()
    for process in ours(folder):
        process.kill()
    kept = loose_parts(folder)
    assert any((folder / ".snakemake" / "locks").iterdir())

    done = command("run", folder=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    [(reused, todo)] = computed(folder)
    assert reused == kept
    assert todo > 0
    assert run_tools.bytes_of(folder) == reference[1]


def test_ctrl_c_leaves_nothing_half_written_and_nothing_running(
    site_of, command, reference, run_tools
):
    folder = site_of("ctrl_c")
    moments = (
        (folder / "logs").exists,
        lambda: loose_parts(folder) >= 1,
        (folder / "results" / "imaging.parquet").exists,
    )
    for moment in moments:
        launcher = start(folder)
        wait_for(moment)
        os.killpg(launcher.pid, signal.SIGINT)
        assert launcher.wait(timeout=60) != 0
        wait_for(lambda: ours(folder) == [], 20)
        for path in (folder / "results").rglob("*.parquet"):
            pq.read_table(path)  # whole, or not there
        assert not (folder / "releases").exists()

    done = command("run", folder=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert run_tools.bytes_of(folder) == reference[1]


def test_a_new_subject_is_the_only_one_computed(site_of, command, reference, run_tools):
    folder = site_of("grows")
    hidden = folder / "bids" / "sub-02"
    hidden.rename(folder / "elsewhere")
    assert command("run", folder=folder).returncode == 0
    (folder / "elsewhere").rename(hidden)
    done = command("run", folder=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert sum(todo for _, todo in computed(folder)) == 2  # its T1w and its FLAIR
    assert run_tools.bytes_of(folder) == reference[1]
