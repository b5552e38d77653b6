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
    kept = empty & _is_kept(geometry, settings, settings.steps())
    out[kept, glcm.FEATURES.index("InverseVariance")] = 0.0
    out[empty, glcm.MCC] = np.where(kept[empty], np.nan, 1.0)


def settle_runs(
    out: Floats, geometry: Geometry, settings: TextureSettings, levels: NDArray[np.int64]
) -> None:
    """Correct the features of GLRLM (count, 16) where no line holds two voxels."""
    empty = np.isnan(out[:, glrlm.FEATURES.index("RunPercentage")]) & (levels > 0)
    kept = empty & _is_kept(geometry, settings, settings.steps((1,)))
    for feature in ("RunEntropy", "RunVariance"):
        out[kept, glrlm.FEATURES.index(feature)] = 0.0


def _is_kept(
    geometry: Geometry, settings: TextureSettings, steps: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Tell for each region whether it has one angle alone: one step that fits into its box.

    With weights all steps that fit are one angle. Without any the reference has no value.
    """
    edges = geometry.boxes[:, :, 1] - geometry.boxes[:, :, 0]
    fits = (np.abs(steps)[None] <= edges[:, None]).all(axis=2)
    count = fits.sum(axis=1)
    return np.asarray(count > 0 if settings.weighting_norm is not None else count == 1)
