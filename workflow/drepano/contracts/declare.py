"""Columns as rows of the `columns` table, and back."""

from __future__ import annotations

import dataclasses
import json

import pyarrow as pa

from drepano.contracts.column import Column
from drepano.contracts.values import COLUMNS


def to_table(columns: list[Column]) -> pa.Table:
    """Write declared matrix columns down as a `columns` table, in the same order."""
    rows = []
    for column in columns:
        row = {name: getattr(column, name) for name in COLUMNS.names}
        row["categories"] = json.dumps(list(column.categories))
        rows.append(row)
    return COLUMNS.from_rows(rows)


def from_table(table: pa.Table) -> list[Column]:
    """Read declared matrix columns out of a `columns` table, in the same order."""
    known = {field.name for field in dataclasses.fields(Column)}
    columns = []
    for row in table.to_pylist():
        row["categories"] = tuple(json.loads(row["categories"]))
        columns.append(Column(**{k: v for k, v in row.items() if k in known}))
    return columns
