"""What one record says about one panel variant, for all samples at once.

Missing is never reference: a dosage of 0 needs a called genotype at a record that types the
panel's allele, or a reference block with enough depth and quality.
"""

from __future__ import annotations

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
from drepano.genomics.reading.judging import judge
from drepano.genomics.reading.record import Record
from drepano.settings import Genomics

MAX_PLOIDY = 2

_CODES = np.array([CALLED, MISSING, BAD_PLOIDY, NOT_TYPED], np.int8)


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
    roles = [role_of(target, record.position, record.ref, alt) for alt in record.alts]
    if Role.CARRIES in roles:
        return _read_typed(record, roles, gates)
    if beside:
        return None
    # The marker speaks of alleles that begin where the record does; those that begin inside
    # a long REF have records or blocks of their own.
    marked = any(alt in REFERENCE_MARKERS for alt in record.alts)
    if marked and record.position == first and last <= record.end:
        return _read_typed(record, roles, gates)
    return Calls.none(record.samples, NOT_TYPED)


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
    calls = _count(record, [Role.UNKNOWN] * len(record.alts), gates)
    calls.depth = record.numbers("MIN_DP" if record.has("MIN_DP") else "DP")[:, 0]
    calls.quality = record.numbers("GQ" if record.has("GQ") else "RGQ")[:, 0]
    strong = (calls.depth >= gates.min_block_depth) & (calls.quality >= gates.min_block_quality)
    calls.refuse(~strong, WEAK_REFERENCE)
    if record.has("LEN"):
        lengths = record.numbers("LEN")[:, 0]
        reached = record.position - 1 + np.fmax(lengths, len(record.ref))
        calls.refuse(reached < last, SITE_ABSENT)
    return calls


def _read_typed(record: Record, roles: list[Role], gates: Genomics) -> Calls:
    if not record.accepted(gates.accepted_filters):
        return Calls.none(record.samples, FILTERED)
    if not record.has("GT"):
        return _read_expected(record, roles)
    calls = _count(record, roles, gates)
    calls.depth = record.numbers("DP")[:, 0]
    calls.quality = record.numbers("GQ")[:, 0]
    # NaN compares false: a call without the field is not touched.
    if gates.min_depth:
        calls.refuse(calls.depth < gates.min_depth, WEAK_CALL)
    if gates.min_genotype_quality:
        calls.refuse(calls.quality < gates.min_genotype_quality, WEAK_CALL)
    if record.has("GP"):
        calls.probability = _largest(record.numbers("GP"))
    if record.has("PS"):
        calls.phase_set = record.texts("PS")
    calls.of_record(record.name)
    return calls


def _largest(values: Floats) -> Floats:
    """Return the largest number of each row, NaN where there is none."""
    return np.asarray(np.fmax.reduce(values, axis=1), np.float64)


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


def _count(record: Record, roles: list[Role], gates: Genomics) -> Calls:
    """Count the alleles of each genotype that carry the variant."""
    alleles, phased = record.genotypes()
    known = np.array([Role.OTHER, *roles], np.uint8)
    calls = Calls.none(record.samples)
    calls.code, half = judge(
        alleles, phased, known, _CODES, calls.dosage, calls.ploidy, calls.phased, calls.form
    )
    if half and gates.half_calls == "refuse":
        raise half_call(record.name)
    return calls


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
    if record.has("GP"):
        calls.probability = _largest(record.numbers("GP"))
    calls.of_record(record.name)
    return calls
