"""A scan and what is known of it: its head, air, brain and tissues."""

from __future__ import annotations

import numpy as np

from voxomics.air import NoValue, Voxels, find_air, find_head, is_magnitude, noise_sd
from voxomics.regions import Mask

FEWEST = 30
"""A mean over fewer voxels of a region than this says nothing."""


class Scan:
    """A scan and what is known of it; what several measures need is found once.

    Parameters
    ----------
    image : (X, Y, Z)
        Intensities; NaN and infinite voxels count as not measured.
    spacing_mm : (3,)
        Voxel edges along X, Y, Z, in mm.
    brain, grey, white : (X, Y, Z)
        Masks on the grid of the image, or None.
    """

    def __init__(
        self,
        image: Voxels,
        spacing_mm: Voxels,
        *,
        brain: Mask | None = None,
        grey: Mask | None = None,
        white: Mask | None = None,
    ) -> None:
        self.finite: Mask = np.isfinite(image)
        self.image: Voxels = np.where(self.finite, image, 0.0)
        self.spacing_mm = spacing_mm
        self._regions = {"brain": brain, "grey matter": grey, "white matter": white}
        self._heads: tuple[Mask, Mask] | None = None
        self._airs: Mask | None = None

    def region(self, name: str) -> Mask:
        """Return a region's finite voxels.

        Raises
        ------
        NoValue
            It is not given, or has hardly a voxel.
        """
        mask = self._regions[name]
        if mask is None or np.count_nonzero(mask & self.finite) < FEWEST:
            message = f"{name} has fewer than {FEWEST} finite voxels"
            raise NoValue(message)
        return mask & self.finite

    def require_magnitudes(self) -> None:
        """Refuse an image whose zero is no absence of signal, such as a z-scored one.

        Raises
        ------
        NoValue
            The image holds negative values.
        """
        if not is_magnitude(self.image):
            message = "negative intensities: zero is not the absence of signal"
            raise NoValue(message)

    def head(self) -> Mask:
        """Return the head's finite voxels; see `find_head`."""
        return self._head_and_near()[0] & self.finite

    def _head_and_near(self) -> tuple[Mask, Mask]:
        if self._heads is None:
            self._heads = find_head(self.image, self.spacing_mm, self._regions["brain"])
        return self._heads

    def air(self) -> Mask:
        """Return the measured air; see `find_air`."""
        self.require_magnitudes()
        if self._airs is None:
            _, near = self._head_and_near()
            self._airs = find_air(self.image, self.finite, self.head(), near)
        return self._airs

    def noise(self) -> float:
        """Return the standard deviation of the noise; see `noise_sd`."""
        return noise_sd(self.image, self.air())

    def mean(self, region: str) -> float:
        """Return the mean of a region."""
        return float(self.image[self.region(region)].mean())
