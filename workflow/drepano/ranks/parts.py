"""Parts: what finished units leave at once, so that a killed job loses nothing.

A part is a one-row table: the unit's key, its outcome, and its rows of values and
states as nested lists.  A pack is the parts of one shard in one file, because files
(inodes) are a quota on clusters.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from drepano.contracts.files import write_parquet
from drepano.contracts.states import STEP_STATES
from drepano.contracts.table import Table
from drepano.errors import InputError
from drepano.ranks.unit import UnitResult

PARTS_VERSION = "1"


def part_schema(contract: Table) -> pa.Schema:
    """Return the schema of parts and packs of a step with the value table `contract`."""
    return pa.schema(
        [
            pa.field("key", pa.string(), nullable=False),
            pa.field("reason", pa.string(), nullable=False),
            pa.field("retry", pa.bool_(), nullable=False),
            pa.field("values", pa.list_(pa.struct(list(contract.schema)))),
            pa.field("states", pa.list_(pa.struct(list(STEP_STATES.schema)))),
        ],
        metadata={"parts": PARTS_VERSION, **contract.metadata},
    )


def to_part(
    key: str, result: UnitResult, contract: Table, *, reason: str = "", retry: bool = False
) -> pa.Table:
    """Fold a unit's result into a part.

    Parameters
    ----------
    reason
        Why the whole unit failed; empty if it did not.
    retry
        True if the failure may pass, so that the next run tries again.
    """
    values = contract.check(result.values, "values of a unit")
    states = STEP_STATES.check(result.states, "states of a unit")
    return pa.table(
        [
            pa.array([key]),
            pa.array([reason]),
            pa.array([retry]),
            _fold(values),
            _fold(states),
        ],
        schema=part_schema(contract),
    )


def _fold(table: pa.Table) -> pa.Array:
    """Fold all rows of a table into one list cell."""
    columns = [table[name].combine_chunks() for name in table.column_names]
    rows = pa.StructArray.from_arrays(columns, fields=list(table.schema))
    return pa.ListArray.from_arrays(pa.array([0, table.num_rows], pa.int32()), rows)


def unfold(parts: pa.Table, column: str, contract: Table) -> pa.Table:
    """Return the rows of all parts' `values` or `states`, in the order of the parts."""
    chunks = [chunk.flatten() for chunk in parts[column].chunks]
    tables = [
        pa.Table.from_arrays([rows.field(name) for name in contract.names], schema=contract.schema)
        for rows in chunks
    ]
    return pa.concat_tables([contract.empty(), *tables])


class PartStore:
    """Parts and packs of one step, found by content key."""

    def __init__(self, folder: Path, contract: Table) -> None:
        self.folder = folder
        self.contract = contract

    def part_path(self, key: str) -> Path:
        """Return where the part of the unit `key` lies."""
        return self.folder / "parts" / f"{key}.parquet"

    def pack_path(self, shard: int, shards: int) -> Path:
        """Return where the pack of a shard lies."""
        return self.folder / "packs" / f"{shard:04d}-of-{shards:04d}.parquet"

    def load(self, keys: list[str], *, own_pack: Path) -> dict[str, pa.Table]:
        """Return the finished parts among `keys`; those marked for retry are not finished.

        The shard's own pack is read first; the others only for keys that are not in it,
        as after a change of the number of shards.
        """
        wanted = set(keys)
        found: dict[str, pa.Table] = {}
        packs = sorted((self.folder / "packs").glob("*.parquet"), key=lambda p: (p != own_pack, p))
        loose = [p for p in (self.part_path(key) for key in keys) if p.exists()]
        for path in [*loose, *packs]:
            if len(found) == len(wanted):
                break
            found |= self._read(path, wanted - found.keys())
        return found

    def read_part(self, key: str) -> pa.Table | None:
        """Return the part of a unit that was just computed, even if it is marked for retry."""
        return self._read(self.part_path(key), {key}, retried=True).get(key)

    def _read(self, path: Path, keys: set[str], *, retried: bool = False) -> dict[str, pa.Table]:
        """Return the usable parts of a file; a broken or outdated file counts as none."""
        schema = part_schema(self.contract)
        try:
            if not schema.metadata.items() <= (pq.read_schema(path).metadata or {}).items():
                return {}
            if not keys & set(pq.read_table(path, columns=["key"])["key"].to_pylist()):
                return {}
            table = pq.read_table(path).cast(schema)
        except (OSError, ValueError, KeyError, AttributeError):
            # pyarrow.ArrowInvalid is a ValueError.  What cannot be read is computed again.
            return {}
        rows = zip(table["key"].to_pylist(), table["retry"].to_pylist(), strict=True)
        return {
            key: table.slice(i, 1)
            for i, (key, retry) in enumerate(rows)
            if key in keys and (retried or not retry)
        }

    def seal(self, parts: pa.Table, *, shard: int, shards: int) -> None:
        """Write the shard's pack, then remove the loose parts that it holds."""
        write_parquet(self.pack_path(shard, shards), parts)
        for key in parts["key"].to_pylist():
            self.part_path(key).unlink(missing_ok=True)

    def prune(self, shards: int) -> None:
        """Remove what no shard of the present plan can ask for: old packs and loose parts."""
        for pack in (self.folder / "packs").glob("*.parquet"):
            if not pack.name.endswith(f"-of-{shards:04d}.parquet"):
                pack.unlink(missing_ok=True)
        # The hidden ones are what a process that was killed left half written.
        for pattern in ("*.parquet", ".*.tmp"):
            for part in (self.folder / "parts").glob(pattern):
                part.unlink(missing_ok=True)


def concatenate(parts: list[pa.Table], contract: Table) -> pa.Table:
    """Join parts into one table, in the given order.

    Raises
    ------
    InputError
        Arrow's offsets are too short for the text of so many units.
    """
    joined = pa.concat_tables([part_schema(contract).empty_table(), *parts])
    try:
        return joined.combine_chunks()
    except pa.ArrowInvalid as error:
        raise InputError.of(
            f"a shard of {contract.name}",
            found=f"{len(parts)} units with more than 2 GiB of text in a column",
            expected="less",
            remedy="Raise `shards` in the site file and run again: no unit is computed twice.",
        ) from error


def failed(parts: pa.Table) -> int:
    """Count the parts whose whole unit failed."""
    return int(pc.sum(pc.not_equal(parts["reason"], "")).as_py() or 0)
