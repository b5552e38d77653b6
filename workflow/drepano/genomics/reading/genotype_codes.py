"""Genotypes of one ALT as one small number for each sample; for sums over many records."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

from drepano.genomics.reading.alleles import REFERENCE_MARKERS
from drepano.genomics.reading.calls import Codes, Floats
from drepano.genomics.reading.record import Record
from drepano.settings import Genomics

NO_CALL = -1
REF_REF = 0
HET = 1
ALT_ALT = 2
ONE_REF = 3
ONE_ALT = 4
"""Codes of genotypes; the last two are of one allele. REF is any allele but the asked one."""

COPIES = np.array([0, 1, 2, 0, 1], np.int64)
"""Copies of the asked ALT by code."""

_FILLED, _MISSING, _REF, _ALT, _UNKNOWN = range(5)
"""What an allele is: filling of a shorter call, missing, another one, the asked ALT, and one
that may be anything (a reference marker, or a number that the record has no ALT for)."""

_PAIRS = np.full((5, 5), NO_CALL, np.int8)
_PAIRS[_REF, _REF] = REF_REF
_PAIRS[_REF, _ALT] = _PAIRS[_ALT, _REF] = HET
_PAIRS[_ALT, _ALT] = ALT_ALT
_PAIRS[_REF, _FILLED] = ONE_REF
_PAIRS[_ALT, _FILLED] = ONE_ALT
"""Code of two alleles: half calls and unknown alleles are no calls."""

_FILLS = -2

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compile a function on arrays: one thread, exact integers, kept on disk."""
    return cast("Function", numba.njit(cache=True, nogil=True)(function))


def read_codes(record: Record, alt: int, gates: Genomics) -> Codes:
    """Return the code of each sample's genotype, (samples,); gates of DP and GQ are applied.

    Parameters
    ----------
    record
        A record with GT.
    alt
        Index into the record's ALTs.
    gates
        Least depth and quality; a call without DP or GQ is not touched. FILTER is not asked.
    """
    alleles, _ = record.genotypes()
    codes = np.empty(len(alleles), np.int8)
    _classify(alleles, _roles(record.alts, alt), _PAIRS, codes)
    for field, least in (("DP", gates.min_depth), ("GQ", gates.min_genotype_quality)):
        if least and record.has(field):
            _gate(codes, np.ascontiguousarray(record.numbers(field)[:, 0]), float(least))
    return codes


def _roles(alts: list[str], alt: int) -> NDArray[np.int8]:
    """Return what each allele number is, from -2 on; one more for numbers without an ALT."""
    told = [_UNKNOWN if name in REFERENCE_MARKERS else _REF for name in alts]
    told[alt] = _ALT
    return np.array([_FILLED, _MISSING, _REF, *told, _UNKNOWN], np.int8)


@compiled
def _classify(  # pragma: no cover - compiled
    alleles: NDArray[np.int16], roles: Codes, pairs: Codes, codes: Codes
) -> None:
    """Look codes up, without a branch for each genotype: cohorts have all of them mixed."""
    last = roles.size - 1
    ploidy = alleles.shape[1]
    for sample in range(alleles.shape[0]):
        one = roles[min(alleles[sample, 0] + 2, last)]
        other = roles[min(alleles[sample, 1] + 2, last)] if ploidy > 1 else roles[0]
        codes[sample] = pairs[one, other]
    for slot in range(2, ploidy):
        for sample in range(alleles.shape[0]):
            if alleles[sample, slot] != _FILLS:
                codes[sample] = NO_CALL


@compiled
def _gate(codes: Codes, values: Floats, least: float) -> None:  # pragma: no cover - compiled
    """Take calls back whose value is below a limit; those without one (NaN) stay."""
    for sample in range(codes.size):
        if values[sample] < least:
            codes[sample] = NO_CALL
