"""Are two volumes on one grid, and regions brought to the scan's grid when the study says so."""

from __future__ import annotations

import itertools

import numpy as np
import SimpleITK as sitk  # noqa: N813 - the name that everyone knows
from numpy.typing import NDArray

from drepano.imaging.volumes import Volume, to_image

GRID_TOLERANCE_MM = 0.01
"""Greatest distance between the same corner of two grids. Headers store float32 and round:
corners of one grid written by two programs differ by some 0.001 mm."""


def corners_mm(volume: Volume) -> NDArray[np.float64]:
    """Return the outer corners (8, 3) of a volume's box in world coordinates, in mm."""
    ends = [(-0.5, n - 0.5) for n in volume.voxels.shape]
    corners = np.array([*itertools.product(*ends)])
    return corners @ volume.affine[:3, :3].T + volume.affine[:3, 3]


def same_grid(a: Volume, b: Volume) -> bool:
    """Tell whether two volumes have the same voxels in the same places.

    Compared are the numbers of voxels and the corners of the boxes in world coordinates,
    within `GRID_TOLERANCE_MM`; both volumes must have their axes turned alike.
    """
    if a.voxels.shape != b.voxels.shape:
        return False
    distance = np.linalg.norm(corners_mm(a) - corners_mm(b), axis=1).max()
    return bool(distance <= GRID_TOLERANCE_MM)


def resample_labels(labels: Volume, scan: Volume) -> Volume:
    """Bring a label map to the scan's grid by nearest neighbour; 0 where there was none."""
    moved = sitk.Resample(
        to_image(labels), to_image(scan), sitk.Transform(), sitk.sitkNearestNeighbor, 0
    )
    return Volume(sitk.GetArrayFromImage(moved).T, scan.affine)


def voxels_outside(mask: NDArray[np.bool_], source: Volume, scan: Volume) -> int:
    """Count the voxels of a mask whose centres lie outside the scan.

    Parameters
    ----------
    mask : (X, Y, Z)
        Voxels on the grid of `source`.
    source
        Volume whose affine places the mask in the world.
    scan
        Volume whose box counts, widened by `GRID_TOLERANCE_MM`.
    """
    to_scan = np.linalg.inv(scan.affine) @ source.affine
    index = np.argwhere(mask) @ to_scan[:3, :3].T + to_scan[:3, 3]
    slack = GRID_TOLERANCE_MM / scan.spacing_mm
    below = index < -0.5 - slack
    above = index > np.array(scan.voxels.shape) - 0.5 + slack
    return int((below | above).any(axis=1).sum())
