"""Grey level co-occurrence matrix: features of a symmetric matrix, out of its filled cells."""

# ruff: noqa: PLR0913, PLR0917, C901, PLR0915 - kernels take plain arrays, in one pass
from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voxomics.kernels import kernel
from voxomics.texture.mcc import correlate_levels

Array = NDArray[Any]

FEATURES = (
    "Autocorrelation",
    "ClusterProminence",
    "ClusterShade",
    "ClusterTendency",
    "Contrast",
    "Correlation",
    "DifferenceAverage",
    "DifferenceEntropy",
    "DifferenceVariance",
    "Id",
    "Idm",
    "Idmn",
    "Idn",
    "Imc1",
    "Imc2",
    "InverseVariance",
    "JointAverage",
    "JointEnergy",
    "JointEntropy",
    "MCC",
    "MaximumProbability",
    "SumAverage",
    "SumEntropy",
    "SumSquares",
)
"""Names in pyradiomics' order."""

MCC = FEATURES.index("MCC")
EPSILON = float(np.spacing(1.0))
LN2 = math.log(2.0)

_LOG2 = np.log2(np.maximum(np.arange(2048), 1)).astype(np.float64)


@kernel
def log2_of_count(count: float) -> Any:  # noqa: ANN401 - a float64
    """Return log2 of a count; out of a table for the small whole numbers that most are."""
    whole = np.uint64(count)
    if whole < np.uint64(2048) and np.float64(whole) == count:
        return _LOG2[whole]
    return math.log2(count)


@kernel
def measure_pairs(
    pairs: Array,
    places: Array,
    level: Array,
    weights: Array,
    mcc: bool,  # noqa: FBT001
    out: Array,
) -> None:
    """Average the features over the angles, or take them of the angles' weighted sum.

    Parameters
    ----------
    pairs : (R, A, R)
        Counts in one direction.
    places, level : (n,)
        Row and column of each level, and its grey level.
    weights : (A,)
        Weight of each angle, or empty for no weighting.
    mcc
        Whether to measure MCC, which takes longest.
    out : (24,)
        Features; NaN if no angle has a pair.
    """
    n = level.size
    sums = np.zeros(24)
    features = np.zeros(24)
    room = n * (n + 1) // 2
    rows = np.empty(room, np.int32)
    columns = np.empty(room, np.int32)
    cells = np.empty(room)
    room_a = np.empty(2 * level[n - 1] + 2)
    room_b = np.empty(level[n - 1] + 2)
    used = 0
    for a in range(1 if weights.size else pairs.shape[1]):
        m = 0
        for i in range(n):
            p = places[i]
            for j in range(i + 1):
                q = places[j]
                if weights.size:
                    value = 0.0
                    for w in range(weights.size):
                        both = np.float64(pairs[p, w, q]) + np.float64(pairs[q, w, p])
                        value += weights[w] * both
                else:
                    value = np.float64(pairs[p, a, q]) + np.float64(pairs[q, a, p])
                if value > 0:
                    rows[m] = i
                    columns[m] = j
                    cells[m] = value
                    m += 1
        if m == 0:
            continue
        used += 1
        measure_cells(rows[:m], columns[:m], cells[:m], level, mcc, room_a, room_b, features)
        for k in range(24):
            sums[k] += features[k]
    for k in range(24):
        out[k] = sums[k] / used if used else np.nan


