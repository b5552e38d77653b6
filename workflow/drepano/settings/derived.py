"""Regions that are made of other regions of the same modality."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from drepano.settings.base import Name, Settings


class Without(Settings):
    """Regions without others, such as normal-appearing white matter: without lesions."""

    kind: Literal["without"]
    """What it is."""
    of: tuple[Name, ...] = Field(min_length=1)
    """Regions that are joined."""
    minus: tuple[Name, ...] = Field(min_length=1)
    """Regions whose voxels are taken away; an empty one that is a true zero takes none."""
    margin_mm: float = Field(default=0.0, ge=0)
    """Voxels are taken away too whose centre lies within this distance of the surface of one of
    `minus`, in mm."""

    @property
    def sources(self) -> tuple[str, ...]:
        """Regions that it is made of, each once."""
        return tuple(dict.fromkeys((*self.of, *self.minus)))


class BorderZone(Settings):
    """The zone along the border of regions, such as between territories of arteries."""

    kind: Literal["border_zone"]
    """What it is."""
    between: tuple[Name, ...] = Field(min_length=2)
    """Regions between which the borders lie: voxels with two of them within half the width."""
    width_mm: float = Field(gt=0)
    """Width of the zone, half of it on each side of the border, in mm."""
    within: tuple[Name, ...] = ()
    """Regions to whose voxels the zone is limited, such as white matter; none: to `between`."""

    @property
    def sources(self) -> tuple[str, ...]:
        """Regions that it is made of, each once."""
        return tuple(dict.fromkeys((*self.between, *self.within)))


DerivedRegion = Annotated[Without | BorderZone, Field(discriminator="kind")]
"""A region made of other ones; `kind` says how."""
