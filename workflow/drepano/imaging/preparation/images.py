"""Volumes to SimpleITK images and back, and filters that give the same bits on any machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import SimpleITK as sitk  # noqa: N813 - the name that everyone knows
from numpy.typing import NDArray

from drepano.errors import UnitError
from drepano.imaging.volumes import Volume, to_image

_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


@contextmanager
def one_thread() -> Iterator[None]:
    """Run SimpleITK on one thread: sums of several threads differ in their last bits.

    The ranks are processes, so a core is not left idle.
    """
    before = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    try:
        yield
    finally:
        sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(before)


def float_image(volume: Volume) -> sitk.Image:
    """Return a volume as an image of float32; NaN and infinite voxels become 0."""
    voxels = np.nan_to_num(volume.voxels.astype(np.float32), posinf=0.0, neginf=0.0)
    return to_image(Volume(voxels, volume.affine))


def mask_image(mask: NDArray[np.bool_], like: Volume) -> sitk.Image:
    """Return a mask (X, Y, Z) on the grid of `like` as an image of 0 and 1."""
    return to_image(Volume(mask.astype(np.uint8), like.affine))


def array_of(image: sitk.Image) -> NDArray[Any]:
    """Return the voxels (X, Y, Z) of an image."""
    return np.ascontiguousarray(sitk.GetArrayFromImage(image).T)


def volume_of(image: sitk.Image) -> Volume:
    """Return an image as a volume, world coordinates in RAS."""
    affine = np.eye(4)
    directions = np.array(image.GetDirection()).reshape(3, 3)
    affine[:3, :3] = directions * np.array(image.GetSpacing())
    affine[:3, 3] = image.GetOrigin()
    return Volume(array_of(image), _LPS @ affine)


def coarser(image: sitk.Image, spacing_mm: float) -> sitk.Image:
    """Average an image to cubic voxels of about `spacing_mm` in the same box.

    An axis that is already as coarse keeps its voxels.
    """
    spacing, size = np.array(image.GetSpacing()), np.array(image.GetSize())
    new_size = np.where(
        spacing < spacing_mm, np.maximum(np.rint(size * spacing / spacing_mm), 1), size
    ).astype(int)
    new_spacing = size * spacing / new_size
    first = image.TransformContinuousIndexToPhysicalPoint(
        (0.5 * new_spacing / spacing - 0.5).tolist()
    )
    return sitk.Resample(
        _smooth(image, new_spacing),
        new_size.tolist(),
        sitk.Transform(),
        sitk.sitkLinear,
        first,
        new_spacing.tolist(),
        image.GetDirection(),
        0.0,
        image.GetPixelID(),
    )


def _smooth(image: sitk.Image, new_spacing: NDArray[np.float64]) -> sitk.Image:
    """Remove what voxels of `new_spacing` (3,), in mm, cannot hold."""
    # Whole numbers of voxels are averaged, which is quick; a Gaussian does the rest.
    bins = np.floor(new_spacing / np.array(image.GetSpacing()) + 1e-6).astype(int)
    bins = np.clip(bins, 1, np.maximum(np.array(image.GetSize()) // 4, 1))
    smooth = sitk.BinShrink(image, bins.tolist()) if (bins > 1).any() else image
    left = np.array(smooth.GetSpacing())
    variance = (0.5 * new_spacing) ** 2 - (0.5 * left) ** 2
    for axis in np.flatnonzero(new_spacing > 1.05 * left):
        if smooth.GetSize()[axis] >= 4:
            deviation = float(np.sqrt(variance[axis]))
            smooth = sitk.RecursiveGaussian(smooth, deviation, direction=int(axis))
    return smooth


def check_contrast(volume: Volume, what: str) -> None:
    """Refuse a volume in which nothing can be seen.

    Raises
    ------
    UnitError
        `not_finite`: more than a hundredth of the voxels is NaN or infinite.
        `registration_failed`: all finite voxels hold one value.
    """
    finite = np.isfinite(volume.voxels)
    share = 1.0 - float(finite.mean())
    if share > 0.01:
        raise UnitError(
            "not_finite",
            f"{100 * share:.0f} % of the voxels of {what} are NaN or infinite",
            "Look at the step that wrote the scan.",
        )
    values = volume.voxels[finite]
    if values.min() == values.max():
        raise UnitError(
            "registration_failed",
            f"all voxels of {what} hold the same value",
            "Look at the scan: it may be a broken transfer.",
        )
