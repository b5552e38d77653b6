"""What the sources of a study ask of a chromosome."""

from __future__ import annotations

from collections.abc import Mapping

from drepano.genomics.scan.collector import CollectorSource
from drepano.genomics.scan.regions import Region, merge

CHROMOSOMES = (*(str(number) for number in range(1, 23)), "X", "Y")
"""Chromosomes that are passed over, without prefix, in order."""


class Asking:
    """Places and digests of all sources, asked once.

    Parameters
    ----------
    held
        Chromosomes that hold records in any file of the site: what a source without places
        asks for.
    """

    def __init__(self, sources: Mapping[str, CollectorSource], held: list[str]) -> None:
        self._places = {name: source.places() for name, source in sources.items()}
        self._held = held
        self.digests = {name: source.digest() for name, source in sources.items()}
        self._regions: dict[str, list[Region] | None] = {}

    def chroms(self) -> list[str]:
        """Return the chromosomes that are asked for, in order."""
        bounded = [places for places in self._places.values() if places is not None]
        named = {chrom for places in bounded for chrom, found in places.items() if found}
        if len(bounded) < len(self._places):
            named |= set(self._held)
        known = [chrom for chrom in CHROMOSOMES if chrom in named]
        return [*known, *sorted(named.difference(CHROMOSOMES))]

    def sources(self, chrom: str) -> list[str]:
        """Return the sources that ask for a chromosome, in the study's order."""
        return [
            name
            for name, places in self._places.items()
            if (chrom in self._held if places is None else places.get(chrom))
        ]

    def regions(self, chrom: str) -> list[Region] | None:
        """Return all that is asked of a chromosome, in order; None: every record."""
        if chrom not in self._regions:
            self._regions[chrom] = self._merged(chrom)
        return self._regions[chrom]

    def _merged(self, chrom: str) -> list[Region] | None:
        asked = [self._places[name] for name in self.sources(chrom)]
        if any(places is None for places in asked):
            return None
        return merge(place for places in asked if places for place in places[chrom])
