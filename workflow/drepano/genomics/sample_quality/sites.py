"""Which records are counted, and as what: autosomes, X and Y outside PAR, SNVs and indels."""

from __future__ import annotations

from enum import IntEnum

from drepano.genomics.reading.alleles import REFERENCE_MARKERS

AUTOSOMES = frozenset(str(number) for number in range(1, 23))

PSEUDOAUTOSOMAL = {
    ("GRCh37", "X"): ((60_001, 2_699_520), (154_931_044, 155_260_560)),
    ("GRCh37", "Y"): ((10_001, 2_649_520), (59_034_050, 59_363_566)),
    ("GRCh38", "X"): ((10_001, 2_781_479), (155_701_383, 156_030_895)),
    ("GRCh38", "Y"): ((10_001, 2_781_479), (56_887_903, 57_217_415)),
}
"""PAR1 and PAR2, 1-based and inclusive, as the Genome Reference Consortium gives them with the
assemblies GRCh37 and GRCh38."""

_BASES = frozenset("ACGT")
_TRANSITIONS = frozenset({"AG", "GA", "CT", "TC"})


class Part(IntEnum):
    """Part of the genome that a record belongs to."""

    ELSEWHERE = 0
    AUTOSOME = 1
    X = 2
    Y = 3


class Kind(IntEnum):
    """What an allele changes."""

    OTHER = 0
    TRANSITION = 1
    TRANSVERSION = 2
    INDEL = 3

    @property
    def snv(self) -> bool:
        """True if one base is exchanged."""
        return self in {Kind.TRANSITION, Kind.TRANSVERSION}


def part_of(build: str, chrom: str, position: int) -> Part:
    """Return the part of the genome that a 1-based position lies in.

    PAR and contigs other than 1 to 22, X and Y are `Part.ELSEWHERE`.
    """
    if chrom in AUTOSOMES:
        return Part.AUTOSOME
    chrom = {"23": "X", "24": "Y"}.get(chrom, chrom)
    shared = PSEUDOAUTOSOMAL.get((build, chrom))
    if shared is None or any(first <= position <= last for first, last in shared):
        return Part.ELSEWHERE
    return Part.X if chrom == "X" else Part.Y


def only_alt(alts: list[str]) -> int | None:
    """Return the index of a record's only ALT; reference markers beside it do not count.

    None where there are several, or one without bases (symbolic, breakend, ``*``).
    """
    places = [i for i, alt in enumerate(alts) if alt not in REFERENCE_MARKERS]
    if len(places) != 1 or not _BASES.issuperset(alts[places[0]]):
        return None
    return places[0]


def kind_of(ref: str, alt: str) -> Kind:
    """Return what an allele changes; exchanges of several bases are `Kind.OTHER`."""
    if len(ref) != len(alt):
        return Kind.INDEL
    if len(ref) > 1 or not _BASES.issuperset(ref):
        return Kind.OTHER
    return Kind.TRANSITION if ref + alt in _TRANSITIONS else Kind.TRANSVERSION
