"""Lesions under the three definitions of silent cerebral infarcts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from drepano.errors import Fault
from drepano.settings.base import FileChoice, Name, Settings, refuse
from drepano.settings.measures.choice import RegionChoice, unknown

if TYPE_CHECKING:
    from drepano.settings.imaging import RegionSet

Positive = Annotated[float, Field(gt=0)]
Margin = Annotated[float, Field(ge=0)]

EVERYWHERE = "all"
"""Region part of the columns of all lesions."""
ELSEWHERE = "elsewhere"
"""End of the region part of the columns of lesions in no region of a set."""


class T1Hypointensity(Settings):
    """The rule by which a lesion is dark on T1w: mean below normal-appearing white matter."""

    scan: FileChoice = FileChoice(suffix="T1w")
    """The T1w scan, in the space of the lesions' scan."""
    prepared: bool = False
    """Take the prepared scan (`imaging.prepare`)."""
    other_grid: Literal["refuse", "resample"] = "refuse"
    """When the T1w lies on another grid than the lesions' scan: refuse it, or interpolate it there
    linearly. Both must be in one space (coregistered)."""
    white_matter: RegionChoice
    """White matter."""
    reference: Literal["white_matter", "perilesional"] = "white_matter"
    """Normal-appearing white matter (without lesions and their margin): all of it, or that around
    the lesion."""
    margin_mm: Margin = 2.0
    """White matter at most this far from a lesion is not normal-appearing."""
    shell_mm: Positive = 10.0
    """For perilesional: normal-appearing white matter up to this distance counts."""
    min_voxels: int = Field(default=50, ge=1)
    """Fewer voxels of reference are too few: the definition is undefined then."""
    deviations: Margin = 2.0
    """A lesion is dark when its mean is below the reference's median by more than this many robust
    standard deviations (1.4826 x median absolute deviation)."""


class Lesions(Settings):
    """Lesions under the three definitions of silent cerebral infarcts.

    Any (liberal); at least `traditional_mm` long (traditional); as long and dark on T1w
    (restrictive).
    """

    scan: FileChoice = FileChoice(suffix="FLAIR")
    """The scan on which lesions were read; its grid counts."""
    prepared: bool = False
    """Take the prepared scan (`imaging.prepare`)."""
    mask: RegionChoice
    """The lesions; their region set must say `when_empty: zero`."""
    other_grid: Literal["refuse", "resample_regions"] = "refuse"
    """When regions lie on another grid than the scan: refuse, or bring them to it."""
    traditional_mm: Positive = 3.0
    """Least length of a lesion under the traditional and the restrictive definition, in mm."""
    dimension: Literal["space", "in_plane"] = "space"
    """Which length is compared: the largest in space, or the largest within a slice across the
    longest voxel edge (5 mm slices make every voxel of them longer than 3 mm in space)."""
    min_voxels: int = Field(default=1, ge=1)
    """Components with fewer voxels are not counted as lesions."""
    t1_hypointensity: T1Hypointensity | None = None
    """How dark on T1w is decided; null: the restrictive definition is not computed."""
    locations: tuple[Name, ...] = ()
    """Region sets by which lesions are told apart, such as lobes, arterial territories and border
    zones; the regions of a set must not share voxels."""

    def faults(self, where: str, sets: Mapping[str, RegionSet]) -> Iterator[Fault]:
        """Give what does not fit the study's region sets; `where` is the block's place."""
        yield from self.mask.faults(f"{where}.mask", sets)
        rules = sets.get(self.mask.region_set)
        if rules is not None and rules.when_empty != "zero":
            yield Fault(
                f"{where}.mask.region_set",
                f"{self.mask.region_set} with when_empty: {rules.when_empty}",
                "when_empty: zero: a session without lesions is a true 0",
                "Set it in the region set.",
            )
        if self.t1_hypointensity is not None:
            place = f"{where}.t1_hypointensity.white_matter"
            yield from self.t1_hypointensity.white_matter.faults(place, sets)
        for name in self.locations:
            if name not in sets:
                yield unknown(f"{where}.locations", name, sets, "region sets of the study")
        yield from self._repeated_names(where, sets)

    def _repeated_names(self, where: str, sets: Mapping[str, RegionSet]) -> Iterator[Fault]:
        """Each region, and what lies in none, starts columns of its own."""
        known = [name for name in self.locations if name in sets]
        names = [EVERYWHERE, *(f"{name}_{ELSEWHERE}" for name in known)]
        names += [region for name in known for region in sets[name].regions]
        for twice in sorted({name for name in names if names.count(name) > 1}):
            yield Fault(
                f"{where}.locations",
                f"{twice} twice among the names of columns",
                f"each once; {EVERYWHERE} and <set>_{ELSEWHERE} are taken",
                "Rename one of the regions.",
            )

    @model_validator(mode="after")
    def _sets_once(self) -> Self:
        if len({*self.locations}) != len(self.locations):
            found = ", ".join(self.locations)
            raise refuse(Fault("locations", found, "each region set once", "Remove one."))
        return self
