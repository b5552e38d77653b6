"""Which alleles of a record are the effect allele of a weighted variant, by bases alone.

Scoring files name an effect allele and, most of them, the other one. Neither need be REF, so
records are asked for the effect allele itself: `2 - copies of ALT` would be wrong where a
record has several ALTs or a sample one chromosome.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from drepano.genomics.reading.alleles import (
    REFERENCE_MARKERS,
    Role,
    Target,
    reference_agrees,
    role_of,
)
from drepano.genomics.reading.calls import Codes
from drepano.genomics.reading.normalise import trim
from drepano.genomics.reading.record import Record

BASES = frozenset("ACGT")
COMPLEMENT = {"A": "T", "C": "G", "G": "C", "T": "A"}

MATCHED = "matched"
FLIPPED = "flipped"
PALINDROMIC = "palindromic"
OTHER_ALLELES = "other_alleles"
ABSENT = "absent"

_GONE, _UNSURE = "-", "?"

BaseAt = Callable[[str, int], str | None]
"""Reference base at a chromosome and 1-based position; None if there is no FASTA."""


@dataclass(frozen=True, slots=True)
class Site:
    """A weighted variant on the file's build.

    Attributes
    ----------
    chrom
        Without prefix.
    position
        1-based position of the first base of both alleles.
    effect, other
        Alleles in upper case; `other` is empty if the scoring file does not tell it.
    """

    chrom: str
    position: int
    effect: str
    other: str

    @property
    def single(self) -> bool:
        """True for an exchange of one base."""
        return len(self.effect) == 1 and len(self.other) <= 1

    @property
    def last(self) -> int:
        """Position of the last base of the longer allele."""
        return self.position + max(len(self.effect), len(self.other)) - 1

    @property
    def as_alt(self) -> Target:
        """The variant whose ALT is the effect allele."""
        return _target(self, self.other, self.effect)

    @property
    def as_ref(self) -> Target:
        """The variant whose REF is the effect allele."""
        return _target(self, self.effect, self.other)


def _target(site: Site, ref: str, alt: str) -> Target:
    end, change = site.position + len(ref), trim(site.position, ref, alt)
    return Target("", site.chrom, site.position, end, ref, alt, change)


@dataclass(frozen=True, slots=True)
class Policy:
    """How alleles are matched.

    Attributes
    ----------
    keep_palindromic
        Take A/T and C/G as written; else a record that shows such a pair does not match.
    flip
        Try the other strand where the alleles do not match as written.
    """

    keep_palindromic: bool
    flip: bool


@dataclass(frozen=True, slots=True)
class Match:
    """What a record says of a site.

    Attributes
    ----------
    outcome
        `MATCHED`, `FLIPPED`, or why its genotypes do not count.
    copies
        Copies of the effect allele in each allele of the record, REF first; -1: not known.
        None unless matched or flipped.
    written
        The record has both alleles of an indel as the scoring file writes them.
    """

    outcome: str
    copies: Codes | None = None
    written: bool = False


_NOT_TYPED = Match(OTHER_ALLELES)
_EFFECT_IS_ALT = Match(MATCHED, np.array([0, 1], np.int8))
_EFFECT_IS_REF = Match(MATCHED, np.array([1, 0], np.int8))


def palindromic(one: str, other: str) -> bool:
    """Return whether two single bases are each other's complement."""
    return COMPLEMENT.get(one) == other


def match(record: Record, site: Site, policy: Policy, base_at: BaseAt) -> Match | None:
    """Say which alleles of a record are the effect allele; None if it does not touch the site.

    Single bases are compared at the site's position, whatever else the record's alleles hold,
    so that an MNP is matched by its part. Longer alleles must be the same change; they are
    never flipped, and reference blocks are no evidence about them. A site without its other
    allele matches a record of single bases alone that shows the effect allele beside another
    one; it is never flipped, and a block that shows one base does not match it.

    Parameters
    ----------
    base_at
        Tells the reference inside a block, whose record shows the first base only.
    """
    if record.end < site.position or site.last < record.position:
        return None
    if not site.single:
        return _match_change(record, site)
    if len(record.alts) == 1 and record.position == site.position:
        if record.ref == site.other and record.alts[0] == site.effect:
            return _EFFECT_IS_ALT
        if record.ref == site.effect and record.alts[0] == site.other:
            return _EFFECT_IS_REF
    return _match_base(record, site, policy, base_at)


