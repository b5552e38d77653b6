"""First order: features of a region's values, whatever their place."""

# ruff: noqa: PLR0917, PLR0915 - kernels take plain arrays, and many
from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voxomics.discretise import Levels, as_floats
from voxomics.geometry import Geometry
from voxomics.kernels import kernel

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
    floats = as_floats(values)
    out = np.full((geometry.count, len(FEATURES)), np.nan)
    for region in range(geometry.count):
        if region in levels.refused:
            continue
        inside = floats[geometry.start[region] : geometry.start[region + 1]]
        counts = levels.voxels[levels.base[region] : levels.base[region + 1]]
        _measure_values(
            inside, np.sort(inside), counts, float(voxel_volume), float(shift), out[region]
        )
    return {name: out[:, place].copy() for place, name in enumerate(FEATURES)}


@kernel
def _percentile(ordered: Array, part: float) -> float:
    """Return the value at a part of the way through, with NumPy's linear interpolation."""
    place = part * (ordered.size - 1)
    below = np.int64(math.floor(place))
    rest = place - below
    a = np.float64(ordered[below])
    b = np.float64(ordered[below + 1 if below + 1 < ordered.size else below])
    if rest < 0.5:
        return a + (b - a) * rest
    return b - (b - a) * (1 - rest)


@kernel
def _measure_values(
    values: Array, ordered: Array, counts: Array, voxel_volume: float, shift: float, out: Array
) -> None:
    n = values.size
    total = 0.0
    energy = 0.0
    for t in range(n):
        value = np.float64(values[t])
        total += value
        energy += (value + shift) * (value + shift)
    mean = total / n
    rest = 0.0
    for t in range(n):
        rest += np.float64(values[t]) - mean
    mean += rest / n  # makes up for the rounding of a plain sum
    low, high = _percentile(ordered, 0.1), _percentile(ordered, 0.9)
    m2 = m3 = m4 = deviation = inner = 0.0
    kept = 0
    for t in range(n):
        value = np.float64(values[t])
        apart = value - mean
        square = apart * apart
        m2 += square
        m3 += square * apart
        m4 += square * square
        deviation += abs(apart)
        if low <= value <= high:
            inner += value
            kept += 1
    m2, m3, m4 = m2 / n, m3 / n, m4 / n
    inner = inner / kept if kept else np.nan
    robust = 0.0
    for t in range(n):
        value = np.float64(values[t])
        if low <= value <= high:
            robust += abs(value - inner)
    entropy = uniformity = 0.0
    for g in range(counts.size):
        p = counts[g] / n
        entropy -= p * math.log2(p + EPSILON)
        uniformity += p * p
    scale = m2 if m2 != 0 else 1.0
    half = n // 2
    median = np.float64(ordered[half])
    if n % 2 == 0:
        median = 0.5 * (np.float64(ordered[half - 1]) + median)
    minimum, maximum = np.float64(ordered[0]), np.float64(ordered[n - 1])
    out[0] = low
    out[1] = high
    out[2] = energy
    out[3] = entropy
    out[4] = _percentile(ordered, 0.75) - _percentile(ordered, 0.25)
    out[5] = m4 / (scale * scale)
    out[6] = maximum
    out[7] = mean
    out[8] = deviation / n
    out[9] = median
    out[10] = minimum
    out[11] = maximum - minimum
    out[12] = robust / kept if kept else np.nan
    out[13] = math.sqrt(energy / n)
    out[14] = m3 / scale**1.5
    out[15] = math.sqrt(m2)
    out[16] = energy * voxel_volume
    out[17] = uniformity
    out[18] = m2
