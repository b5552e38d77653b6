"""One hash that changes when any file changes that the index would look at."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from drepano.index.datasets import dataset_files, derivative_roots
from drepano.index.genomes import index_of, variant_entries
from drepano.index.walk import Entry, stat_entry
from drepano.settings import Site


def inventory_digest(site: Site) -> str:
    """Hash path, size and time of every file of the site; none is opened.

    A file or folder that is not there counts as such, and is refused by the index itself.
    """
    digest = hashlib.sha256()
    for entry in sorted(_entries(site), key=lambda e: str(e.path)):
        line = f"{entry.path}\0{entry.size}\0{entry.mtime_ns}\0{entry.trouble}\n"
        digest.update(line.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _entries(site: Site) -> Iterator[Entry]:
    if site.imaging is not None:
        for root in (site.imaging.bids, *derivative_roots(site.imaging)):
            if root.is_dir():
                yield from dataset_files(root)
            else:
                yield Entry(root, trouble="no folder")
    if site.genomics is not None:
        for entries in variant_entries(site.genomics).values():
            for entry in entries:
                index = index_of(entry)
                yield from [entry] if index is None else [entry, index]
        if site.genomics.samples is not None:
            yield stat_entry(site.genomics.samples)
    for source in site.clinical:
        yield stat_entry(source.path)
