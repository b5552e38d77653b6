"""Hyperintense outliers of white matter on FLAIR that nobody has read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from drepano.errors import Fault
from drepano.settings.base import FileChoice, Settings, refuse
from drepano.settings.measures.choice import RegionChoice

if TYPE_CHECKING:
    from drepano.settings.imaging import RegionSet

Positive = Annotated[float, Field(gt=0)]
Margin = Annotated[float, Field(ge=0)]


class LesionCandidates(Settings):
    """Hyperintense outliers of white matter on FLAIR that nobody has read.

    Robust z-scores of the scan in white matter, against white matter's own distribution.
    """

    scan: FileChoice = FileChoice(suffix="FLAIR")
    """The FLAIR."""
    prepared: bool = False
    """Take the prepared scan (`imaging.prepare`); with a bias field left in, fewer are found."""
    other_grid: Literal["refuse", "resample_regions"] = "refuse"
    """When regions lie on another grid than the scan: refuse, or bring them to it."""
    white_matter: RegionChoice
    """White matter, in which candidates are looked for."""
    ventricles: RegionChoice | None = None
    """Ventricles, which look bright at their rim; null: only the rim of white matter is left
    out."""
    closing_mm: Margin = 3.0
    """Holes and dents of white matter up to about twice this wide are filled first: segmentations
    take lesions that are dark on T1w for grey matter."""
    rim_mm: Margin = 2.0
    """Depth of the rim of white matter, towards cortex and all else, that is left out."""
    ventricle_mm: Margin = 4.0
    """White matter at most this far from a ventricle is left out."""
    smoothing_mm: Margin = 1.0
    """Standard deviation of the Gaussian that smooths the scan, within white matter; 0: none."""
    seed_deviations: Positive = 5.0
    """A candidate holds a voxel that is brighter than the median of white matter by more than this
    many robust standard deviations."""
    grow_deviations: Positive = 3.0
    """And consists of the connected voxels that are brighter by more than this many."""
    min_mm3: Margin = 20.0
    """Smaller ones are left out."""

    def faults(self, where: str, sets: Mapping[str, RegionSet]) -> Iterator[Fault]:
        """Give what does not fit the study's region sets; `where` is the block's place."""
        yield from self.white_matter.faults(f"{where}.white_matter", sets)
        if self.ventricles is not None:
            yield from self.ventricles.faults(f"{where}.ventricles", sets)

    @model_validator(mode="after")
    def _seeds_are_brighter(self) -> Self:
        if self.grow_deviations > self.seed_deviations:
            found = f"{self.grow_deviations:g} with seed_deviations {self.seed_deviations:g}"
            raise refuse(Fault("grow_deviations", found, "at most seed_deviations", "Lower it."))
        return self