@kernel
def measure_cells(
    rows: Array,
    columns: Array,
    cells: Array,
    level: Array,
    mcc: bool,  # noqa: FBT001
    by_sum: Array,
    by_difference: Array,
    out: Array,
) -> None:
    """Measure one matrix from its cells that are not empty.

    Parameters
    ----------
    rows, columns, cells : (m,)
        Row >= column; symmetric counts, so twice the pairs on the diagonal.
    level : (n,)
        Grey level of each row.
    by_sum, by_difference
        Working space for twice the highest level + 1, and for the highest level + 1.
    """
    n = level.size
    highest = level[n - 1]
    px = np.zeros(n)
    inverse_px = np.zeros(n)
    by_sum[: 2 * highest + 1] = 0.0
    by_difference[: highest + 1] = 0.0
    most = total = 0.0
    for k in range(cells.size):
        c = cells[k]
        px[rows[k]] += c
        if rows[k] != columns[k]:
            px[columns[k]] += c
        most = max(most, c)
    for i in range(n):
        total += px[i]
    mean = entropy_x = entropy_0 = inverse = 0.0
    filled = 0
    rarest = 1.0
    for i in range(n):
        px[i] /= total
        p = px[i]
        mean += p * level[i]
        if p > 0:
            filled += 1
            inverse_px[i] = 1 / p
            entropy_0 -= p * math.log2(p)
            entropy_x -= p * math.log2(p + EPSILON)
            inverse += inverse_px[i]
            rarest = min(rarest, p)
    log2_total = math.log2(total)
    energy = entropy = autocorrelation = covariance = first = second = 0.0
    for k in range(cells.size):
        i, j = rows[k], columns[k]
        p = cells[k] / total
        share = 2.0 if i != j else 1.0
        both = share * p
        fi, fj = np.float64(level[i]), np.float64(level[j])
        energy += both * p
        # log2(p + eps) to first order in eps; p is no smaller than 1 / voxels.
        entropy -= both * (log2_of_count(cells[k]) - log2_total) + share * EPSILON / LN2
        autocorrelation += both * fi * fj
        covariance += both * (fi - mean) * (fj - mean)
        ratio = EPSILON * inverse_px[i] * inverse_px[j]
        first += both * ratio
        second += both * ratio * ratio
        by_sum[level[i] + level[j]] += both
        by_difference[level[i] - level[j]] += both
    _measure_sums(by_sum[: 2 * highest + 1], mean, out)
    _measure_differences(by_difference[:highest], out)
    squares = 0.0
    for i in range(n):
        squares += px[i] * (level[i] - mean) * (level[i] - mean)
    deviation = math.sqrt(squares) * math.sqrt(squares)
    imc1 = imc2 = 0.0
    if n > 1:
        # log2(px py + eps) to second order in eps, so that logs grow with n, not with n * n.
        squared = EPSILON * EPSILON * inverse * inverse
        hxy1 = 2 * entropy_0 - (first - second / 2) / LN2
        hxy2 = 2 * entropy_0 - (filled * filled * EPSILON - squared / 2) / LN2
        if max(second, squared) * EPSILON / (rarest * rarest) > 1e-13:
            hxy1, hxy2 = _exact_entropies(rows, columns, cells, px, total)
        if entropy_x != 0:
            imc1 = (entropy - hxy1) / entropy_x
        if hxy2 > entropy:
            imc2 = math.sqrt(1 - math.exp(-2 * (hxy2 - entropy)))
    out[0] = autocorrelation
    out[5] = covariance / (deviation + EPSILON) if deviation != 0 else 1.0
    out[13] = imc1
    out[14] = imc2
    out[16] = mean
    out[17] = energy
    out[18] = entropy
    out[19] = 1.0
    if n > 1 and mcc:
        out[19] = correlate_levels(rows, columns, cells, px, total, level)
    out[20] = most / total
    out[23] = squares


@kernel
def _measure_sums(by_sum: Array, mean: float, out: Array) -> None:
    """Measure the distribution of the sums of two levels (2 x highest + 1,)."""
    tendency = shade = prominence = average = entropy = 0.0
    for k in range(2, by_sum.size):
        p = by_sum[k]
        if p > 0:
            d = k - 2 * mean
            tendency += p * d * d
            shade += p * d * d * d
            prominence += p * d * d * d * d
            average += p * k
            entropy -= p * math.log2(p + EPSILON)
    out[1] = prominence
    out[2] = shade
    out[3] = tendency
    out[21] = average
    out[22] = entropy


@kernel
def _measure_differences(by_difference: Array, out: Array) -> None:
    """Measure the distribution of the differences of two levels (highest,)."""
    ng = np.float64(by_difference.size)
    average = entropy = contrast = idm = idmn = id_ = idn = inverse = 0.0
    for k in range(by_difference.size):
        p = by_difference[k]
        if p > 0:
            f = np.float64(k)
            average += p * f
            contrast += p * f * f
            entropy -= p * math.log2(p + EPSILON)
            idm += p / (1 + f * f)
            idmn += p / (1 + f * f / (ng * ng))
            id_ += p / (1 + f)
            idn += p / (1 + f / ng)
            if k:
                inverse += p / (f * f)
    variance = 0.0
    for k in range(by_difference.size):
        variance += by_difference[k] * (k - average) * (k - average)
    out[4] = contrast
    out[6] = average
    out[7] = entropy
    out[8] = variance
    out[9] = id_
    out[10] = idm
    out[11] = idmn
    out[12] = idn
    out[15] = inverse


@kernel
def _exact_entropies(
    rows: Array, columns: Array, cells: Array, px: Array, total: float
) -> tuple[float, float]:
    """Return HXY1 and HXY2 term by term, where eps is no small matter."""
    hxy1 = hxy2 = 0.0
    for k in range(cells.size):
        i, j = rows[k], columns[k]
        both = cells[k] / total * (1 if i == j else 2)
        hxy1 -= both * math.log2(px[i] * px[j] + EPSILON)
    for i in range(px.size):
        for j in range(px.size):
            p = px[i] * px[j]
            hxy2 -= p * math.log2(p + EPSILON)
    return hxy1, hxy2
