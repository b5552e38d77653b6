"""Intervals of a chromosome: overlap, union, and their text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Interval(NamedTuple):
    """Bases `first` to `last`, 1-based and inclusive."""

    first: int
    last: int

    @property
    def bases(self) -> int:
        """Number of bases."""
        return self.last - self.first + 1

    def shared(self, other: Interval) -> int:
        """Return how many bases both hold."""
        return max(0, min(self.last, other.last) - max(self.first, other.first) + 1)


def covers(parts: Iterable[Interval], whole: Interval) -> bool:
    """Return whether the union of `parts` holds every base of `whole`."""
    reached = whole.first - 1
    for part in sorted(parts):
        if part.first > reached + 1:
            break
        reached = max(reached, part.last)
    return reached >= whole.last


def reciprocal_overlap(first: Interval, second: Interval) -> float:
    """Return the shared bases as a share of the longer interval; 1 is the same interval."""
    return first.shared(second) / max(first.bases, second.bases)
