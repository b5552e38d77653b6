"""Masks to the voxels near them or deep inside of them, by distances in mm."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]

_SLACK_MM = 1e-6
"""Distances are roots of sums: a voxel 3 mm away must count as near for a margin of 3 mm."""


def grow(mask: Mask, spacing_mm: Floats, margin_mm: float) -> Mask:
    """Return the voxels whose centre is at most `margin_mm` from that of a voxel of the mask.

    Parameters
    ----------
    mask : (X, Y, Z)
        May be empty; then nothing is near.
    spacing_mm : (3,)
        Voxel edges along X, Y, Z, in mm.
    margin_mm
        Not negative; 0 gives the mask itself.
    """
    grown = np.zeros(mask.shape, dtype=bool)
    if not mask.any():
        return grown
    reach = np.ceil((margin_mm + _SLACK_MM) / spacing_mm).astype(int)
    box = tuple(
        slice(max(0, s.start - r), s.stop + r)
        for s, r in zip(ndimage.find_objects(mask.view(np.uint8))[0], reach, strict=True)
    )
    distance = ndimage.distance_transform_edt(~mask[box], sampling=spacing_mm)
    grown[box] = distance <= margin_mm + _SLACK_MM
    return grown


def shrink(mask: Mask, spacing_mm: Floats, margin_mm: float) -> Mask:
    """Return the voxels whose centre is more than `margin_mm` from every voxel outside.

    What lies beyond the array is outside. Shapes as for `grow`.
    """
    padded = np.pad(mask, 1)
    depth = ndimage.distance_transform_edt(padded, sampling=spacing_mm)
    inner: Mask = depth[1:-1, 1:-1, 1:-1] > margin_mm + _SLACK_MM
    return inner & mask
