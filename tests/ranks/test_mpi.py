"""Real MPI ranks: the same bytes for any number, resume after a kill, refusal of a bad launch."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from toy_runs import ENVIRONMENT, MPIEXEC, computed, program, run_toy, toy_unit
from toy_step import files_of

from drepano.contracts.values import IMAGING
from drepano.ranks import GatherFiles, gather

pytestmark = [
    pytest.mark.mpi,
    pytest.mark.skipif(not Path(MPIEXEC).exists(), reason="no mpiexec beside this Python"),
]

ACTS = {3: "refuse", 7: "die", 11: "bug"}


def units(count: int = 16, **payload: object) -> list:
    return [toy_unit(i, ACTS.get(i, "work"), **payload) for i in range(count)]


def tables(folder: Path, shards: int = 1) -> dict[str, bytes]:
    """Gather the shards and return the bytes of each table."""
    shard_files = [files_of(folder, i) for i in range(shards)]
    out = {kind: folder / f"{kind}.parquet" for kind in ("values", "states")}
    gather(
        GatherFiles(
            [f.values for f in shard_files],
            [f.states for f in shard_files],
            [f.outcomes for f in shard_files],
            folder / "units" / "states.parquet",
            folder / "store",
            out["values"],
            out["states"],
            folder / "failures.tsv",
        ),
        IMAGING,
        step="imaging",
        shards=shards,
        max_failed_fraction=0.5,
    )
    return {kind: path.read_bytes() for kind, path in out.items()} | {
        "failures": (folder / "failures.tsv").read_bytes()
    }


def test_one_two_and_four_ranks_give_the_same_bytes(planned):
    found = {}
    for ranks in (1, 2, 4):
        folder = planned(units(), name=f"ranks{ranks}")
        done = run_toy(folder, ranks=ranks)
        assert done.returncode == 0, done.stderr
        found[ranks] = tables(folder)
    assert found[1] == found[2] == found[4]
    assert b"S003" in found[1]["failures"]


def test_one_and_seven_shards_give_the_same_bytes(planned):
    found = {}
    for shards in (1, 7):
        folder = planned(units(), shards=shards, name=f"shards{shards}")
        for shard in range(shards):
            run_toy(folder, "--shard", str(shard), "--shards", str(shards))
        found[shards] = tables(folder, shards)
    assert found[1] == found[7]


def test_another_number_of_shards_computes_nothing_again(planned):
    healthy = [toy_unit(i) for i in range(9)]
    folder = planned(healthy, shards=1)
    run_toy(folder)
    (folder / "computed.txt").unlink()
    planned(healthy, shards=3)
    for shard in range(3):
        run_toy(folder, "--shard", str(shard), "--shards", "3")
    assert computed(folder) == []


def rank_processes(launcher: subprocess.Popen) -> list[psutil.Process]:
    """Return the supervisors, that is the MPI ranks themselves."""
    children = psutil.Process(launcher.pid).children(recursive=True)
    return [p for p in children if "mpi4py" in p.cmdline()]


def wait_for(condition, timeout_s: float = 30.0) -> None:
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.02)


@pytest.mark.parametrize("victim", [0, 1])
def test_kill_9_of_a_rank_then_a_rerun_gives_the_same_bytes(planned, victim):
    slow = [toy_unit(i, sleep_s=0.2) for i in range(12)]
    whole = planned(slow, name="whole")
    run_toy(whole, ranks=2)

    folder = planned(slow, name="killed")
    launcher = subprocess.Popen(
        program(folder, ranks=2), env=ENVIRONMENT, stderr=subprocess.DEVNULL, start_new_session=True
    )
    parts = folder / "store" / "parts"
    wait_for(lambda: len(list(parts.glob("[!.]*.parquet"))) >= 4)
    rank_processes(launcher)[victim].send_signal(signal.SIGKILL)
    assert launcher.wait(timeout=30) != 0
    kept = len(list(parts.glob("[!.]*.parquet")))
    assert not files_of(folder, 0).values.exists()
    before = len(computed(folder))

    done = run_toy(folder, ranks=2)
    assert done.returncode == 0, done.stderr
    assert len(computed(folder)) - before == len(slow) - kept
    assert tables(folder) == tables(whole)


def test_no_worker_outlives_a_killed_job(planned):
    folder = planned([toy_unit(1, "hang"), toy_unit(2, "hang")])
    launcher = subprocess.Popen(
        program(folder, ranks=2), env=ENVIRONMENT, stderr=subprocess.DEVNULL, start_new_session=True
    )
    wait_for(lambda: len(computed(folder)) == 2)
    workers = [
        p
        for p in psutil.Process(launcher.pid).children(recursive=True)
        if "drepano.ranks.worker" in p.cmdline()
    ]
    assert len(workers) == 2
    for rank in rank_processes(launcher):
        rank.kill()
    launcher.wait(timeout=30)
    wait_for(lambda: not any(w.is_running() and w.status() != "zombie" for w in workers), 10)


@pytest.mark.parametrize(
    ("ranks", "launched", "found"), [(1, 2, "2 ranks"), (2, 1, "1 rank"), (3, 2, "2 ranks")]
)
def test_a_launch_with_other_ranks_than_asked_is_refused(planned, ranks, launched, found):
    folder = planned([toy_unit(1)])
    done = run_toy(folder, ranks=ranks, launched=launched)
    assert done.returncode != 0
    assert f"LaunchError: MPI launch: found {found}; expected {ranks}" in done.stderr
    assert computed(folder) == []


def test_two_programs_that_each_believe_to_be_alone_are_refused(planned):
    """What a launcher of another MPI does: it starts N programs that MPI calls rank 0 of 1."""
    folder = planned([toy_unit(1)])
    command = program(folder, ranks=2, launched=1)
    done = subprocess.run(
        [sys.executable, "-m", "mpi4py", *command[1:]],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "found 1 rank; expected 2" in done.stderr


def test_a_full_disk_ends_the_job_with_its_name_and_loses_nothing(planned, tmp_path, small_disk):
    folder = planned([toy_unit(i) for i in range(40)])
    (folder / "store").symlink_to(small_disk)
    done = run_toy(folder, ranks=2)
    assert done.returncode == 2
    assert "StorageError" in done.stderr
    assert "no space left" in done.stderr
    assert not files_of(folder, 0).values.exists()
    assert not list(small_disk.rglob("*.tmp"))
    kept = len(list(small_disk.glob("parts/*.parquet")))
    assert kept > 0
    (small_disk / "ballast").unlink()
    before = len(computed(folder))
    assert run_toy(folder, ranks=2).returncode == 0
    assert len(computed(folder)) - before == 40 - kept
