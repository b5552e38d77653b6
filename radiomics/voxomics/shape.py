"""Shape of every label of a label map, in space and in a plane: pyradiomics' features."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import SimpleITK as sitk  # noqa: N813 - the name that everyone knows
from numpy.typing import NDArray

from voxomics.diameters import largest_distances
from voxomics.extents import Extents
from voxomics.mesh import area_and_volume, frame
from voxomics.outline import outline

Labels = NDArray[np.int32]
Floats = NDArray[np.float64]
Features = dict[str, Floats]

_PAIRS = ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))
"""Axes of the products that `Extents` holds."""


def shape3d(labels: Labels, spacing_mm: Sequence[float], count: int) -> Features:
    """Measure the three-dimensional shape of each label.

    Parameters
    ----------
    labels : (Z, Y, X)
        0 is background, 1 to L the labels.
    spacing_mm : (3,)
        Voxel edges along Z, Y, X.
    count
        Number of labels, L.

    Returns
    -------
    dict
        Each feature (L,) in pyradiomics' order, deprecated ones too; NaN where a label has no
        voxel, or no volume to divide by.
    """
    size = tuple(float(edge) for edge in spacing_mm)
    labels, extents = frame(labels, count)
    area, volume = area_and_volume(labels, size, extents)
    across = largest_distances(labels, size, extents.lower, extents.upper)
    least, minor, major = _variances(extents, size).T
    there = extents.count > 0
    area, volume = np.where(there, area, np.nan), np.where(there, volume, np.nan)
    ball = np.cbrt(36 * np.pi * volume**2)
    with np.errstate(divide="ignore", invalid="ignore"):
        return {
            "Compactness1": volume / (area**1.5 * np.sqrt(np.pi)),
            "Compactness2": 36 * np.pi * volume**2 / area**3,
            "Elongation": np.sqrt(minor / major),
            "Flatness": np.sqrt(least / major),
            "LeastAxisLength": 4 * np.sqrt(least),
            "MajorAxisLength": 4 * np.sqrt(major),
            "Maximum2DDiameterColumn": across[:, 1],
            "Maximum2DDiameterRow": across[:, 2],
            "Maximum2DDiameterSlice": across[:, 0],
            "Maximum3DDiameter": across[:, 3],
            "MeshVolume": volume,
            "MinorAxisLength": 4 * np.sqrt(minor),
            "Sphericity": ball / area,
            "SphericalDisproportion": area / ball,
            "SurfaceArea": area,
            "SurfaceVolumeRatio": area / volume,
            "VoxelVolume": np.where(there, extents.count * (size[0] * size[1] * size[2]), np.nan),
        }


def shape2d(labels: Labels, spacing_mm: Sequence[float], count: int, *, across: int) -> Features:
    """Measure the shape of each label that lies in one plane.

    Parameters
    ----------
    labels : (Z, Y, X)
        0 is background, 1 to L the labels.
    spacing_mm : (3,)
        Voxel edges along Z, Y, X.
    count
        Number of labels, L.
    across
        Axis that the plane stands on: 0 for Z, 1 for Y, 2 for X.

    Returns
    -------
    dict
        Each feature (L,) in pyradiomics' order, deprecated ones too; NaN where a label has no
        voxel, or lies in more than one plane.
    """
    size = tuple(float(edge) for edge in spacing_mm)
    labels, extents = frame(labels, count)
    flat = (extents.lower == extents.upper)[:, across]
    perimeter, surface = outline(labels, size, count, across=across)
    diameter = largest_distances(labels, size, extents.lower, extents.upper)[:, across]
    kept = [axis for axis in range(3) if axis != across]
    minor, major = _variances(extents, size, kept).T
    pixel = size[kept[0]] * size[kept[1]]
    with np.errstate(divide="ignore", invalid="ignore"):
        features = {
            "Elongation": np.sqrt(minor / major),
            "MajorAxisLength": 4 * np.sqrt(major),
            "MaximumDiameter": diameter,
            "MeshSurface": surface,
            "MinorAxisLength": 4 * np.sqrt(minor),
            "Perimeter": perimeter,
            "PerimeterSurfaceRatio": perimeter / surface,
            "PixelSurface": extents.count * pixel,
            "Sphericity": 2 * np.sqrt(np.pi * surface) / perimeter,
            "SphericalDisproportion": perimeter / (2 * np.sqrt(np.pi * surface)),
        }
    return {name: np.where(flat, values, np.nan) for name, values in features.items()}


def shape_features(
    image: sitk.Image, mask: sitk.Image, features: Iterable[str], settings: dict[str, Any]
) -> dict[str, float]:
    """Measure the three-dimensional shape of one region.

    Parameters
    ----------
    image, mask
        The region's box, cut out.
    features
        Names of features of the class shape.
    settings
        Settings as pyradiomics' classes take them; `label` is read.

    Returns
    -------
    dict
        Values by full name, in the order of `features`.
    """
    inside = sitk.GetArrayViewFromImage(mask) == settings["label"]
    values = shape3d(inside.astype(np.int32), image.GetSpacing()[::-1], 1)
    return {f"original_shape_{feature}": float(values[feature][0]) for feature in features}


def _variances(extents: Extents, size: Sequence[float], axes: Sequence[int] = (0, 1, 2)) -> Floats:
    """Return the variances (L, axes) in mm² along the principal axes, the smallest first."""
    there = np.flatnonzero(extents.count)
    found = np.full((len(extents.count), len(axes)), np.nan)
    if not there.size:
        return found
    made = [
        _covariance(int(extents.count[k]), extents.sums[k].tolist(), products, axes)
        for k, products in zip(there, extents.products[there].tolist(), strict=True)
    ]
    scale = np.array([size[axis] for axis in axes])
    variances = np.linalg.eigvalsh(np.array([m for m, _ in made]) * np.outer(scale, scale))
    for own, (_, rank) in zip(variances, made, strict=True):
        # What is zero in whole numbers is rounding noise here.
        own[: len(axes) - rank] = 0.0
    found[there] = np.maximum(variances, 0.0)
    return found


def _covariance(
    n: int, sums: list[int], products: list[int], axes: Sequence[int]
) -> tuple[list[list[float]], int]:
    """Return the covariance of the voxels' indices and its rank, both out of whole numbers."""
    whole = [[0] * len(axes) for _ in axes]
    for (a, b), product in zip(_PAIRS, products, strict=True):
        if a in axes and b in axes:
            i, j = axes.index(a), axes.index(b)
            whole[i][j] = whole[j][i] = n * product - sums[a] * sums[b]
    return [[value / (n * n) for value in row] for row in whole], _rank(whole)


def _rank(matrix: list[list[int]]) -> int:
    """Return the rank of a symmetric matrix without negative eigenvalues, in whole numbers."""
    size = range(len(matrix))
    if not any(matrix[i][i] for i in size):
        return 0
    minors = [matrix[i][i] * matrix[j][j] - matrix[i][j] ** 2 for i in size for j in size if i < j]
    if not any(minors):
        return 1
    if len(matrix) == 2:
        return 2
    (a, b, c), (_, d, e), (_, _, f) = matrix
    return 3 if a * (d * f - e * e) - b * (b * f - e * c) + c * (b * e - d * c) else 2
