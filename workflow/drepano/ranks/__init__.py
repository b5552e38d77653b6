"""The only place that knows MPI: units, shards, hand-out, parts, resume, gather."""

from drepano.ranks.calculation import Calculation
from drepano.ranks.gather import GatherFiles, gather
from drepano.ranks.launch import connect
from drepano.ranks.plan import Plan, write_plan
from drepano.ranks.shard import ShardFiles, run_shard
from drepano.ranks.supervisor import StepSpec
from drepano.ranks.unit import (
    Unit,
    UnitResult,
    content_key,
    shard_of,
    units_from_table,
    units_to_table,
)

__all__ = [
    "Calculation",
    "GatherFiles",
    "Plan",
    "ShardFiles",
    "StepSpec",
    "Unit",
    "UnitResult",
    "connect",
    "content_key",
    "gather",
    "run_shard",
    "shard_of",
    "units_from_table",
    "units_to_table",
    "write_plan",
]
