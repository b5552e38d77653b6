"""Arrays to NIfTI files, with the same bytes for the same voxels."""

from __future__ import annotations

import gzip
from pathlib import Path

import nibabel
import numpy as np
from numpy.typing import NDArray

from drepano.contracts.files import writing
from drepano.synthetic.anatomy import Grid

_SCANNER_SPACE = 1


def write_image(
    path: Path,
    voxels: NDArray[np.int16] | NDArray[np.uint8],
    grid: Grid,
    *,
    mirrored: bool,
    kept_bytes: float = 1.0,
) -> None:
    """Write `voxels` (X, Y, Z; RAS) as ``.nii.gz``, millimetres, no time stamp inside.

    Parameters
    ----------
    mirrored
        Store X from right to left (LAS), as many scanners do: the same head, other affine.
    kept_bytes
        Fraction of the file that is kept; below 1 it is a transfer that broke off.
    """
    write_volume(path, voxels, grid.affine, mirrored=mirrored, kept_bytes=kept_bytes)


def write_volume(
    path: Path,
    voxels: NDArray[np.int16] | NDArray[np.uint8] | NDArray[np.float32],
    affine: NDArray[np.float64],
    *,
    mirrored: bool,
    kept_bytes: float = 1.0,
) -> None:
    """Write `voxels` (X, Y, Z) or (X, Y, Z, T) on any grid; see `write_image`."""
    if mirrored:
        voxels, affine = voxels[::-1], affine.copy()
        affine[:3, 3] += affine[:3, 0] * (voxels.shape[0] - 1)
        affine[:3, 0] = 0.0 - affine[:3, 0]  # not *= -1: no negative zeros in the header
    image = nibabel.Nifti1Image(np.ascontiguousarray(voxels), affine, dtype=voxels.dtype)
    image.header.set_xyzt_units("mm", "sec")
    image.set_sform(affine, code=_SCANNER_SPACE)
    image.set_qform(affine, code=_SCANNER_SPACE)
    content = gzip.compress(image.to_bytes(), compresslevel=6, mtime=0)
    with writing(path) as temporary:
        temporary.write_bytes(content[: int(len(content) * kept_bytes)])
