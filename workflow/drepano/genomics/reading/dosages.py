"""Dosages of one variant for sums over many: exact, missing told apart, gates applied."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from drepano.genomics.reading import plain
from drepano.genomics.reading.alleles import Role, Target, role_of
from drepano.genomics.reading.compiled import Units
from drepano.genomics.reading.evidence import read_calls, typed_gate
from drepano.genomics.reading.faults import half_call
from drepano.genomics.reading.record import Record
from drepano.genomics.reading.text import TextRecord
from drepano.settings import Genomics

UNIT = 1 << 14
"""A dosage of 1. Imputed dosages are rounded to 1/16384, so that sums of them are exact."""

NO_CALL = -1


def dosages(record: Record, target: Target, gates: Genomics) -> Units | None:
    """Return copies of the target's ALT in each sample, in units of 1/16384.

    The same as `read_calls` gives, by shorter ways where GT of a typed allele is all that counts.

    Parameters
    ----------
    record
        Any record of the target's chromosome.
    target
        A variant on the file's build.
    gates
        Accepted filters, least depths and qualities; the same as for the panel.

    Returns
    -------
    (samples,) array, or None
        `NO_CALL` where nothing was called; None if the record does not speak of the site.

    Raises
    ------
    UnitError
        ``unreadable``: the record holds what is no VCF; ``missing_genotype``: a half call, which
        the study refuses.
    """
    first, last = target.span
    if record.end < first or last < record.position:
        return None
    if not record.block and record.has("GT"):
        roles = [role_of(target, record.position, record.ref, alt) for alt in record.alts]
        if Role.CARRIES in roles:
            return _of_genotypes(record, roles, gates)
    calls = read_calls(record, target, gates)
    return None if calls is None else _units(calls.called, calls.dosage)


def _units(called: NDArray[np.bool_], dosage: NDArray[np.float64]) -> Units:
    return np.where(called, np.rint(dosage * UNIT), NO_CALL).astype(np.int32)


def _of_genotypes(record: Record, roles: list[Role], gates: Genomics) -> Units:
    if not record.accepted(gates.accepted_filters):
        return np.full(record.samples, NO_CALL, np.int32)
    refuse = gates.half_calls == "refuse"
    if isinstance(record, TextRecord):
        units = _of_plain(record, roles, refuse=refuse)
        if units is not None:
            return units
    gate = typed_gate(gates.min_depth, gates.min_genotype_quality)
    tally = record.tally(roles, gate)
    if tally.half and refuse:
        raise half_call(record.name)
    return _units(tally.small[0] == gate.codes[0], tally.large[0])


def _of_plain(record: TextRecord, roles: list[Role], *, refuse: bool) -> Units | None:
    """Return the dosages of a line of the commonest form; None if it is of another."""
    words = record.plain_words()
    if words is None:
        return None
    units = np.empty(len(words), np.int32)
    found = plain.add_alleles(words, _worth(tuple(roles)), units)
    if found == plain.ELSE or (found == plain.HALF and refuse):
        return None  # a half call of an asked sample is refused by the other way
    return record.asked(units)


@functools.lru_cache(maxsize=1024)
def _worth(roles: tuple[Role, ...]) -> Units:
    """Return what each byte is worth as an allele, for `plain.add_alleles`; (256,)."""
    worth = np.full(256, 1 << 28, np.int32)
    worth[ord(".")] = plain.MISSING
    of_role = {Role.OTHER: 0, Role.CARRIES: UNIT, Role.UNKNOWN: plain.UNKNOWN}
    for allele, role in enumerate((Role.OTHER, *roles)[:10]):
        worth[ord("0") + allele] = of_role[role]
    return worth
