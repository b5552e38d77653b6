"""What a NIfTI file lacks: ITK takes missing voxels, and those that are not finite, for 0."""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

import numpy as np

from voxomics.errors import ImageRefused

ENDINGS = (".nii", ".nii.gz")

_CHUNK = 1 << 20
_FLOATS = {16: "f4", 64: "f8"}
"""NIfTI's codes of the number types that may be not finite."""


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the voxels lie: first byte, number of bytes, and type, empty if it is whole numbers."""

    start: int
    size: int
    kind: str


def is_finite(path: Path) -> bool:
    """Read a file through, and tell whether every voxel is finite.

    Files that are no single NIfTI-1 or NIfTI-2 file are left to the reader to judge.

    Raises
    ------
    ImageRefused
        The file ends before its last voxel, or its compressed bytes are spoilt.
    """
    found, finite = 0, True
    try:
        with _open(path) as stream:
            header = stream.read(540)
            layout = _read_layout(header)
            width = np.dtype(layout.kind or "u1").itemsize
            for part in _voxels(stream, header, layout):
                found += len(part)
                if layout.kind:
                    values = np.frombuffer(part[: len(part) // width * width], dtype=layout.kind)
                    finite = finite and bool(np.isfinite(values).all())
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ImageRefused(f"{path.name} cannot be read: {error}") from error
    except OSError as error:
        raise ImageRefused(f"{path.name} cannot be read: {error.strerror}") from error
    if found < layout.size:
        raise ImageRefused(
            f"{path.name} cannot be read: it holds {found} of {layout.size} bytes; copy it again"
        )
    return finite


def _open(path: Path) -> IO[bytes]:
    compressed = path.name.lower().endswith(".gz")
    return cast("IO[bytes]", gzip.open(path)) if compressed else path.open("rb")


def _voxels(stream: IO[bytes], header: bytes, layout: _Layout) -> Iterator[bytes]:
    """Give the bytes of the voxels, and of what follows them, in pieces of whole numbers."""
    stream.read(max(layout.start - len(header), 0))
    part = header[layout.start :]
    part += stream.read(_CHUNK - len(part))
    left = layout.size
    while part:
        if left > 0:
            yield part[:left]
        left -= len(part)
        # To the end, where the checksum is.
        part = stream.read(_CHUNK)


def _read_layout(header: bytes) -> _Layout:
    """Read a header; of a file that is not NIfTI nothing is asked."""
    for order in "<>":
        size = struct.unpack_from(f"{order}i", header)[0] if len(header) >= 348 else 0
        if size == 348 and header[344:347] == b"n+1":
            sizes = struct.unpack_from(f"{order}8h", header, 40)
            code, bits = struct.unpack_from(f"{order}2h", header, 70)
            start = struct.unpack_from(f"{order}f", header, 108)[0]
        elif size == 540 and len(header) == 540:
            code, bits = struct.unpack_from(f"{order}2h", header, 12)
            sizes = struct.unpack_from(f"{order}8q", header, 16)
            start = struct.unpack_from(f"{order}q", header, 168)[0]
        else:
            continue
        voxels = math.prod(max(int(n), 1) for n in sizes[1 : 1 + sizes[0]])
        kind = f"{order}{_FLOATS[code]}" if code in _FLOATS else ""
        return _Layout(int(start), voxels * int(bits) // 8, kind)
    return _Layout(0, 0, "")
