"""What a variant adds to the sums of all samples; compiled, for cohorts of any width."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from drepano.genomics.reading.calls import Codes
from drepano.genomics.reading.compiled import kernel
from drepano.genomics.reading.copies import Units
from drepano.genomics.scores.exact import Whole

Table = NDArray[np.int64]
"""(3, 3): by number of alleles and copies of the effect allele."""


@kernel
def add_additive(  # pragma: no cover - compiled
    units: Units, high: int, low: int, sums: tuple[Whole, Whole, Whole]
) -> int:
    """Add weight times copies where there is a call; return how many samples have one.

    Parameters
    ----------
    units
        Copies, (samples,), in units of 1/16384; negative where there is no call.
    high, low
        Parts of the weight.
    sums
        Running sums of both parts, and of calls; each (samples,).
    """
    highs, lows, called = sums
    count = 0
    for sample in range(units.size):
        there = units[sample] >= 0
        copies = units[sample] * there  # without a branch, so that it runs on vectors
        highs[sample] += high * copies
        lows[sample] += low * copies
        called[sample] += there
        count += there
    return count


@kernel
def add_by_genotype(  # pragma: no cover - compiled
    units: Units, ploidies: Codes, weights: tuple[Table, Table, Table], sums: tuple[Whole, ...]
) -> int:
    """Add the weight of each genotype; return how many samples have one.

    Parameters
    ----------
    units, ploidies
        Copies and number of alleles, (samples,).
    weights
        Parts of the weight of a genotype, and whether it has one.
    sums
        As in `add_additive`.
    """
    highs, lows, called = sums
    high, low, defined = weights
    count = 0
    for sample in range(units.size):
        copies, ploidy = units[sample], ploidies[sample]
        # Expected dosages come without ploidy and are never rounded to a genotype.
        if copies >= 0 and ploidy > 0 and defined[ploidy, copies // 16384] == 1:
            highs[sample] += high[ploidy, copies // 16384] * 16384
            lows[sample] += low[ploidy, copies // 16384] * 16384
            called[sample] += 1
            count += 1
    return count
