"""pyradiomics' shape class with a quicker mesh: its features, settings and names stay its own."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
import SimpleITK as sitk  # noqa: N813 - the name that everyone knows

from voxomics.mesh import measure_mesh
from voxomics.reference import pyradiomics


def shape_features(
    image: sitk.Image, mask: sitk.Image, features: Sequence[str], settings: dict[str, Any]
) -> dict[str, float]:
    """Measure the three-dimensional shape of the voxels of `mask` that are 1.

    Parameters
    ----------
    image, mask
        The region's box, cut out.
    features
        Names of features of the class shape.
    settings
        Settings as pyradiomics' classes take them.

    Returns
    -------
    dict
        Values by full name, in the order of `features`.
    """
    shape = _quick_shape()(image, mask, **settings)
    for feature in features:
        shape.enableFeatureByName(feature)
    values = shape.execute()
    return {f"original_shape_{feature}": float(values[feature]) for feature in features}


@functools.cache
def _quick_shape() -> Any:  # noqa: ANN401 - a class of pyradiomics, which is untyped
    base = pyradiomics().shape.RadiomicsShape
    return type("QuickShape", (base,), {"_initSegmentBasedCalculation": _prepare})


def _prepare(shape: Any) -> None:  # noqa: ANN401 - an object of pyradiomics
    """Measure what the features are made of: mesh, diameters, principal variances."""
    inside = sitk.GetArrayFromImage(shape.inputMask) == shape.label
    shape.maskArray = np.pad(inside, 1)
    shape.pixelSpacing = np.array(shape.inputImage.GetSpacing()[::-1])
    shape.labelledVoxelCoordinates = np.nonzero(shape.maskArray)
    mesh = measure_mesh(shape.maskArray, tuple(shape.pixelSpacing.tolist()))
    shape.SurfaceArea, shape.Volume = mesh.area_mm2, mesh.volume_mm3
    shape.diameters = list(mesh.diameters_mm)
    index = np.stack(shape.labelledVoxelCoordinates, axis=1).astype(float)
    apart_mm = (index - index.mean(axis=0)) * shape.pixelSpacing
    variances = np.linalg.eigvalsh(apart_mm.T @ apart_mm / len(index))
    # Zero comes out as a tiny negative number where the region is flat.
    shape.eigenValues = np.sort(np.maximum(variances, 0.0))
