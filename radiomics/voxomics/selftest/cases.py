"""What the self-test measures: phantoms, and the settings they are measured with."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import numpy as np
import SimpleITK as sitk  # noqa: N813 - the name that everyone knows

_TEXTURE = ("glcm", "glrlm", "glszm", "gldm", "ngtdm")
_SHAPE_DEPRECATED = ("Compactness1", "Compactness2", "SphericalDisproportion")

_FEW = {
    "firstorder": ["Mean", "Variance", "Entropy"],
    "glcm": ["Contrast", "JointEntropy", "MCC"],
    "glrlm": ["RunEntropy"],
    "glszm": ["ZoneEntropy"],
    "gldm": ["DependenceEntropy"],
    "ngtdm": ["Busyness"],
}

GOLDEN: dict[str, dict[str, Any]] = {
    "defaults": {},
    "filters": {
        "imageType": {
            "LoG": {"sigma": [1.5, 3.0]},
            "Wavelet": {"wavelet": "coif1", "level": 1},
            "Square": {},
            "SquareRoot": {},
            "Logarithm": {},
            "Exponential": {},
            "Gradient": {},
        },
        "featureClass": _FEW,
    },
    "wavelet of two levels": {
        "imageType": {"Wavelet": {"wavelet": "bior1.3", "level": 2, "start_level": 1}},
        "featureClass": {"firstorder": ["Mean", "Entropy"], "glcm": ["Contrast"]},
    },
    "neighbours": {
        "featureClass": _FEW,
        "setting": {
            "distances": [1, 2],
            "weightingNorm": "euclidean",
            "symmetricalGLCM": False,
            "gldm_a": 1,
            "binCount": 12,
        },
    },
    "planes": {"featureClass": _FEW, "setting": {"force2D": True, "force2Ddimension": 0}},
    "resegmented": {
        "featureClass": _FEW | {"shape": None},
        "setting": {"resegmentRange": [-1.5, 1.5], "resegmentMode": "sigma"},
    },
    "normalised": {
        "featureClass": _FEW,
        "setting": {"normalize": True, "normalizeScale": 100, "removeOutliers": 2, "binWidth": 10},
    },
}
"""Settings by name; their golden values are those of pyradiomics 3.0.1."""


def consensus_cases() -> dict[str, dict[str, Any]]:
    """Return the settings of each aggregation that IBSI has, with bins of one grey level."""
    shape = {"shape": None}
    every = dict.fromkeys(("firstorder", *_TEXTURE))
    cases: dict[str, dict[str, Any]] = {}
    for name, planes in (("3D", False), ("2D", True)):
        setting = {"binWidth": 1, "force2D": planes}
        cases[name] = {"featureClass": every | shape, "setting": setting}
        merged = setting | {"weightingNorm": "no_weighting"}
        cases[f"{name} merged"] = {
            "featureClass": {"glcm": None, "glrlm": None},
            "setting": merged,
        }
    cases["3D deprecated"] = {"featureClass": {"shape": list(_SHAPE_DEPRECATED)}}
    return cases


def ibsi_phantom() -> tuple[sitk.Image, sitk.Image]:
    """Return image and mask of IBSI's digital phantom; its source stands in its file."""
    found = json.loads(
        resources.files("voxomics.selftest").joinpath("phantom.json").read_text(encoding="utf-8")
    )
    return _pair(np.array(found["image"]), np.array(found["mask"]), found["spacing_mm"])


def golden_phantom() -> tuple[sitk.Image, sitk.Image]:
    """Return an image with a slope, waves and noise, and a label map of three regions.

    Everything follows from whole numbers, so that it is the same with any version of NumPy.
    """
    z, y, x = np.indices((15, 18, 20))
    noise = ((x * 7919 + y * 104729 + z * 1299709 + x * y * 31 + y * z * 17) % 1009) // 8
    waves = 40 * ((x + 2 * y) % 7) + 25 * ((z + y) % 5)
    image = 200 + 6 * x + waves + noise
    mask = np.zeros(image.shape, dtype=np.int64)
    mask[(x - 6) ** 2 + (y - 8) ** 2 + 2 * (z - 7) ** 2 < 30] = 1
    mask[3:12, 5:15, 11:14] = 2
    mask[2:5, 2:4, 2:6] = 3
    mask[4, 3, 5] = 0
    return _pair(image, mask, [2.0, 1.25, 1.0])


def _pair(image: Any, mask: Any, spacing_mm: list[float]) -> tuple[sitk.Image, sitk.Image]:  # noqa: ANN401 - arrays
    pair = (
        sitk.GetImageFromArray(image.astype(np.int16)),
        sitk.GetImageFromArray(mask.astype(np.uint8)),
    )
    for one in pair:
        one.SetSpacing(spacing_mm[::-1])
    return pair
