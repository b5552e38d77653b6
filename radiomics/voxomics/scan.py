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
        self._surroundings: tuple[Mask, Mask] | NoValue | None = None

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

    def head_and_air(self) -> tuple[Mask, Mask]:
        """Return head and measured air; see `find_air` for when there is none."""
        if self._surroundings is None:
            try:
                self.require_magnitudes()
                head = self.head()
                self._surroundings = head, find_air(self.image, self.finite, head, self.spacing_mm)
            except NoValue as none:
                self._surroundings = none
        if isinstance(self._surroundings, NoValue):
            raise self._surroundings
        return self._surroundings

    def head(self) -> Mask:
        """Return the head."""
        return find_head(self.image, self.spacing_mm, self._regions["brain"]) & self.finite

    def noise(self) -> float:
        """Return the standard deviation of the noise; see `noise_sd`."""
        return noise_sd(self.image, self.head_and_air()[1])

    def mean(self, region: str) -> float:
        """Return the mean of a region."""
        return float(self.image[self.region(region)].mean())
