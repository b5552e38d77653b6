"""What a record adds to the sums of every sample; compiled, for cohorts of any width.

Sums are (samples, quantities), int64: a row of them lies in one or two lines of the cache.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

from drepano.genomics.reading.calls import Codes, Floats
from drepano.genomics.sample_quality import quantities as q

Alleles = NDArray[np.int16]
Table = NDArray[np.int64]

NO_CALL = -1
REF_REF = 0
HET = 1
ALT_ALT = 2
ONE_REF = 3
ONE_ALT = 4
"""Codes of genotypes; the last two are of one allele."""

_ONE_ALLELE = -2
_PLOIDY = 2

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compile a function on arrays: one thread, exact integers, kept on disk."""
    return cast("Function", numba.njit(cache=True, nogil=True)(function))


@compiled
def classify(alleles: Alleles, alt: int, codes: Codes) -> None:  # pragma: no cover - compiled
    """Write the code of each sample's genotype.

    Parameters
    ----------
    alleles : (samples, ploidy)
        Allele numbers; -1 is missing, -2 fills up calls of fewer alleles.
    alt
        Number of the ALT that is asked; a call of another one is `NO_CALL`.
    codes : (samples,)
        Is written to. Half calls and more than two alleles are `NO_CALL`.
    """
    for sample in range(alleles.shape[0]):
        count, copies, known = 0, 0, True
        for slot in range(alleles.shape[1]):
            allele = alleles[sample, slot]
            if allele == _ONE_ALLELE:
                continue
            count += 1
            if allele == alt:
                copies += 1
            elif allele != 0:
                known = False
        if not known or count == 0 or count > _PLOIDY:
            codes[sample] = NO_CALL
        elif count == 1:
            codes[sample] = ONE_REF + copies
        else:
            codes[sample] = copies


@compiled
def gate(codes: Codes, values: Floats, least: float) -> None:  # pragma: no cover - compiled
    """Take calls back whose value is below a limit; those without one (NaN) stay."""
    for sample in range(codes.size):
        if values[sample] < least:
            codes[sample] = NO_CALL


@compiled
def add_autosomal(codes: Codes, kind: int, sums: Table) -> None:  # pragma: no cover - compiled
    """Add the calls of an autosomal record; `kind` is of `sites.Kind`."""
    for sample in range(codes.size):
        code = codes[sample]
        if code == NO_CALL:
            continue
        row = sums[sample]
        row[q.CALLED] += 1
        if code == HET:
            row[q.HET] += 1
        elif code == ALT_ALT:
            row[q.HOM_ALT] += 1
        if code in (REF_REF, ONE_REF):
            row[q.REFERENCE] += 1
        elif kind > 0:
            row[q.CARRIED + kind] += 1


@compiled
def add_values(  # pragma: no cover - compiled
    codes: Codes, values: Floats, total: int, number: int, sums: Table
) -> None:
    """Add a whole number of each call, such as DP; a call without one adds nothing."""
    for sample in range(codes.size):
        value = values[sample]
        if codes[sample] != NO_CALL and value >= 0:
            sums[sample, total] += np.int64(np.rint(value))
            sums[sample, number] += 1


@compiled
def add_reads(  # pragma: no cover - compiled
    codes: Codes, reads: Floats, alt: int, sums: Table
) -> None:
    """Add heterozygous calls whose reads are out of balance.

    Parameters
    ----------
    codes : (samples,)
        Of `classify`.
    reads : (samples, alleles)
        AD; NaN where it is missing.
    alt
        Column of the ALT.
    sums
        Is added to.
    """
    for sample in range(codes.size):
        ref_reads, alt_reads = reads[sample, 0], reads[sample, alt]
        depth = ref_reads + alt_reads
        if codes[sample] == NO_CALL or not depth >= 0:
            continue
        sums[sample, q.WITH_READS] += 1
        if codes[sample] == HET and depth >= q.MIN_DEPTH:
            sums[sample, q.HET_WITH_READS] += 1
            # 0.2 and 0.8 in whole numbers
            if 5 * alt_reads < depth or 5 * alt_reads > 4 * depth:
                sums[sample, q.HET_UNBALANCED] += 1


@compiled
def add_contamination(  # noqa: PLR0917 - no keywords in numba  # pragma: no cover
    codes: Codes,
    reads: Floats,
    quality: Floats,
    places: tuple[int, int, int],
    scale: float,
    sums: Table,
) -> None:
    """Add the fraction of reads that show REF in each homozygous ALT call.

    Parameters
    ----------
    codes, reads
        As in `add_reads`.
    quality : (samples,) or (0,)
        GQ; empty if the file has none.
    places
        Column of the ALT in `reads`; of the sum, and of the number of calls in `sums`.
    scale
        Factor of each fraction, before it is rounded to 1/2^20.
    sums
        Is added to.
    """
    alt, total, number = places
    for sample in range(codes.size):
        ref_reads, alt_reads = reads[sample, 0], reads[sample, alt]
        depth = ref_reads + alt_reads
        if codes[sample] != ALT_ALT or not (q.MIN_DEPTH <= depth <= q.MAX_DEPTH):
            continue
        if quality.size and quality[sample] < q.MIN_QUALITY:
            continue
        sums[sample, total] += np.int64(np.rint(ref_reads / depth * scale * q.UNIT))
        sums[sample, number] += 1


@compiled
def add_x(codes: Codes, snv: bool, sums: Table) -> None:  # noqa: FBT001  # pragma: no cover
    """Add the calls of a record of X outside PAR."""
    for sample in range(codes.size):
        code = codes[sample]
        if code == NO_CALL:
            continue
        sums[sample, q.X_CALLED] += 1
        if code in (ONE_REF, ONE_ALT):
            sums[sample, q.X_HAPLOID] += 1
        if snv and code in (HET, ALT_ALT, ONE_ALT):
            sums[sample, q.X_CARRIED] += 1
            if code == HET:
                sums[sample, q.X_HET] += 1


@compiled
def add_y(codes: Codes, sums: Table) -> None:  # pragma: no cover - compiled
    """Add the calls of a record of Y outside PAR."""
    for sample in range(codes.size):
        if codes[sample] != NO_CALL:
            sums[sample, q.Y_CALLED] += 1
