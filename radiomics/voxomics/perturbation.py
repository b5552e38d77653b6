"""Scans and regions disturbed a little: noise, and a grid that lies a fraction of a voxel off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pywt  # type: ignore[import-untyped]
from numpy.typing import NDArray
from scipy import ndimage

Mask = NDArray[np.bool_]
Numbers = NDArray[np.float64]

_MAD_OF_NORMAL = 0.6744897501960817
"""Median absolute deviation of a normal distribution of standard deviation 1."""
_EDGE = 2
"""Voxels around a region into which a shift of up to one voxel can move it."""


def noise_level(voxels: NDArray[Any]) -> float:
    """Estimate the standard deviation of the noise of an image.

    Parameters
    ----------
    voxels : (X, Y, Z)
        Intensities; what is not finite counts as 0.

    Returns
    -------
    float
        In the unit of the image; higher means noisier. 0 for an image without detail.

    Notes
    -----
    The median absolute coefficient of the finest diagonal wavelet (Daubechies 2), which holds
    little but noise, over 0.6745. Coefficients of exactly 0 are left out: they are the empty
    background of a scan without its skull.

    References
    ----------
    .. [1] Donoho & Johnstone, Biometrika 1994;81:425, https://doi.org/10.1093/biomet/81.3.425
    """
    filled = np.where(np.isfinite(voxels), voxels, 0).astype(np.float64)
    details = np.abs(pywt.dwtn(filled, "db2")["ddd"])
    details = details[details > 0]
    return float(np.median(details)) / _MAD_OF_NORMAL if details.size else 0.0


def shift_image(voxels: NDArray[Any], shift: Sequence[float]) -> Numbers:
    """Sample an image on a grid that lies off by a fraction of a voxel.

    Parameters
    ----------
    voxels : (X, Y, Z)
        Intensities.
    shift : (3,)
        How far the grid moves along X, Y, Z, in voxels.

    Returns
    -------
    (X, Y, Z)
        Values of the cubic B-spline through the voxels; beyond the image its edge goes on.
        Voxels that are not finite stay where they are, and take no part in the spline.
    """
    lost = ~np.isfinite(voxels)
    filled = np.where(lost, 0, voxels).astype(np.float64)
    moved: Numbers = ndimage.shift(filled, [-s for s in shift], order=3, mode="nearest")
    return np.where(lost, np.nan, moved) if lost.any() else moved


def shift_mask(mask: Mask, shift: Sequence[float]) -> Mask:
    """Sample a region on a grid that lies off by a fraction of a voxel.

    Parameters
    ----------
    mask : (X, Y, Z)
        True where a voxel belongs to the region.
    shift : (3,)
        As for `shift_image`; up to 1.

    Returns
    -------
    (X, Y, Z)
        True where the linear interpolation is at least one half.
    """
    padded = np.pad(mask, _EDGE).astype(np.float32)
    moved = ndimage.shift(padded, [-s for s in shift], order=1, mode="constant")
    inner = tuple(slice(_EDGE, -_EDGE) for _ in range(mask.ndim))
    found: Mask = moved[inner] >= 0.5
    return found
