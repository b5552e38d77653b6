"""Tables that a command was given: each file tells by itself which table it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import click
import pyarrow as pa
import pyarrow.parquet as pq

from drepano.cli import options
from drepano.contracts import Column, Table, read_table
from drepano.contracts.declare import from_table
from drepano.contracts.inventory import (
    BIDS_FILES,
    GENOME_FILES,
    GENOME_SAMPLES,
    PREPARED,
    SUBJECTS,
)
from drepano.contracts.states import STEP_STATES
from drepano.contracts.values import (
    CLINICAL,
    COLUMNS,
    GENOME_SUMS,
    GENOMICS,
    IMAGING,
    INTERPRETATION,
)
from drepano.errors import ContractError

_KNOWN = {
    table.name: table
    for table in (
        SUBJECTS,
        BIDS_FILES,
        GENOME_FILES,
        GENOME_SAMPLES,
        PREPARED,
        COLUMNS,
        IMAGING,
        GENOMICS,
        GENOME_SUMS,
        INTERPRETATION,
        CLINICAL,
        STEP_STATES,
    )
}

tables_argument = click.argument("tables", type=options.FILE, nargs=-1, required=True)


class Given:
    """Tables that a command was given: each file tells by itself which table it is."""

    def __init__(self, paths: tuple[Path, ...]) -> None:
        self._paths: dict[str, list[Path]] = defaultdict(list)
        for path in paths:
            metadata = pq.read_schema(path).metadata or {}
            name = metadata.get(b"contract", b"").decode()
            if name not in _KNOWN:
                raise ContractError.of(
                    path,
                    found=f"contract {name!r}",
                    expected=f"one of {', '.join(_KNOWN)}",
                    remedy="Give the tables that the steps wrote.",
                )
            self._paths[name].append(path)

    def paths(self, table: Table) -> list[Path]:
        """Return the files of a table, in the order in which they were given."""
        return self._paths[table.name]

    def joined(self, table: Table) -> pa.Table:
        """Return all files of a table as one, in the order in which they were given."""
        parts = [read_table(path, table) for path in self.paths(table)]
        return pa.concat_tables([table.empty(), *parts])

    def imaging_rows(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows of imaging in pieces: so many need not be in memory."""
        from drepano.matrix import stream  # noqa: PLC0415 - commands import their step when they run

        names = ["subject", "session", "column", "item", "value"]
        for path in self.paths(IMAGING):
            yield from stream(path, IMAGING, names)

    def columns(self) -> list[Column]:
        """Return the matrix columns that the steps declared."""
        return from_table(self.joined(COLUMNS))
