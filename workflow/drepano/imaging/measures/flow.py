"""An ASL scan as files to a map of blood flow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drepano.errors import UnitError
from drepano.imaging.measures.labelling import (
    Labelling,
    Wanting,
    read_context,
    read_labelling,
)
from drepano.imaging.measures.m0 import AslScan, relaxed_m0
from drepano.imaging.measures.measure import Given
from drepano.imaging.volumes import Volume, read_series, to_lps
from drepano.settings.measures import Perfusion
from voxomics.perfusion import (
    ASSUMED_BLOOD_T1_S,
    VolumeType,
    blood_t1_hales,
    blood_t1_lu,
    cbf_continuous,
    cbf_pulsed,
    label_difference,
    mean_of,
    slice_delays,
)

Floats = NDArray[np.float64]

_NEAR_T = 0.3
"""Field strengths differ by less from their nominal value: 2.89 T is a 3 T scanner."""
_FLOW_UNITS = frozenset({"ml/100g/min", "ml/(100g.min)", "ml/(100g*min)", "ml/min/100g"})
_AXES = {"i": 0, "j": 1, "k": 2}


@dataclass(frozen=True, slots=True)
class Flow:
    """A map of blood flow.

    Attributes
    ----------
    volume
        Flow in mL/100 g/min, axes turned; NaN where it is undefined.
    told
        What was used, by the last part of the column's name: numbers, and 0 or 1. NaN where it
        has no meaning.
    """

    volume: Volume
    told: dict[str, float]


def flow_of(given: Given, settings: Perfusion, haematocrit_pct: float | None) -> Flow:
    """Read an ASL scan and compute its flow; a map that the scanner made is taken as it is.

    Raises
    ------
    UnitError
        `no_metadata`: lists all that lacks. `companion_mismatch`: context, lists of the sidecar
        and image disagree. `unsupported_acquisition`: no formula for it. `grid_mismatch`: M0 lies
        on another grid. And what reading refuses.
    """
    file = given.files["scan"]
    stored = read_series(file.path)
    count = stored.voxels.shape[3]
    types = read_context(file.companions.get("aslcontext"), count)
    kept = [number for number, kind in enumerate(types) if kind is not None]
    series = Volume(stored.voxels[..., kept], stored.affine)
    named = [kind for kind in types if kind is not None]
    if not {"control", "label"} <= {*named} and "deltam" not in named:
        return _delivered(series, named, file.metadata)
    wanting = Wanting()
    labelling = read_labelling(file.metadata, types, wanting)
    scan = AslScan(series, named, labelling, file.metadata)
    blood = _blood_t1(labelling, settings, haematocrit_pct, wanting)
    efficiency = _efficiency(labelling, settings, wanting)
    m0 = relaxed_m0(scan, types, given, settings, wanting)
    delays = _delays(scan, wanting)
    wanting.check()
    constants = {
        "blood_t1_s": blood[0],
        "efficiency": efficiency[0],
        "partition": settings.partition_coefficient,
    }
    difference = to_lps(Volume(label_difference(series.voxels, named), series.affine))
    delay = to_lps(Volume(delays, series.affine)).voxels
    if labelling.kind == "PASL":
        flow = cbf_pulsed(
            difference.voxels, m0[0], inversion_s=delay, bolus_s=labelling.bolus_s, **constants
        )
    else:
        flow = cbf_continuous(
            difference.voxels, m0[0], delay_s=delay, duration_s=labelling.bolus_s, **constants
        )
    told = {
        "blood_t1": 1e3 * blood[0],
        "blood_t1_of_haematocrit": blood[1],
        "efficiency": efficiency[0],
        "efficiency_measured": efficiency[1],
        "m0_of_control": m0[1],
        "slices_timed": bool(labelling.slice_times_s),
        "made_by_scanner": 0,
    }
    return Flow(Volume(flow, difference.affine), told)


def _delivered(series: Volume, types: list[VolumeType], metadata: dict[str, Any]) -> Flow:
    """Take the flow that the scanner computed."""
    if "cbf" not in types:
        found = ", ".join(sorted({*types})) or "nothing"
        detail = f"aslcontext.tsv lists {found}: neither control and label, nor deltam, nor cbf"
        raise UnitError("companion_mismatch", detail, "Mend aslcontext.tsv.")
    unit = metadata.get("Units")
    if unit is None:
        remedy = "Add Units to the JSON sidecar: mL/100g/min."
        raise UnitError("no_metadata", "no Units of the cbf volumes", remedy)
    if "".join(str(unit).split()).lower() not in _FLOW_UNITS:
        detail = f"cbf volumes in {unit!r}, where mL/100g/min is known"
        raise UnitError("unsupported_acquisition", detail, "Convert them, or mend the sidecar.")
    flow = to_lps(Volume(mean_of(series.voxels, types, "cbf"), series.affine))
    flow.voxels[~np.isfinite(flow.voxels)] = np.nan
    names = ("blood_t1", "blood_t1_of_haematocrit", "efficiency", "efficiency_measured")
    told = dict.fromkeys((*names, "m0_of_control", "slices_timed"), np.nan)
    return Flow(flow, {**told, "made_by_scanner": 1})


def _blood_t1(
    labelling: Labelling, settings: Perfusion, haematocrit_pct: float | None, wanting: Wanting
) -> tuple[float, bool]:
    """Return the T1 of blood [s], and whether it comes from the haematocrit."""
    field = labelling.field_t
    if haematocrit_pct is not None and settings.haematocrit == "hales2016" and field is not None:
        return blood_t1_hales(haematocrit_pct / 100, field), True
    if haematocrit_pct is not None and settings.haematocrit == "lu2004" and _is_near(field, 3.0):
        return blood_t1_lu(haematocrit_pct / 100), True
    if settings.blood_t1_ms is not None:
        return settings.blood_t1_ms / 1e3, False
    assumed = [t1 for strength, t1 in ASSUMED_BLOOD_T1_S.items() if _is_near(field, strength)]
    if field is None:
        wanting.lacking.append("MagneticFieldStrength")
    elif not assumed:
        wanting.unusable.append(f"{field:g} T, where the study assumes no T1 of blood: blood_t1_ms")
    return (assumed or [1.0])[0], False


def _is_near(field: float | None, nominal: float) -> bool:
    return field is not None and abs(field - nominal) <= _NEAR_T


def _efficiency(labelling: Labelling, settings: Perfusion, wanting: Wanting) -> tuple[float, bool]:
    """Return the labelling efficiency after suppression pulses, and whether it was measured."""
    assumed = getattr(settings.efficiency, labelling.kind.lower() or "pcasl")
    efficiency = labelling.efficiency or assumed
    if settings.suppression_efficiency < 1 and labelling.suppressed is not False:
        if labelling.suppressed is None:
            wanting.lacking.append("BackgroundSuppression")
        if labelling.suppression_pulses is None:
            wanting.lacking.append("BackgroundSuppressionNumberPulses")
        efficiency *= settings.suppression_efficiency ** (labelling.suppression_pulses or 0)
    return efficiency, labelling.efficiency is not None


def _delays(scan: AslScan, wanting: Wanting) -> Floats:
    """Return the delay of each voxel of the stored image [s]: later slices have longer ones."""
    shape, labelling = scan.stored.voxels.shape[:3], scan.labelling
    delays = np.full(shape, labelling.delay_s)
    if not labelling.slice_times_s:
        return delays
    axis = _AXES.get(labelling.slice_axis[:1])
    if axis is None:
        wanting.unusable.append(f"SliceEncodingDirection {labelling.slice_axis!r}")
        return delays
    try:
        times = slice_delays(
            labelling.slice_times_s, shape[axis], reversed_order=labelling.slice_axis.endswith("-")
        )
    except ValueError as error:
        wanting.mismatched.append(str(error))
        return delays
    along = [1, 1, 1]
    along[axis] = -1
    later: Floats = delays + times.reshape(along)
    return later
