"""Which regions of the study's region sets a measure means."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field

from drepano.errors import Fault
from drepano.settings.base import Name, Settings

if TYPE_CHECKING:
    from drepano.settings.imaging import RegionSet


def _as_tuple(value: object) -> object:
    return value if isinstance(value, (list, tuple)) else (value,)


class RegionChoice(Settings):
    """Regions of one region set; several together are one."""

    region_set: Name
    """Name of the region set in `imaging.region_sets`."""
    regions: Annotated[tuple[Name, ...], BeforeValidator(_as_tuple), Field(min_length=1)]
    """Names of its regions."""

    def faults(self, where: str, sets: Mapping[str, RegionSet]) -> Iterator[Fault]:
        """Give what is wrong with the names; `where` is the key's place in the study."""
        rules = sets.get(self.region_set)
        if rules is None:
            yield unknown(f"{where}.region_set", self.region_set, sets, "region sets of the study")
            return
        for region in self.regions:
            if region not in rules.regions:
                yield unknown(f"{where}.regions", region, rules.regions, "regions of the set")


def unknown(where: str, name: str, known: Mapping[str, Any], what: str) -> Fault:
    """Return the fault of a name that the study does not describe."""
    near = difflib.get_close_matches(name, [*known], n=1, cutoff=0.4)
    hint = f"Did you mean {near[0]}?" if near else "Describe it in imaging.region_sets."
    return Fault(where, repr(name), f"{what}: {', '.join(known)}", hint)


RegionChoices = Annotated[tuple[RegionChoice, ...], BeforeValidator(_as_tuple), Field(min_length=1)]
"""Regions of one region set, or of several whose files lie on one grid."""
