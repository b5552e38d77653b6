"""Write files whole or not at all; read and write described tables."""

from __future__ import annotations

import contextlib
import csv
import errno
import io
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from drepano.contracts.column import Column
from drepano.contracts.table import Table
from drepano.errors import ContractError, Fault, StorageError

_STORAGE_ERRORS = {
    errno.ENOSPC: "no space left on the device",
    errno.EDQUOT: "the quota is used up",
    errno.EROFS: "a read-only file system",
    errno.EACCES: "no permission to write",
    errno.EPERM: "no permission to write",
    errno.EFBIG: "a file-size limit",
}


def _descend(path: Path) -> Path:
    """Return the nearest existing folder above `path`."""
    return next((p for p in path.parents if p.exists()), Path())


@contextlib.contextmanager
def naming_storage_errors(path: Path) -> Iterator[None]:
    """Turn a full disk, a quota or a missing permission into a `StorageError`."""
    try:
        yield
    except OSError as error:
        if error.errno not in _STORAGE_ERRORS:
            raise
        raise StorageError(
            Fault(
                where=str(_descend(path)),
                found=_STORAGE_ERRORS[error.errno],
                expected="a folder that can be written",
                remedy="Free space or mend the permission, then run again: "
                "what was finished is kept.",
            )
        ) from error


@contextlib.contextmanager
def writing(path: Path, mode: int = 0o600) -> Iterator[Path]:
    """Give a temporary path beside `path`; rename it there on success, remove it on failure.

    The file is flushed to disk before the rename, so a power cut leaves the old
    file or the new one. `mode` keeps outputs private to the user who runs drepano.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with naming_storage_errors(path):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            yield temporary
            with temporary.open("rb+") as handle:
                os.fsync(handle.fileno())
            temporary.chmod(mode)
            temporary.replace(path)
        finally:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8, whole or not at all."""
    with writing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: Path, value: object) -> None:
    """Write `value` as JSON with sorted keys: equal values give equal bytes."""
    text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    write_text(path, text + "\n")


def write_parquet(path: Path, table: pa.Table) -> None:
    """Write an Arrow table; equal tables give equal bytes."""
    with writing(path) as temporary:
        pq.write_table(
            table.combine_chunks(),
            temporary,
            compression="zstd",
            row_group_size=1_000_000,
            version="2.6",
        )


def write_table(path: Path, table: pa.Table, contract: Table) -> None:
    """Check `table` against `contract` and write it: Parquet, or TSV by the suffix."""
    checked = contract.check(table, path)
    if path.suffix == ".tsv":
        write_text(path, _as_tsv(checked))
    else:
        write_parquet(path, checked)


def _as_tsv(table: pa.Table) -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    writer.writerow(table.column_names)
    for row in table.to_pylist():
        writer.writerow("" if value is None else value for value in row.values())
    return text.getvalue()


def read_table(path: Path, contract: Table) -> pa.Table:
    """Read a table that `write_table` wrote.

    Raises
    ------
    ContractError
        The file is missing, of another contract, or of a version that this code does not know.
    """
    if not path.exists():
        raise ContractError(
            Fault(str(path), "no file", f"a {contract.name} table", "Run the step that makes it.")
        )
    if path.suffix == ".tsv":
        return contract.check(_from_tsv(path, contract), path)
    table = pq.read_table(path)
    found = {k.decode(): v.decode() for k, v in (table.schema.metadata or {}).items()}
    named = {k: found.get(k) for k in contract.metadata}
    if named != contract.metadata:
        raise ContractError(
            Fault(
                str(path),
                f"contract {named['contract']} v{named['contract_version']}",
                f"{contract.name} v{contract.version}",
                "Rebuild it with this version of drepano, or read it with the one that wrote it.",
            )
        )
    return contract.check(table, path)


def _from_tsv(path: Path, contract: Table) -> pa.Table:
    with path.open(encoding="utf-8", newline="") as handle:
        header, *rows = csv.reader(handle, delimiter="\t")
    cells = list(zip(*rows, strict=True)) or [()] * len(header)
    declared = {column.name: column for column in contract.columns}
    arrays = [
        _parse(column, declared.get(name)) for name, column in zip(header, cells, strict=True)
    ]
    return pa.table(arrays, names=header)


def _parse(cells: Iterable[str], column: Column | None) -> pa.Array:
    """Turn text into a column's type; an empty cell is a null unless the column has none."""
    if column is None or (column.required and column.arrow == pa.string()):
        return pa.array(cells, pa.string())
    return pa.array([cell or None for cell in cells], pa.string()).cast(column.arrow)
