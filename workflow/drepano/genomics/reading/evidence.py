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
    WEAK_CALL,
    WEAK_REFERENCE,
    Calls,
)
from drepano.genomics.reading.record import Record
from drepano.settings import Genomics

MAX_PLOIDY = 2


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
        return _read_block(record, gates) if evident else Calls.none(record.samples, NOT_TYPED)
    roles = [role_of(target, record.position, record.ref, alt) for alt in record.alts]
    # The marker speaks of alleles that begin where the record does; those that begin inside
    # a long REF have records or blocks of their own.
    marked = any(alt in REFERENCE_MARKERS for alt in record.alts)
    marked &= record.position == first and last <= record.end
    if Role.CARRIES in roles or marked:
        return _read_typed(record, roles, gates)
    return None if beside else Calls.none(record.samples, NOT_TYPED)


def _read_block(record: Record, gates: Genomics) -> Calls:
    """Read reference evidence: a gVCF block, or an all-sites record without ALT.

    The lowest depth of a block (MIN_DP) holds for all of it. GATK calls the quality of an
    all-sites record RGQ. Bases alone are no evidence against an indel, so no block is.
    """
    if not record.has("GT"):
        return Calls.none(record.samples, MISSING)
    calls = _count(record, [Role.UNKNOWN] * len(record.alts))
    calls.depth = record.numbers("MIN_DP" if record.has("MIN_DP") else "DP")[:, 0]
    calls.quality = record.numbers("GQ" if record.has("GQ") else "RGQ")[:, 0]
    strong = (calls.depth >= gates.min_block_depth) & (calls.quality >= gates.min_block_quality)
    calls.refuse(~strong, WEAK_REFERENCE)
    return _apply_filter(record, calls, gates)


def _read_typed(record: Record, roles: list[Role], gates: Genomics) -> Calls:
    if not record.has("GT"):
        calls = _read_expected(record, roles)
        return _apply_filter(record, calls, gates)
    calls = _count(record, roles)
    calls.depth = record.numbers("DP")[:, 0]
    calls.quality = record.numbers("GQ")[:, 0]
    # NaN compares false: a call without the field is not touched.
    weak = (calls.depth < gates.min_depth) | (calls.quality < gates.min_genotype_quality)
    calls.refuse(weak, WEAK_CALL)
    return _apply_filter(record, calls, gates)


def _apply_filter(record: Record, calls: Calls, gates: Genomics) -> Calls:
    if not record.accepted(gates.accepted_filters):
        calls.code[:] = FILTERED
        calls.dosage[:] = np.nan
    return calls


def _count(record: Record, roles: list[Role]) -> Calls:
    """Count the alleles of each genotype that carry the variant."""
    alleles, phased = record.genotypes()
    present = alleles >= 0
    # REF is allele 0; a number that the record has no ALT for is not known to be anything.
    known = np.array([Role.OTHER, *roles, Role.UNKNOWN])
    role = known[np.clip(alleles, 0, len(known) - 1)]
    ploidy = present.sum(axis=1)
    calls = Calls.none(record.samples, CALLED)
    calls.dosage = (present & (role == Role.CARRIES)).sum(axis=1).astype(np.float64)
    calls.ploidy = ploidy.astype(np.int8)
    calls.phased = np.where(ploidy > 1, phased, -1).astype(np.int8)
    calls.refuse((alleles == -1).any(axis=1) | (ploidy == 0), MISSING)
    calls.refuse(ploidy > MAX_PLOIDY, BAD_PLOIDY)
    calls.refuse((present & (role == Role.UNKNOWN)).any(axis=1), NOT_TYPED)
    return calls


def _read_expected(record: Record, roles: list[Role]) -> Calls:
    """Read the expected dosage (DS) of imputed data, unrounded; its ploidy is not known."""
    if not record.has("DS"):
        return Calls.none(record.samples, MISSING)
    expected = record.numbers("DS")
    if expected.shape[1] != len(record.alts):
        # One number for several ALTs does not say which.
        return Calls.none(record.samples, NOT_TYPED)
    calls = Calls.none(record.samples, CALLED)
    calls.dosage = expected[:, np.array(roles) == Role.CARRIES].sum(axis=1)
    calls.refuse(np.isnan(calls.dosage), MISSING)
    calls.refuse(calls.dosage > MAX_PLOIDY, BAD_PLOIDY)
    return calls
