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


@pytest.fixture(scope="module")
def reference(tmp_path_factory, small_cohort, command, run_tools) -> tuple[Path, dict[str, bytes]]:
    """The small cohort on two ranks and two shards."""
    folder = run_tools.copy_site(small_cohort, tmp_path_factory.mktemp("reference") / "site")
    done = command("run", folder=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder, run_tools.bytes_of(folder)


@pytest.mark.parametrize("count", [1, 4])
def test_other_numbers_of_ranks_give_the_same_bytes(site_of, command, reference, run_tools, count):
    folder = site_of(f"ranks{count}")
    done = command("run", *run_tools.ranks(count), folder=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    log = "".join(p.read_text() for p in (folder / "logs" / "extract_imaging").iterdir())
    assert f"to compute on {count} ranks" in log
    assert run_tools.bytes_of(folder) == reference[1]


@pytest.mark.parametrize("shards", [1, 7])
def test_other_numbers_of_shards_give_the_same_bytes(
    site_of, command, reference, run_tools, shards
):
    folder = site_of(f"shards{shards}", shards=shards)
    done = command("run", folder=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(list((folder / "results" / "shards" / "imaging").glob("*.values.parquet"))) == shards
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


def test_kill_9_of_a_rank_then_a_rerun_gives_the_same_bytes(site_of, command, reference, run_tools):
    folder = site_of("killed", shards=1)
    launcher = start(folder)
    wait_for(lambda: loose_parts(folder) >= 3)
    victims = [p for p in ours(folder) if "mpi4py" in p.cmdline() and "compute" in p.cmdline()]
    [p for p in victims if p.name().startswith("python")][-1].send_signal(signal.SIGKILL)
    assert launcher.wait(timeout=120) != 0
    kept = loose_parts(folder)
    assert kept >= 3
    assert not (folder / "releases").exists()

    done = command("run", folder=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    [(reused, todo)] = computed(folder)
    assert reused == kept
    assert todo > 0
    assert run_tools.bytes_of(folder) == reference[1]


def test_kill_9_of_everything_leaves_no_lock_that_a_person_must_clear(
    site_of, command, reference, run_tools
):
    folder = site_of("power_cut")
    launcher = start(folder)
    wait_for(lambda: loose_parts(folder) >= 1)
    os.killpg(launcher.pid, signal.SIGKILL)
    launcher.wait()
    for process in ours(folder):
        process.kill()
    done = command("run", folder=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert run_tools.bytes_of(folder) == reference[1]


@pytest.mark.parametrize("moment", ["index", "extract", "release"])
def test_ctrl_c_leaves_nothing_half_written_and_nothing_running(
    site_of, command, reference, run_tools, moment
):
    folder = site_of(f"ctrl_c_{moment}")
    launcher = start(folder)
    begun = {
        "index": (folder / "logs").exists,
        "extract": lambda: loose_parts(folder) >= 1,
        "release": (folder / "results" / "matrix.parquet").exists,
    }
    wait_for(begun[moment])
    os.killpg(launcher.pid, signal.SIGINT)
    code = launcher.wait(timeout=60)
    assert code != 0 or moment == "release"
    wait_for(lambda: ours(folder) == [], 20)
    for path in (folder / "results").rglob("*.parquet"):
        pq.read_table(path)  # whole, or not there
    releases = [p for p in folder.glob("releases/demo/*") if p.name != "latest"]
    assert all((p / "manifest.json").exists() for p in releases)

    done = command("run", folder=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert run_tools.bytes_of(folder) == reference[1]


def test_a_second_run_in_the_same_folder_is_refused(site_of, command):
    folder = site_of("twice")
    launcher = start(folder)
    try:
        wait_for((folder / "logs").exists)
        done = command("run", folder=folder)
        assert done.returncode == 2
        assert "another `drepano run` under way" in done.stderr
    finally:
        os.killpg(launcher.pid, signal.SIGINT)
        launcher.wait(timeout=60)


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