def _match_base(record: Record, site: Site, policy: Policy, base_at: BaseAt) -> Match | None:
    offset = site.position - record.position
    if offset < len(record.ref):
        reference: str | None = record.ref[offset]
    else:
        reference = base_at(record.chrom, site.position)
    if reference is None:
        return _NOT_TYPED
    bases = [reference, *(_base_of(record, alt, offset, reference) for alt in record.alts)]
    if not site.other:
        return _match_lone(record, site, policy, bases)
    # The marker speaks of alleles that begin where the record does.
    marked = offset == 0 and not REFERENCE_MARKERS.isdisjoint(record.alts)
    seen = record.block or marked
    if _types(bases, site.effect, site.other, seen=seen):
        return Match(MATCHED, _copies(bases, site.effect))
    if policy.flip and not palindromic(site.effect, site.other):
        effect, other = COMPLEMENT[site.effect], COMPLEMENT[site.other]
        if _types(bases, effect, other, seen=seen):
            return Match(FLIPPED, _copies(bases, effect))
    return _NOT_TYPED


def _match_lone(record: Record, site: Site, policy: Policy, bases: list[str]) -> Match:
    lengths = {len(allele) for allele in (record.ref, *record.alts) if BASES.issuperset(allele)}
    shown = [base for base in bases if base in BASES]
    if lengths != {1} or site.effect not in shown or len(set(shown)) == 1:
        return _NOT_TYPED
    partners = shown[1:] if site.effect == bases[0] else shown[:1]
    if not policy.keep_palindromic and COMPLEMENT[site.effect] in partners:
        return Match(PALINDROMIC)
    return Match(MATCHED, _copies(bases, site.effect))


def _types(bases: list[str], effect: str, other: str, *, seen: bool) -> bool:
    """Return whether REF is one of the two alleles, and the other one was looked for."""
    if bases[0] not in (effect, other):
        return False
    return seen or (other if bases[0] == effect else effect) in bases[1:]


def _base_of(record: Record, alt: str, offset: int, reference: str) -> str:
    """Return the base that an ALT has at a place of the record."""
    if alt == "*":
        return _GONE
    if not BASES.issuperset(alt) or offset >= len(record.ref):
        return _UNSURE
    if len(alt) == len(record.ref):
        return alt[offset]
    change, place = trim(record.position, record.ref, alt), record.position + offset
    if not change.start <= place < change.end:
        return reference
    return _UNSURE if change.complex else _GONE


def _copies(bases: list[str], effect: str) -> Codes:
    return np.array([-1 if b == _UNSURE else int(b == effect) for b in bases], np.int8)


def _match_change(record: Record, site: Site) -> Match:
    if record.block:
        return _NOT_TYPED
    written = record.position == site.position
    if written and record.ref == site.other and site.effect in record.alts:
        return Match(MATCHED, _carried(record, site.as_alt, reference=0), written=True)
    if written and record.ref == site.effect and site.other in record.alts:
        return Match(MATCHED, _carried(record, site.as_ref, reference=1), written=True)
    typed = [target for target in (site.as_alt, site.as_ref) if _types_change(record, target)]
    # Both ways, in a repeat, would count opposite alleles.
    if len(typed) != 1 or _reads_longer(record, site, typed[0]):
        return _NOT_TYPED
    reference = int(typed[0].ref == site.effect)
    return Match(MATCHED, _carried(record, typed[0], reference=reference))


def _reads_longer(record: Record, site: Site, target: Target) -> bool:
    """Return whether the reference shows the longer allele where the target has the shorter.

    In a repeat C/CAT is then an insertion into CAT as well as its deletion, and a record that
    writes neither does not say which.
    """
    longer = max(site.effect, site.other, key=len)
    start = site.position - record.position
    shown = record.ref[start : start + len(longer)] if start >= 0 else ""
    return target.ref != longer and shown == longer


def _types_change(record: Record, target: Target) -> bool:
    return bool(reference_agrees(target, record.position, record.ref)) and any(
        role_of(target, record.position, record.ref, alt) is Role.CARRIES for alt in record.alts
    )


def _carried(record: Record, target: Target, *, reference: int) -> Codes:
    """Return copies of the effect allele, which is REF if `reference` is 1, else the ALT."""
    of_role = {Role.CARRIES: 1 - reference, Role.OTHER: 0, Role.UNKNOWN: -1}
    roles = [role_of(target, record.position, record.ref, alt) for alt in record.alts]
    return np.array([reference, *(of_role[role] for role in roles)], np.int8)
