"""Bytes of a bgzipped file, by virtual offsets; damage is an error, never an end."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pysam

from drepano.genomics.reading.faults import unreadable

_END_OF_BGZF = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
"""The empty block that ends every whole BGZF file (SAM specification, section 4.1.2)."""


def check_end(path: Path) -> int:
    """Refuse a file that was cut off; return its size in bytes.

    Raises
    ------
    UnitError
        ``unreadable``: it is missing, or its last block is not the one that ends a file.
    """
    try:
        with path.open("rb") as handle:
            size = handle.seek(0, 2)
            handle.seek(max(0, size - len(_END_OF_BGZF)))
            end = handle.read()
    except OSError as error:
        raise unreadable(path, f"cannot read it: {type(error).__name__}") from error
    if end != _END_OF_BGZF:
        raise unreadable(path, "it is not a whole BGZF file")
    return size


class Blocks:
    """An open BGZF file. pysam raises OSError for a bad block, checksum or early end."""

    def __init__(self, path: Path, file: pysam.BGZFile) -> None:
        self.path, self._file = path, file

    def read(self, size: int) -> bytes:
        """Read up to `size` uncompressed bytes; fewer at the end of the file only."""
        with _naming_damage(self.path):
            content: bytes = self._file.read(size)
        return content

    def read_all(self) -> bytes:
        """Read what is left."""
        parts = []
        while part := self.read(1 << 20):
            parts.append(part)
        return b"".join(parts)

    def seek(self, offset: int) -> None:
        """Go to a virtual offset."""
        with _naming_damage(self.path):
            self._file.seek(offset)

    def tell(self) -> int:
        """Return the virtual offset of what is read next."""
        offset: int = self._file.tell()
        return offset


@contextlib.contextmanager
def blocks_of(path: Path) -> Iterator[Blocks]:
    """Open a BGZF file. htslib's messages, which hold paths, are kept off standard error.

    Raises
    ------
    UnitError
        ``unreadable``: it cannot be opened.
    """
    before = pysam.set_verbosity(0)
    try:
        with _naming_damage(path):
            with path.open("rb"):  # pysam's process dies of a file that it cannot open
                pass
            file = pysam.BGZFile(str(path), "rb")
        try:
            yield Blocks(path, file)
        finally:
            with contextlib.suppress(OSError):  # a damaged file says so once more
                file.close()
    finally:
        pysam.set_verbosity(before)


@contextlib.contextmanager
def _naming_damage(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise unreadable(path, "cannot read it: FileNotFoundError") from error
    except (OSError, ValueError) as error:
        raise unreadable(path, "cannot read it, or one of its blocks is damaged") from error
