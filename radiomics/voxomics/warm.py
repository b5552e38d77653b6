"""Compile every kernel once, so that ranks that start together only load them."""

from __future__ import annotations

from typing import Any

import SimpleITK as sitk  # noqa: N813 - the name that everyone knows

from voxomics.extraction import extract
from voxomics.selftest.cases import golden_phantom

_SHAPES = {"shape": None, "firstorder": None, "shape2D": None}
_TEXTURES = dict.fromkeys(("glcm", "glrlm", "glszm", "gldm", "ngtdm"))

_SETTINGS: tuple[dict[str, Any], ...] = (
    {
        "imageType": {"Original": {}, "LoG": {"sigma": [2.0]}, "Wavelet": {}, "LBP2D": {}},
        "featureClass": {"shape": None, "firstorder": None, **_TEXTURES},
    },
    {"featureClass": _SHAPES | _TEXTURES, "setting": {"force2D": True}},
    {
        "featureClass": _TEXTURES,
        "setting": {"distances": [1, 2], "gldm_a": 1, "weightingNorm": "euclidean"},
    },
    {"featureClass": _TEXTURES, "setting": {"symmetricalGLCM": False, "binCount": 8}},
    {"featureClass": _TEXTURES, "setting": {"weightingNorm": "no_weighting"}},
    # So many levels that pairs are sorted.
    {"featureClass": {"glcm": None}, "setting": {"binWidth": 0.01}},
)


def warm() -> None:
    """Measure a small phantom in each number type with settings that reach every kernel."""
    image, mask = golden_phantom()
    for kind in (sitk.sitkFloat32, sitk.sitkInt16):
        for settings in _SETTINGS:
            extract(sitk.Cast(image, kind), mask, settings)
