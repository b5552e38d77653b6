"""A table is a named, versioned list of columns; every file of it says which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from drepano.contracts.column import Column
from drepano.errors import ContractError, Fault

if TYPE_CHECKING:  # importing pandas takes longer than a small step
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Table:
    """A declared table.

    Attributes
    ----------
    name, version
        Written into each file; a reader refuses a version that it does not know.
    columns
        In the order in which they are stored.
    key
        Columns that together name a row; empty if rows may repeat.
    added
        Integer columns that add up when rows of the same key are joined; empty: no row repeats.
    """

    name: str
    version: int
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    added: tuple[str, ...] = ()

    @property
    def schema(self) -> pa.Schema:
        """Arrow schema with the contract's name and version in its metadata."""
        fields = [pa.field(c.name, c.arrow, nullable=not c.required) for c in self.columns]
        return pa.schema(fields, metadata=self.metadata)

    @property
    def metadata(self) -> dict[str, str]:
        """What a file of this table carries about itself."""
        return {"contract": self.name, "contract_version": str(self.version)}

    @property
    def names(self) -> list[str]:
        """Column names in order."""
        return [c.name for c in self.columns]

    def empty(self) -> pa.Table:
        """Return the table with no row."""
        return self.schema.empty_table()

    def from_rows(self, rows: list[dict[str, object]]) -> pa.Table:
        """Build the table from records; a name that a record lacks is null."""
        filled = [{name: row.get(name) for name in self.names} for row in rows]
        return pa.Table.from_pylist(filled, schema=self.schema)

    def from_frame(self, frame: pd.DataFrame) -> pa.Table:
        """Build the table from a data frame that has all of its columns."""
        return pa.Table.from_pandas(
            frame[self.names], schema=self.schema, preserve_index=False
        ).replace_schema_metadata(self.metadata)

    def add_up(self, table: pa.Table) -> pa.Table:
        """Return one row for each key: `added` columns summed, of others the one that is there.

        Sums are exact, so the order of the rows changes nothing. A table that adds nothing is
        returned as it is.
        """
        if not self.added:
            return table
        rest = [name for name in self.names if name not in self.key]
        kinds = {name: "sum" if name in self.added else "max" for name in rest}
        grouped = table.group_by(list(self.key), use_threads=False)
        summed = grouped.aggregate(list(kinds.items()))
        columns = [*self.key, *(f"{name}_{kind}" for name, kind in kinds.items())]
        named = summed.select(columns).rename_columns([*self.key, *rest])
        return named.select(self.names).cast(self.schema)

    def check(self, table: pa.Table, where: object) -> pa.Table:
        """Return `table` in declared order and types, or raise with every misfit.

        Raises
        ------
        ContractError
            A column is missing, unknown, null where it must not be, outside its
            categories or limits, or the key repeats.
        """
        faults = [*self._misnamed(table, str(where))]
        if not faults:
            # Nulls are allowed at first, so that those that must not be are told as ours.
            lenient = pa.schema([field.with_nullable(nullable=True) for field in self.schema])
            table = table.select(self.names).cast(lenient)
            faults = [*self._misvalued(table, str(where))]
        if faults:
            raise ContractError(*faults)
        return table.cast(self.schema)

    def _misnamed(self, table: pa.Table, where: str) -> list[Fault]:
        missing = [n for n in self.names if n not in table.column_names]
        unknown = [n for n in table.column_names if n not in self.names]
        expected = f"the columns of contract {self.name} v{self.version}"
        remedy = "Rebuild the table with this version of drepano."
        faults = []
        if missing:
            faults.append(Fault(where, f"no column {', '.join(missing[:5])}", expected, remedy))
        if unknown:
            faults.append(Fault(where, f"unknown {', '.join(unknown[:5])}", expected, remedy))
        return faults

    def _misvalued(self, table: pa.Table, where: str) -> list[Fault]:
        faults = []
        for column in self.columns:
            values = table[column.name]
            if column.required and values.null_count:
                faults.append(_fault(where, column, f"{values.null_count} nulls", "no null"))
            if column.categories and _outside_categories(values, column):
                found = "a value outside its categories"
                faults.append(_fault(where, column, found, " | ".join(column.categories)))
            if _outside_limits(values, column):
                limits = f"{column.minimum} to {column.maximum} {column.unit}"
                faults.append(_fault(where, column, "a value outside its limits", limits))
        if self.key and table.num_rows:
            distinct = _distinct(table, self.key)
            if distinct != table.num_rows:
                found = f"{table.num_rows - distinct} repeated keys"
                expected = f"one row per {', '.join(self.key)}"
                faults.append(Fault(where, found, expected, "Report this as a bug of drepano."))
        return faults


def _distinct(table: pa.Table, key: tuple[str, ...]) -> int:
    """Count the different values of several columns together.

    Each column becomes numbers first: grouping by texts takes many times the table's memory.
    """
    codes = np.zeros(table.num_rows, np.int64)
    count = 1
    for name in key:
        encoded = table[name].dictionary_encode(null_encoding="encode").unify_dictionaries()
        places = np.concatenate([chunk.indices.to_numpy() for chunk in encoded.chunks])
        codes = codes * len(encoded.chunk(0).dictionary) + places
        joined = pa.array(codes).dictionary_encode()
        codes, count = joined.indices.to_numpy().astype(np.int64), len(joined.dictionary)
    return count


def _fault(where: str, column: Column, found: str, expected: str) -> Fault:
    remedy = "Report this as a bug of the step that wrote the table."
    return Fault(f"{where}, column {column.name}", found, expected, remedy)


def _outside_categories(values: pa.ChunkedArray, column: Column) -> bool:
    present = pc.unique(values.drop_null()).to_pylist()
    return any(value not in column.categories for value in present)


def _outside_limits(values: pa.ChunkedArray, column: Column) -> bool:
    if column.minimum is None and column.maximum is None:
        return False
    ends = pc.min_max(values).as_py()
    if ends["min"] is None:
        return False
    low = column.minimum is not None and ends["min"] < column.minimum
    return low or (column.maximum is not None and ends["max"] > column.maximum)
