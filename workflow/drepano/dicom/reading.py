"""The elements of a DICOM file that are wanted, and whether its voxels are whole.

Nothing of what pydicom says on its way is shown: it tells values.
"""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Iterator
from typing import BinaryIO, Literal

from pydicom import dcmread
from pydicom.config import disable_value_validation
from pydicom.dataset import Dataset

_LOG = logging.getLogger("pydicom")
_DEFLATED = "1.2.840.10008.1.2.1.99"
_PREAMBLE = 128
_DELIMITER = b"\xfe\xff\xdd\xe0"
_LONG_FORM = (b"OB", b"OW", b"OF", b"OD", b"OL", b"OV", b"UN")


class NotRead(Exception):  # noqa: N818 - not an error of ours
    """Why a file has no header; `broken` if somebody should look at it."""

    def __init__(self, reason: str, *, broken: bool) -> None:
        self.reason = reason
        self.broken = broken
        super().__init__(reason)


def read_dataset(handle: BinaryIO, size: int, tags: list[str]) -> tuple[Dataset, str]:
    """Read some elements of a file, and see if its voxels are all there.

    Parameters
    ----------
    handle
        At the start of the file.
    size
        Of the file, in bytes.
    tags
        Keywords of the elements that are wanted; all others are passed over.

    Returns
    -------
    tuple
        The elements, decoded; and `none` for a file without voxels, `cut` for one that ends
        before its voxels do, else nothing.

    Raises
    ------
    NotRead
        It is no DICOM, or damaged.
    """
    if size == 0:
        raise NotRead("an empty file", broken=True)
    start = handle.read(_PREAMBLE + 4)
    if not start.strip(b"\0"):
        raise NotRead("nothing but zeros: a transfer that failed", broken=True)
    if start[_PREAMBLE:] != b"DICM" and not _like_dicom(start):
        raise NotRead("not a DICOM file", broken=False)
    handle.seek(0)
    try:
        with _silently():
            data = dcmread(handle, stop_before_pixels=True, force=True, specific_tags=tags)
            rest = _voxels(handle, size, data)
            _decode(data)
    except OSError:
        raise
    except Exception:  # noqa: BLE001 - a damaged header fails in any way, and may show a value
        raise NotRead("a DICOM header that is damaged", broken=True) from None
    return data, rest


@contextlib.contextmanager
def _silently() -> Iterator[None]:
    """Hold back what pydicom says of values, by warnings and in its log: it would show them."""
    level = _LOG.level
    _LOG.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings(), disable_value_validation():
            warnings.simplefilter("ignore")
            yield
    finally:
        _LOG.setLevel(level)


def _decode(data: Dataset) -> None:
    """Decode all elements; one whose value is not of its kind counts as absent."""
    for tag in list(data.keys()):
        try:
            element = data[tag]
            if element.VR == "SQ":
                for item in element.value:
                    list(item.iterall())
        except Exception:  # noqa: BLE001 - pydicom fails in any way, and may show the value
            del data[tag]


def _like_dicom(start: bytes) -> bool:
    """Tell if a file without preamble starts with an element of group 2 or 8."""
    return start[:2] in (b"\x02\x00", b"\x08\x00") and start[3:4] == b"\x00" and len(start) > 12


def _voxels(handle: BinaryIO, size: int, data: Dataset) -> str:
    """Return why the voxels are not whole; empty if they are, `none` if there are none."""
    if data.file_meta.get("TransferSyntaxUID") == _DEFLATED:
        return ""  # the header was read out of the stream, which ends where it should
    implicit, little = data.original_encoding
    order: Literal["little", "big"] = "little" if little else "big"
    tag = handle.read(4)
    if int.from_bytes(tag[:2], order) != 0x7FE0:
        return "none"
    form = handle.read(4)
    if not implicit and form[:2] in _LONG_FORM:
        form = handle.read(4)
    length = int.from_bytes(form, order)
    if length == 0xFFFFFFFF:
        return "" if _DELIMITER in handle.read() else "cut"
    return "" if size - handle.tell() >= length else "cut"
