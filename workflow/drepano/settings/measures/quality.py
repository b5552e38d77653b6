"""Image quality of each scan."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from drepano.errors import Fault
from drepano.settings.base import FileChoice, Name, Settings, refuse


class Tissues(Settings):
    """Grey and white matter, out of a region set."""

    region_set: Name
    """Region set of the tissues."""
    grey_matter: Name = "grey_matter"
    """Its region that is grey matter."""
    white_matter: Name = "white_matter"
    """Its region that is white matter."""


class QualityScan(FileChoice):
    """One kind of scan whose quality is measured; more is measured where more is named."""

    prepared: bool = False
    """Measure the prepared scan in place of the raw one. Noise, ghosts and clipping are those of
    the scanner in the raw one alone."""
    brain_mask: FileChoice | None = None
    """Brain mask: adds snr, sharpness and fwhm."""
    tissues: Tissues | None = None
    """Tissues: add snr_white_matter, snr_within_white_matter, cnr, cjv, wm2max, bias_spread."""
    other_grid: Literal["refuse", "resample_regions"] = "refuse"
    """When mask or tissues lie on another grid: refuse them, or bring them to the scan's grid by
    nearest neighbour."""

    @model_validator(mode="after")
    def _two_tissues(self) -> Self:
        if self.tissues and self.tissues.grey_matter == self.tissues.white_matter:
            expected = "two regions"
            remedy = "Name the region that is grey and the one that is white matter."
            raise refuse(Fault("tissues", "one region for both tissues", expected, remedy))
        return self


class Quality(Settings):
    """Image quality of each scan, as columns for gates."""

    scans: dict[Name, QualityScan] = Field(min_length=1)
    """Scans by name; the name is part of their columns, such as quality__t1w__snr."""
