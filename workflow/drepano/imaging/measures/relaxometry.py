"""R2* and T2* of a multi-echo scan, per region."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drepano.contracts import Column
from drepano.errors import UnitError
from drepano.imaging.grids import same_grid
from drepano.imaging.measures.in_regions import Quantity, RegionValues, finite, mask_of
from drepano.imaging.measures.measure import Finding, Given, GivenFile, Input, Measure
from drepano.imaging.volumes import Volume, read_series, to_lps
from drepano.settings import Imaging
from drepano.settings.measures import Relaxometry
from voxomics import Region
from voxomics.relaxometry import echo_time_faults, fit_decay

Floats = NDArray[np.float64]

_WOOD = "Wood 2005, doi:10.1182/blood-2004-10-3982"
_QUANTITIES = [
    Quantity("r2star", "1/s", "Median R2* of {region}; higher: faster decay, more iron.", _WOOD),
    Quantity(
        "t2star", "ms", "Median T2* of {region}; higher: slower decay, less iron.", _WOOD, 0.0
    ),
]
_TIMES = ("EchoTimes", "EchoTime")


class RelaxometryMeasure:
    """R2* and T2* from magnitudes at several echo times.

    Parameters
    ----------
    settings
        Its block of the study.
    imaging
        Imaging settings of the study.

    Raises
    ------
    ConfigError
        Region sets that the study does not have; all are named.
    """

    name = "relaxometry"
    version = 1

    def __init__(self, settings: Relaxometry, imaging: Imaging) -> None:
        self._settings = settings
        self._values = RegionValues(self.name, settings, imaging, _QUANTITIES)

    @property
    def settings(self) -> dict[str, Any]:
        """Settings that move a value."""
        chosen = {"suffix", "entities", "region_sets"}
        return self._settings.model_dump(mode="json", exclude=chosen)

    def columns(self) -> list[Column]:
        """Declare the columns of all regions."""
        return self._values.columns()

    def inputs(self) -> dict[str, Input]:
        """Return the echoes and the region files."""
        asked = self._settings
        scan = Input(asked.suffix, dict(asked.entities), varying="echo")
        return {"scan": scan, **self._values.inputs()}

    def clinical(self) -> tuple[str, ...]:
        """Return nothing: no clinical number is taken."""
        return ()

    def measure(self, given: Given) -> Iterator[Finding]:
        """Fit the decay in all regions of a session.

        Raises
        ------
        UnitError
            `no_metadata`: echo times lack; `companion_mismatch`: other than one for each echo;
            `unsupported_acquisition`: times that can not be fitted; `grid_mismatch`: echoes on
            different grids. And what reading refuses.
        """
        echoes, times = read_echoes(given.parts["scan"], self._settings)
        grid = Volume(echoes.voxels[..., 0], echoes.affine)
        found = self._values.find(given, grid)
        mask = mask_of(found, grid.voxels.shape)
        rates = np.full(mask.shape, np.nan)
        spans = np.full(mask.shape, np.nan)
        if mask.any():
            decay = fit_decay(echoes.voxels[mask].astype(np.float64), times, self._settings.fit)
            rates[mask], spans[mask] = decay.r2star, decay.t2star_ms
        yield from self._values.findings(found, lambda region: _summary(rates, spans, region))


def read_echoes(files: tuple[GivenFile, ...], settings: Relaxometry) -> tuple[Volume, Floats]:
    """Return the echoes (X, Y, Z, E) with axes turned, and their times (E,) in s.

    Raises
    ------
    UnitError
        As `RelaxometryMeasure.measure`.
    """
    volumes = [to_lps(read_series(file.path)) for file in files]
    times = _echo_times(files, [volume.voxels.shape[3] for volume in volumes])
    faults = echo_time_faults(times, settings.fit)
    if faults:
        remedy = "Mend EchoTime in the sidecars, in s; or choose another fit in the study."
        raise UnitError("unsupported_acquisition", "; ".join(faults), remedy)
    first = Volume(volumes[0].voxels[..., 0], volumes[0].affine)
    for file, volume in zip(files, volumes, strict=True):
        if not same_grid(Volume(volume.voxels[..., 0], volume.affine), first):
            detail = f"{file.path.name} lies on another grid than {files[0].path.name}"
            raise UnitError("grid_mismatch", detail, "Deliver all echoes of one scan.")
    voxels = np.concatenate([volume.voxels for volume in volumes], axis=3)
    return Volume(voxels, volumes[0].affine), np.array(times)


def _echo_times(files: tuple[GivenFile, ...], counts: list[int]) -> list[float]:
    """Return the time of each echo: a number for each file, or a list for its volumes."""
    times: list[float] = []
    lacking, wrong = [], []
    for file, count in zip(files, counts, strict=True):
        value = next((file.metadata[key] for key in _TIMES if key in file.metadata), None)
        listed: list[Any] = value if isinstance(value, list) else [value]
        if value is None:
            lacking.append(file.path.name)
        elif not all(_is_number(item) for item in listed):
            wrong.append(f"{file.path.name}: an EchoTime that is no number")
        elif len(listed) != count:
            wrong.append(f"{file.path.name}: {len(listed)} echo times for {count} volumes")
        else:
            times += [float(item) for item in listed]
    if lacking:
        found = "; ".join([f"no EchoTime of {', '.join(lacking)}", *wrong])
        raise UnitError("no_metadata", found, "Add EchoTime to the JSON sidecar, in s.")
    if wrong:
        raise UnitError("companion_mismatch", "; ".join(wrong), "Mend the JSON sidecar.")
    return times


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _summary(rates: Floats, spans: Floats, region: Region) -> tuple[dict[str, float], int]:
    inside, lasting = finite(region.values(rates)), region.values(spans)
    if not inside.size:
        return {"r2star": np.nan, "t2star": np.nan}, 0
    median = float(np.median(lasting[~np.isnan(lasting)]))
    return {"r2star": float(np.median(inside)), "t2star": median}, inside.size


def make(settings: Relaxometry, imaging: Imaging) -> list[Measure]:
    """Return the measure of the study's block."""
    return [RelaxometryMeasure(settings, imaging)]
