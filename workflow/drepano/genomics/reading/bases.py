"""Single bases of the site's reference FASTA, where no record tells them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from drepano.genomics.reading.reference import Reference

Place = tuple[str, int]
"""Chromosome without prefix, and 1-based position."""


class NoReference:
    """Tells nothing: the site has no FASTA."""

    def __call__(self, chrom: str, position: int) -> str | None:
        """Tell None."""
        del chrom, position
        return None

    def digest_of(self, places: Iterable[Place]) -> str:
        """Return an empty text: no base decides anything."""
        del places
        return ""


class FastaBases:
    """Tells the base at a chromosome (without prefix) and 1-based position.

    Raises
    ------
    ConfigError
        The FASTA or its .fai cannot be read.
    """

    def __init__(self, fasta: Path) -> None:
        self._reference = Reference(fasta)
        self._base = lru_cache(maxsize=1 << 16)(self._fetch)

    def __call__(self, chrom: str, position: int) -> str | None:
        """Tell a base; None outside the FASTA, and for anything but A, C, G and T."""
        return self._base(chrom, position)

    def digest_of(self, places: Iterable[Place]) -> str:
        """Hash the bases at some places: all of a FASTA that a result over them depends on."""
        told = "".join(self._fetch(*place) or "-" for place in places)
        return hashlib.sha256(told.encode()).hexdigest()

    def _fetch(self, chrom: str, position: int) -> str | None:
        if not 1 <= position <= self._reference.lengths.get(chrom, 0):
            return None
        base = self._reference.window(chrom, position, position + 1).bases
        return base if base in set("ACGT") else None


Bases = FastaBases | NoReference
