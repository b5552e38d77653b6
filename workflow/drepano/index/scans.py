"""Images of all datasets to rows of `bids_files`."""

from __future__ import annotations

import hashlib
import json

import pyarrow as pa

from drepano.contracts.inventory import BIDS_FILES
from drepano.index.datasets import Image, derivative_roots, read_dataset
from drepano.index.findings import Fate, Problems
from drepano.index.fingerprints import UNREADABLE
from drepano.index.headers import inspect_image
from drepano.index.labels import label_tables
from drepano.index.sidecars import Beside, read_beside
from drepano.index.threads import each
from drepano.index.walk import Entry
from drepano.settings import BidsSource

SERIES_DATATYPES = frozenset({"func", "dwi", "perf", "pet", "fmap", "mrs"})
"""Data types whose images are series by nature: four dimensions are no problem there."""

SERIES_SUFFIXES = frozenset({"MEGRE", "MESE", "T2starw"})
"""Suffixes of anatomical scans that may hold several echoes."""

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
        beside = read_beside(dataset, problems)
        needed += [*(i.entry for i in dataset.images), *tables.values()]
        needed += [entry for near in beside for entry in near.companions.values()]
        inspected = each(_inspect_one, dataset.images)
        for image, (voxels, fate), near in zip(dataset.images, inspected, beside, strict=True):
            _note(image, fate, problems)
            row = _row(image, voxels, fate, near)
            table = tables.get(image.entry.path)
            row["label_table"] = None if table is None else str(table.path)
            rows.setdefault(str(image.entry.path), row)
    return [rows[path] for path in sorted(rows)], needed


def _inspect_one(image: Image) -> tuple[int | None, Fate]:
    entry = image.entry
    if entry.trouble:
        remedy = "Fetch the link's target (datalad get), or mend the permission."
        return None, Fate("unreadable", entry.trouble, remedy)
    name = image.name
    series = name.datatype in SERIES_DATATYPES or name.suffix in SERIES_SUFFIXES
    return inspect_image(entry.path, entry.size, series=series)


def _note(image: Image, fate: Fate, problems: Problems) -> None:
    if fate.reason:
        problems.error(
            image.entry.path,
            found=fate.detail,
            expected="a whole, real, three-dimensional image on a grid without shear",
            remedy=fate.remedy,
        )


def _row(image: Image, voxels: int | None, fate: Fate, beside: Beside) -> Row:
    return {
        "subject": image.name.subject,
        "session": image.name.session,
        "path": str(image.entry.path),
        "derivative": image.derivative,
        "suffix": image.name.suffix,
        "entities": image.name.entities_json,
        "voxels": voxels,
        "metadata": beside.metadata_json,
        "companions": beside.companions_json,
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
                "companions_sha256": _hash_of_all(str(row["companions"]), hashes),
            }
        )
    return BIDS_FILES.from_rows(filled)


def _hash_of_all(companions: str, hashes: dict[str, str]) -> str:
    """Return one hash of all companions, empty if there is none."""
    paths: dict[str, str] = json.loads(companions)
    if not paths:
        return ""
    listed = {kind: hashes.get(path, "") for kind, path in paths.items()}
    return hashlib.sha256(json.dumps(listed, sort_keys=True).encode()).hexdigest()
