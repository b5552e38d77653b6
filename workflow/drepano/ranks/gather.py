"""Join the shards of a step into its tables, in an order that no shard or rank can change."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from drepano.contracts import read_table, write_table
from drepano.contracts.inventory import FAILURES, OUTCOMES
from drepano.contracts.states import STEP_STATES
from drepano.contracts.table import Table
from drepano.errors import InputError
from drepano.ranks.parts import PartStore

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class GatherFiles:
    """What gathering reads and writes."""

    values: list[Path]
    states: list[Path]
    outcomes: list[Path]
    planned_states: Path
    store: Path
    values_out: Path
    states_out: Path
    failures_out: Path


def gather(
    files: GatherFiles, contract: Table, *, step: str, shards: int, max_failed_fraction: float
) -> None:
    """Join all shards.

    Parameters
    ----------
    step
        Name of the step, as `failures` tells it.
    max_failed_fraction
        Greatest fraction of the step's units that may have failed.

    Raises
    ------
    InputError
        More units failed; the failures are written all the same.
    """
    states = _sorted([*files.states, files.planned_states], STEP_STATES)
    failures = failures_of(states, step)
    write_table(files.failures_out, failures, FAILURES)
    outcomes = _sorted(files.outcomes, OUTCOMES)
    count = int(pc.sum(pc.not_equal(outcomes["reason"], "")).as_py() or 0)
    if outcomes.num_rows and count / outcomes.num_rows > max_failed_fraction:
        raise InputError.of(
            files.failures_out,
            found=f"{count} of {outcomes.num_rows} units of {step} failed",
            expected=f"at most a fraction of {max_failed_fraction:g}",
            remedy="Mend the causes named in that file, or raise max_failed_fraction of the study.",
        )
    write_table(files.values_out, _sorted(files.values, contract), contract)
    write_table(files.states_out, states, STEP_STATES)
    PartStore(files.store, contract).prune(shards)
    _LOG.info("%s: %d units, %d failed", step, outcomes.num_rows, count)


def _sorted(paths: list[Path], contract: Table) -> pa.Table:
    """Concatenate tables, add up what adds up, and sort by the contract's key."""
    tables = [read_table(path, contract) for path in paths]
    joined = contract.add_up(pa.concat_tables([contract.empty(), *tables]))
    return joined.sort_by([(name, "ascending") for name in contract.key])


def failures_of(states: pa.Table, step: str) -> pa.Table:
    """Return the failed states as a `failures` table, for people."""
    failed = states.filter(pc.equal(states["state"], "failed"))
    steps = pa.array([step] * failed.num_rows, pa.string())
    return failed.append_column("step", steps).select(FAILURES.names).cast(FAILURES.schema)
