"""Blocks of a bgzipped file, by their places; damage is an error, never an end."""

from __future__ import annotations

import contextlib
import struct
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from drepano.genomics.reading.faults import unreadable
from drepano.genomics.reading.inflate import Damage, inflate

_END_OF_BGZF = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
"""The empty block that ends every whole BGZF file (SAM specification, section 4.1.2)."""

_USUAL_HEADER = bytes.fromhex("1f8b08040000000000ff060042430200")
_HEADER = struct.Struct("<4sIBBH")
_MAGIC = b"\x1f\x8b\x08\x04"
_TRAILER = struct.Struct("<II")
_LARGEST = 1 << 16
_READ = 1 << 18
_KEPT = 32
"""Blocks that stay decompressed, 2 MB: regions that lie near each other share blocks."""


class Blocks:
    """An open BGZF file.

    Attributes
    ----------
    path
        For messages.
    size
        Bytes of the file.
    """

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self.path, self._file = path, file
        self.size = file.seek(0, 2)
        self._raw, self._raw_at = b"", 0
        self._kept: OrderedDict[int, tuple[bytes, int]] = OrderedDict()
        self._last = -1

    def check_end(self) -> None:
        """Refuse a file that was cut off.

        Raises
        ------
        UnitError
            ``unreadable``: its last block is not the one that ends a file.
        """
        self._file.seek(max(0, self.size - len(_END_OF_BGZF)))
        if self._file.read() != _END_OF_BGZF:
            raise unreadable(self.path, "it is not a whole BGZF file")

    def block(self, at: int) -> tuple[bytes, int]:
        """Return a block's content, and the place of the next.

        Parameters
        ----------
        at
            Byte of the file at which it begins; the file's size gives no content.

        Raises
        ------
        UnitError
            ``unreadable``: no whole block begins there.
        """
        found = self._kept.get(at)
        if found is None:
            found = self._kept[at] = self._read(at)
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return found

    def contents(self, at: int = 0) -> Iterator[bytes]:
        """Yield the content of each block from a place to the end."""
        while at < self.size:
            content, at = self.block(at)
            yield content

    def _read(self, at: int) -> tuple[bytes, int]:
        if at >= self.size:
            return b"", at
        raw, start = self._bytes_at(at)
        try:
            end = start + _size_of(raw, start)
            header = len(_USUAL_HEADER) + 2 + _extra(raw, start)
            trailer = end - _TRAILER.size
            # Where the block ends early, this is no stream, or there is no trailer.
            checksum, size = _TRAILER.unpack_from(raw, trailer)
            content = inflate(raw[start + header : trailer], size, checksum)
        except (Damage, struct.error) as damage:
            found = damage if isinstance(damage, Damage) else "a block that ends early"
            raise unreadable(self.path, f"it has {found} at byte {at}") from damage
        return content, at + end - start

    def _bytes_at(self, at: int) -> tuple[bytes, int]:
        """Return bytes of the file that hold the block at `at`, and its place in them."""
        start = at - self._raw_at
        if start < 0 or start + _LARGEST > len(self._raw):
            # In order, much is read at once; after a jump no more than a block can have.
            length = _READ if 0 <= start <= len(self._raw) and self._raw else _LARGEST
            try:
                self._file.seek(at)
                self._raw, self._raw_at, start = self._file.read(length), at, 0
            except OSError as error:
                raise unreadable(self.path, f"cannot read it: {type(error).__name__}") from error
        return self._raw, start


def _extra(raw: bytes, start: int) -> int:
    """Return by how many bytes the header's extra fields exceed the usual six."""
    return 0 if raw.startswith(_USUAL_HEADER, start) else _HEADER.unpack_from(raw, start)[4] - 6


def _size_of(raw: bytes, start: int) -> int:
    """Return the bytes of the block that begins at `start`, by its BC field."""
    if raw.startswith(_USUAL_HEADER, start):
        return int(struct.unpack_from("<H", raw, start + 16)[0]) + 1
    magic, _, _, _, length = _HEADER.unpack_from(raw, start)
    at, end = start + _HEADER.size, start + _HEADER.size + length
    while magic == _MAGIC and at + 4 <= end:
        name, size = struct.unpack_from("<2sH", raw, at)
        if (name, size) == (b"BC", 2):
            return int(struct.unpack_from("<H", raw, at + 4)[0]) + 1
        at += 4 + size
    raise Damage("no BGZF block")


@contextlib.contextmanager
def blocks_of(path: Path) -> Iterator[Blocks]:
    """Open a BGZF file.

    Raises
    ------
    UnitError
        ``unreadable``: it cannot be opened.
    """
    try:
        file = path.open("rb", buffering=0)
    except OSError as error:
        raise unreadable(path, f"cannot read it: {type(error).__name__}") from error
    with file:
        yield Blocks(path, file)
