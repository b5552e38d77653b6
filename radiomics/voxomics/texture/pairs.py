"""GLCM out of sorted pairs: any steps, either symmetry, and regions with many levels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from voxomics.texture.asymmetric import measure_asymmetric
from voxomics.texture.glcm import FEATURES, measure_cells
from voxomics.texture.neighbours import list_pairs

Array = NDArray[Any]


def measure_sorted_pairs(  # noqa: PLR0913 - as plain as the kernels
    keys: Array,
    voxels: Array,
    base: int,
    level: NDArray[np.int32],
    *,
    steps: NDArray[np.int64],
    shape: NDArray[np.int64],
    weights: NDArray[np.float64],
    symmetric: bool,
    mcc: bool,
) -> NDArray[np.float64]:
    """Measure one region's GLCM in memory that grows with its voxels, not with its levels.

    Parameters
    ----------
    keys, voxels, base, level
        See `walk_region`.
    steps : (A, 3)
        Steps to the neighbours.
    shape : (3,)
        Size of the box.
    weights : (A,)
        Weight of each step, or empty for no weighting.
    symmetric
        Whether a pair counts in both orders.
    mcc
        Whether to measure MCC.

    Returns
    -------
    (24,)
        Features in the order of `FEATURES`; NaN if there is no pair.
    """
    n = len(level)
    codes = np.empty(len(voxels), dtype=np.int64)
    matrices = []
    for step in steps:
        found = list_pairs(keys, voxels, base, n, step, shape, codes)
        matrices.append(_count_codes(codes[:found], n, symmetric=symmetric))
    if weights.size:
        matrices = [_add_up(matrices, weights)]
    rooms = np.empty(2 * int(level[-1]) + 2), np.empty(int(level[-1]) + 2)
    measured = []
    for cells, counts in matrices:
        if not counts.sum() > 0:
            continue
        row, column = cells // n, cells % n
        out = np.empty(len(FEATURES))
        if symmetric:
            measure_cells(row, column, counts, level, mcc, *rooms, out)
        else:
            out[:] = measure_asymmetric(row, column, counts, level, mcc=mcc)
        measured.append(out)
    if not measured:
        return np.full(len(FEATURES), np.nan)
    return np.asarray(np.sum(measured, axis=0) / len(measured))


def _count_codes(
    codes: NDArray[np.int64], n: int, *, symmetric: bool
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Count equal codes; a symmetric matrix is told by its cells with row >= column."""
    if symmetric:
        row, column = codes // n, codes % n
        codes = np.maximum(row, column) * n + np.minimum(row, column)
    cells, counts = np.unique(codes, return_counts=True)
    numbers = counts.astype(np.float64)
    if symmetric:
        numbers[cells // n == cells % n] *= 2
    return cells, numbers


def _add_up(
    matrices: list[tuple[NDArray[np.int64], NDArray[np.float64]]], weights: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the weighted sum of matrices; cells that weigh nothing are left out."""
    every = np.concatenate([cells for cells, _ in matrices])
    values = np.concatenate(
        [counts * weight for (_, counts), weight in zip(matrices, weights, strict=True)]
    )
    cells, place = np.unique(every, return_inverse=True)
    sums = np.bincount(place, weights=values, minlength=len(cells)).astype(np.float64)
    return cells[sums > 0], sums[sums > 0]
