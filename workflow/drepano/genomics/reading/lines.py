"""Regions of a bgzipped VCF file as records, through its index and without htslib's parser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from drepano.genomics.reading.bgzf import Blocks, blocks_of
from drepano.genomics.reading.faults import unreadable
from drepano.genomics.reading.record import Record, chromosome_of
from drepano.genomics.reading.tabix import IndexFault, TabixIndex
from drepano.genomics.reading.text import COLUMNS, Layout, TextRecord

_FIRST_READ = 1 << 13
_LARGEST_READ = 1 << 18
_TITLES = b"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t"
_HEAD = 4096
"""Bytes in which the columns before the samples nearly always end."""


class TextVariants:
    """An open VCF file, restricted to some of its samples.

    Attributes
    ----------
    samples
        The asked samples in the order of the file, which is the order of every array.
    """

    def __init__(
        self, blocks: Blocks, size: int, index: Path, samples: list[str], prefix: str
    ) -> None:
        self._blocks, self._size, self._prefix = blocks, size, prefix
        names = _sample_names(blocks)
        asked = set(samples)
        wanted = [place for place, name in enumerate(names) if name in asked]
        if len(wanted) != len(samples) or len(asked) != len(samples):
            raise unreadable(
                blocks.path, "its header does not name the samples that the index read"
            )
        self.samples = [names[place] for place in wanted]
        self._layout = Layout(blocks.path, len(names), np.array(wanted, np.int32))
        self._index = _read_index(blocks.path, index)

    def fetch(self, chrom: str, first: int, last: int) -> Iterator[Record]:
        """Yield the records that touch an interval, 1-based and inclusive.

        A record that starts before the interval and ends in it, by REF, END, SVLEN or LEN, is
        among them. Chromosome X is looked for as 23 too.

        Raises
        ------
        UnitError
            ``unreadable``: a damaged block, or a line that is no record.
        """
        for name in ("X", "23") if chrom == "X" else (chrom,):
            yield from self._fetch((self._prefix + name).encode(), first, last)

    def _fetch(self, contig: bytes, first: int, last: int) -> Iterator[Record]:
        chrom = chromosome_of(contig.decode())
        path, before = self._layout.path, 0
        for line in self._lines(contig, first, last):
            start = len(contig) + 1
            stop = line.find(b"\t", start)
            digits = line[start:stop]
            if not digits.isdigit():
                raise unreadable(path, f"chromosome {chrom} has a POS that is no number")
            position = int(digits)
            if position < before:
                raise unreadable(path, f"chromosome {chrom} has records out of their order")
            before = position
            if position > last:
                return
            if position < first and not _reaches(line, position, first):
                continue
            columns = line.split(b"\t", COLUMNS)
            yield TextRecord(columns, position, chrom, self._layout)

    def _lines(self, contig: bytes, first: int, last: int) -> Iterator[bytes]:
        """Yield the lines of a contig from the chunks of an interval, and perhaps some behind."""
        blocks, path = self._blocks, self._layout.path
        start = contig + b"\t"
        at, rest = -1, b""
        for begin, end in self._index.chunks(contig, first, last):
            if end >> 16 > self._size:
                raise unreadable(path, "its index leads behind its end")
            fresh = begin > at
            if fresh:
                blocks.seek(begin)
                at, rest = begin, b""
            # Within one block the index tells the very number of bytes.
            step = end - at if at >> 16 == end >> 16 else _FIRST_READ
            while at < end:
                block = blocks.read(step)
                if not block:
                    raise unreadable(path, "its index leads behind its end")
                at = blocks.tell()
                step = min(_LARGEST_READ, 2 * max(step, _FIRST_READ))
                text = rest + block if rest else block
                here = 0
                while (stop := text.find(b"\n", here)) >= 0:
                    if not text.startswith(start, here):
                        if fresh:
                            raise unreadable(path, "its index does not fit")
                        return
                    fresh = False
                    yield text[here : stop - (text[stop - 1] == 13)]
                    here = stop + 1
                rest = text[here:]


def _reaches(line: bytes, position: int, first: int) -> bool:
    """Return whether a record that starts before `first` ends there or behind."""
    columns = line[:_HEAD].split(b"\t", COLUMNS)
    if len(columns) <= COLUMNS:
        columns = line.split(b"\t", COLUMNS)
    if len(columns) <= COLUMNS or position + len(columns[3]) > first:
        return True
    info, keys = columns[7], columns[8]
    if b"LEN" in keys.split(b":"):
        return True
    for field in info.split(b";") if b"END=" in info or b"SVLEN=" in info else ():
        name, _, value = field.partition(b"=")
        if name == b"END" and not (value.isdigit() and int(value) < first):
            return True
        if name == b"SVLEN":
            spans = [part.lstrip(b"-") for part in value.split(b",")]
            if any(span.isdigit() and position + int(span) >= first for span in spans):
                return True
    return False


def _sample_names(blocks: Blocks) -> list[str]:
    """Read the header, and return the names of its samples."""
    text = blocks.read(1 << 16)
    if not text.startswith(b"##fileformat=VCFv4"):
        raise unreadable(blocks.path, "it does not begin as a VCF 4 file")
    while (begin := text.find(b"\n#CHROM")) < 0 or (end := text.find(b"\n", begin + 1)) < 0:
        part = blocks.read(max(1 << 16, len(text)))
        if not part:
            raise unreadable(blocks.path, "it ends before its header does")
        text += part
    line = text[begin + 1 : end].rstrip(b"\r")
    if not line.startswith(_TITLES):
        raise unreadable(blocks.path, "its columns are not those of a VCF file with samples")
    names = line[len(_TITLES) :].decode("utf-8", "surrogateescape").split("\t")
    if len(set(names)) < len(names):
        raise unreadable(blocks.path, "its header names a sample twice")
    return names


def _read_index(path: Path, index: Path) -> TabixIndex:
    try:
        with blocks_of(index) as blocks:
            return TabixIndex.of(blocks.read_all())
    except IndexFault as fault:
        raise unreadable(path, f"cannot read its index: {fault}") from fault
