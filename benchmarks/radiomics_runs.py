"""Tasks of the benchmark: which there are, each in a process of its own, and taking turns."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from radiomics_cases import LABELS, settings_of
from radiomics_peers import Engine

_CHILD = str(Path(__file__).resolve().parent / "radiomics_child.py")

SOME = {
    "pyradiomics": {"A": 1, "B": 4, "C": 3, "tiny": 3},
    "mirp": {"A": 1, "B": 1, "C": 1, "tiny": 1},
}
"""Labels that engines are given which take each on its own; their time is multiplied.

Those of C are the smallest, so that the time of all is rather more than what is said.
"""


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to measure.

    Attributes
    ----------
    engine
        Name of the engine; `start` and `numba` take a start of voxomics apart.
    labels
        How many labels it is given, from 1.
    load
        Whether voxomics loads its kernels before the time counts.
    levels
        Whether nyxus is told the number of grey levels class by class.
    """

    engine: str
    case: str = ""
    images: str = "original"
    labels: int = 0
    threads: int = 1
    load: bool = False
    levels: bool = False

    @property
    def times(self) -> float:
        """How many times the labels that were given are all labels of the case."""
        return LABELS[self.case] / self.labels


@dataclass(frozen=True, slots=True)
class Runs:
    """What the runs of one task found; quantities are those of `radiomics_child`."""

    task: Task
    found: Sequence[Mapping[str, float]]

    def median(self, quantity: str) -> float:
        """Return the median over the runs."""
        return statistics.median(float(one[quantity]) for one in self.found)

    @property
    def cpu(self) -> float:
        """CPU seconds of measuring all labels of the case."""
        return self.median("cpu") * self.task.times

    @property
    def process(self) -> float:
        """CPU seconds of a process that measures all labels of the case."""
        return self.median("process") + self.median("cpu") * (self.task.times - 1)


def plan(
    engines: Mapping[str, Engine],
    cases: Sequence[str],
    images: Sequence[str],
    *,
    most: int | None = None,
) -> Iterator[Task]:
    """Give the tasks of one turn; slow engines get `SOME` labels, or at most `most`."""
    for case in cases:
        full = LABELS[case]
        given = {e: min(full, most or some[case]) for e, some in SOME.items()}
        for chosen in images:
            yield from (Task("voxomics", case, chosen, full, n, load=True) for n in (1, 2))
            if "pyradiomics" in engines:
                yield Task("pyradiomics", case, chosen, given["pyradiomics"])
        yield Task("voxomics", case, "original", full)
        if "nyxus" in engines:
            yield Task("nyxus", case, "original", full)
            yield Task("nyxus", case, "original", full, levels=True)
        if "mirp" in engines:
            yield Task("mirp", case, "original", given["mirp"])
    yield from (Task("start"), Task("numba"))


def plan_first(engines: Mapping[str, Engine]) -> Iterator[Task]:
    """Give tasks whose figures are thrown away: they leave byte code and compiled kernels."""
    for engine in engines:
        images = "original" if engine in {"nyxus", "mirp"} else "11 images"
        yield Task(engine, "tiny", images, 1)
    yield Task("start")


def plan_memory() -> Iterator[Task]:
    """Give the tasks of the large image, which are done once."""
    for images in ("11 images", "every image type"):
        yield Task("voxomics", "memory", images, LABELS["memory"])


def measure(
    tasks: Sequence[Task], engines: Mapping[str, Engine], folder: Path, turns: int
) -> tuple[dict[Task, Runs], dict[Task, str]]:
    """Run all tasks in turn, several times; return what was found, and the peers that failed.

    Turns are taken so that a busy machine slows all engines alike.
    """
    found: dict[Task, list[Mapping[str, float]]] = {task: [] for task in tasks}
    failed: dict[Task, str] = {}
    for turn in range(turns):
        for task in tasks:
            if task in failed:
                continue
            print(f"{turn + 1}/{turns} {_told(task)} ...", file=sys.stderr, flush=True)
            engine = engines.get(task.engine, engines["voxomics"])
            try:
                found[task].append(run(task, engine, folder))
            except subprocess.CalledProcessError as error:
                if engine.own:
                    raise
                failed[task] = str(error.stderr).strip().splitlines()[-1]
    return {t: Runs(t, runs) for t, runs in found.items() if t not in failed}, failed


def run(task: Task, engine: Engine, folder: Path) -> dict[str, float]:
    """Do a task in a process of its own; `process` are its CPU seconds from start to end."""
    given: dict[str, Any] = {
        "engine": task.engine,
        "image": str(folder / f"{task.case}_image.nii"),
        "mask": str(folder / f"{task.case}_mask.nii"),
        "settings": settings_of(task.images),
        "labels": task.labels,
        "threads": task.threads,
        "load": task.load,
        "levels": task.levels,
    }
    command = [engine.python, "-P", "-W", "ignore", _CHILD, json.dumps(given)]
    with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as faults:
        child = subprocess.Popen(
            command, stdout=said, stderr=faults, env=engine.environment(folder / "bytecode")
        )
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        faults.seek(0)
        if child.returncode:
            last = faults.read() or f"exit code {child.returncode}"
            raise subprocess.CalledProcessError(child.returncode, command, stderr=last)
        found: dict[str, float] = json.loads(said.read().splitlines()[-1])
    return found | {"process": usage.ru_utime + usage.ru_stime}


def _told(task: Task) -> str:
    parts = [task.engine, task.case, task.images if task.case else "", f"{task.threads} thread"]
    return " ".join(part for part in parts if part)
