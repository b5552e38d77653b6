"""What one record says about one panel variant, for all samples at once.

Missing is never reference: a dosage of 0 needs a called genotype at a record that types the
panel's allele, or a reference block with enough depth and quality.
"""

from __future__ import annotations

import functools

import numpy as np

from drepano.genomics.reading.alleles import REFERENCE_MARKERS, Role, Target, role_of
from drepano.genomics.reading.calls import (
    BAD_PLOIDY,
    CALLED,
    FILTERED,
    MISSING,
    NOT_TYPED,
    SITE_ABSENT,
    WEAK_CALL,
    WEAK_REFERENCE,
    Calls,
    Floats,
)
from drepano.genomics.reading.faults import half_call
from drepano.genomics.reading.record import MAX_PLOIDY, Gate, Record
from drepano.settings import Genomics


def read_calls(record: Record, target: Target, gates: Genomics) -> Calls | None:
    """Return the calls of a record at a variant; None if it does not speak of the site.

    Parameters
    ----------
    record
        Any record of the variant's chromosome.
    target
        The variant on the file's build.
    gates
        Accepted filters, least depths and qualities.
    """
    first, last = target.span
    beside = record.end < first or last < record.position
    if beside and (target.window is None or record.block):
        return None
    if record.block:
        holds = record.position <= first and last <= record.end
        evident = holds and target.change.substitution
        if not evident:
            return Calls.none(record.samples, NOT_TYPED)
        return _read_block(record, last, gates)
    position, ref = record.position, record.ref
    roles = [role_of(target, position, ref, alt) for alt in record.alts]
    # The marker speaks of alleles that begin where the record does; those that begin inside
    # a long REF have records or blocks of their own.
    marked = any(alt in REFERENCE_MARKERS for alt in record.alts)
    marked &= record.position == first and last <= record.end
    if Role.CARRIES in roles or marked:
        return _read_typed(record, roles, gates)
    return None if beside else Calls.none(record.samples, NOT_TYPED)


def _read_block(record: Record, last: int, gates: Genomics) -> Calls:
    """Read reference evidence: a gVCF block, or an all-sites record without ALT.

    The lowest depth of a block (MIN_DP) holds for all of it. GATK calls the quality of an
    all-sites record RGQ. Bases alone are no evidence against an indel, so no block is. Where
    samples tell the lengths of their blocks (LEN, VCF 4.5), each has to reach `last`.
    """
    if not record.accepted(gates.accepted_filters):
        return Calls.none(record.samples, FILTERED)
    if not record.has("GT"):
        return Calls.none(record.samples, MISSING)
    depth = "MIN_DP" if record.has("MIN_DP") else "DP"
    quality = "GQ" if record.has("GQ") else "RGQ"
    gate = _block_gate(depth, quality, gates.min_block_depth, gates.min_block_quality)
    calls = _count(record, [Role.UNKNOWN] * record.highest, gate, gates)
    if record.has("LEN"):
        lengths = record.numbers("LEN")[:, 0]
        reached = record.position - 1 + np.fmax(lengths, len(record.ref))
        calls.refuse(reached < last, SITE_ABSENT)
    return calls


def _read_typed(record: Record, roles: list[Role], gates: Genomics) -> Calls:
    if not record.accepted(gates.accepted_filters):
        return Calls.none(record.samples, FILTERED)
    calls = (
        _count(record, roles, typed_gate(gates.min_depth, gates.min_genotype_quality), gates)
        if record.has("GT")
        else _read_expected(record, roles)
    )
    if record.has("GP"):
        calls.probability = _largest(record.numbers("GP"))
    if record.has("PS"):
        calls.phase_set = record.texts("PS")
    return calls


@functools.cache
def _block_gate(depth: str, quality: str, least_depth: int, least_quality: int) -> Gate:
    codes = [CALLED, MISSING, BAD_PLOIDY, NOT_TYPED, WEAK_REFERENCE]
    return Gate((depth, quality), (least_depth, least_quality), strict=True, codes=codes)


@functools.cache
def typed_gate(least_depth: int, least_quality: int) -> Gate:
    """Return what a call of a typed allele needs."""
    codes = [CALLED, MISSING, BAD_PLOIDY, NOT_TYPED, WEAK_CALL]
    return Gate(("DP", "GQ"), (least_depth, least_quality), strict=False, codes=codes)


def _largest(values: Floats) -> Floats:
    """Return the largest number of each row, NaN where there is none."""
    return np.asarray(np.fmax.reduce(values, axis=1), np.float64)


def _count(record: Record, roles: list[Role], gate: Gate, gates: Genomics) -> Calls:
    """Count the alleles of each genotype that carry the variant."""
    tally = record.tally(roles, gate)
    if tally.half and gates.half_calls == "refuse":
        raise half_call(record.name)
    calls = Calls.of(tally.small, tally.large)
    calls.records = (record.name,)
    return calls


def _sum_of_haplotypes(record: Record, expected: Floats) -> Floats:
    """Add up the dosages of each sample's haplotypes: one where it is haploid, else two."""
    total: Floats = expected.sum(axis=1)
    lonely = np.isnan(total) & ~np.isnan(expected[:, 0])
    if lonely.any():
        texts = record.texts("HDS")
        for sample in np.flatnonzero(lonely):
            if "," not in texts[sample]:
                total[sample] = expected[sample, 0]
    return total


def _read_expected(record: Record, roles: list[Role]) -> Calls:
    """Read the expected dosage of imputed data, unrounded; its ploidy is not known.

    DS has a number for each ALT; HDS, where there is no DS, one for each haplotype, so it is
    read where there is one ALT.
    """
    field = next((name for name in ("DS", "HDS") if record.has(name)), None)
    if field is None:
        return Calls.none(record.samples, MISSING)
    expected = record.numbers(field)
    calls = Calls.none(record.samples, CALLED)
    calls.records = (record.name,)
    if field == "DS" and expected.shape[1] == len(record.alts):
        carrying = [i for i, role in enumerate(roles) if role == Role.CARRIES]
        calls.dosage = expected[:, carrying].sum(axis=1)
    elif field == "HDS" and len(record.alts) == 1 and expected.shape[1] <= MAX_PLOIDY:
        calls.dosage = _sum_of_haplotypes(record, expected)
    else:
        # One number for several ALTs does not say which.
        return Calls.none(record.samples, NOT_TYPED)
    calls.refuse(np.isnan(calls.dosage), MISSING)
    calls.refuse(calls.dosage > MAX_PLOIDY, BAD_PLOIDY)
    return calls
