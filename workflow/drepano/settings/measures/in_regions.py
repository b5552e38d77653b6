"""What measures that summarise a map in regions share."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from drepano.settings.base import FileChoice, Name

Positive = Annotated[float, Field(gt=0)]


class InRegions(FileChoice):
    """A scan, and the regions in which a map made of it is summarised."""

    region_sets: tuple[Name, ...] = Field(min_length=1)
    """Names of the region sets."""
    other_grid: Literal["refuse", "resample_regions"] = "refuse"
    """When regions lie on another grid: refuse them, or bring them to the scan's grid by nearest
    neighbour. Right only for regions that lie in the space of this scan."""
    min_voxels: int = Field(default=8, ge=1)
    """Regions in which fewer voxels have a value get none."""
