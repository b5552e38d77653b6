"""Indexed region reads of one VCF or BCF file."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from drepano.genomics.reading.bgzf import blocks_of
from drepano.genomics.reading.htslib import htslib_version, reading_by_htslib
from drepano.genomics.reading.lines import TextVariants
from drepano.genomics.reading.record import Record

_BCF = b"BCF"


def reader_version() -> str:
    """Return the versions of what reads BCF files; VCF files are read by drepano itself."""
    return htslib_version()


class Variants(Protocol):
    """An open file, restricted to some of its samples.

    Attributes
    ----------
    samples
        The asked samples in the order of the file, which is the order of every array.
    """

    samples: list[str]

    def fetch(self, chrom: str, first: int, last: int) -> Iterator[Record]:
        """Yield the records that touch an interval, 1-based and inclusive.

        A reference block that starts before the interval is among them. Chromosome X is
        looked for as 23 too.
        """

    def fetch_all(self, chrom: str, intervals: list[tuple[int, int]]) -> Iterator[Record]:
        """Yield the records that touch any of several intervals, each record once.

        The intervals, as of `fetch`, are apart, and rising.
        """


@contextlib.contextmanager
def reading(path: Path, index: Path, samples: list[str], *, prefix: str) -> Iterator[Variants]:
    """Open a file for region reads: VCF as text, BCF by htslib.

    Raises
    ------
    UnitError
        ``unreadable``: the file or its index is damaged, truncated or missing, or holds what
        is no VCF. Nothing of a file is guessed.
    """
    with blocks_of(path) as blocks:
        blocks.check_end()
        if not blocks.block(0)[0].startswith(_BCF):
            yield TextVariants(blocks, index, samples, prefix)
            return
    with reading_by_htslib(path, index, samples, prefix) as variants:
        yield variants
