"""Which features the settings ask for: names and order, whatever the data."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from typing import Any

from voxomics.describe import dictionary
from voxomics.filters.names import image_names

Settings = Mapping[str, Any]
"""A pyradiomics parameter mapping: imageType, featureClass, setting."""

FEATURE_CLASSES = (
    "firstorder",
    "glcm",
    "gldm",
    "glrlm",
    "glszm",
    "ngtdm",
    "shape",
    "shape2D",
)
"""All classes, in pyradiomics' order."""

DEPRECATED = {
    "firstorder": ("StandardDeviation",),
    "shape": ("Compactness1", "Compactness2", "SphericalDisproportion"),
    "shape2D": ("SphericalDisproportion",),
}
"""Features that are given only when they are asked for by name."""

WITHOUT_VALUE = {
    "glcm": {
        "Dissimilarity": "DifferenceAverage",
        "Homogeneity1": "Id",
        "Homogeneity2": "Idm",
        "SumVariance": "ClusterTendency",
    },
    "gldm": {"DependencePercentage": "", "GrayLevelNonUniformityNormalized": ""},
}
"""Deprecated features that pyradiomics knows without giving a value, and what equals them."""

DEFAULTS: Mapping[str, Any] = {
    "minimumROIDimensions": 2,
    "minimumROISize": None,
    "normalize": False,
    "normalizeScale": 1,
    "removeOutliers": None,
    "resampledPixelSpacing": None,
    "interpolator": "sitkBSpline",
    "preCrop": False,
    "padDistance": 5,
    "distances": [1],
    "force2D": False,
    "force2Ddimension": 0,
    "resegmentRange": None,
    "label": 1,
    "additionalInfo": False,
}
"""Values of the settings that every step reads; the others have theirs where they are read."""

_ALWAYS = ("label", "additionalInfo")
"""Not the settings' to say: labels are arguments."""


def image_types(settings: Settings) -> dict[str, dict[str, Any]]:
    """Return the image types with their own settings; the original image if none is asked."""
    asked = settings.get("imageType") or {"Original": {}}
    return {name: dict(own or {}) for name, own in asked.items()}


def feature_classes(settings: Settings) -> dict[str, list[str]]:
    """Return each class with its features; all classes but shape2D if none is asked."""
    asked: Mapping[str, Sequence[str] | None] = settings.get("featureClass") or {
        name: None for name in FEATURE_CLASSES if name != "shape2D"
    }
    return {name: list(features or current_features(name)) for name, features in asked.items()}


def known_features(feature_class: str) -> list[str]:
    """Return the features of a class that have a value, in pyradiomics' order."""
    features = [feature for kind, feature in dictionary() if kind == feature_class]
    # pyradiomics sorts its methods, in whose names the feature stands in the middle.
    return sorted(features, key=lambda feature: f"{feature}FeatureValue")


def current_features(feature_class: str) -> list[str]:
    """Return the features of a class that are not deprecated, in pyradiomics' order."""
    old = DEPRECATED.get(feature_class, ())
    return [feature for feature in known_features(feature_class) if feature not in old]


def common_settings(settings: Settings) -> dict[str, Any]:
    """Return the settings that hold for every image type, defaults filled in."""
    always = {name: DEFAULTS[name] for name in _ALWAYS}
    return dict(DEFAULTS) | dict(settings.get("setting") or {}) | always


def feature_names(settings: Settings | None = None, dimension: int = 3) -> list[str]:
    """Return the names of the features in the order in which `extract` gives them.

    Parameters
    ----------
    settings
        A pyradiomics parameter mapping; None takes pyradiomics' defaults.
    dimension
        Dimensions of the image; shape needs 3.

    Returns
    -------
    list of str
        ``<image>_<class>_<feature>``, shape first. They follow from the settings alone.
    """
    return list(_feature_names(json.dumps(settings or {}), dimension))


@functools.lru_cache(maxsize=64)
def _feature_names(settings_text: str, dimension: int) -> tuple[str, ...]:
    settings = json.loads(settings_text)
    classes = feature_classes(settings)
    common = common_settings(settings)
    shapes = ["shape"] if dimension == 3 else []
    if common["force2D"] or dimension == 2:
        shapes.append("shape2D")
    names = [f"original_{c}_{f}" for c in shapes for f in classes.get(c, [])]
    textures = [(c, f) for c, fs in classes.items() if not c.startswith("shape") for f in fs]
    for kind, own in image_types(settings).items():
        for image in image_names(kind, common | own, dimension):
            names += [f"{image}_{c}_{f}" for c, f in textures]
    return tuple(names)
