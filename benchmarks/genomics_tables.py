"""What was measured as Markdown tables, one for each question."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import genomics_plan as plan
from genomics_plan import Cohorts
from genomics_runs import Runs

Found = Mapping[str, Runs]
WANTED = {plan.PANEL: 1.0, plan.FILES: 0.5, plan.SCORE: 1.0, plan.BURDEN: 1.2}
"""CPU of drepano's step / CPU of the peer, at most."""
WANTED_GAIN = 1.8
WANTED_MB = 500
_LIBRARIES = ("cyvcf2", "pysam", "numpy", "numba", "pyarrow")


def machine_line(peers: Mapping[str, str]) -> str:
    """Say what the figures were measured on."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [n for n in cpuinfo.read_text().splitlines() if n.startswith("model name")]
        model = names[0].split(":", 1)[1].strip() if names else model
    versions = [f"{name} {version}" for name, version in peers.items()]
    versions += [f"{name} {importlib.metadata.version(name)}" for name in _LIBRARIES]
    return (
        f"Measured on {model}, {os.cpu_count()} cores, {platform.system()}, "
        f"Python {platform.python_version()}, {', '.join(versions)}; "
        f"load before the start {os.getloadavg()[0]:.1f}."
    )


def all_tables(found: Found, cohorts: Cohorts) -> Iterator[str]:
    """Give each table for which there is a figure, below a heading."""
    for heading, head, rows in (
        (
            "CPU seconds beside the peers",
            ("what", "drepano, step", "start of Python", "peer", "peer, all", "ratio", "wanted"),
            [*_peer_rows(found)],
        ),
        (
            "Two ranks against one, wall seconds",
            ("cohort", "MB", "1 rank", "2 ranks", "gain", "gain without the start", "wanted"),
            [*_rank_rows(found, cohorts)],
        ),
        (
            "Peak of resident memory of the process that reads",
            ("what", "file, MB", "peak, MB", "wanted"),
            [*_memory_rows(found, cohorts)],
        ),
    ):
        if rows:
            yield f"### {heading}\n\n{_table(head, rows)}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _peer_rows(found: Found) -> Iterator[list[str]]:
    for own, peer in (
        (plan.PANEL, plan.PANEL_PEER),
        (plan.FILES, plan.FILES_PEER),
        (plan.SCORE, plan.SCORE_PEER),
        (plan.BURDEN, plan.BURDEN_PEER),
    ):
        if own not in found:
            continue
        cpu = found[own].median("cpu")
        row = [own, f"{cpu:.2f}", f"{found[own].median('start'):.2f}", f"`{peer}`"]
        if peer not in found:
            yield [*row, "not measured", "", f"{WANTED[own]:g}"]
            continue
        theirs = found[peer].median("cpu")
        yield [*row, f"{theirs:.2f}", f"**{cpu / theirs:.2f}**", f"{WANTED[own]:g}"]


def _rank_rows(found: Found, cohorts: Cohorts) -> Iterator[list[str]]:
    walls = {
        (name, ranks): found[f"{name}: {ranks} ranks"].median("wall")
        for name in cohorts.made
        for ranks in (1, 2)
        if f"{name}: {ranks} ranks" in found
    }
    for name in dict.fromkeys(name for name, _ in walls):
        one, two = walls[name, 1], walls[name, 2]
        row = [name, f"{cohorts.made[name]:.0f}", f"{one:.1f}", f"{two:.1f}"]
        row += [f"**{one / two:.2f}**", ""]
        smaller = name.removesuffix("3")
        if smaller != name and (smaller, 1) in walls:
            more = (one - walls[smaller, 1]) / (two - walls[smaller, 2])
            row[-1] = f"**{more:.2f}**"
        yield [*row, f"{WANTED_GAIN}"]


def _memory_rows(found: Found, cohorts: Cohorts) -> Iterator[list[str]]:
    for what, cohort in (
        (plan.PANEL, "A"),
        (plan.FILES, "files"),
        (plan.SCORE, "A"),
        ("A3: memory", "A3"),
        (plan.BURDEN, "B"),
        ("B3: memory", "B3"),
    ):
        if what in found:
            name = {"A3": f"{plan.SCORE}, larger", "B3": f"{plan.BURDEN}, larger"}.get(cohort, what)
            peak = f"{found[what].median('peak_mb'):.0f}"
            yield [name, f"{cohorts.made[cohort]:.0f}", peak, f"{WANTED_MB}"]
