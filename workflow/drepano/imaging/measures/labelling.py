"""The sidecar and the context of an ASL scan to what CBF needs; all that lacks, at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast

from drepano.errors import UnitError
from voxomics.perfusion import VOLUME_TYPES, VolumeType

M0Type = Literal["Separate", "Included", "Estimate", "Absent"]

_UNUSED = frozenset({"noRF", "n/a"})
"""Volume types of BIDS that no formula reads."""
_LABELLED: tuple[VolumeType, ...] = ("control", "label", "deltam")
_LONGEST_S = 60.0
"""No time of a scan of one delay is longer: 1800 is one in ms."""
_REMEDY = "Add it to the JSON sidecar (BIDS specification, arterial spin labelling)."


@dataclass(frozen=True, slots=True)
class Labelling:
    """How blood was labelled.

    Attributes
    ----------
    kind
        PCASL, CASL or PASL.
    delay_s
        Post-labelling delay [s]; of PASL the inversion time.
    bolus_s
        Labelling duration [s]; of PASL the time of the bolus cut-off.
    m0_type, m0_estimate
        Where M0 comes from.
    suppression_pulses
        Background suppression pulses; None if the sidecar does not tell.
    suppressed
        Background suppression was on; None if the sidecar does not tell.
    efficiency
        Measured labelling efficiency, or None.
    field_t
        Field strength [T], or None.
    slice_times_s
        Times of slices of a 2D readout [s], empty if there are none.
    slice_axis
        Axis of the stored image, such as `k` or `k-`, in which slices follow each other.
    """

    kind: Literal["PCASL", "CASL", "PASL"]
    delay_s: float
    bolus_s: float
    m0_type: M0Type
    m0_estimate: float | None
    suppression_pulses: int | None
    suppressed: bool | None
    efficiency: float | None
    field_t: float | None
    slice_times_s: list[float]
    slice_axis: str


@dataclass(slots=True)
class Wanting:
    """What a sidecar lacks, and what in it can not be used."""

    lacking: list[str] = field(default_factory=list)
    mismatched: list[str] = field(default_factory=list)
    unusable: list[str] = field(default_factory=list)

    def check(self) -> None:
        """Tell everything at once.

        Raises
        ------
        UnitError
            `no_metadata` if something lacks, else `companion_mismatch` if lists do not fit, else
            `unsupported_acquisition`.
        """
        found = [*(f"no {key}" for key in self.lacking), *self.mismatched, *self.unusable]
        if self.lacking:
            raise UnitError("no_metadata", "; ".join(found), _REMEDY)
        if self.mismatched:
            raise UnitError("companion_mismatch", "; ".join(found), "Mend the JSON sidecar.")
        if self.unusable:
            remedy = "Nothing if it was acquired so; else mend the JSON sidecar."
            raise UnitError("unsupported_acquisition", "; ".join(found), remedy)


def read_context(path: Path | None, volumes: int) -> list[VolumeType | None]:
    """Return the type of each volume, None for one that nothing reads.

    Raises
    ------
    UnitError
        `no_metadata`: no context. `companion_mismatch`: other than one line for each volume, or
        types that BIDS does not know. `unreadable`: no table.
    """
    if path is None:
        raise UnitError("no_metadata", "no aslcontext.tsv beside the scan", "Add the file.")
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise _no_table(path) from error
    cells = [line.strip().split("\t") for line in lines if line.strip()]
    if not cells or "volume_type" not in cells[0]:
        raise _no_table(path)
    column = cells[0].index("volume_type")
    types = [row[column].strip() if column < len(row) else "" for row in cells[1:]]
    faults = []
    if len(types) != volumes:
        faults.append(f"{len(types)} lines for {volumes} volumes")
    if unknown := sorted({*types} - {*VOLUME_TYPES} - _UNUSED):
        faults.append(f"unknown volume types: {', '.join(map(repr, unknown[:3]))}")
    if faults:
        remedy = "Write one line for each volume: control, label, m0scan, deltam or cbf."
        raise UnitError("companion_mismatch", f"{path.name}: {'; '.join(faults)}", remedy)
    return [None if name in _UNUSED else cast("VolumeType", name) for name in types]


def _no_table(path: Path) -> UnitError:
    detail = f"{path.name}: no table with the column volume_type"
    return UnitError("unreadable", detail, "Write it as the BIDS specification says.")


def read_labelling(
    metadata: dict[str, Any], types: Sequence[VolumeType | None], wanting: Wanting
) -> Labelling:
    """Read how blood was labelled, noting all that lacks; `wanting.check` comes after it."""
    read = Sidecar(metadata, wanting)
    kind = read.text("ArterialSpinLabelingType", ("PCASL", "CASL", "PASL"))
    delay = read.of_volumes("PostLabelingDelay", types, _LABELLED)
    pulsed = kind == "PASL"
    bolus = _cut_off(read, wanting) if pulsed else _duration(read, types)
    m0_type = read.text("M0Type", ("Separate", "Included", "Estimate", "Absent"))
    estimate = read.positive("M0Estimate") if m0_type == "Estimate" else None
    if metadata.get("LookLocker") is True:
        wanting.unusable.append("a Look-Locker readout: each delay needs its own formula")
    if pulsed and delay and bolus and bolus >= delay:
        wanting.unusable.append("a bolus cut-off that is not before the inversion time")
    pulses = metadata.get("BackgroundSuppressionNumberPulses")
    suppressed = metadata.get("BackgroundSuppression")
    times = metadata.get("SliceTiming") if metadata.get("MRAcquisitionType") != "3D" else None
    if isinstance(times, list) and times and max(times) > _LONGEST_S:
        wanting.unusable.append(f"SliceTiming up to {max(times):g}: it must be in seconds")
    return Labelling(
        kind=cast("Any", kind),
        delay_s=delay,
        bolus_s=bolus,
        m0_type=cast("Any", m0_type),
        m0_estimate=estimate,
        suppression_pulses=int(pulses) if isinstance(pulses, (int, float)) else None,
        suppressed=suppressed if isinstance(suppressed, bool) else None,
        efficiency=read.fraction("LabelingEfficiency") or None,
        field_t=read.positive("MagneticFieldStrength", optional=True) or None,
        slice_times_s=[*times] if isinstance(times, list) else [],
        slice_axis=str(metadata.get("SliceEncodingDirection", "k")),
    )


def _duration(read: Sidecar, types: Sequence[VolumeType | None]) -> float:
    return read.of_volumes("LabelingDuration", types, _LABELLED)


def _cut_off(read: Sidecar, wanting: Wanting) -> float:
    """Return the time of the bolus cut-off; Q2TIPS lists the times of its pulses."""
    flag = read.metadata.get("BolusCutOffFlag")
    if flag is None:
        wanting.lacking.append("BolusCutOffFlag")
    elif flag is False:
        wanting.unusable.append("PASL without bolus cut-off: the length of its bolus is unknown")
        return 0.0
    key = "BolusCutOffDelayTime"
    times = read.metadata.get(key)
    if times is None:
        wanting.lacking.append(key)
        return 0.0
    return read.as_seconds(key, min(times) if isinstance(times, list) and times else times)


@dataclass(frozen=True, slots=True)
class Sidecar:
    """Reads values and notes what is wrong with them; what can not be read is 0 or empty."""

    metadata: dict[str, Any]
    wanting: Wanting

    def text(self, key: str, known: tuple[str, ...]) -> str:
        """Return one of the known words."""
        value = self.metadata.get(key)
        if value is None:
            self.wanting.lacking.append(key)
        elif value in known:
            return str(value)
        else:
            self.wanting.unusable.append(f"{key} {value!r}, where {', '.join(known)} are known")
        return ""

    def positive(self, key: str, *, optional: bool = False) -> float:
        """Return a positive number."""
        if key not in self.metadata:
            if not optional:
                self.wanting.lacking.append(key)
            return 0.0
        return self.as_positive(key, self.metadata[key])

    def as_positive(self, key: str, value: object) -> float:
        """Return a value as a positive number."""
        if isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0:
            return float(value)
        self.wanting.unusable.append(f"{key} that is no positive number")
        return 0.0

    def as_seconds(self, key: str, value: object) -> float:
        """Return a value as a positive time in s."""
        time = self.as_positive(key, value)
        if time > _LONGEST_S:
            self.wanting.unusable.append(f"{key} of {time:g}: it must be in seconds")
        return time

    def fraction(self, key: str) -> float:
        """Return a number above 0 and at most 1; 0 if it is not there."""
        value = self.positive(key, optional=True)
        if value > 1:
            self.wanting.unusable.append(f"{key} above 1")
        return value

    def of_volumes(
        self, key: str, types: Sequence[VolumeType | None], wanted: tuple[VolumeType, ...]
    ) -> float:
        """Return the one time of the wanted volumes [s]: a number, or a list with one for each."""
        value = self.metadata.get(key)
        if value is None:
            self.wanting.lacking.append(key)
            return 0.0
        if not isinstance(value, list):
            return self.as_seconds(key, value)
        if len(value) != len(types):
            fault = f"{len(value)} values of {key} for {len(types)} volumes"
            self.wanting.mismatched.append(fault)
            return 0.0
        found = {v for v, kind in zip(value, types, strict=True) if kind in wanted}
        if len(found) > 1:
            self.wanting.unusable.append(f"{len(found)} different values of {key}: one is known")
            return 0.0
        return self.as_seconds(key, next(iter(found), None))
