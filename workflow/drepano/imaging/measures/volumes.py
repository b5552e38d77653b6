"""Region files to volumes, their share of the intracranial one, and their asymmetry."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from drepano.contracts import Column
from drepano.errors import UnitError
from drepano.imaging.grids import same_grid
from drepano.imaging.labels import read_label_table, whole_labels
from drepano.imaging.measures.chosen import Mask, missing, painted, role_of
from drepano.imaging.measures.measure import Finding, Given, GivenFile, Input, Measured
from drepano.imaging.regions import RegionFile
from drepano.imaging.volumes import Volume, read_scan
from drepano.settings import RegionSet
from drepano.settings.measures.choice import RegionChoice
from drepano.settings.measures.volumes import INTRACRANIAL, Volumes
from voxomics.volumes import asymmetry_index, fraction, union, volume_ml

NAME = "volumes"
_MISSING = "no value: the state of volumes, or of this column, says why"
_SOURCE = "drepano"
_STANDARD = "voxels times the volume of one, on the grid of the region file"
_OF_SIDES = "Kurth et al., Nat Protoc 2015;10:293"

Millilitres = dict[str, float | UnitError]


class VolumesMeasure:
    """Volumes of named structures.

    Parameters
    ----------
    settings
        Block `imaging.measures.volumes` of the study.
    region_sets
        The study's region sets.
    """

    name = NAME
    version = 1

    def __init__(self, settings: Volumes, region_sets: Mapping[str, RegionSet]) -> None:
        self._settings = settings
        self._sets = region_sets
        self._parts = _parts(settings)

    @property
    def settings(self) -> dict[str, Any]:
        """Settings that move a value."""
        return self._settings.model_dump(mode="json")

    def columns(self) -> list[Column]:
        """Declare volume, fraction and asymmetry."""
        declared = []
        for name, choices in self._parts.items():
            told = ", ".join(f"{c.region_set}: {' + '.join(c.regions)}" for c in choices)
            meaning = f"Volume of {name} ({told}); higher means larger."
            declared.append(_column(name, "volume", "mL", meaning))
            if self._settings.intracranial and name != INTRACRANIAL:
                meaning = f"Volume of {name} over the intracranial volume; higher means larger."
                declared.append(_column(name, "fraction", "1", meaning))
        for name in self._settings.sides:
            meaning = (
                f"Volume of {name}, left minus right, over the mean of both: positive means that "
                "the left is larger, 0 that they are equal; -2 to 2."
            )
            declared.append(_column(name, "asymmetry", "1", meaning))
        return declared

    def inputs(self) -> dict[str, Input]:
        """Ask for each region set that is named, none of which is needed for the others."""
        sets = dict.fromkeys(c.region_set for choices in self._parts.values() for c in choices)
        return {
            role_of(n): Input.of_regions(n, self._sets[n], required=len(sets) == 1) for n in sets
        }

    def clinical(self) -> tuple[str, ...]:
        """Ask for nothing."""
        return ()

    def measure(self, given: Given) -> Iterator[Finding]:
        """Measure each volume, then what follows from several."""
        files = _read_files(given, [*self.inputs()])
        found: Millilitres = {
            name: _volume(given, files, choices) for name, choices in self._parts.items()
        }
        for name, volume in found.items():
            yield from _finding(name, "volume", volume)
            if self._settings.intracranial and name != INTRACRANIAL:
                share = _both(volume, found[INTRACRANIAL], fraction)
                yield from _finding(name, "fraction", share)
        for name in self._settings.sides:
            index = _both(found[f"{name}_left"], found[f"{name}_right"], asymmetry_index)
            yield from _finding(name, "asymmetry", index)


def _parts(settings: Volumes) -> dict[str, tuple[RegionChoice, ...]]:
    """Return the region part of the columns of each volume to the regions that make it."""
    parts = {INTRACRANIAL: settings.intracranial} if settings.intracranial else {}
    parts |= settings.structures
    for name, sides in settings.sides.items():
        parts |= {f"{name}_left": sides.left, f"{name}_right": sides.right}
    return parts


def _read_files(given: Given, roles: list[str]) -> dict[str, RegionFile | UnitError]:
    """Read each region file once, on its own grid."""
    files: dict[str, RegionFile | UnitError] = {}
    for role in roles:
        try:
            files[role] = given.absent[role] if role in given.absent else _read(given.files[role])
        except UnitError as error:
            files[role] = error
    return files


def _read(file: GivenFile) -> RegionFile:
    """Read a region file; voxels are counted where they were drawn, never resampled."""
    labels = whole_labels(read_scan(file.path), file.path.name)
    names = read_label_table(file.label_table) if file.label_table else None
    return RegionFile(labels, None, labels, names)


def _volume(
    given: Given, files: Mapping[str, RegionFile | UnitError], choices: tuple[RegionChoice, ...]
) -> float | UnitError:
    """Return the volume of regions together in mL, or why there is none."""
    masks: list[Mask] = []
    grids: list[Volume] = []
    for choice in choices:
        file = files[role_of(choice.region_set)]
        if isinstance(file, UnitError):
            return file
        grids.append(file.labels)
        if not same_grid(grids[0], file.labels):
            return _other_grid(choices)
        rules = given.region_sets[choice.region_set]
        try:
            regions = [file.region(rules.regions[name], rules) for name in choice.regions]
        except UnitError as error:
            return error
        masks.append(painted(regions, file.labels.voxels.shape))
    return volume_ml(union(masks), grids[0].voxel_mm3)


def _other_grid(choices: tuple[RegionChoice, ...]) -> UnitError:
    return UnitError(
        "grid_mismatch",
        f"the files of {', '.join(c.region_set for c in choices)} lie on different grids",
        "Name regions of one file, or deliver the files on one grid.",
    )


def _both(
    one: float | UnitError, other: float | UnitError, rule: Callable[[float, float], float]
) -> float | UnitError:
    """Return the rule's value of two volumes, or why one of them lacks."""
    if isinstance(one, UnitError):
        return one
    return other if isinstance(other, UnitError) else rule(one, other)


def _finding(name: str, feature: str, value: float | UnitError) -> Iterator[Finding]:
    column = _column_name(name, feature)
    if isinstance(value, UnitError):
        yield from missing([column], value)
    else:
        yield Measured(column, value)


def _column_name(name: str, feature: str) -> str:
    return f"{NAME}__{name}__{feature}"


def _column(name: str, feature: str, unit: str, meaning: str) -> Column:
    signed = feature == "asymmetry"
    return Column(
        name=_column_name(name, feature),
        type="number",
        meaning=meaning,
        unit=unit,
        missing=_MISSING,
        source=_OF_SIDES if signed else _SOURCE,
        standard=_STANDARD,
        state_source=NAME,
        minimum=-2.0 if signed else 0.0,
        maximum=2.0 if signed else None,
    )
