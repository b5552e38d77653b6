"""What a record adds to the sums of every sample; compiled, for cohorts of any width.

Sums are (samples, quantities), int64: a row of them lies in one or two lines of the cache.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from drepano.genomics.reading.calls import Codes, Floats
from drepano.genomics.reading.compiled import kernel

Table = NDArray[np.int64]

NO_CALL, HET, ALT_ALT = -1, 1, 2
"""Codes of `drepano.genomics.reading.genotype_codes`, once more: a kernel that is kept on disk
is compiled again when its own file changes, and not when another one does."""


@kernel
def add_codes(codes: Codes, counts: Table) -> None:  # pragma: no cover - compiled
    """Count each sample's genotype.

    Parameters
    ----------
    codes : (samples,)
        Of `drepano.genomics.reading.genotype_codes`.
    counts : (samples, 6)
        By code, from no call on; is added to.
    """
    for sample in range(codes.size):
        counts[sample, codes[sample] + 1] += 1


@kernel
def add_values(  # pragma: no cover - compiled
    codes: Codes, values: Floats, total: int, number: int, sums: Table
) -> None:
    """Add a whole number of each call, such as DP; a call without one adds nothing."""
    for sample in range(codes.size):
        value = values[sample]
        if codes[sample] != NO_CALL and value >= 0:
            sums[sample, total] += np.int64(np.rint(value))
            sums[sample, number] += 1


@kernel
def add_reads(  # noqa: PLR0917 - no keywords in numba  # pragma: no cover
    codes: Codes, reads: Floats, alt: int, places: tuple[int, int, int], least: int, sums: Table
) -> None:
    """Add heterozygous calls whose reads are out of balance.

    Parameters
    ----------
    codes : (samples,)
        Of `drepano.genomics.reading.genotype_codes`.
    reads : (samples, alleles)
        AD; NaN where it is missing.
    alt
        Column of the ALT.
    places
        In `sums`: calls with reads, heterozygous ones with enough of them, unbalanced ones.
    least
        Reads that are enough.
    sums
        Is added to.
    """
    told, enough, unbalanced = places
    for sample in range(codes.size):
        ref_reads, alt_reads = reads[sample, 0], reads[sample, alt]
        depth = ref_reads + alt_reads
        if codes[sample] == NO_CALL or not depth >= 0:
            continue
        sums[sample, told] += 1
        if codes[sample] == HET and depth >= least:
            sums[sample, enough] += 1
            # 0.2 and 0.8 in whole numbers
            if 5 * alt_reads < depth or 5 * alt_reads > 4 * depth:
                sums[sample, unbalanced] += 1


@kernel
def add_contamination(  # noqa: PLR0917 - no keywords in numba  # pragma: no cover
    codes: Codes,
    reads: Floats,
    quality: Floats,
    places: tuple[int, int, int],
    limits: tuple[int, int, int],
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
    limits
        Least and greatest number of reads, and least GQ.
    scale
        Factor of each fraction, before it is rounded to a whole number.
    sums
        Is added to.
    """
    alt, total, number = places
    fewest, most, least_quality = limits
    for sample in range(codes.size):
        ref_reads, alt_reads = reads[sample, 0], reads[sample, alt]
        depth = ref_reads + alt_reads
        if codes[sample] != ALT_ALT or not (fewest <= depth <= most):
            continue
        if quality.size and quality[sample] < least_quality:
            continue
        sums[sample, total] += np.int64(np.rint(ref_reads / depth * scale))
        sums[sample, number] += 1
