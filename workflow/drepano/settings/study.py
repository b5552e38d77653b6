"""The study: what is computed, the same at every site of a federation."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from drepano.errors import Fault
from drepano.settings.base import NOTHING, Name, Settings, refuse

_VERSION = r"^\d+\.\d+\.\d+$"
Fraction = Annotated[float, Field(ge=0, le=1)]


def _as_tuple(value: object) -> object:
    return value if isinstance(value, (list, tuple)) else (value,)


def _as_version(value: object) -> object:
    if not isinstance(value, str) or not re.fullmatch(_VERSION, value):
        message = 'three numbers as text, such as "1.0.0"'
        raise ValueError(message)
    return value


Labels = Annotated[tuple[int | str, ...], BeforeValidator(_as_tuple), Field(min_length=1)]
"""Label numbers, or names of the label table; several make one region."""


class RegionSet(Settings):
    """Regions that come out of one kind of BIDS derivative."""

    suffix: Literal["dseg", "mask"]
    """BIDS suffix of the region file."""
    entities: dict[str, str] = {}
    """BIDS entities that the region file must have, such as {label: lesion}."""
    regions: dict[Name, Labels] = Field(min_length=1)
    """Region name to its labels. A mask's region is usually {name: 1}."""
    when_empty: Literal["failure", "zero"] = "failure"
    """Meaning of an asked label that has no voxel: a failure (anatomy must be there), or a
    true zero volume (no lesion)."""
    count_components: bool = False
    """Add the number of 26-connected components of each region, such as lesions."""


class Modality(Settings):
    """One kind of scan, its regions and the features taken from them."""

    suffix: str
    """BIDS suffix of the scan, such as T1w."""
    entities: dict[str, str] = {}
    """BIDS entities that the scan must have; use them when a session holds several runs."""
    region_sets: tuple[Name, ...] = Field(min_length=1)
    """Names of the region sets."""
    other_grid: Literal["refuse", "resample_regions"] = "refuse"
    """When regions lie on another grid: refuse the pair, or bring the regions to the scan's
    grid by nearest neighbour."""
    min_voxels: int = Field(default=8, ge=1)
    """Regions with fewer voxels get a volume and no radiomics."""
    image_types: dict[str, dict[str, Any]] = {"Original": {}}
    """Image types as in a pyradiomics parameter file."""
    feature_classes: dict[str, tuple[str, ...] | None] = Field(min_length=1)
    """Feature classes as in a pyradiomics parameter file; null takes all of the class."""
    settings: dict[str, Any] = {"binWidth": 25}
    """Settings as in a pyradiomics parameter file."""


class Imaging(Settings):
    """Radiomics of scans."""

    engine: Literal["voxomics", "pyradiomics"] = "voxomics"
    """Radiomics engine; its name and version stand beside each value."""
    max_failed_fraction: Fraction = 0.2
    """The step fails when more than this fraction of its units failed."""
    region_sets: dict[Name, RegionSet]
    """Region sets by name."""
    modalities: dict[Name, Modality] = Field(min_length=1)
    """Modalities by name; the name starts their columns."""

    @model_validator(mode="after")
    def _region_sets_exist(self) -> Self:
        faults = [f for name in self.modalities for f in self._region_faults(name)]
        if faults:
            raise refuse(*faults)
        return self

    def _region_faults(self, name: str) -> Iterator[Fault]:
        where = f"modalities.{name}.region_sets"
        asked = self.modalities[name].region_sets
        known = [*self.region_sets]
        for wrong in (r for r in asked if r not in known):
            near = difflib.get_close_matches(wrong, known, n=1, cutoff=0.4)
            hint = f"Did you mean {near[0]}?" if near else "Describe it in imaging.region_sets."
            yield Fault(where, repr(wrong), f"region sets of the study: {', '.join(known)}", hint)
        names = [n for r in asked if r in known for n in self.region_sets[r].regions]
        for twice in sorted({n for n in names if names.count(n) > 1}):
            found = f"region sets that both have the region {twice}"
            yield Fault(where, found, "each region once", "Rename one of the regions.")


class Genomics(Settings):
    """Genotypes of a panel of variants."""

    panels: tuple[str, ...] = ("scd",)
    """Panels of the package by name, or paths of panel files (TSV, docs/panels.md)."""
    accepted_filters: tuple[str, ...] = ("PASS", ".")
    """FILTER values whose calls are used; a record with any other is `filtered`."""
    min_depth: int = Field(default=0, ge=0)
    """Calls with DP below are no calls; calls without DP are not touched."""
    min_genotype_quality: int = Field(default=0, ge=0)
    """Calls with GQ below are no calls; calls without GQ are not touched."""
    min_block_depth: int = Field(default=10, ge=1)
    """A gVCF reference block says reference only with at least this DP (or MIN_DP)."""
    min_block_quality: int = Field(default=20, ge=1)
    """A gVCF reference block says reference only with at least this GQ."""
    max_failed_fraction: Fraction = 0.2
    """The step fails when more than this fraction of its units failed."""


class Clinical(Settings):
    """Clinical values."""

    columns: tuple[Name, ...] = Field(min_length=1)
    """Concepts out of the package's table of clinical concepts, in the order of the matrix."""


class Gates(Settings):
    """What a release must pass before it becomes the latest one."""

    min_subjects: int = Field(default=1, ge=1)
    """Least number of subjects."""
    max_failed_fraction: Fraction = 0.2
    """Greatest fraction of failed states among the sources that were acquired."""
    max_missing_fraction: Fraction = 1.0
    """Greatest fraction of null cells in the whole matrix."""


class Study(Settings):
    """The study file."""

    study: Name
    """Name of the study."""
    version: Annotated[str, BeforeValidator(_as_version)] = Field(pattern=_VERSION)
    """Version of the study, major.minor.patch; part of the contract."""
    imaging: Imaging | None = None
    """Radiomics of scans; null: none."""
    genomics: Genomics | None = None
    """Genotypes of panels; null: none."""
    clinical: Clinical | None = None
    """Clinical values; null: none."""
    gates: Gates = Gates()
    """What a release must pass."""

    @model_validator(mode="after")
    def _computes_something(self) -> Self:
        if self.imaging is None and self.genomics is None and self.clinical is None:
            raise refuse(NOTHING)
        return self
