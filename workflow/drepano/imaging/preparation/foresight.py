"""The images that a preparation will make, as a table, for a look ahead."""

from __future__ import annotations

import json

import pyarrow as pa

from drepano.contracts.inventory import PREPARED
from drepano.imaging.preparation.engine import ENGINE
from drepano.imaging.preparation.expected import expected_images
from drepano.imaging.preparation.plan import plan_preparation
from drepano.settings import Imaging


def foresee_prepared(imaging: Imaging, subjects: pa.Table, bids_files: pa.Table) -> pa.Table:
    """Return a `prepared` table of what would be there if every step succeeds.

    Paths are made up, and nothing has a hash. The site's own files are in the index.
    """
    rows: list[dict[str, object]] = []
    if imaging.prepare is None:
        return PREPARED.empty()
    for number, (_, unit) in enumerate(plan_preparation(imaging, subjects, bids_files).units):
        seen: set[str] = set()
        for name in unit.payload["scans"]:
            for suffix, entities in expected_images(imaging.prepare, unit.payload, name):
                path = f"{number}/{json.dumps(entities, sort_keys=True)}_{suffix}"
                if path not in seen:
                    seen.add(path)
                    rows.append(_row(path, unit.payload, suffix, entities))
    return PREPARED.from_rows(rows)


def _row(
    path: str, payload: dict[str, object], suffix: str, entities: dict[str, str]
) -> dict[str, object]:
    return {
        "subject": payload["subject"],
        "session": payload["session"],
        "path": path,
        "derivative": True,
        "suffix": suffix,
        "entities": json.dumps(entities, sort_keys=True),
        "sha256": "",
        "metadata": "{}",
        "companions": "{}",
        "companions_sha256": "",
        "reason": "",
        "detail": "",
        "remedy": "",
        "engine": ENGINE,
        "key": "",
    }
