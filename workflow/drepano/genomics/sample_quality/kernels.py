"""What a record adds to the sums of every sample; compiled, for cohorts of any width.

Sums are (samples, quantities), int64: a row of them lies in one or two lines of the cache.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from drepano.genomics.reading.calls import Codes, Floats
from drepano.genomics.reading.genotype_codes import ALT_ALT, HET, NO_CALL, compiled
from drepano.genomics.sample_quality import quantities as q

Table = NDArray[np.int64]


@compiled
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
        Of `drepano.genomics.reading.genotype_codes`.
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
