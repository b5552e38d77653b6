"""Diffusion tensor measures per region."""

from __future__ import annotations

from pydantic import Field

from drepano.settings.measures.in_regions import InRegions, Positive


class Diffusion(InRegions):
    """Diffusion tensor measures per region: FA, MD, RD, AD by a weighted fit."""

    suffix: str = "dwi"
    """BIDS suffix of the scan."""
    derivative: bool = False
    """Measure a derivative of the site, such as one corrected for motion and eddy currents, in
    place of the raw scan."""
    b0_threshold: float = Field(default=50.0, ge=0)
    """Volumes up to this b-value count as not weighted, in s/mm2."""
    b_max: Positive = 1500.0
    """Volumes above this b-value are left out, in s/mm2: the tensor does not describe them."""
    min_directions: int = Field(default=6, ge=6)
    """Fewest distinct directions; 6 determine a tensor, 30 make FA reliable (Jones 2004)."""
