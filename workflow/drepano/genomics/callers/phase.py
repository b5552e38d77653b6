"""Which of a subject's variants lie on one chromosome, as far as the calls tell it."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping
from enum import Enum
from typing import Literal

from drepano.genomics.interpretation.evidence import Call

Chromosome = frozenset[str]
Pair = tuple[Chromosome, ...]
"""Variants that each chromosome carries: two chromosomes, or one of a haploid call."""


class Relation(Enum):
    """Where two variants of a subject lie."""

    CIS = "cis"
    TRANS = "trans"
    UNKNOWN = "unknown"


class Contradiction(Exception):  # noqa: N818 - it is no error of the programme
    """Calls that no pair of chromosomes can carry."""


class Unresolved(Exception):  # noqa: N818 - it is no error of the programme
    """So many unphased variants that their pairs are not worth counting."""


MOST_PAIRS = 1 << 10
"""A sample that is heterozygous nearly everywhere would have 2^n pairs."""


def carried(call: Call) -> tuple[int, ...]:
    """Return what each allele of a call says, in the order of GT: 1 carries the variant.

    An imputed call has no order; its rounded copies come first.
    """
    if call.genotype is not None:
        return tuple(int(part) for part in call.genotype.replace("|", "/").split("/"))
    copies = round(call.dosage)
    return (1,) * copies + (0,) * (2 - copies)


def is_phased(call: Call) -> bool:
    """Return whether the order of a call's alleles is that of its chromosomes."""
    return call.genotype is not None and "|" in call.genotype and "/" not in call.genotype


def same_order(first: Call, second: Call) -> bool:
    """Return whether the alleles of two calls stand in one order.

    They do in one record, phased or not, and in one phase set; calls without PS are of one
    set (VCF 4.3, section 1.6.2, PS).
    """
    if first.record is not None and first.record == second.record:
        return first.genotype is not None and second.genotype is not None
    return is_phased(first) and is_phased(second) and first.phase_set == second.phase_set


def relation(first: Call, second: Call, *, exclusive: bool = False) -> Relation:
    """Return where two heterozygous variants lie.

    Parameters
    ----------
    exclusive
        True if no chromosome can carry both: they change the same base.

    Raises
    ------
    Contradiction
        The calls put both on one chromosome although they exclude each other.
    """
    if same_order(first, second):
        found = Relation.CIS if carried(first) == carried(second) else Relation.TRANS
        if exclusive and found is Relation.CIS:
            raise Contradiction
        return found
    return Relation.TRANS if exclusive else Relation.UNKNOWN


def resolutions(
    calls: Mapping[str, Call], exclusive: Collection[frozenset[str]] = ()
) -> list[Pair]:
    """Return every pair of chromosomes that the calls allow; one if the phase is known.

    Parameters
    ----------
    calls
        Variant to its call; all of one ploidy.
    exclusive
        Pairs of variants that no chromosome can carry both.

    Returns
    -------
    list
        Pairs without order: a pair and its mirror image are one. Sorted, so that no order of
        alleles or variants changes it.

    Raises
    ------
    Contradiction
        No pair of chromosomes fits.
    Unresolved
        More than `MOST_PAIRS` of them do, of more than ten unphased variants.
    """
    ploidy = {len(carried(call)) for call in calls.values()}
    if len(ploidy) > 1:
        raise Contradiction
    if ploidy == {1}:
        return [(frozenset(v for v, call in calls.items() if carried(call) == (1,)),)]
    both = {v for v, call in calls.items() if all(carried(call))}
    single = sorted(v for v, call in calls.items() if len(set(carried(call))) > 1)
    known = {
        (a, b): relation(calls[a], calls[b], exclusive=frozenset((a, b)) in exclusive)
        for a, b in itertools.combinations(single, 2)
    }
    found = set()
    for side in _sides(single, known):
        pair = [frozenset(both | {v for v in single if side[v] == n}) for n in (0, 1)]
        found.add(tuple(sorted(pair, key=sorted)))
    apart = [p for p in found if not any(x <= chrom for x in exclusive for chrom in p)]
    if not apart:
        raise Contradiction
    return sorted(apart, key=lambda pair: [sorted(chromosome) for chromosome in pair])


def _sides(
    single: list[str], known: Mapping[tuple[str, str], Relation]
) -> list[dict[str, Literal[0, 1]]]:
    """Return the ways to put variants on two sides; the first one lies on side 0."""
    ways: list[dict[str, Literal[0, 1]]] = [{}]
    for variant in single:
        sides: tuple[Literal[0, 1], ...] = (0, 1) if ways[0] else (0,)
        tried = [way | {variant: side} for way in ways for side in sides]
        ways = [way for way in tried if _fits(variant, way, known)]
        if not ways:
            return []
        if len(ways) > MOST_PAIRS:
            raise Unresolved
    return ways


def _fits(variant: str, way: Mapping[str, int], known: Mapping[tuple[str, str], Relation]) -> bool:
    """Return whether the last variant of a way lies as its relations to the others say."""
    return all(
        (way[other] == way[variant]) == (known[other, variant] is Relation.CIS)
        for other in way
        if other != variant and known[other, variant] is not Relation.UNKNOWN
    )
