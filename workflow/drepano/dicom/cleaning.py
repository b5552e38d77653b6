"""Images and sidecars of dcm2niix to files that hold no identifier.

Sidecars keep a list of keys, of `words`: what is not on it goes, whatever it is. Headers of
NIfTI lose every field that holds text, and every extension.
"""

from __future__ import annotations

import gzip
import io
import json
import math
import re
from pathlib import Path
from typing import IO, Any, cast

import nibabel as nib
import numpy as np

from drepano.dicom.hidden import Hidden
from drepano.dicom.words import FLAG_KEYS, KEPT_KEYS, NUMBER_KEYS

_TEXT_FIELDS = ("data_type", "db_name", "descrip", "aux_file", "intent_name")
_LEVEL = 6
_CHUNK = 1 << 20
_LONGEST = 64
_GREATEST = 1e30
"""Beyond it a number is a mark of dcm2niix for none."""


class NotConverted(Exception):  # noqa: N818 - not an error of ours
    """Why a part gave no image, and what to do."""

    def __init__(self, reason: str, remedy: str) -> None:
        self.reason = reason
        self.remedy = remedy
        super().__init__(reason)


def clean_image(source: Path, target: Path) -> tuple[int, ...]:
    """Write a NIfTI image again as .nii.gz without text; voxels and geometry are the same bytes.

    Parameters
    ----------
    source
        Uncompressed NIfTI-1 or NIfTI-2 in one file.
    target
        Same bytes for same input: no time, no name in the gzip header.

    Returns
    -------
    tuple of int
        Shape.

    Raises
    ------
    NotConverted
        The file is shorter than its header says.
    """
    with source.open("rb") as handle:
        header = _header(handle)
        shape = tuple(int(n) for n in header.get_data_shape())
        length = math.prod(shape) * header.get_data_dtype().itemsize
        handle.seek(int(header["vox_offset"]))
        for field in set(_TEXT_FIELDS) & set(header.keys()):
            header[field] = b""
        block_bytes = header.template_dtype.itemsize + 4
        header["vox_offset"] = block_bytes
        with target.open("wb") as raw, _compressor(raw) as out:
            out.write(header.binaryblock.ljust(block_bytes, b"\0"))
            _copy(handle, out, length)
    return shape


def _header(handle: IO[bytes]) -> Any:  # noqa: ANN401 - nibabel is untyped
    first = handle.read(4)
    kind = nib.Nifti2Header if 540 in (_number(first, "little"), _number(first, "big")) else None
    kind = kind or nib.Nifti1Header
    block = first + handle.read(kind.template_dtype.itemsize - 4)
    return kind(block, check=False)


def _number(word: bytes, order: Any) -> int:  # noqa: ANN401 - "little" or "big"
    return int.from_bytes(word, order)


def _compressor(raw: IO[bytes]) -> gzip.GzipFile:
    return gzip.GzipFile(filename="", mode="wb", compresslevel=_LEVEL, fileobj=raw, mtime=0)


def _copy(source: IO[bytes], out: gzip.GzipFile, length: int) -> None:
    left = length
    while left:
        chunk = source.read(min(_CHUNK, left))
        if not chunk:
            reason = "an image with fewer voxels than its header says"
            raise NotConverted(reason, "Export the series again.")
        out.write(chunk)
        left -= len(chunk)


def read_sidecar(path: Path) -> dict[str, Any]:
    """Read what dcm2niix wrote beside an image; empty if there is none or it is no JSON."""
    try:
        content = json.loads(path.read_bytes().decode("utf-8", "replace"))
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return cast("dict[str, Any]", content) if isinstance(content, dict) else {}


def clean_sidecar(content: dict[str, Any], hidden: Hidden) -> dict[str, Any]:
    """Keep the keys of acquisition whose values are of their kind and hold no identifier.

    Parameters
    ----------
    content
        A sidecar of dcm2niix.
    hidden
        Identifiers of the series: a word that holds one of them goes too.
    """
    return {
        key: value
        for key, value in content.items()
        if key in KEPT_KEYS and _is_sound(key, value, hidden)
    }


def _is_sound(key: str, value: object, hidden: Hidden) -> bool:
    if isinstance(value, list):
        return all(_is_sound(key, item, hidden) for item in value)
    if key in NUMBER_KEYS or (key in FLAG_KEYS and not isinstance(value, bool)):
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return number and abs(cast("float", value)) < _GREATEST
    if key in FLAG_KEYS:
        return True
    return isinstance(value, str) and len(value) <= _LONGEST and value not in hidden


def sidecar_text(content: dict[str, Any]) -> str:
    """Write a sidecar."""
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def read_gradients(path: Path) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Read a bval or bvec file as (rows, volumes).

    Raises
    ------
    NotConverted
        It holds something else than numbers.
    """
    text = path.read_text(encoding="ascii", errors="replace")
    if not re.fullmatch(r"[0-9eE+.\-\s]*", text):
        raise NotConverted("gradients that are no numbers", "Look at the series at the scanner.")
    return np.loadtxt(io.StringIO(text), ndmin=2)
