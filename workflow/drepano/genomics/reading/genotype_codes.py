"""Genotypes of one ALT as one small number for each sample; for sums over many records."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from drepano.errors import UnitError
from drepano.genomics.reading.alleles import REFERENCE_MARKERS
from drepano.genomics.reading.calls import Codes, Floats
from drepano.genomics.reading.compiled import kernel
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
_HALF = -2
_PAIRS[_MISSING, _REF:] = _PAIRS[_REF:, _MISSING] = _HALF
"""Code of two alleles: half calls and unknown alleles are no calls."""

_FILLS = -2

Function = TypeVar("Function", bound=Callable[..., Any])


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

    Raises
    ------
    UnitError
        ``missing_genotype``: there is a half call, and the study refuses them.
    """
    alleles, _ = record.genotypes()
    codes = np.empty(len(alleles), np.int8)
    halves = _classify(alleles, _roles(record.alts, alt), _PAIRS, codes)
    if halves and gates.half_calls == "refuse":
        raise UnitError(
            "missing_genotype",
            f"{record.chrom}:{record.position} has a half call, which the study refuses",
            "Call the genotype again, or let half_calls of the study be missing.",
        )
    for field, least in (("DP", gates.min_depth), ("GQ", gates.min_genotype_quality)):
        if least and record.has(field):
            _gate(codes, np.ascontiguousarray(record.numbers(field)[:, 0]), float(least))
    return codes


def _roles(alts: list[str], alt: int) -> NDArray[np.int8]:
    """Return what each allele number is, from -2 on; one more for numbers without an ALT."""
    told = [_UNKNOWN if name in REFERENCE_MARKERS else _REF for name in alts]
    told[alt] = _ALT
    return np.array([_FILLED, _MISSING, _REF, *told, _UNKNOWN], np.int8)


@kernel
def _classify(  # pragma: no cover - compiled
    alleles: NDArray[np.int16], roles: Codes, pairs: Codes, codes: Codes
) -> int:
    """Look codes up, and return how many calls are half ones.

    There is no branch for each genotype: cohorts have all of them mixed.
    """
    halves = 0
    last = roles.size - 1
    ploidy = alleles.shape[1]
    for sample in range(alleles.shape[0]):
        one = roles[min(alleles[sample, 0] + 2, last)]
        other = roles[min(alleles[sample, 1] + 2, last)] if ploidy > 1 else roles[0]
        code = pairs[one, other]
        halves += code == _HALF
        codes[sample] = max(code, NO_CALL)
    for slot in range(2, ploidy):
        for sample in range(alleles.shape[0]):
            if alleles[sample, slot] != _FILLS:
                codes[sample] = NO_CALL
    return halves


@kernel
def _gate(codes: Codes, values: Floats, least: float) -> None:  # pragma: no cover - compiled
    """Take calls back whose value is below a limit; those without one (NaN) stay."""
    for sample in range(codes.size):
        if values[sample] < least:
            codes[sample] = NO_CALL
