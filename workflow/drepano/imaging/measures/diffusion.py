"""Diffusion tensor measures of a DWI scan, per region."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drepano.contracts import Column
from drepano.errors import UnitError
from drepano.imaging.measures.in_regions import Quantity, RegionValues, finite, mask_of
from drepano.imaging.measures.measure import Finding, Given, GivenFile, Input, Measure, Measured
from drepano.imaging.names import column_of
from drepano.imaging.volumes import Volume, read_series, to_lps
from drepano.settings import Imaging
from drepano.settings.measures import Diffusion
from voxomics import Region
from voxomics.diffusion import (
    MEASURES,
    Gradients,
    count_faults,
    design_faults,
    distinct_directions,
    gradient_faults,
    tensor_scalars,
)

Floats = NDArray[np.float64]

_BASSER = "Basser 1994, doi:10.1016/S0006-3495(94)80775-1"
_TOLD = {
    "fa": ("1", "fractional anisotropy", "higher: more along one direction"),
    "md": ("mm2/s", "mean diffusivity", "higher: water moves more freely"),
    "rd": ("mm2/s", "radial diffusivity", "higher: water moves more freely across the fibres"),
    "ad": ("mm2/s", "axial diffusivity", "higher: water moves more freely along the fibres"),
}
_QUANTITIES = [
    Quantity(
        f"{name}{'_median' if kind == 'Median' else ''}",
        unit,
        f"{kind} {words} of {{region}}; {direction}.",
        _BASSER,
        0.0,
    )
    for name, (unit, words, direction) in _TOLD.items()
    for kind in ("Mean", "Median")
]


class DiffusionMeasure:
    """FA, MD, RD and AD of the tensor, by a weighted fit.

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

    name = "diffusion"
    version = 1

    def __init__(self, settings: Diffusion, imaging: Imaging) -> None:
        self._settings = settings
        self._values = RegionValues(self.name, settings, imaging, _QUANTITIES)

    @property
    def settings(self) -> dict[str, Any]:
        """Settings that move a value."""
        chosen = {"suffix", "entities", "derivative", "region_sets"}
        return self._settings.model_dump(mode="json", exclude=chosen)

    def columns(self) -> list[Column]:
        """Declare the columns of the scan and of all regions."""
        meaning = "Distinct gradient directions that were fitted; more: a more reliable tensor."
        directions = Quantity("directions", "1", meaning, "Jones 2004", 0.0, "integer")
        return [directions.column(self.name, "scan"), *self._values.columns()]

    def inputs(self) -> dict[str, Input]:
        """Return the scan and the region files."""
        asked = self._settings
        scan = Input(asked.suffix, dict(asked.entities), derivative=asked.derivative)
        return {"scan": scan, **self._values.inputs()}

    def clinical(self) -> tuple[str, ...]:
        """Return nothing: no clinical number is taken."""
        return ()

    def measure(self, given: Given) -> Iterator[Finding]:
        """Fit the tensor in all regions of a session.

        Raises
        ------
        UnitError
            `no_metadata`: no bval or bvec. `companion_mismatch`: they do not fit the volumes or
            each other. `unsupported_acquisition`: they do not determine a tensor. And what
            reading refuses.
        """
        file = given.files["scan"]
        series = to_lps(read_series(file.path))
        gradients, kept = self._gradients(file, series.voxels.shape[3])
        grid = Volume(series.voxels[..., 0], series.affine)
        found = self._values.find(given, grid)
        mask = mask_of(found, grid.voxels.shape)
        maps = np.full((len(MEASURES), *mask.shape), np.nan)
        if mask.any():
            scalars = tensor_scalars(series.voxels[mask][:, kept].astype(np.float64), gradients)
            maps[:, mask] = [getattr(scalars, name) for name in MEASURES]
        count = distinct_directions(gradients)
        yield Measured(column_of(self.name, "scan", "directions"), count)
        yield from self._values.findings(found, lambda region: _summary(maps, region))

    def _gradients(self, file: GivenFile, volumes: int) -> tuple[Gradients, NDArray[np.bool_]]:
        """Return the gradients that are fitted, and which volumes they belong to."""
        asked = self._settings
        bvals, bvecs = read_gradients(file)
        faults = count_faults(bvals, bvecs, volumes)
        gradients = Gradients(bvals, bvecs, asked.b0_threshold)
        if not faults:
            faults = gradient_faults(gradients)
        if faults:
            remedy = "Convert the scan again: bval, bvec and volumes come from one conversion."
            raise UnitError("companion_mismatch", "; ".join(faults), remedy)
        fitted, kept = gradients.up_to(asked.b_max)
        faults = design_faults(fitted, asked.min_directions)
        if faults:
            detail = f"up to b = {asked.b_max:g} s/mm2: {'; '.join(faults)}"
            remedy = "Nothing if it was acquired so; else look at b_max and b0_threshold."
            raise UnitError("unsupported_acquisition", detail, remedy)
        return fitted, kept


def read_gradients(file: GivenFile) -> tuple[Floats, Floats]:
    """Return b-values (V,) in s/mm² and directions (V, 3) of a scan.

    A bvec file has three lines with a number for each volume (BIDS specification, diffusion);
    one that lists a direction per line is read as well.

    Raises
    ------
    UnitError
        `no_metadata`: a file lacks. `companion_mismatch`: not numbers, or lines that differ.
    """
    lacking = [kind for kind in ("bval", "bvec") if kind not in file.companions]
    if lacking:
        detail = f"no {' and no '.join(lacking)} beside {file.path.name}"
        raise UnitError("no_metadata", detail, "Add the files that the converter of DICOM wrote.")
    bvals = _numbers(file.companions["bval"]).ravel()
    bvecs = _numbers(file.companions["bvec"])
    if bvecs.shape[0] == 3 and (bvecs.shape[1] != 3 or bvals.size == 3):
        bvecs = bvecs.T
    if bvecs.ndim != 2 or bvecs.shape[1] != 3:
        detail = f"{file.companions['bvec'].name}: {' x '.join(map(str, bvecs.shape))} numbers"
        raise UnitError("companion_mismatch", detail, "Write three lines of directions.")
    return bvals, bvecs


def _numbers(path: Path) -> Floats:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
        rows = [[float(cell) for cell in line.replace(",", " ").split()] for line in lines]
        rows = [row for row in rows if row]
        numbers: Floats = np.array(rows, dtype=np.float64)
    except ValueError as error:
        detail = f"{path.name}: not lines of numbers, all equally long"
        raise UnitError("companion_mismatch", detail, "Convert the scan again.") from error
    if not numbers.size:
        raise UnitError("companion_mismatch", f"{path.name}: empty", "Convert the scan again.")
    return numbers


def _summary(maps: Floats, region: Region) -> tuple[dict[str, float], int]:
    values: dict[str, float] = {}
    count = 0
    for name, voxels in zip(MEASURES, maps, strict=True):
        inside = finite(region.values(voxels))
        count = inside.size
        values[name] = float(inside.mean()) if count else np.nan
        values[f"{name}_median"] = float(np.median(inside)) if count else np.nan
    return values, count


def make(settings: Diffusion, imaging: Imaging) -> list[Measure]:
    """Return the measure of the study's block."""
    return [DiffusionMeasure(settings, imaging)]
