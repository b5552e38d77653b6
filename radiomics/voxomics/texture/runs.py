"""GLRLM out of sorted runs: any steps, and regions with many levels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from voxomics.texture.cells import Cells, add_up, count_sorted
from voxomics.texture.glrlm import FEATURES, measure_run_cells
from voxomics.texture.neighbours import list_runs

Array = NDArray[Any]


def measure_sorted_runs(  # noqa: PLR0913 - as plain as the kernels
    keys: Array,
    voxels: Array,
    base: int,
    level: NDArray[np.int32],
    counts: NDArray[np.int64],
    *,
    offsets: NDArray[np.int64],
    longest: int,
    weights: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Measure one region's GLRLM in memory that grows with its voxels, not with its levels.

    Parameters
    ----------
    keys, voxels, base, level
        See `walk_region`.
    counts : (n,)
        Voxels of each level.
    offsets : (A,)
        Distances of the steps along which a line holds two voxels.
    longest
        No run is longer.
    weights : (A,)
        Weight of each step, or empty for no weighting.

    Returns
    -------
    (16,)
        Features in the order of `FEATURES`; NaN without steps.
    """
    matrices = []
    codes = np.empty(len(voxels), dtype=np.int64)
    for offset in offsets:
        found = list_runs(keys, voxels, base, offset, longest, codes)
        matrices.append(_with_single(count_sorted(codes[:found], longest + 1), counts))
    if weights.size and matrices:
        matrices = [add_up(matrices, weights, longest + 1)]
    if not matrices:
        return np.full(len(FEATURES), np.nan)
    measured = np.empty((len(matrices), len(FEATURES)))
    for cells, out in zip(matrices, measured, strict=True):
        measure_run_cells(*cells, level, longest, out)
    return np.asarray(measured.sum(axis=0) / len(measured))


def _with_single(cells: Cells, voxels: NDArray[np.int64]) -> Cells:
    """Add the runs of one voxel: the voxels (n,) that are in no longer run."""
    rows, lengths, counts = cells
    inside = np.bincount(rows, weights=counts * lengths, minlength=len(voxels))
    single = voxels - inside.astype(np.int64)
    alone = np.flatnonzero(single).astype(np.int32)
    return (
        np.concatenate([alone, rows]),
        np.concatenate([np.ones_like(alone), lengths]),
        np.concatenate([single[alone].astype(np.float64), counts]),
    )
