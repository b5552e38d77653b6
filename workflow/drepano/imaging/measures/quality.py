"""Image quality of a scan of a session: scan, brain mask and tissues to columns for gates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drepano.contracts import Column
from drepano.errors import ConfigError, Fault, UnitError
from drepano.imaging.measures.measure import Finding, Given, Input, Measure, Measured, Missing
from drepano.imaging.measures.quality_columns import column
from drepano.imaging.regions import RegionFile
from drepano.imaging.volumes import Volume
from drepano.settings import Imaging
from drepano.settings.imaging import RegionSet
from drepano.settings.measures.quality import Quality, QualityScan
from voxomics.scan import Scan
from voxomics.scan_quality import OF_BRAIN, OF_SCAN, OF_TISSUES, Term, measure_quality

Mask = NDArray[np.bool_]

_REMEDY = "Look at the scan; docs/quality.md says what each measure needs."


class QualityMeasure:
    """Measures the quality of one kind of scan."""

    version = 1

    def __init__(self, scan: str, settings: QualityScan, rules: RegionSet | None) -> None:
        self.name = f"quality__{scan}"
        self._settings = settings
        self._rules = rules

    @property
    def settings(self) -> dict[str, Any]:
        """Settings that move a value."""
        return self._settings.model_dump(mode="json", exclude={"entities"})

    def columns(self) -> list[Column]:
        """Declare a column for each measure of what the study names."""
        return [column(self.name, term) for terms in self._terms().values() for term in terms]

    def inputs(self) -> dict[str, Input]:
        """Ask for the scan, and for mask and tissues where the study names them."""
        own = self._settings
        asked = {"scan": Input(own.suffix, dict(own.entities), prepared=own.prepared)}
        if own.brain_mask:
            entities = dict(own.brain_mask.entities)
            asked["brain"] = Input(own.brain_mask.suffix, entities, derivative=True, required=False)
        if own.tissues and self._rules:
            asked["tissues"] = Input.of_regions(own.tissues.region_set, self._rules, required=False)
        return asked

    def clinical(self) -> tuple[str, ...]:
        """Take nothing clinical."""
        return ()

    def measure(self, given: Given) -> Iterator[Finding]:
        """Measure the scan; what cannot be read of mask and tissues costs their columns alone.

        Raises
        ------
        UnitError
            The scan cannot be read.
        """
        volume = given.scan("scan")
        masks: dict[str, Mask] = {}
        lacking: dict[str, UnitError] = {}
        for role, read in (("brain", self._brain), ("tissues", self._tissues)):
            if role not in self.inputs():
                continue
            if role in given.absent:
                lacking[role] = given.absent[role]
                continue
            try:
                masks |= read(given, volume)
            except UnitError as error:
                lacking[role] = error
        scan = Scan(volume.voxels.astype(np.float64), volume.spacing_mm, **masks)
        for role, terms in self._terms().items():
            if role in lacking:
                why = lacking[role]
                state = "not_acquired" if why.reason == "no_regions" else "failed"
                yield from (Missing(f"{self.name}__{term}", state, why) for term in terms)
            else:
                yield from self._found(scan, terms)

    def _found(self, scan: Scan, terms: dict[str, Term]) -> Iterator[Finding]:
        quality = measure_quality(scan, terms)
        for term, value in quality.values.items():
            yield Measured(f"{self.name}__{term}", value)
        for term, why in quality.undefined.items():
            error = UnitError("feature_undefined", why, _REMEDY)
            yield Missing(f"{self.name}__{term}", "undefined", error)

    def _terms(self) -> dict[str, dict[str, Term]]:
        """Return what is measured, by the role of the file that it needs."""
        terms = {"scan": OF_SCAN, "brain": OF_BRAIN, "tissues": OF_TISSUES}
        return {role: terms[role] for role in self.inputs()}

    def _brain(self, given: Given, volume: Volume) -> dict[str, Mask]:
        labels = given.region_file("brain", volume, self._settings.other_grid).labels
        return {"brain": labels.voxels > 0}

    def _tissues(self, given: Given, volume: Volume) -> dict[str, Mask]:
        tissues = self._settings.tissues
        if tissues is None or self._rules is None:
            return {}
        file = given.region_file("tissues", volume, self._settings.other_grid)
        wanted = {"grey": tissues.grey_matter, "white": tissues.white_matter}
        rules = given.region_sets[tissues.region_set]
        return {role: _mask(file, rules, name) for role, name in wanted.items()}


def _mask(file: RegionFile, rules: RegionSet, name: str) -> Mask:
    region = file.region(rules.regions[name], rules)
    mask = np.zeros(file.labels.voxels.shape, dtype=bool)
    if region:
        box = zip(region.lower, region.voxels.shape, strict=True)
        mask[tuple(slice(low, low + n) for low, n in box)] = region.voxels
    return mask


def make(settings: Quality, imaging: Imaging) -> list[Measure]:
    """Make a measure for each scan of the study.

    Raises
    ------
    ConfigError
        Names every region set and region of tissues that the study does not describe.
    """
    faults = [f for name, scan in settings.scans.items() for f in _faults(name, scan, imaging)]
    if faults:
        raise ConfigError(*faults)
    return [
        QualityMeasure(
            name, scan, imaging.region_sets[scan.tissues.region_set] if scan.tissues else None
        )
        for name, scan in settings.scans.items()
    ]


def _faults(name: str, scan: QualityScan, imaging: Imaging) -> Iterator[Fault]:
    if scan.tissues is None:
        return
    where = f"study: imaging.measures.quality.scans.{name}.tissues"
    asked, known = scan.tissues.region_set, imaging.region_sets
    if asked not in known:
        expected = f"region sets of the study: {', '.join(known) or 'none'}"
        remedy = "Describe it in imaging.region_sets."
        yield Fault(f"{where}.region_set", repr(asked), expected, remedy)
        return
    for tissue in ("grey_matter", "white_matter"):
        region = getattr(scan.tissues, tissue)
        if region not in known[asked].regions:
            expected = f"one of {', '.join(known[asked].regions)}"
            remedy = "Name the region of the set that is this tissue."
            yield Fault(f"{where}.{tissue}", repr(region), expected, remedy)
