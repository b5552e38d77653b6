"""Cerebral blood flow of an ASL scan, per region."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from drepano.contracts import Column
from drepano.errors import ConfigError, Fault
from drepano.imaging.measures.flow import Flow, flow_of
from drepano.imaging.measures.in_regions import Quantity, RegionValues, finite
from drepano.imaging.measures.measure import Finding, Given, Input, Measure, Measured
from drepano.imaging.names import column_of
from drepano.settings import Imaging
from drepano.settings.measures import Perfusion
from voxomics import Region
from voxomics.perfusion import asymmetry

HAEMATOCRIT = "hct_pct"
_ALSOP = "Alsop 2015, doi:10.1002/mrm.25197"
_FLOW_UNIT = "mL/(100.g.min)"
_SCAN = "scan"

_QUANTITIES = [
    Quantity("cbf", _FLOW_UNIT, "Mean cerebral blood flow of {region}; higher: more flow.", _ALSOP),
    Quantity(
        "cbf_median",
        _FLOW_UNIT,
        "Median cerebral blood flow of {region}; higher: more flow.",
        _ALSOP,
    ),
]


class PerfusionMeasure:
    """Cerebral blood flow by the consensus formula.

    Parameters
    ----------
    settings
        Its block of the study.
    imaging
        Imaging settings of the study.

    Raises
    ------
    ConfigError
        Region sets or regions that the study does not have; all are named.
    """

    name = "perfusion"
    version = 1

    def __init__(self, settings: Perfusion, imaging: Imaging) -> None:
        self._settings = settings
        self._values = RegionValues(self.name, settings, imaging, _QUANTITIES)
        faults = [*self._pair_faults()]
        if faults:
            raise ConfigError(*faults)

    @property
    def settings(self) -> dict[str, Any]:
        """Settings that move a value."""
        chosen = {"suffix", "entities", "m0", "region_sets"}
        return self._settings.model_dump(mode="json", exclude=chosen)

    def columns(self) -> list[Column]:
        """Declare the columns of the scan, of all regions, and of pairs of regions."""
        return [*_scan_columns(), *self._values.columns(), *self._pair_columns()]

    def inputs(self) -> dict[str, Input]:
        """Return the scan, the scan of M0 and the region files."""
        asked, m0 = self._settings, self._settings.m0
        return {
            "scan": Input(asked.suffix, dict(asked.entities)),
            "m0": Input(m0.suffix, dict(m0.entities), required=False),
            **self._values.inputs(),
        }

    def clinical(self) -> tuple[str, ...]:
        """Return the haematocrit, unless the study ignores it."""
        return () if self._settings.haematocrit == "ignore" else (HAEMATOCRIT,)

    def measure(self, given: Given) -> Iterator[Finding]:
        """Measure the flow of a session.

        Raises
        ------
        UnitError
            What lacks in the sidecar, all at once; or what `flow_of` refuses.
        """
        flow = flow_of(given, self._settings, given.clinical.get(HAEMATOCRIT))
        found = self._values.find(given, flow.volume)
        for name, value in flow.told.items():
            yield Measured(column_of(self.name, _SCAN, name), value)
        means: dict[str, float] = {}
        for finding in self._values.findings(found, lambda region: _summary(flow, region)):
            yield finding
            if isinstance(finding, Measured) and finding.column.endswith("__cbf"):
                means[finding.column.split("__")[1]] = finding.value
        yield from self._pairs(means)

    def _pairs(self, means: dict[str, float]) -> Iterator[Measured]:
        """Give ratios and asymmetries; without both regions they are undefined."""
        for name, (first, second) in self._settings.ratios.items():
            one, other = means.get(first, np.nan), means.get(second, np.nan)
            value = one / other if other > 0 else np.nan
            yield Measured(column_of(self.name, name, "cbf_ratio"), value)
        for name, (left, right) in self._settings.asymmetries.items():
            value = asymmetry(means.get(left, np.nan), means.get(right, np.nan))
            yield Measured(column_of(self.name, name, "cbf_asymmetry"), value)

    def _pair_faults(self) -> Iterator[Fault]:
        known = self._values.regions
        for kind in ("ratios", "asymmetries"):
            for name, pair in getattr(self._settings, kind).items():
                for wrong in (region for region in pair if region not in known):
                    where = f"study: imaging.measures.{self.name}.{kind}.{name}"
                    expected = f"one of {', '.join(known)}"
                    yield Fault(where, repr(wrong), expected, "Name two regions of its sets.")

    def _pair_columns(self) -> Iterator[Column]:
        for name, (first, second) in self._settings.ratios.items():
            meaning = f"Mean flow of {first} by that of {second}; higher: more in {first}."
            yield Quantity("cbf_ratio", "1", meaning, "Helton 2009").column(self.name, name)
        for name, (left, right) in self._settings.asymmetries.items():
            meaning = f"Mean flow of {left} less that of {right}, by the mean of both; higher: "
            meaning += f"more in {left}, 0: alike."
            yield Quantity("cbf_asymmetry", "%", meaning, "drepano").column(self.name, name)


def _summary(flow: Flow, region: Region) -> tuple[dict[str, float], int]:
    values = finite(region.values(flow.volume.voxels))
    if not values.size:
        return {"cbf": np.nan, "cbf_median": np.nan}, 0
    return {"cbf": float(values.mean()), "cbf_median": float(np.median(values))}, values.size


def _scan_columns() -> list[Column]:
    vaclavu = "Vaclavu 2016, doi:10.3174/ajnr.A4793"
    numbers = [
        Quantity("blood_t1", "ms", "T1 of blood that was used; higher: lower flow.", vaclavu, 0.0),
        Quantity("efficiency", "1", "Labelling efficiency that was used.", _ALSOP, 0.0),
    ]
    flags = {
        "blood_t1_of_haematocrit": "1: T1 of blood from the haematocrit; 0: assumed.",
        "efficiency_measured": "1: labelling efficiency from the sidecar; 0: assumed.",
        "m0_of_control": "1: M0 is the mean of the control volumes; 0: a scan or value of M0.",
        "slices_timed": "1: each slice has its own delay; 0: one delay for all slices.",
        "made_by_scanner": "1: the flow map came with the scan; 0: computed here.",
    }
    told = [Quantity(k, "1", v, "drepano", 0.0, "integer") for k, v in flags.items()]
    return [quantity.column(PerfusionMeasure.name, _SCAN) for quantity in (*numbers, *told)]


def make(settings: Perfusion, imaging: Imaging) -> list[Measure]:
    """Return the measure of the study's block."""
    return [PerfusionMeasure(settings, imaging)]
