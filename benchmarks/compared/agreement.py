"""What both engines give for a drawn case: rows to compare, declared departures left out."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import SimpleITK as sitk  # noqa: N813 - the name that everyone knows
from comparison import reference
from drawn_cases import Case

import voxomics


class DisagreementError(Exception):
    """One engine gives values where the other refuses, and that is no declared departure."""


def pairs(case: Case) -> Iterator[tuple[dict[str, float], dict[str, float]]]:
    """Yield for each label that both engines measure own values and the reference's.

    Declared departures are left out here: see `docs/engine.md`.

    Raises
    ------
    DisagreementError
        One refuses a label or a feature, the other does not.
    """
    table = voxomics.extract(case.image, case.mask, case.settings, case.labels)
    hole = not np.isfinite(sitk.GetArrayViewFromImage(case.image)).all()
    for label in case.labels:
        reason = table.attrs["refused"].get(label)
        if reason and "voxels thin" in reason:
            # Splines would read beyond the image's memory, as they do in the reference.
            continue
        own = {} if reason else table.loc[label].to_dict()
        expected = reference(case.image, case.mask, case.settings, label)
        if isinstance(expected, Exception) and "angle count" in str(expected) and own:
            # No neighbour fits into the region's box: the reference fails as a whole.
            own, expected = _without_texture(case, label, own)
        if isinstance(expected, Exception) or reason:
            _check_refusal(label, reason, expected, hole=hole or _holds_nothing(own))
            continue
        missing = [name for name in own if name not in expected]
        if not all(math.isnan(own[name]) for name in missing):
            raise DisagreementError(
                f"{label}: values of {missing[:3]}, which the reference has not"
            )
        # LBP3D's answer to a sphere of equal signs is 0 or 1e-17.
        missing += [name for name in own if _is_nothing(expected, name)]
        # Ties of LBP3D's few values with the percentiles: the last bit decides.
        missing += [name for name in own if name.startswith("lbp-3D") and "Robust" in name]
        if hole:
            missing += [name for name in expected if math.isnan(own[name])]
        yield (
            {name: value for name, value in own.items() if name not in missing},
            {name: value for name, value in expected.items() if name not in missing},
        )


def _is_nothing(expected: dict[str, float], name: str) -> bool:
    image = name.split("_", maxsplit=1)[0]
    largest = expected.get(f"{image}_firstorder_Maximum", 1.0)
    return image.startswith("lbp-3D-m") and abs(largest) < 1e-12


def _without_texture(
    case: Case, label: int, own: dict[str, float]
) -> tuple[dict[str, float], dict[str, float] | Exception]:
    classes = {"firstorder": None, "shape": None}
    expected = reference(case.image, case.mask, case.settings | {"featureClass": classes}, label)
    kept = {name: value for name, value in own.items() if name.split("_")[1] in classes}
    lost = [name for name in own if "_glcm_" in name and not math.isnan(own[name])]
    if lost:
        raise DisagreementError(f"{label}: texture without neighbours: {lost[:3]}")
    return kept, expected


def _holds_nothing(own: dict[str, float]) -> bool:
    """Tell whether some image has no value: a filter made a hole, as of a flat image."""
    images: dict[str, list[float]] = {}
    for name, value in own.items():
        if "_shape" not in name:
            images.setdefault(name.split("_")[0], []).append(value)
    return any(np.isnan(values).all() for values in images.values())


def _check_refusal(label: int, reason: str | None, expected: object, *, hole: bool) -> None:
    """Pass if both refuse, or one by intent."""
    # Narrow integers that overflow in the reference, and its memory.
    by_intent = hole or "out of bounds for" in str(expected) or isinstance(expected, MemoryError)
    if not (by_intent or (reason and isinstance(expected, Exception))):
        raise DisagreementError(
            f"{label}: own reason {reason!r}, the reference's {expected!r:.200}"
        )
