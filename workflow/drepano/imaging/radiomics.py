"""One unit of radiomics: a scan and its regions to rows of values and of states."""

from __future__ import annotations

from collections.abc import Container, Iterator
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

import voxomics
from drepano.contracts.states import STEP_STATES
from drepano.contracts.values import IMAGING
from drepano.errors import UnitError
from drepano.imaging.columns import COMPONENTS, VOLUME, engine_settings
from drepano.imaging.derived import derived_regions, region_sets_of
from drepano.imaging.engine import OWN_ENGINE, engine_version
from drepano.imaging.findings import Findings, State, state_row
from drepano.imaging.names import source_of
from drepano.imaging.perturbation import disturb
from drepano.imaging.regions import component_count, read_regions
from drepano.imaging.volumes import Volume, read_scan, to_image
from drepano.ranks import Unit, UnitResult
from drepano.settings import Imaging, Modality
from voxomics import Region, RegionRefused

_EMPTY = UnitError(
    "region_empty", "no voxel", "Nothing to do: the study takes an empty region for a true zero."
)
_NO_NUMBER = UnitError(
    "feature_undefined",
    "not a finite number on this image",
    "Nothing to do if the region is flat or small; look for NaN voxels of the scan otherwise.",
)
_TOO_SMALL = "Nothing to do; texture of so few voxels means little."
_NOT_FINITE = "Look at the step that wrote the scan."
_REFUSED = "Look at the region and at the study's settings, such as binWidth."


