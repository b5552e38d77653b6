"""Image files to volumes: read or refused by name, on axes that do not depend on storage."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import SimpleITK as sitk  # noqa: N813 - the name that everyone knows
from nibabel import orientations
from nibabel.filebasedimages import ImageFileError
from nibabel.spatialimages import HeaderDataError
from numpy.typing import NDArray

from drepano.errors import UnitError

SHEAR_TOLERANCE = 1e-3
"""Greatest cosine between two voxel axes (0.06 degrees): headers store float32."""

_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
"""From RAS, the world of NIfTI, to LPS, the world of DICOM and ITK; its own inverse."""

_MM_PER_UNIT = {"meter": 1e3, "micron": 1e-3}

_BROKEN = (EOFError, HeaderDataError, ImageFileError, MemoryError, OSError, ValueError, zlib.error)

Affine = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Volume:
    """Voxels and where they lie.

    Attributes
    ----------
    voxels : (X, Y, Z), of a series (X, Y, Z, V)
        Values, in the type of the file unless the header scales them.
    affine : (4, 4)
        From voxel index to world coordinates in mm, RAS.
    """

    voxels: NDArray[Any]
    affine: Affine

    @property
    def spacing_mm(self) -> NDArray[np.float64]:
        """Edge lengths of a voxel along X, Y, Z, in mm."""
        lengths: NDArray[np.float64] = np.linalg.norm(self.affine[:3, :3], axis=0)
        return lengths

    @property
    def voxel_mm3(self) -> float:
        """Volume of one voxel, in mm³."""
        return float(np.prod(self.spacing_mm))


def read_scan(path: Path) -> Volume:
    """Read an image and turn its axes to left, posterior, superior.

    Storage order does not reach the values: 48 stored orientations of one scan give one
    volume.

    Raises
    ------
    UnitError
        `unreadable`, `unsupported_pixels` or `bad_geometry`.
    """
    return to_lps(read_volume(path))


def read_volume(path: Path) -> Volume:
    """Read an image (.nii, .nii.gz, .mgz) as it is stored.

    Raises
    ------
    UnitError
        `unreadable`: empty, cut off, not an image. `unsupported_pixels`: complex, colour, or
        not three-dimensional. `bad_geometry`: sheared or singular affine.
    OSError
        The file system failed (permission, stale handle): this may pass, the file may be sound.
    """
    return _read(path, series=False)


def read_series(path: Path) -> Volume:
    """Read an image of one or more volumes, as it is stored; voxels (X, Y, Z, V).

    Raises
    ------
    UnitError, OSError
        As in `read_volume`, but that four dimensions are fine.
    """
    return _read(path, series=True)


def to_lps(volume: Volume) -> Volume:
    """Turn the axes of a volume or series to left, posterior, superior, values unchanged."""
    return turn(volume, _LPS)


def _read(path: Path, *, series: bool) -> Volume:
    path.stat()  # nibabel would hide why a file cannot be reached
    try:
        image = nib.load(path)
        shape = _dimensions(image, path, series=series)
        voxels = np.asanyarray(image.dataobj).reshape(shape)
    except _BROKEN as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        found = str(error).replace(str(path), path.name) or type(error).__name__
        detail = f"{path.name}: {' '.join(found.split())}"
        raise UnitError("unreadable", detail, "Restore the file from its source.") from error
    return volume_of(image, voxels, path)


def volume_of(image: Any, voxels: NDArray[Any], path: Path) -> Volume:  # noqa: ANN401 - nibabel
    """Return voxels (X, Y, Z) with the place that an image's header gives them.

    Raises
    ------
    UnitError
        `bad_geometry`: sheared or singular affine.
    """
    affine = np.asarray(image.affine, dtype=np.float64)
    affine = np.diag([*[_mm_per_unit(image)] * 3, 1.0]) @ affine
    _check_geometry(affine, path)
    return Volume(_native(voxels), affine)


def _dimensions(image: Any, path: Path, *, series: bool) -> tuple[int, ...]:  # noqa: ANN401 - nibabel is untyped
    """Return the shape, three axes or four of a series, or refuse what is no scalar image."""
    axes = 4 if series else 3
    shape = tuple(int(n) for n in image.shape)
    shape += (1,) * (axes - len(shape)) if len(shape) == 3 else ()
    while len(shape) > axes and shape[-1] == 1:
        shape = shape[:-1]
    kind = np.dtype(image.get_data_dtype())
    if len(shape) != axes or kind.kind not in "iufb":
        size = " x ".join(str(n) for n in shape)
        raise UnitError(
            "unsupported_pixels",
            f"{path.name}: {size} voxels of {kind}",
            f"Give {'a series' if series else 'a three-dimensional image'} of single numbers.",
        )
    return shape


def _mm_per_unit(image: Any) -> float:  # noqa: ANN401 - nibabel is untyped
    header = image.header
    unit = header.get_xyzt_units()[0] if hasattr(header, "get_xyzt_units") else "mm"
    return _MM_PER_UNIT.get(unit, 1.0)


def _check_geometry(affine: Affine, path: Path) -> None:
    """Refuse affines that are not rotation and scale."""
    remedy = "Resample the image to right-angled voxels, or mend its header."
    lengths = np.linalg.norm(affine[:3, :3], axis=0)
    if not np.isfinite(affine).all() or lengths.min() == 0:
        raise UnitError("bad_geometry", f"{path.name}: the affine is singular", remedy)
    axes = affine[:3, :3] / lengths
    cosine = float(np.abs(axes.T @ axes - np.eye(3)).max())
    if cosine > SHEAR_TOLERANCE:
        detail = f"{path.name}: the affine is sheared (cosine {cosine:.4f} between voxel axes)"
        raise UnitError("bad_geometry", detail, remedy)


def _native(voxels: NDArray[Any]) -> NDArray[Any]:
    """Return voxels in a type that SimpleITK has, values unchanged."""
    size = {"b": "u1", "f2": "f4", "f12": "f8", "f16": "f8"}
    kind = voxels.dtype
    name = size.get(kind.kind, size.get(f"{kind.kind}{kind.itemsize}", kind.str[1:]))
    return voxels.astype(name, copy=False)


def turn(volume: Volume, reference: Affine) -> Volume:
    """Flip and permute the axes of a volume to those of `reference` (4, 4), values unchanged."""
    relative = np.linalg.inv(reference) @ volume.affine
    change = orientations.io_orientation(relative)
    voxels = orientations.apply_orientation(volume.voxels, change)
    back = orientations.inv_ornt_aff(change, volume.voxels.shape[:3])
    return Volume(voxels, volume.affine @ back)


def to_image(volume: Volume) -> sitk.Image:
    """Return the volume as a SimpleITK image, world coordinates in LPS."""
    image = sitk.GetImageFromArray(np.ascontiguousarray(volume.voxels.T))
    affine = _LPS @ volume.affine
    left, _, right = np.linalg.svd(affine[:3, :3] / volume.spacing_mm)
    image.SetSpacing(volume.spacing_mm.tolist())
    image.SetOrigin(affine[:3, 3].tolist())
    # The nearest true rotation: SimpleITK compares directions to the last digits.
    image.SetDirection((left @ right).ravel().tolist())
    return image
