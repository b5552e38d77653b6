"""The files of a release, each with the same bytes for the same content."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from drepano.contracts import Table
from drepano.contracts.released import DICTIONARY, MATRIX, MATRIX_CSV, QUALITY, STATES
from drepano.contracts.states import RELEASED_STATES

RELEASED_MATRIX = Table(
    "released_matrix", 1, RELEASED_STATES.columns[:2], key=("subject", "session")
)
"""The key columns of a released matrix; the others follow the dictionary."""

# Digits of numbers hardly shrink: level 6 takes four times as long for 6 % fewer bytes.
_COMPRESSION_LEVEL = 1


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


@contextmanager
def private_file(path: Path) -> Iterator[IO[bytes]]:
    """Open a new file that its owner alone can read; it is on the disk when this ends."""
    with open(path, "xb", opener=_private) as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def write_parquet(path: Path, table: pa.Table, metadata: Mapping[str, str]) -> None:
    """Write a table with `metadata` in its schema."""
    with private_file(path) as file:
        pq.write_table(
            table.replace_schema_metadata(dict(metadata)).combine_chunks(),
            file,
            compression="zstd",
            row_group_size=1_000_000,
            version="2.6",
        )


def write_csv(path: Path, table: pa.Table) -> None:
    """Write a table as gzipped CSV.

    Numbers have the fewest digits that read back as the same number; true and false are
    lower case; a null is empty and an empty text is quoted; lines end with a line feed. The
    gzip header holds neither a time nor a name.
    """
    with (
        private_file(path) as file,
        gzip.GzipFile("", "wb", _COMPRESSION_LEVEL, fileobj=file, mtime=0) as packed,
    ):
        pacsv.write_csv(table, packed)


def json_text(value: object) -> str:
    """Return `value` as JSON for people, in its own order: that of the matrix."""
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def write_text(path: Path, text: str) -> None:
    """Write text as UTF-8."""
    with private_file(path) as file:
        file.write(text.encode())


def writers(
    matrix: pa.Table, states: pa.Table, texts: Mapping[str, str], identity: Mapping[str, Any]
) -> dict[str, Callable[[Path], None]]:
    """Return what writes each file of CONTENT.

    Parameters
    ----------
    matrix, states
        Under pseudonyms.
    texts
        Text of the JSON files by name.
    identity
        `contract_id`, study and version, as the dictionary has them.
    """
    named = {name: str(value) for name, value in sorted(identity.items())}
    return {
        DICTIONARY: lambda path: write_text(path, texts[DICTIONARY]),
        MATRIX_CSV: lambda path: write_csv(path, matrix),
        MATRIX: lambda path: write_parquet(path, matrix, RELEASED_MATRIX.metadata | named),
        QUALITY: lambda path: write_text(path, texts[QUALITY]),
        STATES: lambda path: write_parquet(path, states, RELEASED_STATES.metadata | named),
    }
