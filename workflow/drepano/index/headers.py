"""Headers of images: number of voxels, and whether the file can be used at all."""

from __future__ import annotations

import gzip
import io
import math
import zlib
from pathlib import Path
from typing import Any, Protocol, cast

import nibabel as nib
import numpy as np
import numpy.typing as npt
from nibabel.freesurfer.mghformat import MGHError, MGHHeader
from nibabel.spatialimages import HeaderDataError
from nibabel.wrapstruct import WrapStructError

from drepano.index.findings import USABLE, Fate

MGZ_HEADER_BYTES = 284
_HEAD_BYTES = 16_384
_SHEAR = 1e-3
"""Greatest |cosine| between two axes of an affine that counts as rotation and scale."""

_AGAIN = "Convert or copy the image again from its source."


class Header(Protocol):
    """What NIfTI and MGH headers of nibabel have in common."""

    def get_data_dtype(self) -> np.dtype[Any]:
        """Return the type of the voxels."""

    def get_data_shape(self) -> tuple[int, ...]:
        """Return the dimensions."""

    def get_best_affine(self) -> npt.NDArray[np.float64]:
        """Return the affine (4, 4)."""

    def __getitem__(self, field: str) -> npt.NDArray[Any]:
        """Return a field as it is stored."""


def inspect_image(path: Path, size: int, *, series: bool = False) -> tuple[int | None, Fate]:
    """Read an image's header and compare it with the size of the file.

    Parameters
    ----------
    path
        A `.nii`, `.nii.gz` or `.mgz` file.
    size
        Its size in bytes.
    series
        Four dimensions are no fault: volumes of a series, or echoes.

    Returns
    -------
    tuple
        Number of voxels, None when the header does not tell; and why it is unusable, if so.
        Voxels are not read: NaN voxels are found when features are taken.
    """
    if size == 0:
        return None, Fate("unreadable", "an empty file (0 bytes)", _AGAIN)
    compressed = path.suffix in {".gz", ".mgz"}
    try:
        head = _read_head(path, compressed=compressed)
        header = _parse(path, head)
        dtype = header.get_data_dtype()
        shape = tuple(int(n) for n in header.get_data_shape())
    except (EOFError, OSError, zlib.error) as error:
        return None, Fate("unreadable", f"it can not be read: {_tell(error)}", _AGAIN)
    except (HeaderDataError, MGHError, WrapStructError, ValueError, KeyError, TypeError) as error:
        return None, Fate("unreadable", f"no usable image header: {_tell(error)}", _AGAIN)
    voxels = math.prod(shape)
    fate = _pixels(dtype, shape, series=series)
    if not fate.reason:
        fate = _length(path, size, header, compressed=compressed)
    if not fate.reason:
        fate = _geometry(header)
    return voxels, fate


def _tell(error: Exception) -> str:
    text = str(error) or type(error).__name__
    return text.splitlines()[0][:200]


def _read_head(path: Path, *, compressed: bool) -> bytes:
    with path.open("rb") as handle:
        head = handle.read(_HEAD_BYTES)
    if not compressed:
        return head
    if head[:2] != b"\x1f\x8b":
        message = "its name says gzip, its content is not"
        raise OSError(message)
    return zlib.decompressobj(wbits=31).decompress(head, _HEAD_BYTES)


def _parse(path: Path, head: bytes) -> Header:
    if path.suffix == ".mgz":
        return cast("Header", MGHHeader.from_fileobj(io.BytesIO(head)))
    first = head[:4]
    version2 = 540 in (int.from_bytes(first, "little"), int.from_bytes(first, "big"))
    kind = nib.Nifti2Header if version2 else nib.Nifti1Header
    if len(head) < kind.template_dtype.itemsize:
        message = f"it ends after {len(head)} bytes"
        raise HeaderDataError(message)
    header = kind.from_fileobj(io.BytesIO(head))
    if bytes(header["magic"])[:2] != b"n+":
        message = "no NIfTI image in a single file"
        raise HeaderDataError(message)
    return cast("Header", header)


def _pixels(dtype: npt.DTypeLike, shape: tuple[int, ...], *, series: bool) -> Fate:
    kind = np.dtype(dtype)
    remedy = "Give the step a real, three-dimensional image; leave this one out of anat/."
    if kind.kind not in "iuf":
        word = "complex" if kind.kind == "c" else "colour"
        return Fate("unsupported_pixels", f"{word} voxels", remedy)
    if len(shape) < 3 or any(n > 1 for n in shape[4 if series else 3 :]):
        text = " x ".join(map(str, shape))
        return Fate("unsupported_pixels", f"an image of {text} voxels", remedy)
    if min(shape) < 1:
        return Fate("unreadable", "a header that says no voxels", _AGAIN)
    return USABLE


def _length(path: Path, size: int, header: Header, *, compressed: bool) -> Fate:
    """Compare the file's length with what its header asks for.

    The last four bytes of a gzip file are the length of its content modulo 2^32 (RFC 1952).
    Only a file that disagrees is read through: gzip files of several members, and ones with
    bytes after the image, are rare and valid.
    """
    offset = MGZ_HEADER_BYTES if path.suffix == ".mgz" else int(header["vox_offset"])
    pixels = math.prod(int(n) for n in header.get_data_shape())
    needed = offset + pixels * header.get_data_dtype().itemsize
    if not compressed:
        return USABLE if size >= needed else _short(needed, size)
    with path.open("rb") as handle:
        handle.seek(-4, io.SEEK_END)
        stated = int.from_bytes(handle.read(4), "little")
    if stated == needed % 2**32:
        return USABLE
    try:
        length = _unpacked_length(path)
    except (EOFError, OSError, zlib.error):
        return Fate("unreadable", "a gzip file that ends early or is damaged", _AGAIN)
    return USABLE if length >= needed else _short(needed, length)


def _unpacked_length(path: Path) -> int:
    length = 0
    with gzip.open(path, "rb") as handle:
        while chunk := handle.read(1 << 20):
            length += len(chunk)
    return length


def _short(needed: int, found: int) -> Fate:
    detail = f"{found} bytes, where the header asks for {needed}"
    return Fate("unreadable", detail, _AGAIN)


def _geometry(header: Header) -> Fate:
    remedy = "Resample the image to a grid without shear, or mend its sform and qform."
    try:
        affine = np.asarray(header.get_best_affine(), dtype=np.float64)
    except (HeaderDataError, ValueError) as error:
        return Fate("bad_geometry", f"no usable affine: {_tell(error)}", remedy)
    axes = affine[:3, :3]
    lengths = np.linalg.norm(axes, axis=0)
    if not np.isfinite(affine).all() or lengths.min() == 0:
        return Fate("bad_geometry", "an affine that is not invertible", remedy)
    cosines = (axes / lengths).T @ (axes / lengths) - np.eye(3)
    worst = float(np.abs(cosines).max())
    if worst > _SHEAR:
        detail = f"a sheared affine: axes meet at a cosine of {worst:.4f}"
        return Fate("bad_geometry", detail, remedy)
    return USABLE
