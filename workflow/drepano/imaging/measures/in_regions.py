"""Maps of a scan to numbers per region: what measures of perfusion, diffusion, R2* share."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drepano.contracts import Column
from drepano.contracts.column import ColumnType
from drepano.errors import ConfigError, Fault, UnitError
from drepano.imaging.files import Absence
from drepano.imaging.measures.measure import Given, Input, Measured, Missing
from drepano.imaging.names import column_of
from drepano.imaging.volumes import Volume
from drepano.settings import Imaging
from drepano.settings.measures.in_regions import InRegions
from voxomics import Region

Floats = NDArray[np.float64]
MISSING = "no value: the state of this column or of the measure says why"

VOXELS = "voxels"
_NOT_THERE = frozenset({"no_scan", "no_regions"})
_EMPTY = UnitError("region_empty", "no voxel", "Nothing to do if the region is truly not there.")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number of each region.

    Attributes
    ----------
    name
        Last part of the column's name.
    unit
        UCUM code.
    meaning
        What it is, with direction; `{region}` is the region.
    source
        Where its definition comes from.
    minimum
        Hard limit, inclusive.
    type
        number or integer.
    """

    name: str
    unit: str
    meaning: str
    source: str
    minimum: float | None = None
    type: ColumnType = "number"

    def column(self, measure: str, region: str) -> Column:
        """Declare the column of a region."""
        return Column(
            name=column_of(measure, region, self.name),
            type=self.type,
            meaning=self.meaning.format(region=region),
            unit=self.unit,
            missing=MISSING,
            source=self.source,
            standard="drepano",
            state_source=measure,
            minimum=self.minimum,
        )


COUNT = Quantity(
    VOXELS,
    "1",
    "Voxels of {region} that have a value; fewer means less reliable numbers.",
    "drepano",
    0.0,
    "integer",
)


class RegionValues:
    """The regions of a measure, and what is told of each.

    Parameters
    ----------
    measure
        Name of the measure, which starts its columns.
    settings
        Its settings.
    imaging
        Imaging settings of the study.
    quantities
        What is told of each region; `COUNT` is added.

    Raises
    ------
    ConfigError
        A region set that the study does not have, or a region that two of them have.
    """

    def __init__(
        self, measure: str, settings: InRegions, imaging: Imaging, quantities: list[Quantity]
    ) -> None:
        self._measure = measure
        self._settings = settings
        faults = [*_faults(measure, settings, imaging)]
        if faults:
            raise ConfigError(*faults)
        self._sets = {name: imaging.region_sets[name] for name in settings.region_sets}
        self._quantities = quantities

    @property
    def regions(self) -> list[str]:
        """All regions, in the order of the study."""
        return [region for rules in self._sets.values() for region in rules.regions]

    def columns(self) -> list[Column]:
        """Declare the columns of all regions."""
        told = [*self._quantities, COUNT]
        return [q.column(self._measure, region) for region in self.regions for q in told]

    def inputs(self) -> dict[str, Input]:
        """Return the region files by role: a set that lacks costs its own columns alone."""
        return {
            f"region_sets.{name}": Input.of_regions(name, rules, required=False)
            for name, rules in self._sets.items()
        }

    def find(self, given: Given, scan: Volume) -> dict[str, Region | Absence]:
        """Return each region on the scan's grid, or why it has no value.

        Raises
        ------
        UnitError
            Every region has failed, all for one reason; regions that the site does not have, or
            that are truly empty, have not failed.
        """
        found: dict[str, Region | Absence] = {}
        for name in self._sets:
            found |= self._find_set(name, given, scan)
        failed = [f.why for f in found.values() if isinstance(f, Absence) and f.state == "failed"]
        if len(failed) == len(found) and len({why.reason for why in failed}) == 1:
            details = dict.fromkeys(why.detail for why in failed)
            raise UnitError(failed[0].reason, "; ".join(details), failed[0].remedy)
        return found

    def _find_set(self, name: str, given: Given, scan: Volume) -> dict[str, Region | Absence]:
        role, regions = f"region_sets.{name}", self._sets[name].regions
        if role not in given.files:
            why = given.absent[role]
            state = "not_acquired" if why.reason in _NOT_THERE else "failed"
            return dict.fromkeys(regions, Absence(state, why))
        try:
            found = given.regions(role, name, scan, self._settings.other_grid)
        except UnitError as error:
            return dict.fromkeys(regions, Absence("failed", error))
        return {region: _region_or_absence(outcome) for region, outcome in found.items()}

    def findings(
        self,
        found: Mapping[str, Region | Absence],
        values_of: Callable[[Region], tuple[dict[str, float], int]],
    ) -> Iterator[Measured | Missing]:
        """Give a value, or why there is none, for each column of each region.

        Parameters
        ----------
        found
            What `find` gave.
        values_of
            From a region to its quantities by name, and the number of voxels that have a value.
        """
        for region, outcome in found.items():
            if isinstance(outcome, Absence):
                yield from self._missing(region, outcome, [*self._quantities, COUNT])
                continue
            values, count = values_of(outcome)
            yield Measured(column_of(self._measure, region, VOXELS), count)
            if count < self._settings.min_voxels:
                yield from self._missing(region, _too_few(count, outcome), self._quantities)
                continue
            for quantity in self._quantities:
                column = column_of(self._measure, region, quantity.name)
                yield Measured(column, values[quantity.name])

    def _missing(
        self, region: str, absence: Absence, quantities: list[Quantity]
    ) -> Iterator[Missing]:
        for quantity in quantities:
            column = column_of(self._measure, region, quantity.name)
            yield Missing(column, absence.state, absence.why)


def _too_few(count: int, region: Region) -> Absence:
    detail = f"{count} of {region.count} voxels have a value, fewer than the study asks for"
    remedy = "Nothing to do if the region is small; else look at the scan in this region."
    return Absence("undefined", UnitError("region_too_small", detail, remedy))


def _region_or_absence(outcome: Region | UnitError | None) -> Region | Absence:
    if isinstance(outcome, UnitError):
        return Absence("failed", outcome)
    return Absence("undefined", _EMPTY) if outcome is None else outcome


def mask_of(found: Mapping[str, Region | Absence], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return the voxels (X, Y, Z) of all regions together."""
    mask = np.zeros(shape, dtype=bool)
    for region in found.values():
        if not isinstance(region, Absence):
            box = zip(region.lower, region.voxels.shape, strict=True)
            mask[tuple(slice(low, low + n) for low, n in box)] |= region.voxels
    return mask


def finite(values: NDArray[Any]) -> Floats:
    """Return the values that are finite numbers."""
    kept: Floats = values[np.isfinite(values)].astype(np.float64)
    return kept


def _faults(measure: str, settings: InRegions, imaging: Imaging) -> Iterator[Fault]:
    where = f"study: imaging.measures.{measure}.region_sets"
    known = [*imaging.region_sets]
    for wrong in (name for name in settings.region_sets if name not in known):
        near = difflib.get_close_matches(wrong, known, n=1, cutoff=0.4)
        hint = f"Did you mean {near[0]}?" if near else "Describe it in imaging.region_sets."
        expected = f"region sets of the study: {', '.join(known) or 'none'}"
        yield Fault(where, repr(wrong), expected, hint)
    sets = [imaging.region_sets[name] for name in settings.region_sets if name in known]
    names = [region for rules in sets for region in rules.regions]
    for twice in sorted({name for name in names if names.count(name) > 1}):
        found = f"region sets that both have the region {twice}"
        yield Fault(where, found, "each region once", "Rename one of the regions.")
