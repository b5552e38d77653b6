"""First order: features of a region's values, whatever their place."""

# ruff: noqa: PLR0917 - kernels take plain arrays, and many
from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voxomics.discretise import LANES, Levels, as_floats
from voxomics.geometry import Geometry
from voxomics.kernels import kernel
from voxomics.percentiles import find_buckets, find_places, measure_order, spread_buckets

Array = NDArray[Any]

FEATURES = (
    "10Percentile",
    "90Percentile",
    "Energy",
    "Entropy",
    "InterquartileRange",
    "Kurtosis",
    "Maximum",
    "Mean",
    "MeanAbsoluteDeviation",
    "Median",
    "Minimum",
    "Range",
    "RobustMeanAbsoluteDeviation",
    "RootMeanSquared",
    "Skewness",
    "StandardDeviation",
    "TotalEnergy",
    "Uniformity",
    "Variance",
)
"""Names in pyradiomics' order. It calls StandardDeviation deprecated: given if asked by name."""

EPSILON = float(np.spacing(1.0))
"""Added by pyradiomics inside each logarithm."""


def first_order(
    values: Array, geometry: Geometry, levels: Levels, *, voxel_volume: float, shift: float = 0.0
) -> dict[str, NDArray[np.float64]]:
    """Measure the values of each region.

    Parameters
    ----------
    values : (N,)
        Values as `Geometry.gather` gives them.
    levels
        Their grey levels, for Entropy and Uniformity.
    voxel_volume
        Volume of a voxel, in mm³, for TotalEnergy.
    shift
        Added to the values for Energy, TotalEnergy and RootMeanSquared (voxelArrayShift).

    Returns
    -------
    dict
        For each of `FEATURES` the regions' values (count,); NaN in a refused region.
    """
    out = np.full((geometry.count, len(FEATURES)), np.nan)
    floats, start, shift = as_floats(values), geometry.start, float(shift)
    _measure_regions(floats, start, levels.base, levels.voxels, levels.extremes, shift, out)
    out[:, FEATURES.index("TotalEnergy")] = out[:, FEATURES.index("Energy")] * voxel_volume
    return {name: out[:, place].copy() for place, name in enumerate(FEATURES)}


@kernel
def _measure_regions(
    values: Array,
    start: Array,
    base: Array,
    voxels: Array,
    extremes: Array,
    shift: float,
    out: Array,
) -> None:
    lanes = np.empty(5 * LANES)
    for region in range(start.size - 1):
        counts = voxels[base[region] : base[region + 1]]
        if counts.size == 0:
            continue
        inside = values[start[region] : start[region + 1]]
        row = out[region]
        row[10], row[6] = extremes[region]
        row[11] = row[6] - row[10]
        _measure_values(inside, shift, lanes, row)
        _measure_counts(counts, inside.size, row)


@kernel
def _measure_values(values: Array, shift: float, lanes: Array, row: Array) -> None:
    """Measure one region in four passes; `row` holds its extremes already."""
    n = values.size
    low, scale, buckets = spread_buckets(row[10], row[6], n)
    lanes[:] = 0.0
    below = _count_below(values, low, scale, buckets, shift, lanes)
    mean = _fold(lanes, 0) / n
    row[2] = _fold(lanes, 1)
    row[13] = math.sqrt(row[2] / n)
    places, taken = find_places(below, n)
    lanes[:] = 0.0
    mates = _take_out(values, low, scale, places, np.empty(taken, values.dtype), mean, lanes)
    measure_order(mates, below, places, n, row)
    _measure_moments(mean, n, lanes, row)
    if row[6] == row[10]:
        row[7] = row[6]  # a sum would be rounded
        row[5] = row[8] = row[12] = row[14] = row[15] = row[18] = 0.0
        return
    lanes[:] = 0.0
    for t in range(0, n, LANES):
        _add_inner(values[t : t + LANES], row[0], row[1], lanes)
    inner, kept = _fold(lanes, 0), _fold(lanes, 1)
    lanes[:] = 0.0
    for t in range(0, n, LANES):
        _add_distances(values[t : t + LANES], row[0], row[1], inner / kept, lanes)
    row[12] = _fold(lanes, 0) / kept


