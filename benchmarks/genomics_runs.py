"""Tasks of the genomics benchmark: each in processes of its own, taking turns with its peer."""

from __future__ import annotations

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_CHILD = str(Path(__file__).resolve().parent / "genomics_child.py")
_MPIEXEC = str(Path(sys.executable).parent / "mpiexec")
Found = Mapping[str, float]


@dataclass(frozen=True)
class Task:
    """Something to measure.

    Attributes
    ----------
    name
        Of the table's row.
    asked
        What `genomics_child` does; empty for a peer.
    command
        A peer's shell command; empty for drepano.
    """

    name: str
    asked: Mapping[str, Any] | None = None
    command: str = ""


@dataclass(frozen=True)
class Runs:
    """What the runs of one task found."""

    found: Sequence[Found]

    def median(self, quantity: str) -> float:
        """Return the median over the runs."""
        return statistics.median(one[quantity] for one in self.found)


def peers() -> tuple[dict[str, str], dict[str, str]]:
    """Return the versions of the peers that are here, and why the others are not measured."""
    found, left = {}, {}
    for name in ("bcftools", "plink2"):
        if shutil.which(name) is None:
            left[name] = "not installed; `--install` brings it from Debian"
            continue
        said = subprocess.run([name, "--version"], capture_output=True, text=True, check=True)
        words = re.search(r"(v?[0-9]+\.[0-9][0-9A-Za-z.]*)", said.stdout)
        found[name] = words[1].removeprefix("v") if words else "of unknown version"
    return found, left


def measure(tasks: Sequence[Task], folder: Path, turns: int) -> dict[str, Runs]:
    """Run all tasks in turn, several times, so that a busy machine slows all of them alike."""
    found: dict[str, list[Found]] = {task.name: [] for task in tasks}
    for turn in range(turns):
        for task in tasks:
            print(f"{turn + 1}/{turns} {task.name} ...", file=sys.stderr, flush=True)
            found[task.name].append(run(task, folder))
    return {name: Runs(runs) for name, runs in found.items()}


def run(task: Task, folder: Path) -> dict[str, float]:
    """Do a task; `process` are the CPU seconds of all of its processes from start to end."""
    if task.asked is None:
        _, usage, _ = _wait(["bash", "-c", f"set -eo pipefail; {task.command}"], folder)
        return {"process": usage, "cpu": usage}
    with tempfile.TemporaryDirectory(dir=folder) as name:
        asked = {"out": str(Path(name) / "out")} | dict(task.asked)
        said, usage, _ = _wait(_program(asked), folder)
        found: dict[str, float] = json.loads(said.splitlines()[-1])
    return found | {"process": usage}


def _program(asked: Mapping[str, Any]) -> list[str]:
    """Return the command of a task, with MPI if it has ranks."""
    ranks = int(asked.get("ranks", 1))
    python = [sys.executable, "-W", "ignore"]
    if ranks == 1:
        return [*python, _CHILD, json.dumps(asked)]
    return [_MPIEXEC, "-n", str(ranks), *python, "-m", "mpi4py", _CHILD, json.dumps(asked)]


def _wait(command: list[str], folder: Path) -> tuple[str, float, float]:
    """Run a command; return what it printed, its CPU seconds and its peak of memory in MB."""
    with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as faults:
        child = subprocess.Popen(
            command, stdout=said, stderr=faults, cwd=folder, env=os.environ | _ONE_THREAD
        )
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        faults.seek(0)
        if child.returncode:
            raise SystemExit(f"{command[0]} failed:\n{faults.read()[-2000:]}")
        return said.read(), usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


_ONE_THREAD = {"NUMBA_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def scores_of(asked: Mapping[str, Any], folder: Path) -> dict[str, float]:
    """Return the score of each subject, from a scan that is done for it."""
    with tempfile.TemporaryDirectory(dir=folder) as name:
        given = dict(asked) | {"out": str(Path(name) / "out")}
        _wait(_program(given), folder)
        said, _, _ = _wait(_program(given | {"how": "scores"}), folder)
    found: dict[str, float] = json.loads(said.splitlines()[-1])
    return found
