"""The text of a VCF or BCF header: sample names and contig lengths."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_CONTIG = re.compile(r"##contig=<(?:.*,)?ID=([^,>]+)")
_LENGTH = re.compile(r"[<,]length=([0-9]+)")
_MOST_HEADER_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class VariantHeader:
    """What the text of a header says.

    Attributes
    ----------
    samples
        Sample names in the file's order.
    lengths
        Length in bases by contig name, as written; 0 where it is not stated.
    """

    samples: list[str]
    lengths: dict[str, int]


def read_header(path: Path) -> VariantHeader:
    """Read the header of a VCF or BCF, compressed or not.

    It is read as text, not through htslib, which refuses a header with a sample that stands
    twice without saying so.

    Raises
    ------
    ValueError
        There is no header, or it has no line of column names.
    """
    lengths: dict[str, int] = {}
    for line in _header_lines(path):
        if line.startswith("#CHROM"):
            return VariantHeader(line.rstrip("\r\n").split("\t")[9:], lengths)
        if not line.startswith("#"):
            break
        if line.startswith("##contig=<") and (match := _CONTIG.match(line)):
            length = _LENGTH.search(line)
            lengths[match[1]] = int(length[1]) if length else 0
    message = "no line #CHROM before the first record"
    raise ValueError(message)


def _header_lines(path: Path) -> Iterator[str]:
    with path.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
    with gzip.open(path, "rb") if packed else path.open("rb") as handle:
        start = handle.read(5)
        if start[:3] == b"BCF":
            text = handle.read(int.from_bytes(handle.read(4), "little"))
            yield from text.rstrip(b"\0").decode("utf-8", "replace").split("\n")
            return
        read = len(start)
        while (line := handle.readline(_MOST_HEADER_BYTES)) and read < _MOST_HEADER_BYTES:
            read += len(line)
            yield (start + line).decode("utf-8", "replace")
            start = b""
