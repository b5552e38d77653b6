"""How much data of a file lies where: the bins of a .tbi or .csi index.

Both formats list, for each bin of positions, chunks of virtual file offsets; the upper 48 bits of
such an offset are the place of a compressed block in the file (SAM specification, section 4.1.1).
Bins are used and not the linear index: a long record, such as a reference block, makes many
entries of that point to its own start, and tells nothing of the data behind it.
"""

from __future__ import annotations

import gzip
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_MIN_SHIFT, _DEPTH = 14, 5
"""Smallest bin (2 to the power of 14 bases) and levels of .tbi (SAM specification, 5.3)."""

_CHILDREN_BITS = 3
"""Each bin has 8 smaller ones (CSI specification, section 1.1)."""


class DamagedIndexError(Exception):
    """An index that does not hold what its format says."""


@dataclass(frozen=True, slots=True)
class Extent:
    """Where the records of a contig lie in the file.

    Attributes
    ----------
    starts
        First position of each bin, 0-based, ascending, (bins,).
    offsets
        Place in the file, in bytes, before which no record of this or a later bin lies; never
        descending, (bins,).
    end
        Place in the file, in bytes, of the block in which the last record ends.
    """

    starts: NDArray[np.int64]
    offsets: NDArray[np.int64]
    end: int

    @property
    def size(self) -> int:
        """Compressed bytes of all records; at least 1."""
        return max(self.end - int(self.offsets[0]), 1)

    def offset(self, position: int) -> int:
        """Return about where in the file the records from a 1-based position on lie."""
        place = int(np.searchsorted(self.starts, position - 1, side="right")) - 1
        return int(self.offsets[max(place, 0)])

    def between(self, first: int, last: int) -> int:
        """Return about how many compressed bytes are read for an interval, 1-based, inclusive."""
        behind = int(np.searchsorted(self.starts, last, side="left"))
        end = int(self.offsets[behind]) if behind < len(self.starts) else self.end
        return max(end - self.offset(first), 0)

    def cuts(self, pieces: int) -> list[int]:
        """Return the last 1-based position of each piece but the last, for pieces of like size."""
        first, count = int(self.offsets[0]), len(self.starts)
        wanted = first + self.size * np.arange(1, pieces) // pieces
        places = np.searchsorted(self.offsets, wanted, side="left")
        return sorted({int(self.starts[p]) for p in places if p < count} - {0})


def read_extents(index: Path, names: list[str]) -> dict[str, Extent]:
    """Read where the records of each contig lie.

    Parameters
    ----------
    index
        A .tbi or .csi file.
    names
        Contigs of the header in order, for a .csi that does not name them (BCF).

    Returns
    -------
    dict
        Contig, as the file writes it, to its extent; contigs without records are left out.

    Raises
    ------
    DamagedIndexError
        It cannot be read, ends early, or names less than it holds.
    """
    try:
        with gzip.open(index) as handle:
            data = handle.read()
        if data[:4] == b"TBI\1":
            return _read_tbi(_Bytes(data, 4))
        if data[:4] == b"CSI\1":
            return _read_csi(_Bytes(data, 4), names)
    except (OSError, EOFError, zlib.error, struct.error, ValueError, OverflowError) as error:
        raise DamagedIndexError(str(error)) from error
    raise DamagedIndexError("neither .tbi nor .csi")


class _Bytes:
    """Numbers out of bytes, little-endian, one behind the other."""

    def __init__(self, data: bytes, place: int) -> None:
        self.data, self.place = data, place

    def take(self, layout: struct.Struct) -> tuple[int, ...]:
        values = layout.unpack_from(self.data, self.place)
        self.place += layout.size
        return values

    def text(self, length: int) -> bytes:
        if not 0 <= length <= len(self.data) - self.place:
            raise ValueError("it ends early")
        self.place += length
        return self.data[self.place - length : self.place]


_INT, _PAIR = struct.Struct("<i"), struct.Struct("<ii")
_SIX, _SEVEN = struct.Struct("<6i"), struct.Struct("<7i")
_TBI_BIN, _CSI_BIN = struct.Struct("<Ii"), struct.Struct("<IQi")
_CHUNK_BYTES, _OFFSET_BYTES = 16, 8


def _read_tbi(source: _Bytes) -> dict[str, Extent]:
    """Read what follows the magic of a .tbi (Tabix index file format, table 1)."""
    (count,) = source.take(_INT)
    source.take(_SIX)  # format, columns, comment character, lines to skip
    (length,) = source.take(_INT)
    names = _names(source.text(length), count)
    found = {}
    for name in names:
        extent = _read_bins(source, _TBI_BIN, _MIN_SHIFT, _DEPTH)
        (intervals,) = source.take(_INT)
        source.text(intervals * _OFFSET_BYTES)
        if extent is not None:
            found[name] = extent
    return found


def _read_csi(source: _Bytes, names: list[str]) -> dict[str, Extent]:
    """Read what follows the magic of a .csi (CSI specification, section 1.1).

    The auxiliary data of a VCF's index are the header of a .tbi, names included.
    """
    min_shift, depth = source.take(_PAIR)
    if not (0 < min_shift < 32 and 0 <= depth < 16):
        raise ValueError("bins of an impossible size")
    (length,) = source.take(_INT)
    own = _Bytes(source.text(length), 0)
    (count,) = source.take(_INT)
    if length:
        *_, size = own.take(_SEVEN)
        names = _names(own.text(size), count)
    if count > len(names):
        raise ValueError("more contigs than names")
    found = {}
    for name in names[:count]:
        extent = _read_bins(source, _CSI_BIN, min_shift, depth)
        if extent is not None:
            found[name] = extent
    return found


def _names(text: bytes, count: int) -> list[str]:
    names = text.decode().split("\0")[:-1]
    if len(names) != count:
        raise ValueError("not as many names as contigs")
    return names


def _read_bins(source: _Bytes, layout: struct.Struct, min_shift: int, depth: int) -> Extent | None:
    """Read the bins of one contig; None if it has no record."""
    (bins,) = source.take(_INT)
    known = ((1 << _CHILDREN_BITS * (depth + 1)) - 1) // 7  # those above hold no records
    begin: dict[int, int] = {}
    end = 0
    for _ in range(bins):
        number, *_, chunks = source.take(layout)
        text = source.text(chunks * _CHUNK_BYTES)
        if number >= known or not chunks:
            continue
        # Chunks stand in order: the first begins, and the last ends, what the bin holds.
        start = _first_position(number, min_shift, depth)
        offset = int.from_bytes(text[:8], "little") >> 16
        begin[start] = min(begin.get(start, offset), offset)
        end = max(end, int.from_bytes(text[-8:], "little") >> 16)
    if not begin:
        return None
    starts = np.array(sorted(begin), np.int64)
    offsets = np.array([begin[start] for start in starts.tolist()], np.int64)
    offsets = np.minimum.accumulate(offsets[::-1])[::-1]
    return Extent(starts, offsets, max(end, int(offsets[-1])))


def _first_position(number: int, min_shift: int, depth: int) -> int:
    """Return the first position of a bin, 0-based (CSI specification, section 2)."""
    level, first = 0, 0
    while number >= (following := (first << _CHILDREN_BITS) + 1):
        level, first = level + 1, following
    return (number - first) << (min_shift + _CHILDREN_BITS * (depth - level))
