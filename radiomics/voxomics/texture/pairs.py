"""GLCM out of sorted pairs: any steps, either symmetry, and regions with many levels."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voxomics.texture.asymmetric import measure_asymmetric
from voxomics.texture.cells import Cells, add_up, count_sorted
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
    matrices: Iterable[Cells] = (
        _count_pairs(keys, voxels, base, len(level), step, shape, symmetric=symmetric)
        for step in steps
    )
    if weights.size:
        matrices = [add_up(list(matrices), weights, len(level))]
    rooms = np.empty(2 * int(level[-1]) + 2), np.empty(int(level[-1]) + 2)
    measured = []
    for row, column, counts in matrices:
        if not counts.sum() > 0:
            continue
        out = np.empty(len(FEATURES))
        if symmetric:
            measure_cells(row, column, counts, level, mcc, *rooms, out)
        else:
            out[:] = measure_asymmetric(row, column, counts, level, mcc=mcc)
        measured.append(out)
    if not measured:
        return np.full(len(FEATURES), np.nan)
    return np.asarray(np.sum(measured, axis=0) / len(measured))


def _count_pairs(  # noqa: PLR0917 - as plain as the kernels
    keys: Array,
    voxels: Array,
    base: int,
    n: int,
    step: NDArray[np.int64],
    shape: NDArray[np.int64],
    *,
    symmetric: bool,
) -> Cells:
    """Return the filled cells of one step's matrix: rows, columns, counts."""
    codes = np.empty(len(voxels), dtype=np.int64)
    codes = codes[: list_pairs(keys, voxels, base, n, step, shape, symmetric, codes)]
    return count_sorted(codes, n, symmetric=symmetric)
