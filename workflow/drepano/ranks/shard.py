"""One shard: take what is finished, compute the rest on all ranks, write its tables."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from drepano.contracts import read_table, write_table
from drepano.contracts.inventory import OUTCOMES, UNITS
from drepano.contracts.states import STEP_STATES
from drepano.contracts.table import Table
from drepano.errors import InputError
from drepano.ranks.calculation import resolve
from drepano.ranks.handout import hand_out
from drepano.ranks.launch import Ranks
from drepano.ranks.parts import PartStore, concatenate, failed, unfold
from drepano.ranks.supervisor import StepSpec, Supervisor
from drepano.ranks.unit import Unit, units_from_table

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ShardFiles:
    """What one shard of a step reads and writes."""

    units: Path
    store: Path
    values: Path
    states: Path
    outcomes: Path


def run_shard(
    files: ShardFiles,
    spec: StepSpec,
    ranks: Ranks,
    *,
    shard: tuple[int, int],
    time_limit_s: float = 7200.0,
) -> None:
    """Bring one shard of a step to its tables.

    Every rank calls this; rank 0 alone reads and writes files, apart from the parts.
    Finished units leave their part at once, so a killed run goes on where it stopped.

    Parameters
    ----------
    shard
        Number of the shard, and how many there are.
    time_limit_s
        A unit that runs longer is stopped and becomes a failure.
    """
    contract: Table = resolve(spec.contract)
    store = PartStore(files.store, contract)
    supervisor = Supervisor(spec, time_limit_s)
    if ranks.rank != 0:
        hand_out([], ranks, store, supervisor)
        return
    units = units_from_table(read_table(files.units, UNITS))
    own_pack = store.pack_path(*shard)
    keys = [unit.key for unit in units]
    kept = _intact(store.load(keys, own_pack=own_pack), spec)
    todo = [unit for unit in units if unit.key not in kept]
    _LOG.info(
        "shard %d of %d: %d units, %d kept, %d to compute on %d ranks",
        *(*shard, len(units), len(kept), len(todo), ranks.size),
    )
    hand_out(todo, ranks, store, supervisor)
    kept |= _computed(todo, store, contract)
    parts = concatenate([kept[unit.key] for unit in units], contract)
    store.seal(parts, shard=shard[0], shards=shard[1])
    write_table(files.values, contract.add_up(unfold(parts, "values", contract)), contract)
    write_table(files.states, unfold(parts, "states", STEP_STATES), STEP_STATES)
    reasons = parts["reason"].to_pylist()
    rows: list[dict[str, object]] = [
        {"unit": unit.name, "key": unit.key, "reason": reason}
        for unit, reason in zip(units, reasons, strict=True)
    ]
    write_table(files.outcomes, OUTCOMES.from_rows(rows), OUTCOMES)
    _LOG.info("shard %d of %d: done, %d units failed", *shard, failed(parts))


def _intact(kept: dict[str, pa.Table], spec: StepSpec) -> dict[str, pa.Table]:
    """Leave out the parts of units whose files are gone, so that they are made again."""
    if not spec.intact:
        return kept
    there = resolve(spec.intact)
    return {key: part for key, part in kept.items() if there(part["values"].to_pylist()[0])}


def _computed(todo: list[Unit], store: PartStore, contract: Table) -> dict[str, pa.Table]:
    """Read back the parts of this run, failures that may pass included."""
    found = {unit.key: store.read_part(unit.key) for unit in todo}
    parts = {key: part for key, part in found.items() if part is not None}
    lost = sorted(key[:12] for key in found.keys() - parts.keys())
    if lost:
        raise InputError.of(
            store.folder,
            found=f"no readable part of {len(lost)} units that reported success ({lost[0]} first)",
            expected=f"a part of contract {contract.name} for each",
            remedy="Look for another process that clears this folder, then run again.",
        )
    return parts
