"""Read a long table in pieces, so that a large cohort's need not be in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from drepano.contracts import Table
from drepano.errors import ContractError

_BATCH = 1_000_000


def stream(path: Path, contract: Table, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """Yield some columns of a table file in record batches; strings come dictionary-encoded.

    Raises
    ------
    ContractError
        The file is missing or of another contract or version.
    """
    if not path.exists():
        raise ContractError.of(
            path,
            found="no file",
            expected=f"a {contract.name} table",
            remedy="Run the step that makes it.",
        )
    kinds = {column.name: column.type for column in contract.columns}
    texts = [name for name in names if kinds[name] in ("string", "category")]
    with pq.ParquetFile(path, read_dictionary=texts) as file:
        metadata = file.schema_arrow.metadata or {}
        found = {k.decode(): v.decode() for k, v in metadata.items()}
        if {k: found.get(k) for k in contract.metadata} != contract.metadata:
            raise ContractError.of(
                path,
                found=f"contract {found.get('contract')} v{found.get('contract_version')}",
                expected=f"{contract.name} v{contract.version}",
                remedy="Rebuild it with this version of drepano.",
            )
        yield from file.iter_batches(batch_size=_BATCH, columns=list(names))
