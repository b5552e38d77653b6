"""A FLAIR and white matter to unread candidates; never mixed with lesions that were read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import numpy as np

from drepano.contracts import Column
from drepano.errors import UnitError
from drepano.imaging.measures.chosen import mask_of, role_of
from drepano.imaging.measures.measure import Finding, Given, Input, Measured
from drepano.settings import RegionSet
from drepano.settings.measures.lesion_candidates import LesionCandidates
from voxomics.lesion_candidates import CandidateRules, find_candidates
from voxomics.lesions import burden, label_lesions, measure_lesions

NAME = "lesion_candidates"
_ALL = f"{NAME}__all__"
_EACH = f"{NAME}__each__"
_SCAN = "scan"
_MISSING = "no value: the state of lesion_candidates says why"
_SOURCE = "drepano; see docs/lesions.md for its sensitivity and its false positives"
_UNREAD = "UNREAD: found by a rule, seen by no reader; not lesions."
_KEYS = frozenset(CandidateRules.__slots__)


class LesionCandidatesMeasure:
    """Hyperintense outliers of white matter.

    Parameters
    ----------
    settings
        Block `imaging.measures.lesion_candidates` of the study.
    region_sets
        The study's region sets.
    """

    name = NAME
    version = 1

    def __init__(self, settings: LesionCandidates, region_sets: Mapping[str, RegionSet]) -> None:
        self._settings = settings
        self._sets = region_sets

    @property
    def settings(self) -> dict[str, Any]:
        """Settings that move a value."""
        return self._settings.model_dump(mode="json")

    def columns(self) -> list[Column]:
        """Declare count, volume, largest diameter and how much was searched."""
        return [
            _column("count", "integer", "1", "Number of candidates."),
            _column("volume", "number", "mL", "Volume of candidates."),
            _column("largest_diameter", "number", "mm", "Largest length of a candidate in space."),
            _column("searched_volume", "number", "mL", "White matter that was searched."),
        ]

    def inputs(self) -> dict[str, Input]:
        """Ask for the scan, white matter, and ventricles if the study names them."""
        own = self._settings
        choices = [own.white_matter, *([own.ventricles] if own.ventricles else [])]
        sets = dict.fromkeys(choice.region_set for choice in choices)
        scan = Input(own.scan.suffix, dict(own.scan.entities), prepared=own.prepared)
        return {_SCAN: scan} | {role_of(n): Input.of_regions(n, self._sets[n]) for n in sets}

    def clinical(self) -> tuple[str, ...]:
        """Ask for nothing."""
        return ()

    def measure(self, given: Given) -> Iterator[Finding]:
        """Find candidates and measure them as lesions are.

        Raises
        ------
        UnitError
            Scan or regions cannot be used, or no white matter is deep enough to be searched.
        """
        own = self._settings
        scan = given.scan(_SCAN)
        white = mask_of(given, own.white_matter, scan, own.other_grid)
        ventricles = np.zeros(white.shape, dtype=bool)
        if own.ventricles is not None:
            ventricles = mask_of(given, own.ventricles, scan, own.other_grid)
        rules = CandidateRules(**{k: v for k, v in own.model_dump().items() if k in _KEYS})
        found = find_candidates(scan.voxels, white, ventricles, scan.spacing_mm, rules)
        if not found.searched.any():
            raise UnitError(
                "region_too_small",
                "no voxel of white matter is as deep as the study asks for, and finite",
                "Look at the white matter and the scan, or lower rim_mm and ventricle_mm.",
            )
        labels, count = label_lesions(found.mask)
        lesions = measure_lesions(labels, count, scan.affine)
        total = burden(lesions)
        searched_ml = int(found.searched.sum()) * scan.voxel_mm3 / 1000
        yield Measured(f"{_ALL}count", total.count)
        yield Measured(f"{_ALL}volume", total.volume_ml)
        yield Measured(f"{_ALL}largest_diameter", total.largest_diameter_mm)
        yield Measured(f"{_ALL}searched_volume", searched_ml)
        for item, lesion in enumerate(lesions, start=1):
            named = zip(("x_mm", "y_mm", "z_mm"), lesion.centroid_mm, strict=True)
            row = {"volume_ml": lesion.volume_ml, "diameter_mm": lesion.diameter_mm, **dict(named)}
            for name, value in row.items():
                yield Measured(f"{_EACH}{name}", value, item)


def _column(name: str, kind: Literal["integer", "number"], unit: str, meaning: str) -> Column:
    return Column(
        name=f"{_ALL}{name}",
        type=kind,
        meaning=f"{meaning} Higher means more. {_UNREAD}",
        unit=unit,
        missing=_MISSING,
        source=_SOURCE,
        standard="robust z-scores of FLAIR in white matter against its own distribution",
        state_source=NAME,
        minimum=0.0,
    )
