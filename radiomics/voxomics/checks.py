"""Settings checked before any image is opened: every fault, with the nearest known name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pywt  # type: ignore[import-untyped]
import SimpleITK as sitk  # noqa: N813 - the name that everyone knows

from voxomics.errors import SettingFault
from voxomics.names import WITHOUT_REGION, Settings, common_settings, image_names, image_types
from voxomics.reference import parameter_schema, pyradiomics

UNUSED_SETTINGS = (
    "additionalInfo",
    "correctMask",
    "geometryTolerance",
    "label",
    "label_channel",
)
"""Known to pyradiomics, without effect here: labels are arguments, grids must be the same."""

_TOP = ("imageType", "featureClass", "setting")
_TYPES: dict[str, tuple[type, ...]] = {
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "str": (str,),
}
_WEIGHTINGS = ("euclidean", "manhattan", "infinity", "no_weighting")


def check_settings(settings: Settings) -> list[SettingFault]:
    """Return everything in a pyradiomics parameter mapping that cannot be done as asked.

    Parameters
    ----------
    settings
        Mapping with the keys imageType, featureClass and setting, each optional.

    Returns
    -------
    list of SettingFault
        Empty if the settings are sound. A feature or image type that pyradiomics would leave
        out with no more than a line in its log is a fault here.
    """
    faults = [_unknown("settings", key, _TOP) for key in settings if key not in _TOP]
    faults += _check_values("setting", settings.get("setting") or {})
    faults += _check_classes(settings)
    faults += _check_images(settings)
    return faults


def _unknown(where: str, found: object, known: Iterable[str]) -> SettingFault:
    names = list(known)
    near = difflib.get_close_matches(str(found), names, n=1, cutoff=0.5)
    lower = {name.lower(): name for name in names}
    nearest = lower.get(str(found).lower()) or (near[0] if near else "")
    return SettingFault(where, repr(found), f"one of {', '.join(names)}", nearest)


def _check_classes(settings: Settings) -> Iterator[SettingFault]:
    known = pyradiomics().getFeatureClasses()
    for name, features in (settings.get("featureClass") or {}).items():
        where = f"featureClass.{name}"
        if name not in known:
            yield _unknown("featureClass", name, known)
            continue
        if features is not None and not isinstance(features, (list, tuple)):
            yield SettingFault(where, repr(features), "a list of features, or nothing for all")
            continue
        deprecated = known[name].getFeatureNames()
        current = [feature for feature, old in deprecated.items() if not old]
        for feature in features or []:
            if deprecated.get(feature):
                yield SettingFault(where, f"{feature!r}, deprecated", "a feature in use")
            elif feature not in current:
                yield _unknown(where, feature, current)
        if name == "shape2D" and not common_settings(settings)["force2D"]:
            yield SettingFault(where, "force2D off", "setting.force2D: true for shape2D")


def _check_images(settings: Settings) -> Iterator[SettingFault]:
    known = [name for name in pyradiomics().getImageTypes() if name != WITHOUT_REGION]
    for name, own in image_types(settings).items():
        where = f"imageType.{name}"
        if name not in known:
            yield _unknown("imageType", name, known)
            continue
        faults = [*_check_values(where, own)]
        yield from faults
        merged = common_settings(settings) | own
        if name == "LoG" and not merged.get("sigma"):
            yield SettingFault(where, "no sigma", "sigma: a list of widths in mm")
        elif not faults and not [*_check_values("", merged)] and not image_names(name, merged):
            yield SettingFault(where, "no image of this type", "its package to be installed")


def _check_values(where: str, values: Mapping[str, Any]) -> Iterator[SettingFault]:
    schema = parameter_schema()
    for name, value in values.items():
        place = f"{where}.{name}"
        if name not in schema:
            yield _unknown(where, name, schema)
        elif value is not None and (expected := _misfit(name, value, schema[name])):
            yield SettingFault(place, repr(value), expected)


def _misfit(name: str, value: object, rule: Mapping[str, Any]) -> str:
    """Return what was expected if `value` does not fit its rule, else an empty text."""
    if name in _NAMED:
        return _check_named(name, value)
    if "seq" in rule:
        inner = rule["seq"][0]
        fits = isinstance(value, (list, tuple)) and not any(_misfit("", v, inner) for v in value)
        return "" if fits else f"a list, each {_wanted(inner)}"
    if not isinstance(value, _TYPES[rule["type"]]):
        return _wanted(rule)
    if isinstance(value, bool) and rule["type"] != "bool":
        return _wanted(rule)
    return "" if _within(value, rule) else _wanted(rule)


def _within(value: object, rule: Mapping[str, Any]) -> bool:
    if "enum" in rule:
        return value in rule["enum"]
    limits = rule.get("range")
    if not limits or not isinstance(value, (int, float)):
        return True
    if value < limits.get("min", value) or value > limits.get("max", value):
        return False
    return "min-ex" not in limits or bool(value > limits["min-ex"])


def _wanted(rule: Mapping[str, Any]) -> str:
    if "enum" in rule:
        return f"one of {', '.join(rule['enum'])}"
    signs = {"min": ">=", "min-ex": ">", "max": "<="}
    limits = [f"{signs[key]} {limit}" for key, limit in (rule.get("range") or {}).items()]
    kinds = {"int": "a whole number", "float": "a number", "bool": "true or false", "str": "a text"}
    return " ".join([kinds[rule["type"]], *limits])


_NAMED = ("interpolator", "wavelet", "weightingNorm")


def _check_named(name: str, value: object) -> str:
    """Check the settings that name something of another library."""
    if name == "wavelet":
        return "" if value in pywt.wavelist(kind="discrete") else "a discrete wavelet of PyWavelets"
    if name == "weightingNorm":
        return "" if value in _WEIGHTINGS else f"one of {', '.join(_WEIGHTINGS)}"
    known = isinstance(value, str) and value.startswith("sitk") and hasattr(sitk, value)
    number = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 10
    return "" if known or number else "an interpolator of SimpleITK, such as sitkBSpline"
