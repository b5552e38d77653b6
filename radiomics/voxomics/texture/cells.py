"""Sparse matrices of counts: the filled cells, found by sorting their codes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from voxomics.texture.neighbours import count_codes

Cells = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]
"""Rows, columns and counts (m,) of the cells that are not empty."""


def count_sorted(codes: NDArray[np.int64], columns: int, *, symmetric: bool = False) -> Cells:
    """Count equal codes ``row * columns + column`` (m,), which are sorted in place.

    With `symmetric` the codes have row >= column, and the diagonal counts twice.
    """
    codes.sort()
    row, column = np.empty((2, len(codes)), dtype=np.int32)
    counts = np.empty(len(codes))
    m = count_codes(codes, columns, symmetric, row, column, counts)
    return row[:m], column[:m], counts[:m]


def add_up(matrices: Sequence[Cells], weights: NDArray[np.float64], n: int) -> Cells:
    """Return the weighted sum of matrices; cells that weigh nothing are left out."""
    every = np.concatenate([rows.astype(np.int64) * n + columns for rows, columns, _ in matrices])
    values = np.concatenate(
        [counts * weight for (_, _, counts), weight in zip(matrices, weights, strict=True)]
    )
    cells, place = np.unique(every, return_inverse=True)
    sums = np.bincount(place, weights=values, minlength=len(cells)).astype(np.float64)
    cells, sums = cells[sums > 0], sums[sums > 0]
    return (cells // n).astype(np.int32), (cells % n).astype(np.int32), sums
