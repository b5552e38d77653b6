"""Regions without a single pair or run: which of the reference's values are still numbers.

pyradiomics drops the angles that hold nothing, so that means over angles are NaN. It does not
drop the only angle there is, or the weighted sum; sums over its rows are then NaN, except
those over no row, which are 0.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from voxomics.geometry import Geometry
from voxomics.texture import glcm, glrlm
from voxomics.texture.settings import TextureSettings

Floats = NDArray[np.float64]


def settle_pairs(
    out: Floats, geometry: Geometry, settings: TextureSettings, levels: NDArray[np.int64]
) -> None:
    """Correct the features of GLCM (count, 24) where a region with `levels` has no pair."""
    empty = np.isnan(out[:, glcm.FEATURES.index("JointEntropy")]) & (levels == 1)
    angles = _count_angles(geometry, settings, settings.steps())
    out[empty & (angles == 1), glcm.FEATURES.index("InverseVariance")] = 0.0
    out[empty, glcm.MCC] = np.where(angles[empty] > 1, 1.0, np.nan)


def settle_runs(
    out: Floats, geometry: Geometry, settings: TextureSettings, levels: NDArray[np.int64]
) -> None:
    """Correct the features of GLRLM (count, 16) where no line holds two voxels."""
    empty = np.isnan(out[:, glrlm.FEATURES.index("RunPercentage")]) & (levels > 0)
    kept = empty & (_count_angles(geometry, settings, settings.steps((1,))) == 1)
    for feature in ("RunEntropy", "RunVariance"):
        out[kept, glrlm.FEATURES.index(feature)] = 0.0


def _count_angles(
    geometry: Geometry, settings: TextureSettings, steps: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Count for each region the steps that fit into its box; with weights they are one sum.

    Without any step that fits the reference has no value at all.
    """
    edges = geometry.boxes[:, :, 1] - geometry.boxes[:, :, 0]
    count = (np.abs(steps)[None] <= edges[:, None]).all(axis=2).sum(axis=1)
    return np.asarray(np.minimum(count, 1) if settings.weighting_norm is not None else count)
