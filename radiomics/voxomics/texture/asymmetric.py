"""GLCM that is not symmetric: its features, where rows and columns are not alike."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voxomics.texture.glcm import EPSILON, FEATURES

Floats = NDArray[np.float64]

_MOST_LEVELS = 500
"""Up to so many levels MCC solves the reference's own matrix."""

_NOISE = 1e-13
"""Eigenvalues below it, of a matrix whose largest is 1, are rounding noise: 0."""


def measure_asymmetric(
    row: NDArray[np.int32],
    column: NDArray[np.int32],
    counts: Floats,
    level: NDArray[np.int32],
    *,
    mcc: bool,
) -> Floats:
    """Measure one matrix from its cells (m,) that are not empty, over levels (n,)."""
    n = len(level)
    p = counts / counts.sum()
    px: Floats = np.bincount(row, weights=p, minlength=n).astype(np.float64)
    py: Floats = np.bincount(column, weights=p, minlength=n).astype(np.float64)
    i, j = level[row].astype(np.float64), level[column].astype(np.float64)
    found = _moments(p, i, j) | _sums_and_differences(p, i, j, float(level[-1]))
    found |= _information(p, row, column, px, py)
    found["MCC"] = 1.0
    if mcc and n > 1:
        found["MCC"] = _correlate(p, row, column, px, py)
    return np.array([found[name] for name in FEATURES])


def _moments(p: Floats, i: Floats, j: Floats) -> dict[str, float]:
    mean_i, mean_j = (p * i).sum(), (p * j).sum()
    apart = i + j - mean_i - mean_j
    deviations = np.sqrt((p * (i - mean_i) ** 2).sum()) * np.sqrt((p * (j - mean_j) ** 2).sum())
    if (i == i[0]).all() or (j == j[0]).all():
        deviations = 0.0  # but for the rounding of the mean, which is not to decide
    covariance = (p * (i - mean_i) * (j - mean_j)).sum()
    return {
        "Autocorrelation": float((p * i * j).sum()),
        "ClusterProminence": float((p * apart**4).sum()),
        "ClusterShade": float((p * apart**3).sum()),
        "ClusterTendency": float((p * apart**2).sum()),
        "Contrast": float((p * (i - j) ** 2).sum()),
        "Correlation": float(covariance / (deviations + EPSILON)) if deviations else 1.0,
        "JointAverage": float(mean_i),
        "JointEnergy": float((p * p).sum()),
        "JointEntropy": _entropy(p),
        "MaximumProbability": float(p.max()),
        "SumSquares": float((p * (i - mean_i) ** 2).sum()),
    }


def _sums_and_differences(p: Floats, i: Floats, j: Floats, highest: float) -> dict[str, float]:
    by_sum: Floats = np.bincount((i + j).astype(np.int64), weights=p).astype(np.float64)
    apart = np.abs(i - j).astype(np.int64)
    by_difference: Floats = np.bincount(apart, weights=p).astype(np.float64)
    k = np.arange(len(by_difference), dtype=np.float64)
    average = (k * by_difference).sum()
    return {
        "DifferenceAverage": float(average),
        "DifferenceEntropy": _entropy(by_difference),
        "DifferenceVariance": float((by_difference * (k - average) ** 2).sum()),
        "Id": float((by_difference / (1 + k)).sum()),
        "Idm": float((by_difference / (1 + k**2)).sum()),
        "Idmn": float((by_difference / (1 + k**2 / highest**2)).sum()),
        "Idn": float((by_difference / (1 + k / highest)).sum()),
        "InverseVariance": float((by_difference[1:] / k[1:] ** 2).sum()),
        "SumAverage": float((np.arange(len(by_sum)) * by_sum).sum()),
        "SumEntropy": _entropy(by_sum),
    }


def _information(
    p: Floats, row: NDArray[np.int32], column: NDArray[np.int32], px: Floats, py: Floats
) -> dict[str, float]:
    joint = _entropy(p)
    most = max(_entropy(px), _entropy(py))
    hxy1 = -(p * np.log2(px[row] * py[column] + EPSILON)).sum()
    hxy2 = sum(_entropy(part) for part in _products(px, py))
    return {
        "Imc1": float((joint - hxy1) / most) if most else 0.0,
        "Imc2": float(np.sqrt(1 - np.exp(-2 * (hxy2 - joint)))) if hxy2 > joint else 0.0,
    }


def _products(px: Floats, py: Floats) -> Iterator[Floats]:
    """Yield the products of the marginals a few rows at a time, to keep the memory small."""
    rows = max(1, 2**20 // len(py))
    for first in range(0, len(px), rows):
        yield px[first : first + rows, None] * py


def _entropy(p: Floats) -> float:
    return float(-(p * np.log2(p + EPSILON)).sum())


def _correlate(
    p: Floats, row: NDArray[np.int32], column: NDArray[np.int32], px: Floats, py: Floats
) -> float:
    """Return MCC: the root of the second largest eigenvalue of the reference's matrix Q."""
    n = len(px)
    if n > _MOST_LEVELS:
        return _second_singular_value(p / np.sqrt(px[row] * py[column]), row, column, n)
    dense, divided = np.zeros((n, n)), np.zeros((n, n))
    dense[row, column] = p
    divided[row, column] = p / (px[row] * py[column] + EPSILON)
    values: NDArray[Any] = np.sort(np.linalg.eigvals(divided @ dense.T))
    second = float(values[-2].real)
    return math.sqrt(second) if second > _NOISE else 0.0


def _second_singular_value(
    weights: Floats, row: NDArray[np.int32], column: NDArray[np.int32], n: int
) -> float:
    """Return what Q's root is without eps, for matrices too large to solve."""
    from scipy.sparse import coo_array  # noqa: PLC0415 - a fifth of a second, rarely needed
    from scipy.sparse.linalg import svds  # noqa: PLC0415

    matrix = coo_array((weights, (row, column)), shape=(n, n)).tocsr()
    start = np.sin(1.0 + 37.0 * np.arange(n))
    return float(np.sort(svds(matrix, k=2, v0=start, return_singular_vectors=False))[0])
