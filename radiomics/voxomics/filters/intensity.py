"""Filters that change each voxel by itself, or by its neighbours: intensities and gradient."""

from __future__ import annotations

from typing import Any

import numpy as np
import SimpleITK as sitk  # noqa: N813 - the name that everyone knows
from numpy.typing import NDArray

Array = NDArray[Any]
Box = tuple[slice, slice, slice]


def rescale(image: Array, kind: str, box: Box) -> NDArray[np.float64]:
    """Take square, root, logarithm or exponential, scaled to the range of the whole image.

    Parameters
    ----------
    image : (Z, Y, X)
        The whole image: its largest magnitude sets the scale.
    kind
        Square, SquareRoot, Logarithm or Exponential.
    box
        What is needed.

    Returns
    -------
    ndarray : (Z, Y, X)
        Values inside the box; what lies outside is undefined. Square and Exponential are
        positive; the others keep the sign.
    """
    values = image[box].astype(np.float64)
    largest = np.maximum(np.max(image), -np.min(image.astype(np.float64, copy=False)))
    largest = np.float64(largest)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if kind == "Square":
            found = (1 / np.sqrt(largest) * values) ** 2
        elif kind == "SquareRoot":
            found = np.copysign(np.sqrt(np.abs(values) * largest), values)
        elif kind == "Logarithm":
            # The logarithm rises, so the largest one is that of the largest magnitude.
            scale = largest / np.log(np.array([largest + 1]))[0]
            found = np.copysign(np.log(np.abs(values) + 1), values) * scale
        else:
            found = np.exp(np.log(largest) / largest * values)
    full: NDArray[np.float64] = np.empty(image.shape)
    full[box] = found
    return full


def gradient_magnitude(image: sitk.Image, box: Box, *, use_spacing: bool) -> NDArray[np.float32]:
    """Take the magnitude of the gradient, by central differences.

    Parameters
    ----------
    image
        Three-dimensional.
    box
        What is needed, as slices along Z, Y, X.
    use_spacing
        Per mm; else per voxel.

    Returns
    -------
    ndarray : (Z, Y, X)
        Values inside the box; what lies outside is undefined.
    """
    size = image.GetSize()[::-1]
    # One voxel more on each side, where the image has one, is all that is read.
    wide = [slice(max(p.start - 1, 0), min(p.stop + 1, n)) for p, n in zip(box, size, strict=True)]
    cut = image[tuple(wide[::-1])]
    found = sitk.GradientMagnitude(cut, useImageSpacing=use_spacing)
    full = np.empty(size, dtype=np.float32)
    full[tuple(wide)] = sitk.GetArrayViewFromImage(found)
    return full
