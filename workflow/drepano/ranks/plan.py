"""A step's plan: its units, and the states of all that no unit will make; written as shards."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from drepano.contracts import write_table
from drepano.contracts.inventory import UNITS
from drepano.contracts.states import STEP_STATES
from drepano.ranks.unit import Unit, shard_of, units_to_table


@dataclass(frozen=True, slots=True)
class Plan:
    """What a step is going to do.

    Attributes
    ----------
    units
        Each unit behind the name by which it is sharded: its subject, or its file when the
        unit holds many subjects.
    states
        `step_states` of sources that no unit makes, such as scans that were never acquired.
    """

    units: list[tuple[str, Unit]]
    states: pa.Table


def write_plan(plan: Plan, folder: Path, *, shards: int) -> None:
    """Write `<folder>/<shard>.parquet` for every shard, and `<folder>/states.parquet`.

    A subject's units stay in one shard as others come and go, and a list that did not
    change is written with the same bytes.
    """
    members: list[list[Unit]] = [[] for _ in range(shards)]
    for group, unit in plan.units:
        members[shard_of(group, shards)].append(unit)
    for shard, units in enumerate(members):
        write_table(folder / f"{shard}.parquet", units_to_table(units), UNITS)
    write_table(folder / "states.parquet", plan.states, STEP_STATES)
