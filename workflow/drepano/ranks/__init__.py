"""The only place that knows MPI: units, shards, hand-out, parts, resume, gather."""

from drepano.ranks.unit import (
    Compute,
    Unit,
    UnitResult,
    content_key,
    shard_of,
    units_from_table,
    units_to_table,
)

__all__ = [
    "Compute",
    "Unit",
    "UnitResult",
    "content_key",
    "shard_of",
    "units_from_table",
    "units_to_table",
]
