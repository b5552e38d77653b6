"""What is given as an image or a mask, in whatever form, to one form: a SimpleITK image."""

from __future__ import annotations

import os
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import SimpleITK as sitk  # noqa: N813 - the name that everyone knows
from numpy.typing import NDArray

from voxomics.errors import ImageRefused
from voxomics.nifti import ENDINGS, is_finite

Image: TypeAlias = Any
"""SimpleITK image, nibabel image, array (Z, Y, X), or path of a file that either reads."""

_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
"""From RAS, the world of nibabel, to LPS, the world of ITK; its own inverse."""

_SHEAR = 1e-3
"""Greatest cosine between two voxel axes: headers store float32."""

_FREESURFER = (".mgz", ".mgh")


def as_image(given: Image, spacing_mm: Sequence[float] | None = None) -> sitk.Image:
    """Return an image of one number a voxel in three dimensions.

    Parameters
    ----------
    given
        SimpleITK image; nibabel image; array (Z, Y, X) as SimpleITK and scikit-image order it;
        or a path: NIfTI, NRRD, MHA and whatever else SimpleITK reads, and .mgz.
    spacing_mm : (3,)
        Voxel edges along Z, Y, X of an array; 1 mm if not given. Files and images carry theirs.

    Raises
    ------
    ImageRefused
        It cannot be read, has colours or complex numbers, or not three dimensions.
    """
    if isinstance(given, (str, os.PathLike)):
        image = _read(Path(given))
    elif isinstance(given, sitk.Image):
        image = given
    elif hasattr(given, "affine") and hasattr(given, "dataobj"):
        image = _of_nibabel(given)
    elif isinstance(given, np.ndarray):
        return _of_array(given, spacing_mm)
    else:
        raise ImageRefused(f"a {type(given).__name__} is no image, no array and no path")
    if spacing_mm is not None:
        raise ImageRefused("spacing_mm goes with an array; images and files carry their own")
    return _in_three_dimensions(image)


def as_mask(
    given: Image, spacing_mm: Sequence[float] | None = None, channel: int = 0
) -> sitk.Image:
    """Return a label map; of one with several channels the one that is asked.

    Parameters
    ----------
    given, spacing_mm
        See `as_image`; an array of channels is (Z, Y, X, C).
    channel
        Which channel of a mask with several numbers a voxel (label_channel).

    Raises
    ------
    ImageRefused
        As `as_image`, or there is no such channel.
    """
    if isinstance(given, (str, os.PathLike)):
        given = _read(Path(given))
    if isinstance(given, np.ndarray) and given.ndim == 4:
        given = given[..., _check_channel(channel, given.shape[3])]
    if isinstance(given, sitk.Image) and given.GetNumberOfComponentsPerPixel() > 1:
        _check_channel(channel, given.GetNumberOfComponentsPerPixel())
        given = sitk.VectorIndexSelectionCast(given, channel)
    return as_image(given, spacing_mm)


def _check_channel(channel: int, channels: int) -> int:
    if channel >= channels:
        raise ImageRefused(f"the mask has {channels} channels, channel {channel} is asked")
    return channel


def _read(path: Path) -> sitk.Image:
    if not path.exists():
        raise ImageRefused(f"{path.name}: no such file")
    if path.is_dir():
        raise ImageRefused(f"{path.name} is a folder, a file is asked")
    # ITK reads 0 where a voxel of NIfTI is not finite.
    holed = path.name.lower().endswith(ENDINGS) and not is_finite(path)
    if holed or path.suffix.lower() in _FREESURFER:
        import nibabel  # type: ignore[import-untyped,unused-ignore] # noqa: PLC0415 - for these alone

        spoilt = (
            *(OSError, ValueError, EOFError, zlib.error),
            nibabel.filebasedimages.ImageFileError,
            nibabel.spatialimages.HeaderDataError,
            nibabel.freesurfer.mghformat.MGHError,
        )
        try:
            return _of_nibabel(nibabel.load(path))
        except spoilt as error:
            raise ImageRefused(f"{path.name} cannot be read: {error}") from error
    try:
        return sitk.ReadImage(str(path))
    except RuntimeError as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        told = lines[-1].removeprefix("sitk::ERROR: ").replace(str(path), path.name)
        raise ImageRefused(f"{path.name} cannot be read: {told}") from error


