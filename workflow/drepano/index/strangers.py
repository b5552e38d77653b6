"""Ids that stand in one source and in no other: often one patient under two spellings."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection

from drepano.index.findings import Problems

_SHOWN = 10
_SPELLING = re.compile(r"[_\-\s.]+|(?<![0-9])0+(?=[0-9])")
"""What people write one way here and another there: separators, and zeros before a number."""


def note_strangers(
    scanned: Collection[str], sampled: Collection[str], visited: Collection[str], problems: Problems
) -> None:
    """Tell which subjects no other source knows, and which differ in their spelling alone.

    Parameters
    ----------
    scanned, sampled, visited
        Subjects of images, of VCF samples, and of clinical rows.
    problems
        Gets one row of each kind. Ids may stand there: the list stays at the site.
    """
    scans, samples, visits = set(scanned), set(sampled), set(visited)
    remedy = "Nothing if it is so; otherwise write the ids alike, or state genomics.samples."
    lonely = visits - scans - samples
    if lonely and (scans or samples):
        problems.warning(
            "clinical tables",
            found=f"no scan and no genotype for {len(lonely)} of {len(visits)}: {_some(lonely)}",
            expected="a scan or a genotype of each participant",
            remedy=remedy,
        )
    foreign = samples - scans - visits
    if foreign and (scans or visits):
        problems.warning(
            "VCF samples",
            found=f"no scan and no row for {len(foreign)} of {len(samples)}: {_some(foreign)}",
            expected="a scan or a clinical row of each sample's participant",
            remedy=remedy,
        )
    alike = _near_misses([scans, samples, visits])
    if alike:
        problems.warning(
            "participant ids",
            found=f"different spellings, {len(alike)} in all: {_some(alike)}",
            expected="one spelling of each participant in all sources",
            remedy="Write the ids alike: until then they count as different people.",
        )


def _some(names: Collection[str]) -> str:
    shown = ", ".join(sorted(names)[:_SHOWN])
    return f"{shown}, and {len(names) - _SHOWN} more" if len(names) > _SHOWN else shown


def _near_misses(sources: list[set[str]]) -> list[str]:
    """Return pairs of ids that are alike, and that never stand in one source together."""
    groups: dict[str, list[str]] = defaultdict(list)
    for name in sorted(set().union(*sources)):
        groups[_SPELLING.sub("", name).casefold()].append(name)
    return [
        f"{one} and {other}"
        for names in groups.values()
        for position, one in enumerate(names)
        for other in names[position + 1 :]
        if not any({one, other} <= source for source in sources)
    ]
