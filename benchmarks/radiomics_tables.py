"""What was measured as Markdown tables, one for each question."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from radiomics_cases import IMAGES
from radiomics_peers import Engine
from radiomics_runs import Runs, Task

Found = Mapping[Task, Runs]

WANTED = {"A": 30, "B": 150, "C": 220}
"""pyradiomics / voxomics with 11 images, one thread."""
WANTED_NYXUS = 8
WANTED_GAIN = 1.7
_LIBRARIES = ("numpy", "numba", "SimpleITK", "pandas")


def machine_line(engines: Mapping[str, Engine]) -> str:
    """Say what the figures were measured on."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [n for n in cpuinfo.read_text().splitlines() if n.startswith("model name")]
        model = names[0].split(":", 1)[1].strip() if names else model
    versions = [f"{name} {engine.version}" for name, engine in engines.items()]
    versions += [f"{name} {importlib.metadata.version(name)}" for name in _LIBRARIES]
    return (
        f"Measured on {model}, {os.cpu_count()} cores, {platform.system()}, "
        f"Python {platform.python_version()}, {', '.join(versions)}; "
        f"load before the start {os.getloadavg()[0]:.1f}."
    )


def all_tables(found: Found) -> Iterator[str]:
    """Give each table for which there is a figure, below a heading."""
    for heading, head, rows in (
        (
            "Measuring alone, one thread, images in memory",
            ("case", "images", "pyradiomics, CPU s", "voxomics, CPU s", "ratio", "wanted"),
            [*_ratio_rows(found)],
        ),
        (
            "Two threads, measuring alone",
            ("case", "images", "1 thread, wall s", "2 threads, wall s", "gain", "wanted"),
            [*_thread_rows(found)],
        ),
        (
            "A whole process that reads, measures and ends, original image, one thread",
            ("case", "engine", "values a label", "CPU s", "over voxomics", "wanted"),
            [*_process_rows(found)],
        ),
        (
            "Peak of resident memory",
            ("case", "images", "engine", "threads", "MB"),
            [*_memory_rows(found)],
        ),
        ("A start with compiled kernels on disk", ("step", "CPU s"), [*_start_rows(found)]),
        (
            "512 x 512 x 400 voxels of int16, 100 labels",
            ("images", "CPU s", "peak, MB"),
            [*_large_rows(found)],
        ),
    ):
        if rows:
            yield f"### {heading}\n\n{_table(head, rows)}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _of(found: Found, engine: str, **given: object) -> list[Runs]:
    """Return the runs of an engine whose task has the given fields."""
    return [
        runs
        for task, runs in found.items()
        if task.engine == engine and all(getattr(task, k) == v for k, v in given.items())
    ]


def _ratio_rows(found: Found) -> Iterator[list[str]]:
    for own in _of(found, "voxomics", load=True, threads=1):
        task = own.task
        for other in _of(found, "pyradiomics", case=task.case, images=task.images):
            wanted = WANTED.get(task.case) if task.images == "11 images" else None
            yield [
                task.case,
                task.images,
                f"{other.cpu:.1f}" + _note(other.task),
                f"{own.cpu:.2f}",
                f"**{other.cpu / own.cpu:.0f}**",
                f"{wanted}" if wanted else "",
            ]


def _note(task: Task) -> str:
    return f" ({task.labels} labels x {task.times:g})" if task.times > 1 else ""


def _thread_rows(found: Found) -> Iterator[list[str]]:
    for one in _of(found, "voxomics", load=True, threads=1):
        task = one.task
        for two in _of(found, "voxomics", load=True, threads=2, case=task.case, images=task.images):
            first, second = one.median("wall"), two.median("wall")
            wanted = task.images == "11 images" and task.case in {"A", "B"}
            gain = f"**{first / second:.2f}**"
            row = [task.case, task.images, f"{first:.2f}", f"{second:.2f}", gain]
            yield [*row, f"{WANTED_GAIN}" if wanted else ""]


def _process_rows(found: Found) -> Iterator[list[str]]:
    for own in _of(found, "voxomics", load=False, images="original"):
        same = {"case": own.task.case, "images": "original"}
        others = [r for name in ("pyradiomics", "nyxus", "mirp") for r in _of(found, name, **same)]
        for runs in (own, *others):
            levels = ", 64 levels" if runs.task.levels else ""
            yield [
                runs.task.case,
                runs.task.engine + levels,
                f"{runs.median('values'):.0f}",
                f"{runs.process:.2f}" + _note(runs.task),
                "" if runs is own else f"**{runs.process / own.process:.1f}**",
                f"{WANTED_NYXUS}" if runs.task.engine == "nyxus" else "",
            ]


def _memory_rows(found: Found) -> Iterator[list[str]]:
    chosen = [
        runs
        for task, runs in found.items()
        if task.case not in {"", "memory"} and (task.load or task.engine != "voxomics")
    ]
    order = [*IMAGES]
    for runs in sorted(chosen, key=lambda r: (r.task.case, order.index(r.task.images))):
        task = runs.task
        name = task.engine + (", 64 levels" if task.levels else "")
        peak = f"{runs.median('peak_mb'):.0f}"
        yield [task.case, task.images, name, f"{task.threads}", peak]


def _start_rows(found: Found) -> Iterator[list[str]]:
    for start, numba in zip(_of(found, "start"), _of(found, "numba"), strict=True):
        before = start.median("interpreter")
        libraries = start.median("libraries") - before
        own, load = start.median("import") - start.median("libraries"), start.median("load")
        total = own + load
        # numba's part is in the step that imported it.
        other = numba.median("numba") * start.median("numba_at_all")
        if start.median("numba_at_import"):
            own -= other
        else:
            load -= other
        yield ["interpreter", f"{before:.2f}"]
        yield ["NumPy, SimpleITK, pandas, which any user has", f"{libraries:.2f}"]
        yield ["numba", f"{other:.2f}"]
        yield ["voxomics' own modules", f"{own:.2f}"]
        yield ["kernels, loaded from disk", f"{load:.2f}"]
        yield ["**numba, voxomics and kernels**", f"**{total:.2f}**"]
        yield ["all", f"{before + libraries + total:.2f}"]


def _large_rows(found: Found) -> Iterator[list[str]]:
    for runs in _of(found, "voxomics", case="memory"):
        yield [runs.task.images, f"{runs.cpu:.0f}", f"{runs.median('peak_mb'):.0f}"]
