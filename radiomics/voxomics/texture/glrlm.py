"""Grey level run length matrix: features out of the counts of runs."""

# ruff: noqa: PLR0917, C901, PLR0915 - kernels take plain arrays, in one pass
from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voxomics.kernels import kernel

Array = NDArray[Any]

FEATURES = (
    "GrayLevelNonUniformity",
    "GrayLevelNonUniformityNormalized",
    "GrayLevelVariance",
    "HighGrayLevelRunEmphasis",
    "LongRunEmphasis",
    "LongRunHighGrayLevelEmphasis",
    "LongRunLowGrayLevelEmphasis",
    "LowGrayLevelRunEmphasis",
    "RunEntropy",
    "RunLengthNonUniformity",
    "RunLengthNonUniformityNormalized",
    "RunPercentage",
    "RunVariance",
    "ShortRunEmphasis",
    "ShortRunHighGrayLevelEmphasis",
    "ShortRunLowGrayLevelEmphasis",
)
"""Names in pyradiomics' order."""

EPSILON = float(np.spacing(1.0))


@kernel
def measure_runs(
    runs: Array, level: Array, voxels: Array, kept: Array, weights: Array, out: Array
) -> None:
    """Average the features over the angles, or take them of the angles' weighted sum.

    Parameters
    ----------
    runs : (A, n, R)
        Runs of two voxels and more, at their length - 1; what is left are runs of one.
    level, voxels : (n,)
        Grey level of each row, and its number of voxels.
    kept : (A,)
        Angles along which a line holds two voxels; others do not count.
    weights : (A,)
        Weight of each angle, or empty for no weighting.
    out : (16,)
        Features; NaN if no angle is kept.
    """
    n, longest = runs.shape[1], runs.shape[2]
    sums = np.zeros(16)
    features = np.zeros(16)
    table = np.zeros((n, longest))
    used = 0
    for a in range(runs.shape[0]):
        if not kept[a]:
            continue
        used += 1
        weight = weights[a] if weights.size else 1.0
        for g in range(n):
            single = voxels[g]
            for r in range(1, longest):
                if runs[a, g, r]:
                    single -= np.int64(runs[a, g, r]) * (r + 1)
                if weights.size:
                    table[g, r] += weight * runs[a, g, r]
                else:
                    table[g, r] = runs[a, g, r]
            table[g, 0] = weight * single + (table[g, 0] if weights.size else 0.0)
        if not weights.size:
            _measure_table(table, level, features)
            for k in range(16):
                sums[k] += features[k]
    if used and weights.size:
        _measure_table(table, level, sums)
        used = 1
    for k in range(16):
        out[k] = sums[k] / used if used else np.nan


@kernel
def _measure_table(table: Array, level: Array, out: Array) -> None:
    """Measure one matrix (n, R): runs of each level, at their length - 1."""
    n, longest = table.shape
    by_length = np.zeros(longest)
    by_level = np.zeros(n)
    total = 0.0
    for g in range(n):
        for r in range(longest):
            by_level[g] += table[g, r]
        total += by_level[g]
    gln = mean = hgre = lgre = entropy = lrhg = lrlg = srhg = srlg = 0.0
    for g in range(n):
        i = np.float64(level[g])
        i2 = i * i
        for r in range(longest):
            c = table[g, r]
            if c > 0:
                by_length[r] += c
                j2 = np.float64(r + 1) * (r + 1)
                p = c / total
                entropy -= p * math.log2(p + EPSILON)
                srlg += c / (i2 * j2)
                srhg += c * i2 / j2
                lrlg += c * j2 / i2
                lrhg += c * j2 * i2
        c = by_level[g]
        gln += c * c
        mean += c * i
        hgre += c * i2
        lgre += c / i2
    mean /= total
    variance = 0.0
    for g in range(n):
        variance += by_level[g] / total * (level[g] - mean) * (level[g] - mean)
    sre = lre = rln = voxels = run_variance = 0.0
    for r in range(longest):
        c = by_length[r]
        j = np.float64(r + 1)
        sre += c / (j * j)
        lre += c * j * j
        rln += c * c
        voxels += c * j
    mean_length = voxels / total
    for r in range(longest):
        run_variance += by_length[r] / total * (r + 1 - mean_length) * (r + 1 - mean_length)
    out[0] = gln / total
    out[1] = gln / (total * total)
    out[2] = variance
    out[3] = hgre / total
    out[4] = lre / total
    out[5] = lrhg / total
    out[6] = lrlg / total
    out[7] = lgre / total
    out[8] = entropy
    out[9] = rln / total
    out[10] = rln / (total * total)
    out[11] = total / voxels
    out[12] = run_variance
    out[13] = sre / total
    out[14] = srhg / total
    out[15] = srlg / total
