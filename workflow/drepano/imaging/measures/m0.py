"""M0 of an ASL scan: from a file of its own, its volumes, a number, or its control volumes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drepano.errors import UnitError
from drepano.imaging.grids import same_grid
from drepano.imaging.measures.labelling import Labelling, Sidecar, Wanting
from drepano.imaging.measures.measure import Given
from drepano.imaging.volumes import Volume, read_series, to_lps
from drepano.settings.measures import Perfusion
from voxomics.perfusion import VolumeType, mean_of, recovered_m0

Floats = NDArray[np.float64]

_RELAXED_S = 5.0
"""Repetition time from which M0 counts as relaxed (Alsop 2015)."""


@dataclass(frozen=True, slots=True)
class AslScan:
    """An ASL scan.

    Attributes
    ----------
    stored
        Volumes that some formula reads, axes as stored.
    types
        What each is.
    labelling, metadata
        What the sidecar says.
    """

    stored: Volume
    types: list[VolumeType]
    labelling: Labelling
    metadata: dict[str, Any]

    def mean(self, kind: VolumeType) -> Floats:
        """Return the mean of the volumes of a type, axes as stored."""
        return mean_of(self.stored.voxels, self.types, kind)


def relaxed_m0(
    scan: AslScan,
    types: list[VolumeType | None],
    given: Given,
    settings: Perfusion,
    wanting: Wanting,
) -> tuple[Floats, bool]:
    """Return relaxed M0 with axes turned, and whether it is the mean of the control volumes.

    Parameters
    ----------
    scan, types
        The scan, and the types of all volumes of its file.
    given, settings
        Files of the session; settings of the measure.
    wanting
        Gets what lacks; the values returned then are never read.

    Raises
    ------
    UnitError
        `grid_mismatch`: M0 lies on another grid; `ambiguous_scan`; what reading refuses.
    """
    kind = scan.labelling.m0_type
    grid = to_lps(Volume(scan.stored.voxels[..., 0], scan.stored.affine))
    if kind == "Separate":
        return _separate_m0(grid, given, settings, wanting), False
    if kind == "Estimate":
        return np.full(grid.voxels.shape, scan.labelling.m0_estimate), False
    volumes: VolumeType = "m0scan" if kind == "Included" else "control"
    if not _has_m0(scan, wanting):
        return np.full(grid.voxels.shape, np.nan), False
    read = Sidecar(scan.metadata, wanting)
    time = read.of_volumes("RepetitionTimePreparation", types, (volumes,))
    mean = to_lps(Volume(scan.mean(volumes), scan.stored.affine)).voxels
    return _relaxed(mean, time, settings), volumes == "control"


def _has_m0(scan: AslScan, wanting: Wanting) -> bool:
    """Tell whether some volumes of the series are M0; note why none are."""
    kind, suppressed = scan.labelling.m0_type, scan.labelling.suppressed
    if kind == "Included":
        if "m0scan" not in scan.types:
            wanting.lacking.append("m0scan in aslcontext.tsv, where M0Type is Included")
        return "m0scan" in scan.types
    if kind != "Absent":
        return False  # told by the reader of M0Type
    if suppressed is None:
        wanting.lacking.append("BackgroundSuppression")
    elif suppressed:
        wanting.unusable.append("M0Type Absent, and a background that was suppressed: no M0")
    elif "control" not in scan.types:
        wanting.unusable.append("M0Type Absent, and no control volume: no M0")
    return suppressed is False and "control" in scan.types


def _separate_m0(grid: Volume, given: Given, settings: Perfusion, wanting: Wanting) -> Floats:
    if "m0" not in given.files:
        why = given.absent["m0"]
        if why.reason != "no_scan":
            raise why
        wanting.lacking.append(f"{settings.m0.suffix} file, where M0Type is Separate")
        return np.full(grid.voxels.shape, np.nan)
    file = given.files["m0"]
    stored = to_lps(read_series(file.path))
    m0 = Volume(stored.voxels.mean(axis=3, dtype=np.float64), stored.affine)
    if not same_grid(m0, grid):
        detail = f"{file.path.name} lies on another grid than the ASL scan"
        raise UnitError("grid_mismatch", detail, "Deliver M0 on the grid of the ASL scan.")
    # Converters of DICOM write RepetitionTime alone; BIDS asks for RepetitionTimePreparation.
    keys = ("RepetitionTimePreparation", "RepetitionTime")
    key = next((key for key in keys if key in file.metadata), keys[0])
    kinds: list[VolumeType] = ["m0scan"] * stored.voxels.shape[3]
    lacking = Wanting()
    time = Sidecar(file.metadata, lacking).of_volumes(key, kinds, ("m0scan",))
    wanting.lacking += [f"{name} of {file.path.name}" for name in lacking.lacking]
    wanting.mismatched += lacking.mismatched
    wanting.unusable += lacking.unusable
    return _relaxed(m0.voxels, time, settings)


def _relaxed(m0: Floats, repetition_time_s: float, settings: Perfusion) -> Floats:
    """Correct M0 for a repetition time below 5 s; 0 is one that could not be read."""
    if repetition_time_s >= _RELAXED_S or repetition_time_s == 0:
        return m0
    return recovered_m0(m0, repetition_time_s, settings.tissue_t1_ms / 1e3)