class Radiomics:
    """Radiomics of one scan in its regions."""

    def __init__(self, imaging: Imaging) -> None:
        self._imaging = imaging
        self._engine = engine_version(imaging.engine)
        sets = imaging.region_sets
        self._counted = {
            name: {r for n in m.region_sets if sets[n].count_components for r in sets[n].regions}
            for name, m in imaging.modalities.items()
        }
        """By modality, the regions whose components are counted."""

    def compute(self, unit: Unit) -> UnitResult:
        """Measure a unit; a region that fails leaves the others untouched.

        Raises
        ------
        UnitError
            The scan cannot be used, or no region gave a value, all for one reason.
        """
        found = Findings(unit)
        modality = self._imaging.modalities[found.modality]
        scan = read_scan(Path(unit.payload["scan"]))
        regions: dict[str, Region] = {}
        for region, voxels in self._all_regions(modality, unit.payload["region_sets"], scan):
            if isinstance(voxels, UnitError):
                found.failed(region, voxels)
                continue
            self._measure_size(region, voxels, scan, found)
            if voxels is None:
                found.without_radiomics(region, "undefined", _EMPTY)
            elif unfit := _unfit(voxels, scan, modality.min_voxels):
                found.without_radiomics(region, *unfit)
            else:
                regions[region] = voxels
        measured = self._measure_radiomics(scan, regions, modality, found)
        self._measure_again(scan, measured, modality, found)
        return found.result()

    def refuse(self, unit: Unit, error: UnitError) -> UnitResult:
        """Return `failed` for every source of the unit."""
        payload = unit.payload
        modality = self._imaging.modalities[payload["modality"]]
        regions = [r for n in payload["region_sets"] for r in self._imaging.region_sets[n].regions]
        regions += self._derivable(modality, payload["region_sets"])
        rows = [
            state_row(
                payload["subject"],
                payload["session"],
                source_of(payload["modality"], region),
                "failed",
                error,
            )
            for region in regions
        ]
        return UnitResult(IMAGING.empty(), STEP_STATES.from_rows(rows))

    def _measure_size(
        self, region: str, voxels: Region | None, scan: Volume, found: Findings, *, item: int = 0
    ) -> None:
        """Measure volume and components, which need no radiomics."""
        count = voxels.count if voxels else 0
        found.measured(region, VOLUME, count * scan.voxel_mm3, OWN_ENGINE, item=item)
        if region in self._counted[found.modality]:
            components = component_count(voxels) if voxels else 0
            found.measured(region, COMPONENTS, components, OWN_ENGINE, item=item)

    def _derivable(self, modality: Modality, delivered: Container[str]) -> list[str]:
        """Return the derived regions whose region sets are there; the plan told of the others."""
        needed = region_sets_of(self._imaging, modality)
        return [name for name, sets in needed.items() if all(n in delivered for n in sets)]

    def _all_regions(
        self, modality: Modality, delivered: dict[str, Any], scan: Volume
    ) -> Iterator[tuple[str, Region | UnitError | None]]:
        """Give the regions of every file, then derived ones; None for one that is truly empty."""
        known: dict[str, Region | UnitError | None] = {}
        for name in (n for n in modality.region_sets if n in delivered):
            known |= self._regions(name, delivered[name], scan, modality)
        yield from known.items()
        yield from derived_regions(modality, self._derivable(modality, delivered), known, scan)

    def _regions(
        self, name: str, files: dict[str, Any], scan: Volume, modality: Modality
    ) -> dict[str, Region | UnitError | None]:
        """Return the regions of one file."""
        rules = self._imaging.region_sets[files.get("rules", name)]
        table = Path(files["label_table"]) if files["label_table"] else None
        try:
            region_file = read_regions(Path(files["path"]), table, scan, modality.other_grid)
        except UnitError as error:
            return dict.fromkeys(rules.regions, error)
        regions: dict[str, Region | UnitError | None] = {}
        for region, wanted in rules.regions.items():
            try:
                regions[region] = region_file.region(wanted, rules)
            except UnitError as error:
                regions[region] = error
        return regions

    def _measure_radiomics(
        self, scan: Volume, regions: dict[str, Region], modality: Modality, found: Findings
    ) -> dict[str, Region]:
        """Measure the features of all regions in one pass; return the regions not refused."""
        results = voxomics.extract_regions(
            to_image(scan), regions, engine_settings(modality), engine=self._imaging.engine
        )
        for region, result in results.items():
            if isinstance(result, RegionRefused):
                why = UnitError("engine_refused", result.reason, _REFUSED)
                found.without_radiomics(region, "failed", why)
                continue
            for feature, value in result.items():
                if isfinite(value):
                    found.measured(region, feature, value, self._engine)
                else:
                    found.undefined_feature(region, feature, _NO_NUMBER)
        return {r: v for r, v in regions.items() if not isinstance(results[r], RegionRefused)}

    def _measure_again(
        self, scan: Volume, regions: dict[str, Region], modality: Modality, found: Findings
    ) -> None:
        """Measure the disturbed scan and regions of each perturbation; what fails has no row."""
        if modality.perturbation is None or not regions:
            return
        session = (found.unit.payload["subject"], found.unit.payload["session"])
        for number, disturbed in disturb(
            scan, regions, modality.perturbation, (*session, found.modality)
        ):
            fit = {
                region: voxels
                for region, voxels in disturbed.regions.items()
                if voxels and not _unfit(voxels, disturbed.scan, modality.min_voxels)
            }
            for region, voxels in fit.items():
                self._measure_size(region, voxels, scan, found, item=number)
            results = voxomics.extract_regions(
                to_image(disturbed.scan),
                fit,
                engine_settings(modality),
                engine=self._imaging.engine,
            )
            for region, result in results.items():
                values = {} if isinstance(result, RegionRefused) else result
                for feature, value in values.items():
                    if isfinite(value):
                        found.measured(region, feature, value, self._engine, item=number)


def _unfit(voxels: Region, scan: Volume, min_voxels: int) -> tuple[State, UnitError] | None:
    """Say why the radiomics of a region with voxels would mean nothing, or None."""
    count = voxels.count
    if count < min_voxels:
        detail = f"{count} voxels, the study asks for {min_voxels}"
        return "undefined", UnitError("region_too_small", detail, _TOO_SMALL)
    lost = count - int(np.isfinite(voxels.values(scan.voxels)).sum())
    if lost:
        detail = f"{lost} of {count} voxels of the scan are NaN or infinite"
        return "failed", UnitError("not_finite", detail, _NOT_FINITE)
    return None
