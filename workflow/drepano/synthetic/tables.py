"""Rows to a tab-separated file, with the same bytes for the same rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from drepano.contracts import write_text

Row = dict[str, object]


def write_rows(path: Path, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Write `rows` in their order; a null is an empty cell."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter="\t", lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row[name]) for name in columns])
    write_text(path, text.getvalue())


def _cell(value: object) -> str:
    if value is None:
        return ""
    # repr of a float is the shortest text that reads back to the same number.
    return repr(value) if isinstance(value, float) else str(value)
