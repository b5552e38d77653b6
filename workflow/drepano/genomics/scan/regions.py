"""Places that are asked for, as regions to fetch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from drepano.genomics.reading.record import Record
from drepano.genomics.reading.vcf import Variants

MERGE_BP = 1 << 14
"""Places nearer to each other than a window of the index are fetched together."""

Region = tuple[int, int]
"""First and last position, 1-based and inclusive."""


def merge(places: Iterable[Region]) -> list[Region]:
    """Join places that lie within `MERGE_BP` into regions, in order of their position."""
    regions: list[Region] = []
    for first, last in sorted(places):
        if regions and first <= regions[-1][1] + MERGE_BP:
            regions[-1] = regions[-1][0], max(regions[-1][1], last)
        else:
            regions.append((first, last))
    return regions


def fetch_regions(variants: Variants, chrom: str, regions: list[Region]) -> Iterator[Record]:
    """Yield each record that touches one of the regions; once, however many it touches."""
    before = 0
    for first, last in regions:
        for record in variants.fetch(chrom, first, last):
            # One that starts at or before the end of the last region was part of that.
            if record.position > before:
                yield record
        before = last
