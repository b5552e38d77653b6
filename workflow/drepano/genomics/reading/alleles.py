"""What an allele of a record says about a variant of the panel, by bases alone.

Records are read as they stand: nothing is split, shifted or rewritten, so that a genotype
1/2 at a multi-allelic site stays one copy of each allele.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from drepano.catalogue.panel import PanelVariant
from drepano.genomics.reading.normalise import Change, Window, normalise, trim
from drepano.genomics.reading.reference import FLANK_BP, Reference

__all__ = [
    "REFERENCE_MARKERS",
    "Change",
    "Role",
    "Target",
    "reference_agrees",
    "role_of",
    "trim",
]

REFERENCE_MARKERS = frozenset({"<NON_REF>", "<*>"})
"""ALT that stands for every allele that was not seen (gVCF; VCF 4.3, section 5.5)."""

_BASES = frozenset("ACGT")


class Role(IntEnum):
    """What carrying an allele says about a panel variant."""

    OTHER = 0
    CARRIES = 1
    UNKNOWN = 2


@dataclass(frozen=True, slots=True)
class Target:
    """A panel variant on one build.

    Attributes
    ----------
    variant
        Id of the panel's variant.
    chrom
        Without prefix.
    start, end
        1-based position of the first base of `ref`, and the one behind its last.
    ref, alt
        Alleles as the panel has them.
    change
        The same, trimmed, and as far to the left as `window` allows.
    window
        The reference around an indel; None for substitutions, and without a FASTA.
    span
        First and last position that a record must hold to speak of this variant: the changed
        bases of a substitution; all bases of an indel, its anchor included.
    reach
        First and last position that a record of this variant may touch: with a window, from
        the base before the first place of the indel to the base behind its last.
    """

    variant: str
    chrom: str
    start: int
    end: int
    ref: str
    alt: str
    change: Change
    window: Window | None = None
    span: tuple[int, int] = field(init=False)
    reach: tuple[int, int] = field(init=False)

    def __post_init__(self) -> None:
        place = (self.start, self.end - 1)
        reach = place
        if self.change.substitution:
            place = (self.change.start, self.change.end - 1)
        if self.window is not None:
            behind = self.window.rightmost(self.change).end
            reach = (max(1, min(self.start, self.change.start - 1)), max(self.end - 1, behind))
        object.__setattr__(self, "span", place)
        object.__setattr__(self, "reach", reach)

    @classmethod
    def of(cls, variant: PanelVariant, build: str, reference: Reference | None = None) -> Target:
        """Place a panel variant on a build; `reference` is the site's FASTA of it, if any."""
        start, end = variant.position(build), variant.position(build) + len(variant.ref)
        change, window = trim(start, variant.ref, variant.alt), None
        if reference is not None and change.movable:
            window = reference.window(variant.chrom, start, end, flank=FLANK_BP)
            change = normalise(window, start, variant.ref, variant.alt) or change
        return cls(
            variant.variant, variant.chrom, start, end, variant.ref, variant.alt, change, window
        )


def role_of(target: Target, position: int, ref: str, alt: str) -> Role:
    """Say whether the allele `alt` of a record carries the target's ALT.

    Parameters
    ----------
    position
        1-based position of the record.
    ref, alt
        REF and one ALT of the record, upper case. ``*`` and symbolic alleles other than
        the reference markers carry nothing.
    """
    if position == target.start and ref == target.ref and alt == target.alt:
        return Role.CARRIES
    if alt in REFERENCE_MARKERS:
        return Role.UNKNOWN
    if not _BASES.issuperset(alt):
        return Role.OTHER
    change = trim(position, ref, alt)
    if target.window is not None and change.movable:
        change = normalise(target.window, position, ref, alt) or change
    if change == target.change or _same_haplotype(target, position, ref, alt):
        return Role.CARRIES
    if target.change.substitution and change.substitution:
        return Role.CARRIES if _holds(change, target.change) else Role.OTHER
    return Role.UNKNOWN if change.complex and _touches(change, target) else Role.OTHER


def _holds(change: Change, part: Change) -> bool:
    """Return whether a substitution of several bases holds the exchanges of another."""
    if not (change.start <= part.start and part.end <= change.end):
        return False
    window = slice(part.start - change.start, part.end - change.start)
    return change.ref[window] == part.ref and change.alt[window] == part.alt


def _touches(change: Change, target: Target) -> bool:
    """Return whether a change lies where the target's may be: any place of its repeat."""
    first = last = target.change
    if target.window is not None:
        last = target.window.rightmost(target.change)
    if not first.ref:  # an insertion lies between two bases
        return change.start <= last.start and first.start <= change.end
    return change.start < last.end and first.start < change.end


def _same_haplotype(target: Target, position: int, ref: str, alt: str) -> bool:
    """Compare the bases that both alleles lead to, over the reference that both tell.

    An indel in a repeat has several places; where the reference between them is known
    from the two REF alleles, equal bases are the same variant.
    """
    end = position + len(ref)
    if target.change.substitution or position >= target.end or target.start >= end:
        return False
    first, last = min(position, target.start), max(end, target.end)
    known = {target.start + i: base for i, base in enumerate(target.ref)}
    known |= {position + i: base for i, base in enumerate(ref)}
    reference = "".join(known[place] for place in range(first, last))
    ours = reference[: target.start - first] + target.alt + reference[target.end - first :]
    theirs = reference[: position - first] + alt + reference[end - first :]
    return ours == theirs


def reference_agrees(target: Target, position: int, ref: str) -> bool | None:
    """Compare a record's REF with the panel's where they overlap; None if nothing compares.

    Parameters
    ----------
    position
        1-based position of the record.
    ref
        REF of the record, upper case; bases other than A, C, G, T are not compared.
    """
    if position == target.start and ref == target.ref and _BASES.issuperset(ref):
        return True
    first, last = max(position, target.start), min(position + len(ref), target.end)
    pairs = [
        (ref[place - position], target.ref[place - target.start])
        for place in range(first, last)
        if ref[place - position] in _BASES
    ]
    return all(found == expected for found, expected in pairs) if pairs else None
