"""Grey level run length matrix: features out of the counts of runs."""

# ruff: noqa: PLR0917, C901, PLR0912, PLR0915 - kernels take plain arrays, in one pass
from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voxomics.kernels import kernel
from voxomics.texture.glcm import LN2, log2_of_count

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
    runs: Array,
    places: Array,
    level: Array,
    voxels: Array,
    kept: Array,
    weights: Array,
    out: Array,
) -> None:
    """Average the features over the angles, or take them of the angles' weighted sum.

    Parameters
    ----------
    runs : (A, rows, R)
        Runs of two voxels and more, at their length - 1; what is left are runs of one.
    places, level, voxels : (n,)
        Row of each level, its grey level, and its number of voxels.
    kept : (A,)
        Angles along which a line holds two voxels; others do not count.
    weights : (A,)
        Weight of each angle, or empty for no weighting.
    out : (16,)
        Features; NaN if no angle is kept.
    """
    n, longest = level.size, runs.shape[2]
    sums = np.zeros(16)
    features = np.zeros(16)
    table = np.zeros((n, longest))
    rows = np.empty(n * longest, np.int32)
    lengths = np.empty(n * longest, np.int32)
    cells = np.empty(n * longest)
    used = 0
    for a in range(runs.shape[0]):
        if not kept[a]:
            continue
        used += 1
        m = 0
        for g in range(n):
            single = voxels[g]
            for r in range(1, longest):
                count = np.int64(runs[a, places[g], r])
                if count:
                    single -= count * (r + 1)
                    if weights.size:
                        table[g, r] += weights[a] * count
                    else:
                        rows[m], lengths[m], cells[m] = g, r + 1, count
                        m += 1
            if weights.size:
                table[g, 0] += weights[a] * single
            elif single:
                rows[m], lengths[m], cells[m] = g, 1, single
                m += 1
        if not weights.size:
            measure_run_cells(rows[:m], lengths[:m], cells[:m], level, longest, features)
            for k in range(16):
                sums[k] += features[k]
    if used and weights.size:
        m = 0
        for g in range(n):
            for r in range(longest):
                if table[g, r] > 0:
                    rows[m], lengths[m], cells[m] = g, r + 1, table[g, r]
                    m += 1
        measure_run_cells(rows[:m], lengths[:m], cells[:m], level, longest, sums)
        used = 1
    for k in range(16):
        out[k] = sums[k] / used if used else np.nan


@kernel
def measure_run_cells(
    rows: Array, lengths: Array, cells: Array, level: Array, longest: int, out: Array
) -> None:
    """Measure one matrix from its cells (m,) that are not empty: row, run length, count."""
    n = level.size
    by_length = np.zeros(longest + 1)
    by_level = np.zeros(n)
    total = 0.0
    for k in range(cells.size):
        total += cells[k]
    log2_total = math.log2(total)
    entropy = lrhg = lrlg = srhg = srlg = 0.0
    for k in range(cells.size):
        c = cells[k]
        by_level[rows[k]] += c
        by_length[lengths[k]] += c
        i2 = np.float64(level[rows[k]]) * level[rows[k]]
        j2 = np.float64(lengths[k]) * lengths[k]
        p = c / total
        entropy -= p * (log2_of_count(c) - log2_total) + EPSILON / LN2
        srlg += c / (i2 * j2)
        srhg += c * i2 / j2
        lrlg += c * j2 / i2
        lrhg += c * j2 * i2
    gln = mean = hgre = lgre = 0.0
    for g in range(n):
        i = np.float64(level[g])
        c = by_level[g]
        gln += c * c
        mean += c * i
        hgre += c * i * i
        lgre += c / (i * i)
    mean /= total
    variance = 0.0
    for g in range(n):
        variance += by_level[g] / total * (level[g] - mean) * (level[g] - mean)
    sre = lre = rln = voxels = run_variance = 0.0
    for r in range(1, longest + 1):
        c = by_length[r]
        j = np.float64(r)
        sre += c / (j * j)
        lre += c * j * j
        rln += c * c
        voxels += c * j
    mean_length = voxels / total
    for r in range(1, longest + 1):
        run_variance += by_length[r] / total * (r - mean_length) * (r - mean_length)
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
