"""Weights as integers, so that sums of them are exact and no order of chunks changes a bit.

A weight becomes a whole number q of units of 2**-shift, with abs(q) <= 2**47, split into
q = high * 2**24 + low where 0 <= low < 2**24 and abs(high) <= 2**23. Both parts are summed in
int64, times a dosage of at most 2 * 2**14 = 2**15:

    abs(sum of high) <= 2**23 * 2**15 * variants,  sum of low < 2**24 * 2**15 * variants

so 2**23 variants stay below 2**62, and nothing overflows. The only rounding is that of the
weight itself, once: by at most half a unit, which is 2**-47 of the largest weight or less.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drepano.genomics.reading.dosages import UNIT

Whole = NDArray[np.int64]

BITS = 47
LOW_BITS = 24
MOST_VARIANTS = 1 << 23


@dataclass(frozen=True, slots=True)
class Quantised:
    """Weights of one score, or of one component.

    Attributes
    ----------
    shift
        A unit is 2**-shift.
    high, low
        Parts of the weights, in the shape in which they came.
    """

    shift: int
    high: Whole
    low: Whole


def quantise(weights: NDArray[np.float64]) -> Quantised:
    """Round weights to whole units, small enough beside the largest of them.

    Parameters
    ----------
    weights
        Finite, of any shape; at most `MOST_VARIANTS` of them are summed.
    """
    largest = float(np.abs(weights).max(initial=0.0))
    shift = BITS - math.frexp(largest)[1]
    # Multiplying by a power of two is exact, so rint is the only rounding.
    whole = np.rint(np.ldexp(weights, shift)).astype(np.int64)
    return Quantised(shift, whole >> LOW_BITS, whole & ((1 << LOW_BITS) - 1))


def value_of(high: int, low: int, shift: int) -> float:
    """Return the number that summed parts stand for, correctly rounded; dosages in units."""
    return math.ldexp(float((high << LOW_BITS) + low), -shift) / UNIT
