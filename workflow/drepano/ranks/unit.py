"""The unit: the smallest piece that is computed, kept and reported alone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from drepano.contracts.inventory import UNITS


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of work.

    Attributes
    ----------
    name
        Unique in its step, such as ``sub-01_ses-02_t1w``. Never in a log: it names a subject.
    key
        Content key. Same key, same result; what logs call the unit.
    cost
        Expected work from headers, in any fixed measure of the step; dearer units start first.
    payload
        What the compute function needs: paths and settings, JSON values only.
    """

    name: str
    key: str
    cost: float
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class UnitResult:
    """What a unit gives.

    Attributes
    ----------
    values
        Rows of the step's value table.
    states
        Rows of `step_states`, one for each source of the unit that has no value.
    """

    values: pa.Table
    states: pa.Table


Compute = Callable[[Unit], UnitResult]


def content_key(*parts: object) -> str:
    """Hash JSON values to a key of 32 hex digits; equal values give equal keys."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def shard_of(name: str, shards: int) -> int:
    """Return the shard of a subject (or file), stable as others come and go."""
    digest = hashlib.sha256(name.encode()).digest()
    return int.from_bytes(digest[:8], "big") % shards


def units_to_table(units: list[Unit]) -> pa.Table:
    """Write units down as a `units` table, in order of their names."""
    rows: list[dict[str, object]] = [
        {
            "unit": unit.name,
            "key": unit.key,
            "cost": unit.cost,
            "payload": json.dumps(unit.payload, sort_keys=True, ensure_ascii=False),
        }
        for unit in sorted(units, key=lambda unit: unit.name)
    ]
    return UNITS.from_rows(rows)


def units_from_table(table: pa.Table) -> list[Unit]:
    """Read units out of a `units` table, in its order."""
    return [
        Unit(row["unit"], row["key"], row["cost"], json.loads(row["payload"]))
        for row in table.to_pylist()
    ]