@kernel
def _measure_moments(mean: float, n: int, lanes: Array, row: Array) -> None:
    m1, m2 = _fold(lanes, 0) / n, _fold(lanes, 1) / n
    m3, m4 = _fold(lanes, 2) / n, _fold(lanes, 3) / n
    # What the rounding of the mean left over.
    m4 += m1 * (6 * m1 * m2 - 4 * m3)
    m3 -= 3 * m1 * m2
    m2 -= m1 * m1
    scale = m2 if m2 != 0 else 1.0
    row[5] = m4 / (scale * scale)
    row[7] = mean + m1
    row[8] = _fold(lanes, 4) / n
    row[14] = m3 / scale**1.5
    row[15] = math.sqrt(m2)
    row[18] = m2


@kernel
def _measure_counts(counts: Array, n: int, row: Array) -> None:
    entropy = uniformity = 0.0
    for g in range(counts.size):
        p = counts[g] / n
        entropy -= p * math.log2(p + EPSILON)
        uniformity += p * p
    row[3] = entropy
    row[17] = uniformity


@kernel
def _fold(lanes: Array, which: int) -> float:
    a = b = c = d = 0.0
    for j in range(which * LANES, (which + 1) * LANES, 4):
        a += lanes[j]
        b += lanes[j + 1]
        c += lanes[j + 2]
        d += lanes[j + 3]
    return (a + b) + (c + d)


@kernel
def _add_values(block: Array, shift: float, lanes: Array) -> None:
    for j in range(block.size):
        value = np.float64(block[j])
        lanes[j] += value
        lanes[LANES + j] += (value + shift) * (value + shift)


@kernel
def _add_powers(block: Array, mean: float, lanes: Array) -> None:
    for j in range(block.size):
        apart = np.float64(block[j]) - mean
        square = apart * apart
        lanes[j] += apart
        lanes[LANES + j] += square
        lanes[2 * LANES + j] += square * apart
        lanes[3 * LANES + j] += square * square
        lanes[4 * LANES + j] += abs(apart)


@kernel
def _add_inner(block: Array, low: float, high: float, lanes: Array) -> None:
    for j in range(block.size):
        value = np.float64(block[j])
        inside = (value >= low) & (value <= high)
        lanes[j] += value if inside else 0.0
        lanes[LANES + j] += 1.0 if inside else 0.0


@kernel
def _add_distances(block: Array, low: float, high: float, inner: float, lanes: Array) -> None:
    for j in range(block.size):
        value = np.float64(block[j])
        inside = (value >= low) & (value <= high)
        lanes[j] += abs(value - inner) if inside else 0.0


@kernel
def _count_below(
    values: Array, low: float, scale: float, buckets: int, shift: float, lanes: Array
) -> Array:
    """Count the values in the buckets before each (buckets + 1,); sum values and energy."""
    # Neighbours share a bucket: two counts in turn spare each the wait for the one before.
    counts = np.zeros(2 * buckets, np.int32)
    inside = np.empty(LANES, np.int32)
    for t in range(0, values.size, LANES):
        block = values[t : t + LANES]
        _add_values(block, shift, lanes)
        find_buckets(block, low, scale, inside)
        for j in range(block.size):
            counts[2 * np.uint32(inside[j]) + (np.uint32(j) & np.uint32(1))] += 1
    below = np.zeros(buckets + 1, np.int64)
    for bucket in range(buckets):
        below[bucket + 1] = below[bucket] + counts[2 * bucket] + counts[2 * bucket + 1]
    return below


@kernel
def _take_out(
    values: Array, low: float, scale: float, places: Array, out: Array, mean: float, lanes: Array
) -> Array:
    """Copy the values of the buckets with a place, which moves to their end; sum up powers."""
    inside = np.empty(LANES, np.int32)
    for t in range(0, values.size, LANES):
        block = values[t : t + LANES]
        _add_powers(block, mean, lanes)
        find_buckets(block, low, scale, inside)
        for j in range(block.size):
            at = places[np.uint32(inside[j])]
            if at >= 0:
                out[at] = block[j]
                places[np.uint32(inside[j])] = at + 1
    return out
