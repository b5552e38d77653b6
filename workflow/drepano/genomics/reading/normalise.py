"""One change of a repeat, written at any of its places, to the one place that stands for all.

Alleles are normalised one by one and only to be compared: a record is never split, moved or
rewritten, so that a genotype 1/2 stays one copy of each allele. The normal form is that of
Tan et al.: parsimonious (no shared suffix, then no shared prefix) and as far to the left as the
reference allows [1]_.

References
----------
.. [1] Tan, Abecasis and Kang, Unified representation of genetic variants, Bioinformatics 31
   (2015), 2202-2204, https://doi.org/10.1093/bioinformatics/btv112.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """The bases in which an allele differs: shared suffix, then shared prefix taken off."""

    start: int
    ref: str
    alt: str

    @property
    def end(self) -> int:
        """1-based position behind the last base of `ref`."""
        return self.start + len(self.ref)

    @property
    def substitution(self) -> bool:
        """True if bases are exchanged one for one."""
        return len(self.ref) == len(self.alt)

    @property
    def complex(self) -> bool:
        """True if bases go and others come, so that single bases cannot be compared."""
        return not self.substitution and bool(self.ref) and bool(self.alt)

    @property
    def movable(self) -> bool:
        """True for bases that only come or only go: such a change may have several places."""
        return bool(self.ref) != bool(self.alt)


def trim(position: int, ref: str, alt: str) -> Change:
    """Take the shared suffix, then the shared prefix off two alleles.

    Parameters
    ----------
    position
        1-based position of the first base of `ref`.
    ref, alt
        Bases, upper case.
    """
    while ref and alt and ref[-1] == alt[-1]:
        ref, alt = ref[:-1], alt[:-1]
    shared = 0
    while shared < min(len(ref), len(alt)) and ref[shared] == alt[shared]:
        shared += 1
    return Change(position + shared, ref[shared:], alt[shared:])


@dataclass(frozen=True, slots=True)
class Window:
    """Bases of the reference around a place, upper case.

    Attributes
    ----------
    first
        1-based position of the first of `bases`.
    """

    first: int
    bases: str

    @property
    def end(self) -> int:
        """1-based position behind the last base."""
        return self.first + len(self.bases)

    def holds(self, start: int, end: int) -> bool:
        """Return whether all bases from `start` to before `end` are known."""
        return self.first <= start and end <= self.end

    def between(self, start: int, end: int) -> str:
        """Return the bases from `start` to before `end`; both within the window."""
        return self.bases[start - self.first : end - self.first]

    def leftmost(self, change: Change) -> Change:
        """Move a change as far to the left as the reference makes no difference.

        One that cannot be moved, or lies outside the window, is returned as it is.
        """
        if not change.movable or not self.holds(change.start, change.end):
            return change
        moved, start = change.ref or change.alt, change.start
        steps = 0
        while start - steps > self.first and (
            self.bases[start - steps - 1 - self.first] == moved[-1 - steps % len(moved)]
        ):
            steps += 1
        return self._moved(change, -steps)

    def rightmost(self, change: Change) -> Change:
        """Move a change as far to the right as the reference makes no difference."""
        if not change.movable or not self.holds(change.start, change.end):
            return change
        moved, end = change.ref or change.alt, change.end
        steps = 0
        while end + steps < self.end and (
            self.bases[end + steps - self.first] == moved[steps % len(moved)]
        ):
            steps += 1
        return self._moved(change, steps)

    @staticmethod
    def _moved(change: Change, steps: int) -> Change:
        bases = change.ref or change.alt
        turn = steps % len(bases)
        bases = bases[turn:] + bases[:turn]
        place = {"ref": bases} if change.ref else {"alt": bases}
        return dataclasses.replace(change, start=change.start + steps, **place)

    def agrees(self, position: int, ref: str) -> bool:
        """Return whether the window holds the bases of a record's REF."""
        end = position + len(ref)
        return self.holds(position, end) and self.between(position, end) == ref


def normalise(window: Window, position: int, ref: str, alt: str) -> Change | None:
    """Return the normal form of one allele of a record; None if its REF is not the reference's.

    Parameters
    ----------
    window
        The reference around the record; a repeat that leaves it ends at its border.
    position
        1-based position of the record.
    ref, alt
        REF and one ALT of bases, upper case.
    """
    if not window.agrees(position, ref):
        return None
    return window.leftmost(trim(position, ref, alt))


def anchored(window: Window, change: Change) -> tuple[int, str, str]:
    """Write a change as VCF does: with the base before it if an allele would be empty.

    At the first base of a contig the base behind it is taken (VCF 4.3, section 1.6.1, REF).

    Returns
    -------
    tuple
        1-based position, REF, ALT.
    """
    if change.ref and change.alt:
        return change.start, change.ref, change.alt
    if change.start > 1:
        base = window.between(change.start - 1, change.start)
        return change.start - 1, base + change.ref, base + change.alt
    base = window.between(change.end, change.end + 1)
    return change.start, change.ref + base, change.alt + base
