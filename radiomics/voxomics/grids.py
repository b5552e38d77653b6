"""Whether an image and a mask lie on one grid, and the mending of a mask that does not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import SimpleITK as sitk  # noqa: N813 - the name that everyone knows

from voxomics.errors import GridMismatch
from voxomics.regions import Region

TOLERANCE = 1e-3
"""Greatest difference in origin and spacing, in voxels, and in direction cosines."""


def same_grid(image: sitk.Image, mask: sitk.Image, tolerance: float = TOLERANCE) -> bool:
    """Tell whether image and mask lie on one grid."""
    if image.GetSize() != mask.GetSize():
        return False
    spacing = np.array(image.GetSpacing())
    places = [np.array([i.GetOrigin(), i.GetSpacing()]) for i in (image, mask)]
    moved = np.abs(places[0] - places[1])
    turned = np.abs(np.subtract(image.GetDirection(), mask.GetDirection()))
    return bool((moved < tolerance * spacing).all() and (turned < tolerance).all())


def fit_mask(
    image: sitk.Image, mask: sitk.Image, tolerance: float = TOLERANCE, *, correct: bool = False
) -> sitk.Image:
    """Return the mask on the image's grid.

    Parameters
    ----------
    image, mask
        Three-dimensional.
    tolerance
        What still counts as one grid (geometryTolerance).
    correct
        Bring a mask on another grid to that of the image by nearest neighbour (correctMask).

    Raises
    ------
    GridMismatch
        The mask lies on another grid and is not to be corrected.
    """
    if same_grid(image, mask, tolerance):
        return mask
    if not correct:
        raise GridMismatch(
            f"the mask lies on another grid: {_difference(image, mask, tolerance)}; resample it to "
            "the image, or set correctMask or geometryTolerance"
        )
    return sitk.Resample(mask, image, sitk.Transform(), sitk.sitkNearestNeighbor)


def _difference(image: sitk.Image, mask: sitk.Image, tolerance: float) -> str:
    """Name what of two grids differs most plainly: the size, or else the first of the places."""
    if image.GetSize() != mask.GetSize():
        return f"size {mask.GetSize()}, the image has {image.GetSize()}"
    spacing = np.array(image.GetSpacing())
    for name, limit in (("Spacing", tolerance * spacing), ("Origin", tolerance * spacing)):
        own, others = (getattr(one, f"Get{name}")() for one in (image, mask))
        if (np.abs(np.subtract(own, others)) >= limit).any():
            return f"{name.lower()} {_numbers(others)} mm, the image has {_numbers(own)}"
    own, others = image.GetDirection(), mask.GetDirection()
    return f"direction {_numbers(others)}, the image has {_numbers(own)}"


def _numbers(values: Sequence[float]) -> str:
    return f"({', '.join(f'{value:.6g}' for value in values)})"


def reaches_out(image: sitk.Image, mask: sitk.Image, region: Region) -> bool:
    """Tell whether a region of the mask leaves the image, by its box as pyradiomics looks at it."""
    lower = np.array(region.lower) - 0.5
    upper = lower + region.voxels.shape
    corners = [
        image.TransformPhysicalPointToContinuousIndex(
            mask.TransformContinuousIndexToPhysicalPoint(corner.tolist())
        )
        for corner in (lower, upper)
    ]
    outside = np.min(corners, axis=0) < -0.5 - TOLERANCE
    outside |= np.max(corners, axis=0) > np.array(image.GetSize()) - 0.5 + TOLERANCE
    return bool(outside.any())