def _of_array(array: NDArray[Any], spacing_mm: Sequence[float] | None) -> sitk.Image:
    if array.ndim != 3:
        raise ImageRefused(f"an array of {array.ndim} dimensions, three are asked")
    if not array.size:
        raise ImageRefused(f"an array of {array.shape} voxels, at least one is asked")
    image = sitk.GetImageFromArray(_in_known_type(array))
    if spacing_mm is not None:
        try:
            spacing = [float(edge) for edge in spacing_mm]
        except (TypeError, ValueError):
            spacing = []
        if len(spacing) != 3 or not all(np.isfinite(edge) and edge > 0 for edge in spacing):
            raise ImageRefused(f"spacing_mm {spacing_mm!r}, three lengths above 0 are asked")
        image.SetSpacing(spacing[::-1])
    return image


def _in_known_type(array: NDArray[Any]) -> NDArray[Any]:
    """Return an array in a type that SimpleITK has, values unchanged."""
    if array.dtype.kind not in "iufb":
        raise ImageRefused(f"voxels of {array.dtype}, single real numbers are asked")
    size = {"b": "u1", "f2": "f4", "f12": "f8", "f16": "f8"}
    kind = array.dtype
    name = size.get(kind.kind, size.get(f"{kind.kind}{kind.itemsize}", kind.str[1:]))
    return np.ascontiguousarray(array.astype(name, copy=False))


def _of_nibabel(given: Any) -> sitk.Image:  # noqa: ANN401 - nibabel is untyped
    """Turn a nibabel image (X, Y, Z in RAS) into a SimpleITK image (in LPS)."""
    shape = tuple(int(n) for n in given.shape)
    while len(shape) > 3 and shape[-1] == 1:
        shape = shape[:-1]
    if len(shape) != 3:
        raise ImageRefused(f"an image of {len(shape)} dimensions, three are asked")
    affine = _LPS @ np.asarray(given.affine, dtype=np.float64)
    edges = np.linalg.norm(affine[:3, :3], axis=0)
    if not np.isfinite(affine).all() or edges.min() == 0:
        raise ImageRefused("the affine of the image is singular")
    left, _, right = np.linalg.svd(affine[:3, :3] / edges)
    # The nearest true rotation: SimpleITK compares directions to the last digits.
    axes = left @ right
    if np.abs(axes - affine[:3, :3] / edges).max() > _SHEAR:
        raise ImageRefused("the affine of the image is sheared: its voxels are not right-angled")
    try:
        voxels = np.asanyarray(given.dataobj).reshape(shape)
    except (OSError, EOFError, zlib.error) as error:
        said = " ".join(str(error).split()[:6])
        raise ImageRefused(f"the voxels of the image cannot be read: {said}") from error
    image = sitk.GetImageFromArray(_in_known_type(voxels.T))
    image.SetSpacing(edges.tolist())
    image.SetOrigin(affine[:3, 3].tolist())
    image.SetDirection(axes.ravel().tolist())
    return image


def _in_three_dimensions(image: sitk.Image) -> sitk.Image:
    size = image.GetSize()
    while len(size) > 3 and size[-1] == 1:
        image = sitk.Extract(image, [*size[:-1], 0], [0] * len(size))
        size = image.GetSize()
    if len(size) != 3:
        raise ImageRefused(f"an image of {len(size)} dimensions, three are asked")
    parts = image.GetNumberOfComponentsPerPixel()
    if parts > 1 or "complex" in image.GetPixelIDTypeAsString():
        kind = image.GetPixelIDTypeAsString()
        raise ImageRefused(f"voxels of {kind} ({parts} components), single real numbers are asked")
    return image


def check_finite(image: sitk.Image) -> None:
    """Refuse an image without a single finite voxel.

    Raises
    ------
    ImageRefused
        Every voxel is NaN or infinite.
    """
    voxels = sitk.GetArrayViewFromImage(image)
    if voxels.dtype.kind == "f" and not np.isfinite(voxels).any():
        raise ImageRefused("no voxel of the image is finite")
