"""Finished files to their places in the dataset, and the tables that list them."""

from __future__ import annotations

import csv
import filecmp
import hashlib
import io
import json
from collections.abc import Iterable
from pathlib import Path

import dcm2niix  # type: ignore[import-untyped]

from drepano import __version__
from drepano.contracts import write_text
from drepano.dicom.cleaning import NotConverted
from drepano.dicom.words import BIDS_VERSION

_MODE = 0o644


def place(files: dict[str, Path], bids: Path) -> dict[str, str]:
    """Rename files to their places; all of them or none.

    Parameters
    ----------
    files
        Finished files by path in the dataset, the image last: it never lacks its sidecar.
    bids
        Root of the dataset.

    Returns
    -------
    dict
        Checksum by path.

    Raises
    ------
    NotConverted
        A file of that name holds something else.
    """
    other = [n for n, p in files.items() if (bids / n).exists() and not _same(p, bids / n)]
    if other:
        reason = f"{other[0]} is there, and holds something else"
        raise NotConverted(reason, "Move it away to have this series converted.")
    sums = {name: _checksum(path) for name, path in files.items()}
    for name, path in files.items():
        target = bids / name
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            path.chmod(_MODE)
            path.rename(target)
    return sums


def _same(one: Path, other: Path) -> bool:
    return other.is_file() and filecmp.cmp(one, other, shallow=False)


def _checksum(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def describe(bids: Path, name: str) -> None:
    """Write dataset_description.json where there is none."""
    path = bids / "dataset_description.json"
    if path.exists():
        return
    content = {
        "Name": name,
        "BIDSVersion": BIDS_VERSION,
        "DatasetType": "raw",
        "GeneratedBy": [
            {"Name": "drepano dicom", "Version": __version__},
            {"Name": "dcm2niix", "Version": dcm2niix.__version__},
        ],
    }
    _write(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def list_images(bids: Path, stems: Iterable[str]) -> None:
    """Add subjects to participants.tsv, and images to the scans.tsv of their folder.

    Columns and rows that somebody added stay. No table has a date.
    """
    stems = sorted(stems)
    _add(bids / "participants.tsv", "participant_id", {stem.split("/")[0] for stem in stems})
    visits = sorted({Path(stem).parent.parent for stem in stems})
    for visit in visits:
        folder = bids / visit
        images = {str(p.relative_to(folder)) for p in folder.glob("*/*.nii.gz")}
        _add(folder / f"{'_'.join(visit.parts)}_scans.tsv", "filename", images)


def _add(path: Path, key: str, values: set[str]) -> None:
    """Add rows to a table of tabs; other columns of theirs are n/a."""
    text = path.read_text(encoding="utf-8-sig") if path.exists() else f"{key}\n"
    columns, *rows = csv.reader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE)
    known = {row[columns.index(key)] for row in rows if key in columns and row}
    new = sorted(values - known)
    if not new and path.exists():
        return
    if key not in columns:
        raise NotConverted(f"{path.name} has no column {key}", "Mend the table.")
    rows += [[value if column == key else "n/a" for column in columns] for value in new]
    lines = ["\t".join(row) for row in [columns, *rows] if row]
    _write(path, "\n".join(lines) + "\n")


def _write(path: Path, text: str) -> None:
    write_text(path, text)
    path.chmod(_MODE)
