"""Vessels of a session: a label map of an angiography to the measures of each vessel."""

from __future__ import annotations

import importlib.resources
from collections.abc import Iterator
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

from drepano.contracts import Column
from drepano.errors import ConfigError, Fault, UnitError
from drepano.imaging.measures.circle import PARTS, presence
from drepano.imaging.measures.measure import Finding, Given, Input, Measure, Measured, Missing
from drepano.imaging.regions import RegionFile, read_regions
from drepano.imaging.volumes import read_scan
from drepano.settings import Imaging, RegionSet
from drepano.settings.measures import Vessels
from voxomics import Region
from voxomics.vessels import measure_vessel

NAME = "vessels"
_FILE = "vessels"

_SOURCE = "drepano; docs/vessels.md"
_MISSING = "no value: the state of this column or of vessels says why"

_TOLD = {
    "volume": ("number", "mm3", "Volume of {0}; higher means larger. 0 where it is not there."),
    "component_count": (
        "integer",
        "1",
        (
            "Number of 26-connected components of {0}; more than 1 is a vessel with gaps. "
            "0 where it is not there."
        ),
    ),
    "length": ("number", "mm", "Length of the centrelines of {0}, branches included."),
    "radius": (
        "number",
        "mm",
        "Mean along the centrelines of {0} of the radius of a circle of the lumen's area.",
    ),
    "smallest_lumen": (
        "number",
        "mm",
        (
            "Smallest diameter of a circle of the lumen's area along the longest centreline of "
            "{0}, away from its ends; lower means a tighter stenosis."
        ),
    ),
    "tortuosity": (
        "number",
        "1",
        (
            "Length over straight distance of the ends of the longest centreline of {0}, from 1; "
            "higher means more winding."
        ),
    ),
}
"""Feature to type, UCUM unit and meaning."""

_FIELDS = {
    "volume": "volume_mm3",
    "component_count": "components",
    "length": "length_mm",
    "radius": "radius_mm",
    "smallest_lumen": "smallest_lumen_mm",
    "tortuosity": "tortuosity",
}

_ABSENT = UnitError("region_empty", "the vessel is not there", "Nothing.")
_SHAPELESS = UnitError(
    "feature_undefined",
    "the vessel has no centreline between its ends",
    "Nothing: a piece no longer than wide has no length, and a closed loop no ends.",
)


class VesselMeasure:
    """Measures each region of a vessel mask, and the parts of the circle of Willis."""

    version = 1
    name = NAME

    def __init__(self, settings: Vessels, rules: RegionSet) -> None:
        self._settings = settings
        self._rules = rules

    @property
    def settings(self) -> dict[str, Any]:
        """Settings that move a value."""
        return self._settings.model_dump(mode="json")

    def columns(self) -> list[Column]:
        """Declare the columns of each region, then those of the circle's parts."""
        declared = [_column(r, feature) for r in self._rules.regions for feature in _TOLD]
        if self._settings.circle:
            declared += [_presence_column(part, told) for part, told in PARTS.items()]
        return declared

    def inputs(self) -> dict[str, Input]:
        """Ask for the label map."""
        return {_FILE: Input.of_regions(self._settings.region_set, self._rules)}

    def clinical(self) -> tuple[str, ...]:
        """Take nothing clinical."""
        return ()

    def measure(self, given: Given) -> Iterator[Finding]:
        """Measure the vessels of a session.

        Raises
        ------
        UnitError
            The label map cannot be read, or none of its regions is there.
        """
        file = self._read(given)
        spacing_mm = file.labels.spacing_mm
        rules = given.region_sets[self._settings.region_set]
        regions = {name: _region(file, rules, name) for name in rules.regions}
        faults = [r for r in regions.values() if isinstance(r, UnitError)]
        if len(faults) == len(regions):
            detail = "; ".join(dict.fromkeys(f.detail for f in faults))
            raise UnitError(faults[0].reason, detail, faults[0].remedy)
        for name, region in regions.items():
            yield from self._measure_region(name, region, spacing_mm)
        if self._settings.circle:
            roles = self._settings.circle.model_dump()
            shape = file.labels.voxels.shape
            found = {role: regions[name] for role, name in roles.items()}
            for part, there in presence(found, shape).items():
                column = f"{NAME}__{part}__present"
                if isinstance(there, UnitError):
                    yield Missing(column, "failed", there)
                else:
                    yield Measured(column, float(there))

    def _read(self, given: Given) -> RegionFile:
        path, table = given.files[_FILE].path, given.files[_FILE].label_table
        if table is None and self._settings.label_table:
            names = f"{self._settings.label_table}.tsv"
            table = Path(str(importlib.resources.files("drepano.catalogue").joinpath(names)))
        return read_regions(path, table, read_scan(path), "refuse")

    def _measure_region(
        self, name: str, region: Region | UnitError | None, spacing_mm: np.ndarray[Any, Any]
    ) -> Iterator[Finding]:
        if isinstance(region, UnitError):
            yield from (Missing(_name(name, feature), "failed", region) for feature in _TOLD)
            return
        voxels = region.voxels if region else np.zeros((1, 1, 1), dtype=bool)
        measures = measure_vessel(voxels, spacing_mm, end_radii=self._settings.end_radii)
        for feature, field in _FIELDS.items():
            value = float(getattr(measures, field))
            if isfinite(value):
                yield Measured(_name(name, feature), value)
            else:
                why = _SHAPELESS if region else _ABSENT
                yield Missing(_name(name, feature), "undefined", why)


def _region(file: RegionFile, rules: RegionSet, name: str) -> Region | UnitError | None:
    try:
        return file.region(rules.regions[name], rules)
    except UnitError as error:
        return error


def make(settings: Vessels, imaging: Imaging) -> list[Measure]:
    """Make the measure of the study.

    Raises
    ------
    ConfigError
        The region set is not described, or lacks arteries of the circle.
    """
    where = "study: imaging.measures.vessels"
    rules = imaging.region_sets.get(settings.region_set)
    if rules is None:
        known = ", ".join(imaging.region_sets) or "none"
        raise ConfigError(
            Fault(
                f"{where}.region_set",
                repr(settings.region_set),
                f"region sets of the study: {known}",
                "Describe it in imaging.region_sets.",
            )
        )
    roles = settings.circle.model_dump() if settings.circle else {}
    faults = [
        Fault(
            f"{where}.circle.{role}",
            repr(name),
            f"a region of {settings.region_set}",
            "Add the region there, or name the one that is this artery.",
        )
        for role, name in roles.items()
        if name not in rules.regions
    ]
    if faults:
        raise ConfigError(*faults)
    return [VesselMeasure(settings, rules)]


def _name(region: str, feature: str) -> str:
    return f"{NAME}__{region}__{feature}"


def _column(region: str, feature: str) -> Column:
    kind, unit, meaning = _TOLD[feature]
    return Column(
        name=_name(region, feature),
        type="integer" if kind == "integer" else "number",
        meaning=meaning.format(region),
        unit=unit,
        missing=_MISSING,
        source=_SOURCE,
        state_source=NAME,
        minimum=1.0 if feature == "tortuosity" else 0.0,
    )


def _presence_column(part: str, told: str) -> Column:
    return Column(
        name=f"{NAME}__{part}__present",
        type="integer",
        meaning=f"1 if {told}, 0 if not.",
        unit="1",
        missing=_MISSING,
        source="TopCoW, https://doi.org/10.48550/arXiv.2312.17670",
        standard="edges of the circle of Willis as TopCoW counts them",
        state_source=NAME,
        minimum=0.0,
        maximum=1.0,
    )
