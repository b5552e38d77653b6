"""Pieces of a file: chromosomes, or parts of them that hold about equally much data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import pysam

from drepano.genomics.assignment import File
from drepano.genomics.scan.file_index import DamagedIndexError, Extent, read_extents
from drepano.genomics.scan.regions import MERGE_BP, Region

LAST = (1 << 31) - 1
"""Last position that any VCF can name (VCF 4.3, section 6.3.3: 32 bits)."""

SEEK_BYTES = 1 << 16
"""Fetching a region costs about as much as passing over so many compressed bytes."""

_PIECES = 32
"""A file is cut in about so many pieces or more, so that ranks end at about the same time, ..."""
_LEAST, _MOST = 1 << 20, 1 << 26
"""... of at least 1 and at most 64 MiB, for starting on a piece takes time too; ..."""
_ROWS, _FEWEST = 500_000, 16
"""... but in no more than leave so many rows for each sum: a piece leaves one for every sample, and
all of a shard lie in memory when it ends. A large file has at least 16 all the same."""
_LEAST_OF_SAMPLE, _PIECES_OF_SAMPLE = 1 << 26, 24
"""Files of one sample come in numbers: only large ones are cut, at most so often."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Positions of a chromosome, 1-based and inclusive."""

    chrom: str
    first: int = 1
    last: int = LAST

    def __str__(self) -> str:
        whole = (self.first, self.last) == (1, LAST)
        return self.chrom if whole else f"{self.chrom}:{self.first}-{self.last}"


@dataclass(frozen=True, slots=True)
class Cut:
    """Pieces of a chromosome with the compressed bytes that each of them reads.

    Attributes
    ----------
    regions
        True if only the regions that are asked for are fetched.
    """

    pieces: list[tuple[Piece, int]]
    regions: bool = False


def piece_bytes(size: int, samples: int) -> int:
    """Return how many compressed bytes a piece of a file holds.

    It depends on the file alone, so that neither ranks nor shards change the pieces.
    """
    if samples == 1:
        return max(_LEAST_OF_SAMPLE, size // _PIECES_OF_SAMPLE)
    most = max(_ROWS // max(samples, 1), _FEWEST)
    return max(min(max(size // _PIECES, _LEAST), _MOST), size // most)


class Cutter:
    """Cuts one file.

    A damaged index leaves each chromosome whole, for its unit to tell what htslib makes of it.
    """

    def __init__(self, file: File) -> None:
        self._size = int(file.row["size"])
        self._contigs = max(len(file.contigs), 1)
        self._prefix = file.row["contig_prefix"]
        self.piece_bytes = piece_bytes(self._size, file.row["samples"])
        self._extents = _extents(Path(file.row["path"]), Path(file.row["index_path"]))

    def cut(self, chrom: str, regions: list[Region] | None) -> Cut:
        """Cut a chromosome.

        Parameters
        ----------
        regions
            All that is asked for, in order; None: every record.

        Returns
        -------
        Cut
            One piece of which the regions are fetched, if that is less than half of the
            chromosome's data; else pieces that are passed over.
        """
        extent = self._extent(chrom)
        size = self._size // self._contigs if extent is None else extent.size
        if regions is not None:
            asked = sum(SEEK_BYTES + _window(extent, region) for region in regions)
            if extent is not None and 2 * asked <= size:
                return Cut([(Piece(chrom), asked)], regions=True)
        count = ceil(size / self.piece_bytes)
        known = [] if extent is None or count < 2 else extent.cuts(count)
        cuts = [cut for cut in known if cut < LAST]
        firsts, lasts = [1, *(last + 1 for last in cuts)], [*cuts, LAST]
        return Cut(
            [
                (
                    Piece(chrom, first, last),
                    extent.between(first, last) if cuts and extent else size,
                )
                for first, last in zip(firsts, lasts, strict=True)
            ]
        )

    def _extent(self, chrom: str) -> Extent | None:
        """Return where a chromosome lies; None if that is not known, or it has two names."""
        names = ("X", "23") if chrom == "X" else (chrom,)
        found = [e for name in names if (e := self._extents.get(self._prefix + name))]
        # An index that leads behind the end of the file is damaged too.
        return found[0] if len(found) == 1 and found[0].end <= self._size else None


def _window(extent: Extent | None, region: Region) -> int:
    """Return what is read for a region: from the start of its window of the index on."""
    first, last = region
    return 0 if extent is None else extent.between(max(first - first % MERGE_BP, 1), last)


def _extents(path: Path, index: Path) -> Mapping[str, Extent]:
    try:
        return read_extents(index, _header_contigs(path) if path.suffix == ".bcf" else [])
    except DamagedIndexError:
        return {}


def _header_contigs(path: Path) -> list[str]:
    """Return the contigs of a BCF in the order of their numbers."""
    verbosity = pysam.set_verbosity(0)
    try:
        with pysam.VariantFile(str(path)) as variants:
            return [str(name) for name in variants.header.contigs]
    except (OSError, ValueError) as error:
        raise DamagedIndexError(str(error)) from error
    finally:
        pysam.set_verbosity(verbosity)
