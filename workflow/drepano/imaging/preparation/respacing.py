"""Resampling of a scan to a stated voxel size."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk  # noqa: N813 - the name that everyone knows

from drepano.imaging.preparation.coregistration import resample
from drepano.imaging.volumes import Volume

_SAME = 1e-4
"""Greatest relative difference between voxel sizes that counts as none."""


def respace(scan: Volume, spacing_mm: tuple[float, float, float] | None) -> Volume:
    """Resample a scan to voxels of another size; the box and its centre stay.

    Parameters
    ----------
    scan
        Axes turned to right, anterior, superior.
    spacing_mm
        Size of the new voxels along X, Y, Z in mm; None, or the present size: unchanged.
    """
    if spacing_mm is None:
        return scan
    wanted = np.asarray(spacing_mm)
    if np.allclose(scan.spacing_mm, wanted, rtol=_SAME):
        return scan
    shape = np.maximum(1, np.ceil(np.array(scan.voxels.shape) * scan.spacing_mm / wanted - _SAME))
    axes = scan.affine[:3, :3] / scan.spacing_mm * wanted
    centre = scan.affine[:3, :3] @ ((np.array(scan.voxels.shape) - 1) / 2) + scan.affine[:3, 3]
    affine = np.eye(4)
    affine[:3, :3] = axes
    affine[:3, 3] = centre - axes @ ((shape - 1) / 2)
    grid = Volume(np.empty(shape.astype(int), np.uint8), affine)
    return resample(scan, grid, sitk.Transform(3, sitk.sitkIdentity), labels=False)
