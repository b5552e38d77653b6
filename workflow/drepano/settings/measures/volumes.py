"""Volumes of the brain and its tissues."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Self

from pydantic import model_validator

from drepano.errors import Fault
from drepano.settings.base import Name, Settings, refuse
from drepano.settings.measures.choice import RegionChoices

if TYPE_CHECKING:
    from drepano.settings.imaging import RegionSet

INTRACRANIAL = "intracranial"
"""Region part of the columns of the intracranial volume."""


class Sides(Settings):
    """The same structure on both sides of the head."""

    left: RegionChoices
    """Regions of the left side."""
    right: RegionChoices
    """Regions of the right side."""


class Volumes(Settings):
    """Volumes of the brain and its tissues, counted on the grid of the region files."""

    intracranial: RegionChoices | None = None
    """What is inside the skull: a brain mask with its fluid, or grey and white matter and
    cerebrospinal fluid; null: no intracranial volume, and no fractions of it."""
    structures: dict[Name, RegionChoices] = {}
    """Name to the regions that make it, such as grey_matter, white_matter, csf, deep_grey; voxels
    of several of them count once."""
    sides: dict[Name, Sides] = {}
    """Name to its left and right regions: volumes of both, and their asymmetry."""

    def faults(self, where: str, sets: Mapping[str, RegionSet]) -> Iterator[Fault]:
        """Give what does not fit the study's region sets; `where` is the block's place."""
        for name, choices in self.parts().items():
            for number, choice in enumerate(choices):
                yield from choice.faults(f"{where}.{name}.{number}", sets)

    def parts(self) -> dict[str, RegionChoices]:
        """Return the key of each volume to the regions that make it."""
        found = {INTRACRANIAL: self.intracranial} if self.intracranial else {}
        found |= {f"structures.{name}": regions for name, regions in self.structures.items()}
        for name, sides in self.sides.items():
            found |= {f"sides.{name}.left": sides.left, f"sides.{name}.right": sides.right}
        return found

    @model_validator(mode="after")
    def _names_once(self) -> Self:
        faults = []
        if not self.parts():
            remedy = "Name structures, sides or the intracranial volume."
            faults.append(Fault("", "no volume", "at least one", remedy))
        names = [INTRACRANIAL, *self.structures]
        names += [f"{name}_{side}" for name in self.sides for side in ("left", "right")]
        names += self.sides
        for twice in sorted({name for name in names if names.count(name) > 1}):
            expected = "each name once; a pair takes its own, name_left and name_right"
            faults.append(Fault("structures", f"{twice} twice", expected, "Rename one."))
        if faults:
            raise refuse(*faults)
        return self
