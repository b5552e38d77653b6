"""How scans and regions are disturbed, to see which features hold still."""

from __future__ import annotations

from pydantic import Field

from drepano.settings.base import Settings


class Perturbation(Settings):
    """Repeated measurement of disturbed scans and regions; costs as much again for each.

    Each repeat draws noise, a shift of the grid and a growth of the regions anew, for each
    session apart, from the seed and the names of the session and the modality.
    """

    repeats: int = Field(default=10, ge=2)
    """How many times each scan is disturbed and measured."""
    seed: int = Field(default=0, ge=0)
    """Where the random numbers start."""
    grow_mm: float = Field(default=1.0, ge=0)
    """Regions grow or shrink by up to this distance, in mm; see docs/robustness.md."""
    shift_voxels: float = Field(default=0.5, ge=0, le=1)
    """The grid on which scan and regions are sampled moves by up to this fraction of a voxel
    along each axis, to and fro."""
    noise: float = Field(default=1.0, ge=0)
    """Standard deviation of added normal noise, as a multiple of the noise found in the scan."""
