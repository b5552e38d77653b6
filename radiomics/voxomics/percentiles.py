"""Percentiles of many values without sorting them.

Values are counted in buckets of one width. Rounding keeps their order, so a rank tells its
bucket: only the few values that share a bucket with a rank are taken out and searched.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voxomics.discretise import bisect
from voxomics.kernels import kernel

Array = NDArray[Any]

BUCKETS = 2048
"""Buckets that the values of a region are counted in: two counts of them fit the nearest cache."""

PARTS = (0.1, 0.25, 0.5, 0.75, 0.9)
"""Percentiles that features are made of."""


@kernel
def spread_buckets(low: float, high: float, n: int) -> tuple[float, float, int]:
    """Return where the buckets begin, how many a unit has, and how many there are."""
    buckets = min(n, BUCKETS)
    scale = (buckets - 1) / (high - low)
    if np.isfinite(scale) and scale > 0:
        return low, scale, buckets
    return 0.0, 0.0, 1  # the range is nothing, or too narrow or wide for a float


@kernel
def find_buckets(block: Array, low: float, scale: float, places: Array) -> None:
    """Find the bucket of each value."""
    for j in range(block.size):
        places[j] = np.int32((np.float64(block[j]) - low) * scale)


@kernel
def find_places(below: Array, n: int) -> tuple[Array, int]:
    """Give the values of each bucket that holds a rank a place; -1 for other buckets."""
    places = np.full(below.size - 1, -1, np.int64)
    taken = 0
    for i in range(2 * len(PARTS)):
        bucket = bisect(below, _rank(i, n)) - 1
        if places[bucket] < 0:
            places[bucket] = taken
            taken += below[bucket + 1] - below[bucket]
    return places, taken


@kernel
def measure_order(mates: Array, below: Array, ends: Array, n: int, row: Array) -> None:
    """Search each rank among those that share its bucket, and make percentiles of them."""
    found = np.empty(2 * len(PARTS))
    for i in range(found.size):
        rank = _rank(i, n)
        bucket = bisect(below, rank) - 1
        first = ends[bucket] - (below[bucket + 1] - below[bucket])
        found[i] = _select(mates[first : ends[bucket]], rank - below[bucket])
    row[0] = _between(found[0], found[1], PARTS[0] * (n - 1))
    row[1] = _between(found[8], found[9], PARTS[4] * (n - 1))
    row[4] = _between(found[6], found[7], PARTS[3] * (n - 1))
    row[4] -= _between(found[2], found[3], PARTS[1] * (n - 1))
    row[9] = found[4] if n % 2 else 0.5 * (found[4] + found[5])


@kernel
def _rank(i: int, n: int) -> int:
    """Return the rank of the value below (i even) or above a percentile."""
    rank: int = min(math.floor(PARTS[i // 2] * (n - 1)) + i % 2, n - 1)
    return rank


@kernel
def _between(below: float, above: float, place: float) -> float:
    """Return the percentile between two values, with NumPy's linear interpolation."""
    rest = place - math.floor(place)
    if rest < 0.5:
        return below + (above - below) * rest
    return above - (above - below) * (1 - rest)


@kernel
def _select(values: Array, rank: int) -> float:
    """Return the value of a rank; values are moved (Hoare's selection)."""
    low, high = 0, values.size - 1
    same = 1
    while same <= high and values[same] == values[0]:
        same += 1
    if same > high:
        return np.float64(values[0])
    while low < high:
        pivot = values[(low + high) // 2]
        i, j = low, high
        while i <= j:
            while values[i] < pivot:
                i += 1
            while values[j] > pivot:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if rank <= j:
            high = j
        elif rank >= i:
            low = i
        else:
            break
    return np.float64(values[rank])
