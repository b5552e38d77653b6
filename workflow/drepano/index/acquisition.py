"""Values of a JSON sidecar that a measure can need: a fixed list, never a name or a date."""

from __future__ import annotations

import json
from math import isfinite
from pathlib import Path
from typing import Any

KEYS = frozenset(
    {
        # hardware and sequence
        "MagneticFieldStrength",
        "Manufacturer",
        "ManufacturersModelName",
        "MRAcquisitionType",
        "PulseSequenceType",
        # times and angles
        "EchoTime",
        "EchoTime1",
        "EchoTime2",
        "EchoTimes",
        "FlipAngle",
        "InversionTime",
        "RepetitionTime",
        "RepetitionTimeExcitation",
        "RepetitionTimePreparation",
        # slices
        "PhaseEncodingDirection",
        "SliceEncodingDirection",
        "SliceThickness",
        "SliceTiming",
        "TotalReadoutTime",
        # what was done to the image
        "SkullStripped",
        "Units",
        # arterial spin labelling
        "ArterialSpinLabelingType",
        "BackgroundSuppression",
        "BackgroundSuppressionNumberPulses",
        "BolusCutOffDelayTime",
        "BolusCutOffFlag",
        "BolusCutOffTechnique",
        "LabelingDuration",
        "LabelingEfficiency",
        "LookLocker",
        "M0Estimate",
        "M0Type",
        "PASLType",
        "PostLabelingDelay",
        "TotalAcquiredPairs",
        "VascularCrushing",
    }
)
"""Keys that are kept (BIDS specification, magnetic resonance imaging); all others are dropped."""

_LONGEST_TEXT = 64
"""Longer text is prose, in which anything may stand."""


def read_sidecar(path: Path) -> dict[str, Any] | str:
    """Return the kept values of a sidecar, or what is wrong with the file.

    Values that are neither a number, a truth value, a short text, nor a list of numbers are
    dropped: no measure reads them.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        return "a sidecar that is not JSON in UTF-8"
    except OSError as error:
        return (error.strerror or type(error).__name__).lower()
    if not isinstance(content, dict):
        return "a sidecar that is no JSON object"
    return {k: v for k, v in content.items() if k in KEYS and _is_plain(v)}


def _is_plain(value: object) -> bool:
    if isinstance(value, list):
        return all(_is_number(item) for item in value)
    if isinstance(value, str):
        return len(value) <= _LONGEST_TEXT
    return isinstance(value, bool) or _is_number(value)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and isfinite(value)
