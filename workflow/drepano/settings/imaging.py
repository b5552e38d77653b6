"""Imaging settings of the study: regions, modalities, what is measured in them."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from drepano.errors import Fault
from drepano.settings.base import Fraction, Name, Settings, refuse
from drepano.settings.derived import DerivedRegion
from drepano.settings.measures import Measures
from drepano.settings.perturbation import Perturbation
from drepano.settings.preparation import Preparation


def _as_tuple(value: object) -> object:
    return value if isinstance(value, (list, tuple)) else (value,)


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
    names: Literal["table", "freesurfer"] = "table"
    """Where names of labels come from: the label table beside the file, or FreeSurfer's own
    numbers, which FastSurfer and SynthSeg share, so that no table is needed."""
    otherwise: Name | None = None
    """Region set with the same regions that stands in where a session has no file of this one,
    such as drepano's own tissues where the site ran no FreeSurfer. A file that is broken fails."""
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
    prepared: bool = False
    """Measure the prepared scan (`imaging.prepare`) in place of the raw one."""
    region_sets: tuple[Name, ...] = Field(min_length=1)
    """Names of the region sets."""
    derived_regions: dict[Name, DerivedRegion] = {}
    """Regions made of those of the region sets, and of derived ones that stand before."""
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
    perturbation: Perturbation | None = None
    """Measure each scan again, disturbed, and give an intraclass correlation of each feature in
    quality.json; null: none."""


class Imaging(Settings):
    """Scans: how they are prepared, and what is measured in them."""

    engine: Literal["voxomics", "pyradiomics"] = "voxomics"
    """Radiomics engine; its name and version stand beside each value."""
    max_failed_fraction: Fraction = 0.2
    """The step fails when more than this fraction of its units failed."""
    prepare: Preparation | None = None
    """Bias field, registration, regions; null: scans and regions are taken as they come."""
    region_sets: dict[Name, RegionSet] = {}
    """Region sets by name."""
    modalities: dict[Name, Modality] = {}
    """Radiomics: modalities by name; the name starts their columns."""
    measures: Measures = Measures()
    """Measures beside radiomics."""

    @property
    def reads_clinical(self) -> bool:
        """True if a measure takes numbers of the clinical tables, such as haematocrit."""
        return self.measures.perfusion is not None

    @model_validator(mode="after")
    def _region_sets_exist(self) -> Self:
        faults = [f for name in self.modalities for f in self._region_faults(name)]
        faults += [f for name in self.modalities for f in self._prepared_faults(name)]
        faults += self.measures.faults("measures", self.region_sets)
        faults += [f for name in self.region_sets for f in self._otherwise_faults(name)]
        faults += [f for name in self.modalities for f in self._derived_faults(name)]
        if not self.modalities and self.measures == Measures():
            faults.append(
                Fault("", "nothing to measure", "modalities or measures", "Add what is wanted.")
            )
        if faults:
            raise refuse(*faults)
        return self

    def _otherwise_faults(self, name: str) -> Iterator[Fault]:
        rules = self.region_sets[name]
        if rules.otherwise is None:
            return
        where = f"region_sets.{name}.otherwise"
        other = self.region_sets.get(rules.otherwise)
        if other is None or rules.otherwise == name:
            known = ", ".join(n for n in self.region_sets if n != name) or "no other"
            yield Fault(where, repr(rules.otherwise), f"another region set: {known}", "Name one.")
            return
        same = [*other.regions] == [*rules.regions] and other.when_empty == rules.when_empty
        if other.otherwise is not None or not same:
            yield Fault(
                where,
                f"{rules.otherwise} with other regions, when_empty or an otherwise of its own",
                "the same regions in the same order, the same when_empty, and no otherwise",
                "Make both alike: their columns are the same.",
            )

    def _prepared_faults(self, name: str) -> Iterator[Fault]:
        modality = self.modalities[name]
        scans = self.prepare.scans.values() if self.prepare else ()
        if modality.prepared and not any(s.suffix == modality.suffix for s in scans):
            yield Fault(
                f"modalities.{name}.prepared",
                f"a prepared {modality.suffix} that nothing prepares",
                "a scan with this suffix in imaging.prepare.scans",
                "Add it there, or set prepared: false.",
            )

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

    def _derived_faults(self, name: str) -> Iterator[Fault]:
        modality = self.modalities[name]
        known = {
            region: f"region set {r}"
            for r in modality.region_sets
            if r in self.region_sets
            for region in self.region_sets[r].regions
        }
        for region, rules in modality.derived_regions.items():
            where = f"modalities.{name}.derived_regions.{region}"
            if region in known:
                found = f"a name that {known[region]} has too"
                yield Fault(where, found, "a name of its own", "Rename one of the regions.")
            for wrong in (source for source in rules.sources if source not in known):
                near = difflib.get_close_matches(wrong, [*known], n=1, cutoff=0.4)
                hint = f"Did you mean {near[0]}?" if near else "Add its region set."
                expected = "regions of the modality's region sets, or derived ones before it"
                yield Fault(where, repr(wrong), expected, hint)
            known.setdefault(region, "another derived region")
