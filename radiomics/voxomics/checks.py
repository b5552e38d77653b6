"""Settings checked before any image is opened: every fault, with the nearest known name."""

from __future__ import annotations

import difflib
import importlib.util
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args

from voxomics.errors import SettingFault
from voxomics.filters.names import IMAGE_TYPES
from voxomics.names import (
    FEATURE_CLASSES,
    WITHOUT_VALUE,
    Settings,
    common_settings,
    image_types,
    known_features,
)
from voxomics.rules import RULES, Rule
from voxomics.versions import EngineName

UNUSED_SETTINGS = (
    "additionalInfo",
    "correctMask",
    "geometryTolerance",
    "label",
    "label_channel",
)
"""Known to pyradiomics, without effect here: labels are arguments, grids must be the same."""

_TOP = ("imageType", "featureClass", "setting")
_WEIGHTINGS = ("euclidean", "manhattan", "infinity", "no_weighting")

_MOST_SAMPLES = 31
"""Points on a circle of LBP2D whose pattern scikit-image's 32 bits hold."""


def check_settings(settings: Settings, *, engine: str = "voxomics") -> list[SettingFault]:
    """Return everything in a pyradiomics parameter mapping that cannot be done as asked.

    Parameters
    ----------
    settings
        Mapping with the keys imageType, featureClass and setting, each optional.
    engine
        Engine that is to do it: ``voxomics``, or ``pyradiomics``, which lacks some image types.

    Returns
    -------
    list of SettingFault
        Empty if the settings are sound. A feature or image type that pyradiomics would leave
        out with no more than a line in its log is a fault here.
    """
    if faults := [*_check_mappings(settings)]:
        return faults
    if engine not in get_args(EngineName):
        return [_unknown("engine", engine, get_args(EngineName))]
    faults = [_unknown("settings", key, _TOP) for key in settings if key not in _TOP]
    faults += _check_values("setting", settings.get("setting") or {})
    faults += _check_classes(settings)
    faults += _check_images(settings, engine)
    return faults


def _check_mappings(settings: object) -> Iterator[SettingFault]:
    """Name what is no mapping and should be one; nothing else can be checked then."""
    if not isinstance(settings, Mapping):
        yield SettingFault("settings", repr(settings), f"a mapping with {', '.join(_TOP)}")
        return
    for name in _TOP:
        own = settings.get(name)
        if own is not None and not isinstance(own, Mapping):
            yield SettingFault(name, repr(own), "a mapping")
    kinds = settings.get("imageType")
    for kind, own in kinds.items() if isinstance(kinds, Mapping) else ():
        if own is not None and not isinstance(own, Mapping):
            yield SettingFault(
                f"imageType.{kind}", repr(own), "a mapping of its settings, or nothing"
            )


def _unknown(where: str, found: object, known: Iterable[str]) -> SettingFault:
    names = list(known)
    near = difflib.get_close_matches(str(found), names, n=1, cutoff=0.5)
    lower = {name.lower(): name for name in names}
    nearest = lower.get(str(found).lower()) or (near[0] if near else "")
    return SettingFault(where, repr(found), f"one of {', '.join(names)}", nearest)


def _check_classes(settings: Settings) -> Iterator[SettingFault]:
    for name, features in (settings.get("featureClass") or {}).items():
        where = f"featureClass.{name}"
        if name not in FEATURE_CLASSES:
            yield _unknown("featureClass", name, FEATURE_CLASSES)
            continue
        if features is not None and not isinstance(features, (list, tuple)):
            yield SettingFault(where, repr(features), "a list of features, or nothing for all")
            continue
        known, empty = known_features(name), WITHOUT_VALUE.get(name, {})
        for feature in features or []:
            if feature in empty:
                found = f"{feature!r}, deprecated and without a value"
                yield SettingFault(where, found, "a feature in use", empty[feature])
            elif feature not in known:
                yield _unknown(where, feature, known)
        if name == "shape2D" and not common_settings(settings)["force2D"]:
            yield SettingFault(where, "force2D off", "setting.force2D: true for shape2D")


def _check_images(settings: Settings, engine: str) -> Iterator[SettingFault]:
    for name, own in image_types(settings).items():
        where = f"imageType.{name}"
        if name not in IMAGE_TYPES:
            yield _unknown("imageType", name, IMAGE_TYPES)
            continue
        yield from _check_values(where, own)
        merged = common_settings(settings) | own
        if name == "LoG" and not merged.get("sigma"):
            yield SettingFault(where, "no sigma", "sigma: a list of widths in mm")
        if name == "LBP2D" and merged.get("lbp2DMethod") in ("default", "ror"):
            samples = merged.get("lbp2DSamples")
            if isinstance(samples, int) and samples > _MOST_SAMPLES:
                expected = f"at most {_MOST_SAMPLES} with {merged['lbp2DMethod']}"
                yield SettingFault(f"{where}.lbp2DSamples", repr(samples), expected)
        if engine == "pyradiomics":
            yield from _check_reference(name)


def _check_reference(kind: str) -> Iterator[SettingFault]:
    """Name the image types that pyradiomics does not give here."""
    where = f"imageType.{kind}"
    if kind == "LBP3D":
        yield SettingFault(where, "engine pyradiomics", "engine voxomics, which has it")
    if kind == "LBP2D" and importlib.util.find_spec("skimage") is None:
        yield SettingFault(where, "no scikit-image", "scikit-image installed, or engine voxomics")


def _check_values(where: str, values: Mapping[str, Any]) -> Iterator[SettingFault]:
    for name, value in values.items():
        place = f"{where}.{name}"
        if name not in RULES:
            yield _unknown(where, name, RULES)
        elif value is not None and (expected := _misfit(name, value, RULES[name])):
            yield SettingFault(place, repr(value), expected)


def _misfit(name: str, value: object, rule: Rule) -> str:
    """Return what was expected if `value` does not fit its rule, else an empty text."""
    if rule.kind == "any":
        return _check_named(name, value)
    if rule.listed:
        fits = (
            isinstance(value, (list, tuple))
            and rule.admits_length(len(value))
            and all(rule.admits(one) for one in value)
        )
    else:
        fits = rule.admits(value)
    return "" if fits else str(rule)


def _check_named(name: str, value: object) -> str:
    """Check the settings that name something of another library."""
    if name == "wavelet":
        import pywt  # type: ignore[import-untyped] # noqa: PLC0415 - for this alone

        return "" if value in pywt.wavelist(kind="discrete") else "a discrete wavelet of PyWavelets"
    if name == "weightingNorm":
        return "" if value in _WEIGHTINGS else f"one of {', '.join(_WEIGHTINGS)}"
    import SimpleITK as sitk  # noqa: N813, PLC0415 - for this alone

    known = isinstance(value, str) and value.startswith("sitk") and hasattr(sitk, value)
    number = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 10
    return "" if known or number else "an interpolator of SimpleITK, such as sitkBSpline"
