"""Which features the settings ask for: names and order, whatever the data."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import SimpleITK as sitk  # noqa: N813 - the name that everyone knows

from voxomics.reference import pyradiomics, quiet

Settings = Mapping[str, Any]
"""A pyradiomics parameter mapping: imageType, featureClass, setting."""

WITHOUT_REGION = "LBP3D"
"""Image type that depends on the region, so it cannot be made once per image: not offered."""

_SAMPLE_EDGE = 16


def image_types(settings: Settings) -> dict[str, dict[str, Any]]:
    """Return the image types with their own settings; the original image if none is asked."""
    asked = settings.get("imageType") or {"Original": {}}
    return {name: dict(own or {}) for name, own in asked.items()}


def feature_classes(settings: Settings) -> dict[str, list[str]]:
    """Return each class with its features; all classes but shape2D if none is asked."""
    known = pyradiomics().getFeatureClasses()
    asked: Mapping[str, Sequence[str] | None] = settings.get("featureClass") or {
        name: None for name in known if name != "shape2D"
    }
    return {name: list(features or current_features(name)) for name, features in asked.items()}


def current_features(feature_class: str) -> list[str]:
    """Return the features of a class that are not deprecated, in pyradiomics' order."""
    names = pyradiomics().getFeatureClasses()[feature_class].getFeatureNames()
    return [name for name, deprecated in names.items() if not deprecated]


def common_settings(settings: Settings) -> dict[str, Any]:
    """Return the settings that hold for every image type, defaults filled in."""
    defaults: dict[str, Any] = pyradiomics().featureextractor.RadiomicsFeatureExtractor().settings
    return defaults | dict(settings.get("setting") or {}) | {"label": 1, "additionalInfo": False}


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
        ``<image>_<class>_<feature>``, shape first. They follow from the settings alone:
        the image types are applied to a small sample to learn the names of what they make.
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


def image_names(kind: str, settings: Mapping[str, Any], dimension: int = 3) -> list[str]:
    """Return the names of the images that an image type makes here; none if it cannot."""
    shape = (_SAMPLE_EDGE,) * dimension
    sample = sitk.GetImageFromArray(np.arange(np.prod(shape), dtype=float).reshape(shape))
    # Voxels as large as the widest filter, so that no filter finds the sample too small.
    sample.SetSpacing([max([1.0, *(settings.get("sigma") or [])])] * dimension)
    return [name for _, name, _ in filtered_images(sample, kind, settings)]


def filtered_images(
    image: sitk.Image, kind: str, settings: Mapping[str, Any]
) -> list[tuple[sitk.Image, str, dict[str, Any]]]:
    """Apply one image type to a whole image: pairs of image and name, with their settings."""
    if kind == WITHOUT_REGION:
        return []
    with quiet():
        generator = getattr(pyradiomics().imageoperations, f"get{kind}Image")
        return list(generator(image, None, **settings))
