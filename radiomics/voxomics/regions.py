"""A region: the voxels of one label, kept as the box around them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import SimpleITK as sitk  # noqa: N813 - the name that everyone knows
from numpy.typing import NDArray

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Region:
    """Voxels of one region inside the box around them, so that many fit into memory.

    Attributes
    ----------
    lower : (3,)
        First index of the box in the image, along X, Y, Z.
    voxels : (X, Y, Z)
        True where a voxel of the box belongs to the region.
    """

    lower: tuple[int, ...]
    voxels: Mask

    @classmethod
    def of(cls, mask: Mask) -> Region | None:
        """Make the region of a mask (X, Y, Z) on the image's grid, or None if it is empty."""
        slices = []
        for axis in range(mask.ndim):
            others = tuple(a for a in range(mask.ndim) if a != axis)
            found = np.flatnonzero(mask.any(axis=others))
            if not found.size:
                return None
            slices.append(slice(int(found[0]), int(found[-1]) + 1))
        return cls(tuple(s.start for s in slices), mask[tuple(slices)].copy())

    @property
    def count(self) -> int:
        """Number of voxels."""
        return int(np.count_nonzero(self.voxels))

    def values(self, array: NDArray[Any]) -> NDArray[Any]:
        """Return the values of an array (X, Y, Z) inside the region."""
        box = zip(self.lower, self.voxels.shape, strict=True)
        inside: NDArray[Any] = array[tuple(slice(low, low + n) for low, n in box)][self.voxels]
        return inside

    def crop(self, image: sitk.Image) -> sitk.Image:
        """Cut the region's box out of an image."""
        return sitk.RegionOfInterest(image, [*self.voxels.shape], [*self.lower])

    def as_mask(self, cropped: sitk.Image) -> sitk.Image:
        """Return the region as a mask (1 inside, 0 outside) on the grid of its cropped image."""
        mask = sitk.GetImageFromArray(np.ascontiguousarray(self.voxels.T, dtype=np.uint32))
        mask.CopyInformation(cropped)
        return mask
