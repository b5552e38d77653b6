"""Regions of a bgzipped VCF file as records, through its index and without htslib's parser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from drepano.genomics.reading.bgzf import Blocks, blocks_of
from drepano.genomics.reading.faults import unreadable
from drepano.genomics.reading.passing import FAULTS, FINE, skip
from drepano.genomics.reading.record import Record, chromosome_of
from drepano.genomics.reading.tabix import IndexFault, TabixIndex
from drepano.genomics.reading.text import COLUMNS, Layout, TextRecord

_MARK = b"\n#CHROM"
_TITLES = b"#CHROM POS ID REF ALT QUAL FILTER INFO FORMAT".split()


class TextVariants:
    """An open VCF file, restricted to some of its samples.

    Attributes
    ----------
    samples
        The asked samples in the order of the file, which is the order of every array.
    header
        The lines before the records.
    """

    def __init__(self, blocks: Blocks, index: Path, samples: list[str], prefix: str) -> None:
        self._blocks, self._prefix = blocks, prefix
        self.header, names = _read_header(blocks)
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
        yield from self.fetch_all(chrom, [(first, last)])

    def fetch_all(self, chrom: str, intervals: list[tuple[int, int]]) -> Iterator[Record]:
        """Yield the records that touch any of several intervals, each record once.

        Parameters
        ----------
        chrom
            Without prefix.
        intervals
            As of `fetch`; apart, and rising.
        """
        for name in ("X", "23") if chrom == "X" else (chrom,):
            contig = (self._prefix + name).encode()
            if contig in self._index.contigs:
                yield from self._fetch(contig, intervals)

    def _fetch(self, contig: bytes, intervals: list[tuple[int, int]]) -> Iterator[Record]:
        layout = self._layout
        chrom = chromosome_of(contig.decode())
        start = np.frombuffer(contig + b"\t", np.uint8)
        before = 0
        coming = iter(intervals)
        first, last = next(coming)
        for text in self._texts(contig, intervals):
            here, end = 0, len(text)
            cells = np.frombuffer(text, np.uint8)
            while True:
                here, before, code = skip(cells, here, start, before, first)
                if code != FINE:
                    raise unreadable(layout.path, f"chromosome {chrom} has {FAULTS[code]}")
                while before > last:
                    following = next(coming, None)
                    if following is None:
                        return
                    first, last = following
                if here >= end:
                    break
                stop = text.find(b"\n", here)
                columns = text[here : stop - (text[stop - 1] == 13)].split(b"\t", COLUMNS)
                here = stop + 1
                if before >= first or _reaches(columns, before, first):
                    yield TextRecord(columns, before, chrom, layout)

    def _texts(self, contig: bytes, intervals: list[tuple[int, int]]) -> Iterator[bytes]:
        """Yield whole lines of a contig, many at once, from the chunks of the intervals."""
        blocks, path = self._blocks, self._layout.path
        for begin, end in self._index.chunks(contig, intervals):
            if (end >> 16) > blocks.size:
                raise unreadable(path, "its index leads behind its end")
            place, skipped = begin >> 16, begin & 0xFFFF
            parts: list[bytes] = []  # of a line that goes on; joined once, however long it is
            while (place << 16) < end:
                content, following = blocks.block(place)
                if place == end >> 16:
                    if len(content) < (end & 0xFFFF):
                        raise unreadable(path, "its index does not fit")
                    content = content[: end & 0xFFFF]
                text = content[skipped:]
                whole = text.rfind(b"\n") + 1
                place, skipped = following, 0
                if whole:
                    yield b"".join([*parts, text[:whole]]) if parts else text[:whole]
                    parts = []
                if whole < len(text):
                    parts.append(text[whole:])
            if parts:
                raise unreadable(path, "its last line has no end, or its index does not fit")


def _reaches(columns: list[bytes], position: int, first: int) -> bool:
    """Return whether a record that starts before `first` ends there or behind."""
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


def _read_header(blocks: Blocks) -> tuple[str, list[str]]:
    """Read the header; return its lines, and the names of its samples."""
    text, begin, end = b"", -1, -1
    for content in blocks.contents():
        searched = max(0, len(text) - len(_MARK))
        text += content
        if not text.startswith(b"##fileformat=VCFv4"):
            raise unreadable(blocks.path, "it does not begin as a VCF 4 file")
        begin = begin if begin >= 0 else text.find(_MARK, searched)
        if begin >= 0 and (end := text.find(b"\n", max(begin + 1, searched))) >= 0:
            break
    else:
        raise unreadable(blocks.path, "it ends before its header does")
    line = text[begin + 1 : end].rstrip(b"\r")
    titles = line.split(b"\t")
    if titles[:COLUMNS] != _TITLES[: len(titles)] or len(titles) < COLUMNS - 1:
        raise unreadable(blocks.path, "its columns are not those of a VCF file")
    names = [name.decode("utf-8", "surrogateescape") for name in titles[COLUMNS:]]
    if len(set(names)) < len(names):
        raise unreadable(blocks.path, "its header names a sample twice")
    return text[:end].decode("utf-8", "replace"), names


def _read_index(path: Path, index: Path) -> TabixIndex:
    try:
        with blocks_of(index) as blocks:
            return TabixIndex.of(b"".join(blocks.contents()))
    except IndexFault as fault:
        raise unreadable(path, f"cannot read its index: {fault}") from fault
