"""A lesion mask to its burden, by definition and by place, and to a row per lesion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drepano.contracts import Column
from drepano.errors import UnitError
from drepano.imaging.measures.chosen import Mask, mask_of, missing, role_of
from drepano.imaging.measures.lesion_columns import (
    EACH,
    NAME,
    Definition,
    burden_names,
    burden_values,
    declare,
)
from drepano.imaging.measures.lesion_places import everywhere, place_lesions
from drepano.imaging.measures.measure import Finding, Given, Input, Measured
from drepano.imaging.measures.t1_hypointensity import ROLE as T1W
from drepano.imaging.measures.t1_hypointensity import Darkness, LesionMap, find_dark
from drepano.imaging.volumes import Volume
from drepano.settings import RegionSet
from drepano.settings.measures.lesions import ELSEWHERE, EVERYWHERE, Lesions
from voxomics.lesions import Places, burden_at, label_lesions, measure_lesions, reaches

_SCAN = "scan"


@dataclass(frozen=True, slots=True)
class _Found:
    """The lesions of a session: which of them each definition takes, and what T1w says."""

    map: LesionMap
    taken: dict[Definition, list[bool] | UnitError]
    darkness: Darkness | None


class LesionMeasure:
    """Counts, volumes and lengths of lesions.

    Parameters
    ----------
    settings
        Block `imaging.measures.lesions` of the study.
    region_sets
        The study's region sets.
    """

    name = NAME
    version = 1

    def __init__(self, settings: Lesions, region_sets: Mapping[str, RegionSet]) -> None:
        self._settings = settings
        self._sets = region_sets

    @property
    def settings(self) -> dict[str, Any]:
        """Settings that move a value."""
        return self._settings.model_dump(mode="json")

    def columns(self) -> list[Column]:
        """Declare count, volume and largest diameter by place and definition."""
        locations = self._settings.locations
        return declare(self._settings, {n: tuple(self._sets[n].regions) for n in locations})

    def inputs(self) -> dict[str, Input]:
        """Ask for the scan and the lesion mask; for T1w and places where they are."""
        own, rule = self._settings, self._settings.t1_hypointensity
        asked = {
            _SCAN: Input(own.scan.suffix, dict(own.scan.entities), prepared=own.prepared),
            role_of(own.mask.region_set): self._regions(own.mask.region_set, required=True),
        }
        if rule is not None:
            asked[T1W] = Input(
                rule.scan.suffix, dict(rule.scan.entities), prepared=rule.prepared, required=False
            )
        optional = [*own.locations, *([rule.white_matter.region_set] if rule else [])]
        for name in optional:
            asked.setdefault(role_of(name), self._regions(name, required=False))
        return asked

    def _regions(self, name: str, *, required: bool) -> Input:
        return Input.of_regions(name, self._sets[name], required=required)

    def clinical(self) -> tuple[str, ...]:
        """Ask for nothing."""
        return ()

    def measure(self, given: Given) -> Iterator[Finding]:
        """Measure all lesions together, then by place, then each of them.

        Raises
        ------
        UnitError
            Scan or lesion mask cannot be used.
        """
        found = self._find(given)
        yield from self._burdens(found, EVERYWHERE, everywhere(found.map), 0)
        numbers: dict[str, NDArray[np.int64]] = {}
        for name in self._settings.locations:
            yield from self._by_place(given, found, name, numbers)
        yield from _each(found, numbers)

    def _find(self, given: Given) -> _Found:
        own = self._settings
        scan = given.scan(_SCAN)
        mask = mask_of(given, own.mask, scan, own.other_grid)
        lesions = _label(scan, mask, own.min_voxels)
        long = [
            reaches(lesion.length_mm(own.dimension), own.traditional_mm)
            for lesion in lesions.lesions
        ]
        taken: dict[Definition, list[bool] | UnitError] = {
            "liberal": [True] * len(long),
            "traditional": long,
        }
        darkness = None
        if own.t1_hypointensity is not None:
            try:
                darkness = find_dark(given, own.t1_hypointensity, lesions, own.other_grid)
                taken["restrictive"] = _restrictive(long, darkness)
            except UnitError as error:
                taken["restrictive"] = error
        return _Found(lesions, taken, darkness)

    def _burdens(self, found: _Found, where: str, places: Places, place: int) -> Iterator[Finding]:
        """Give the columns of all definitions in a place, or why they lack."""
        lesions, dimension = found.map.lesions, self._settings.dimension
        for definition, taken in found.taken.items():
            if isinstance(taken, UnitError):
                yield from missing(burden_names(where, definition), taken)
                continue
            total = burden_at(lesions, np.array(taken, dtype=bool), places, place, dimension)
            for column, value in burden_values(where, definition, total).items():
                yield Measured(column, value)

    def _by_place(
        self, given: Given, found: _Found, name: str, numbers: dict[str, NDArray[np.int64]]
    ) -> Iterator[Finding]:
        """Give the columns of a region set; note in `numbers` where each lesion lies."""
        try:
            told = place_lesions(given, found.map, name, self._settings.other_grid)
        except UnitError as error:
            failed = dict.fromkeys((*self._sets[name].regions, f"{name}_{ELSEWHERE}"), error)
        else:
            failed = told.failed
            numbers[name] = told.study_number
            for where, place in told.index.items():
                yield from self._burdens(found, where, told.places, place)
        for where, why in failed.items():
            for definition in found.taken:
                yield from missing(burden_names(where, definition), why)


def _label(scan: Volume, mask: Mask, min_voxels: int) -> LesionMap:
    """Find and measure the lesions that are large enough: the first, as the largest lead."""
    labels, count = label_lesions(mask)
    lesions = measure_lesions(labels, count, scan.affine)
    kept = [lesion for lesion in lesions if lesion.voxels >= min_voxels]
    labels[labels > len(kept)] = 0
    return LesionMap(scan, mask, labels, kept)


def _restrictive(long: list[bool], darkness: Darkness) -> list[bool]:
    """Return which lesions are long and dark.

    Raises
    ------
    UnitError
        The rule cannot be applied to one that is long: the count is not known then.
    """
    unknown = [w for t, w in zip(long, darkness.why_not, strict=True) if t and w is not None]
    if unknown:
        detail = f"{len(unknown)} of {sum(long)} lesions that are long enough: {unknown[0].detail}"
        raise UnitError(unknown[0].reason, detail, unknown[0].remedy)
    return [t and dark for t, dark in zip(long, darkness.dark, strict=True)]


def _each(found: _Found, numbers: Mapping[str, NDArray[np.int64]]) -> Iterator[Finding]:
    """Give the rows of each lesion; what is not known of it is left out."""
    long, darkness = found.taken["traditional"], found.darkness
    for place, lesion in enumerate(found.map.lesions):
        x, y, z = lesion.centroid_mm
        row: dict[str, float] = {
            "volume_ml": lesion.volume_ml,
            "voxels": lesion.voxels,
            "diameter_mm": lesion.diameter_mm,
            "in_plane_diameter_mm": lesion.in_plane_diameter_mm,
            "x_mm": x,
            "y_mm": y,
            "z_mm": z,
        }
        if not isinstance(long, UnitError):
            row["traditional"] = long[place]
        if darkness is not None:
            row["t1w_mean"] = darkness.mean[place]
            row["t1w_reference"] = darkness.reference[place]
            if darkness.why_not[place] is None:
                row["t1w_dark"] = darkness.dark[place]
        row |= {f"region_{name}": int(number[place]) for name, number in numbers.items()}
        for name, value in row.items():
            yield Measured(f"{EACH}{name}", float(value), item=place + 1)
