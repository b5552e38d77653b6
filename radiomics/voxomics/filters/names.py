"""Names of the images that each image type makes, from the settings alone."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

SINGLE = {
    "Original": "original",
    "Square": "square",
    "SquareRoot": "squareroot",
    "Logarithm": "logarithm",
    "Exponential": "exponential",
    "Gradient": "gradient",
    "LBP2D": "lbp-2D",
}
"""Image types that make one image, with its name."""

IMAGE_TYPES = (
    "Exponential",
    "Gradient",
    "LBP2D",
    "LBP3D",
    "LoG",
    "Logarithm",
    "Original",
    "Square",
    "SquareRoot",
    "Wavelet",
)
"""All image types, in pyradiomics' order."""


def image_names(kind: str, settings: Mapping[str, Any], dimension: int = 3) -> list[str]:
    """Return the names of the images that an image type makes, in their order.

    Parameters
    ----------
    kind
        Image type.
    settings
        Settings of the image type and common ones.
    dimension
        Dimensions of the image: LBP3D needs 3.
    """
    if kind in SINGLE:
        return [SINGLE[kind]]
    if kind == "LoG":
        return [log_name(sigma) for sigma in settings.get("sigma") or [] if sigma > 0]
    if kind == "LBP3D":
        levels = settings.get("lbp3DLevels", 2) if dimension == 3 else -1
        return [f"lbp-3D-m{k + 1}" for k in range(levels)] + ["lbp-3D-k"] * (levels >= 0)
    letters = len(wavelet_axes(settings, dimension))
    bands = ["".join(band) for band in itertools.product("LH", repeat=letters)]
    levels = settings.get("level", 1)
    names = [wavelet_name(n, band) for n in range(1, levels + 1) for band in bands[1:]]
    return [*names, wavelet_name(levels, bands[0])]


def log_name(sigma_mm: float) -> str:
    """Return the name of a Laplacian of Gaussian: ``log-sigma-1-5-mm-3D`` for 1.5 mm."""
    return f"log-sigma-{str(sigma_mm).replace('.', '-')}-mm-3D"


def wavelet_name(level: int, band: str) -> str:
    """Return the name of a wavelet band: ``wavelet-LLH``; the level stands there from 2 on."""
    return f"wavelet{level if level > 1 else ''}-{band}"


def wavelet_axes(settings: Mapping[str, Any], dimension: int = 3) -> tuple[int, ...]:
    """Return the axes of an array that the wavelet goes along: X, Y, Z in this order.

    The axis that stands on the plane of two-dimensional texture is left out.
    """
    across = settings.get("force2Ddimension", 0) if settings.get("force2D") else None
    return tuple(axis for axis in reversed(range(dimension)) if axis != across)
