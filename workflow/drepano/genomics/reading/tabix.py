"""Where the records of a region begin in a bgzipped file: its .tbi or .csi index."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drepano.genomics.reading.compiled import Shape, Words, kernel

_VCF = 2
_TBI, _CSI = b"TBI\1", b"CSI\1"
_NEAR = 1 << 16
"""Compressed bytes that are rather read on through than jumped over."""


class IndexFault(Exception):  # noqa: N818 - it never leaves this room
    """What is wrong with an index."""


@dataclass(frozen=True, slots=True)
class TabixIndex:
    """An index of a VCF file (tabix specification; CSIv1 specification).

    Attributes
    ----------
    contigs
        Name of each contig with records to its number.
    """

    contigs: dict[bytes, int]
    _words: Words
    _starts: Shape
    _gap: int
    _shift: int
    _depth: int
    _room: NDArray[np.uint64]

    @classmethod
    def of(cls, content: bytes) -> TabixIndex:
        """Read the uncompressed content of an index.

        Raises
        ------
        IndexFault
            It is no index of a VCF file, or a damaged one.
        """
        try:
            return cls._parse(content)
        except (struct.error, IndexError) as error:
            raise IndexFault("it is cut off") from error

    @classmethod
    def _parse(cls, content: bytes) -> TabixIndex:
        csi = content[:4] == _CSI
        if not csi and content[:4] != _TBI:
            raise IndexFault("it is neither .tbi nor .csi")
        if csi:
            shift, depth, size = struct.unpack_from("<3i", content, 4)
            aux, at = content[16 : 16 + size], 16 + size + 4
            (references,) = struct.unpack_from("<i", content, 16 + size)
        else:
            (references,) = struct.unpack_from("<i", content, 4)
            shift, depth, aux = 14, 5, content[8:]
            at = 8 + 28 + struct.unpack_from("<i", aux, 24)[0]
        preset, chrom, begin = struct.unpack_from("<3i", aux, 0)
        if (preset & 0xFFFF) != _VCF and (preset, chrom, begin) != (0, 1, 2):
            raise IndexFault("it is not one of a VCF file")
        names = aux[28 : 28 + struct.unpack_from("<i", aux, 24)[0]].split(b"\0")[:-1]
        if not 0 <= depth <= 9 or not 0 < shift < 32 or len(names) != references or at < 0:
            raise IndexFault("its numbers do not fit together")
        body = content[at:]
        words = np.frombuffer(body[: len(body) // 4 * 4], "<u4")
        gap = 2 if csi else 0
        starts = np.empty(references, np.int64)
        if not reference_starts(words, gap, starts):
            raise IndexFault("it is cut off")
        contigs = {name: number for number, name in enumerate(names)}
        return cls(contigs, words, starts, gap, shift, depth, np.empty((64, 2), np.uint64))

    def chunks(self, contig: bytes, intervals: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """Return virtual offsets between which records of intervals lie, rising and apart.

        Parameters
        ----------
        contig
            As the file names it.
        intervals
            1-based and inclusive.
        """
        number = self.contigs.get(contig)
        if number is None:
            return []
        start = int(self._starts[number])
        found: set[tuple[int, int]] = set()
        # All that begins and ends in the same two smallest bins has the same chunks.
        windows = {
            (max(0, first - 1) >> self._shift, (last - 1) >> self._shift): (max(0, first - 1), last)
            for first, last in intervals
            if first <= last
        }
        for begin, end in windows.values():
            found.update(self._chunks_of(start, begin, end))
        joined: list[tuple[int, int]] = []
        for low, high in sorted(found):
            if joined and (low >> 16) <= (joined[-1][1] >> 16) + _NEAR:
                joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
            else:
                joined.append((low, high))
        return joined

    def _chunks_of(self, start: int, begin: int, end: int) -> list[tuple[int, int]]:
        found = self._room
        while True:
            count, least = find_chunks(
                self._words, start, self._shift, self._depth, self._gap, begin, end, found
            )
            if count <= len(found):
                break
            found = np.empty((count, 2), np.uint64)
        lowest = int(least)
        return [
            (max(low, lowest), high)
            for low, high in found[:count].tolist()
            if high > max(low, lowest)
        ]


@kernel
def reference_starts(words: Words, gap: int, starts: Shape) -> bool:
    """Find the first word of each contig's part; False if the words end too early.

    Parameters
    ----------
    words
        The index behind its names, as words of 4 bytes.
    gap
        Words between a bin's number and its count of chunks: 2 in a .csi, 0 in a .tbi.
    starts
        Filled; (contigs,) int64.
    """
    at = 0
    for reference in range(len(starts)):
        starts[reference] = at
        if at >= len(words):
            return False
        bins = words[at]
        at += 1
        for _ in range(bins):
            at += 1 + gap
            if at >= len(words):
                return False
            at += 1 + 4 * int(np.int64(words[at]))
        if gap == 0:
            if at >= len(words):
                return False
            at += 1 + 2 * int(np.int64(words[at]))
        if at > len(words):
            return False
    return True


@kernel
def _long(words: Words, at: int) -> np.uint64:
    return np.uint64(words[at]) | (np.uint64(words[at + 1]) << np.uint64(32))


@kernel
def find_chunks(  # noqa: PLR0913, PLR0917
    words: Words,
    at: int,
    shift: int,
    depth: int,
    gap: int,
    begin: int,
    end: int,
    found: NDArray[np.uint64],
) -> tuple[int, np.uint64]:
    """Gather the chunks of the bins that touch an interval.

    Parameters
    ----------
    words, at
        The index, and the first word of the contig's part.
    shift, depth
        Bits of the smallest bin, and levels.
    gap
        As of `reference_starts`.
    begin, end
        0-based, half-open.
    found
        Filled with as many as have room; (chunks, 2) uint64.

    Returns
    -------
    tuple
        Number of chunks, and the offset before which no record of the interval lies.
    """
    count = 0
    least = np.uint64(0)
    bins = words[at]
    at += 1
    for _ in range(bins):
        number = int(np.int64(words[at]))
        level, first = 0, 0
        while level <= depth and number >= first + (1 << (3 * level)):
            first += 1 << (3 * level)
            level += 1
        width = shift + 3 * (depth - level)
        low = (number - first) << max(width, 0)
        ours = level <= depth  # behind the last bin stands one that counts records
        if gap > 0 and ours and low <= begin:  # the first record that reaches into the bin
            least = max(least, _long(words, at + 1))
        at += gap
        chunks = int(np.int64(words[at + 1]))
        at += 2
        if ours and low < end and begin < low + (1 << width):
            for chunk in range(chunks):
                if count < len(found):
                    found[count, 0] = _long(words, at + 4 * chunk)
                    found[count, 1] = _long(words, at + 4 * chunk + 2)
                count += 1
        at += 4 * chunks
    if gap == 0:
        windows = int(np.int64(words[at]))
        if windows > 0:
            least = _long(words, at + 1 + 2 * min(begin >> 14, windows - 1))
    return count, least
