"""Images of all datasets to rows of `bids_files`."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa

from drepano.contracts.inventory import BIDS_FILES
from drepano.index.datasets import Dataset, Image, derivative_roots, read_dataset
from drepano.index.findings import Fate, Problems
from drepano.index.fingerprints import THREADS, UNREADABLE
from drepano.index.headers import inspect_image
from drepano.index.labels import label_tables
from drepano.index.walk import Entry
from drepano.settings import BidsSource

SERIES_DATATYPES = frozenset({"func", "dwi", "perf", "pet", "fmap", "mrs"})
"""Data types whose images are series by nature: four dimensions are no problem there."""

_BATCH = 64
Row = dict[str, object]


def read_scans(source: BidsSource, problems: Problems) -> tuple[list[Row], list[Entry]]:
    """Inspect every image of a site's datasets.

    Returns
    -------
    tuple
        Rows of BIDS_FILES by path, as yet without hashes; and the files that need one.
    """
    roots = [(source.bids, False), *((root, True) for root in derivative_roots(source))]
    datasets = [read_dataset(r, derivative=d, problems=problems) for r, d in roots]
    rows: dict[str, Row] = {}
    needed: list[Entry] = []
    for dataset in datasets:
        tables = label_tables(dataset, problems)
        needed += [*(i.entry for i in dataset.images), *tables.values()]
        for image, (voxels, fate) in zip(dataset.images, _inspect(dataset), strict=True):
            _note(image, fate, problems)
            table = tables.get(image.entry.path)
            row = _row(image, voxels, fate, table)
            rows.setdefault(str(image.entry.path), row)
    return [rows[path] for path in sorted(rows)], needed


def _inspect(dataset: Dataset) -> list[tuple[int | None, Fate]]:
    # In batches: a thread for each header would cost more than the header on a local disk.
    starts = range(0, len(dataset.images), _BATCH)
    batches = [dataset.images[start : start + _BATCH] for start in starts]
    with ThreadPoolExecutor(THREADS) as pool:
        done = pool.map(lambda batch: [_inspect_one(image) for image in batch], batches)
        return [outcome for batch in done for outcome in batch]


def _inspect_one(image: Image) -> tuple[int | None, Fate]:
    entry = image.entry
    if entry.trouble:
        remedy = "Fetch the link's target (datalad get), or mend the permission."
        return None, Fate("unreadable", entry.trouble, remedy)
    return inspect_image(entry.path, entry.size)


def _note(image: Image, fate: Fate, problems: Problems) -> None:
    series = fate.reason == "unsupported_pixels" and image.name.datatype in SERIES_DATATYPES
    if fate.reason and not series:
        problems.error(
            image.entry.path,
            found=fate.detail,
            expected="a whole, real, three-dimensional image on a grid without shear",
            remedy=fate.remedy,
        )


def _row(image: Image, voxels: int | None, fate: Fate, table: Entry | None) -> Row:
    return {
        "subject": image.name.subject,
        "session": image.name.session,
        "path": str(image.entry.path),
        "derivative": image.derivative,
        "suffix": image.name.suffix,
        "entities": image.name.entities_json,
        "voxels": voxels,
        "label_table": None if table is None else str(table.path),
        "metadata": "{}",
        "companions": "{}",
        "companions_sha256": "",
        "reason": fate.reason,
        "detail": fate.detail,
        "remedy": fate.remedy,
    }


def with_hashes(rows: list[Row], hashes: dict[str, str]) -> pa.Table:
    """Write the BIDS_FILES table; a file without hash can not be read."""
    filled = []
    for row in rows:
        table = row["label_table"]
        sha256 = hashes.get(str(row["path"]), "")
        unread = {"reason": "unreadable", "detail": "it can not be read", "remedy": UNREADABLE}
        filled.append(
            {
                **row,
                **(unread if not sha256 and not row["reason"] else {}),
                "sha256": sha256,
                "label_table_sha256": hashes.get(str(table)) if table else None,
            }
        )
    return BIDS_FILES.from_rows(filled)
