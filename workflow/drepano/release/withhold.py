"""Take out of matrix and states what the site does not release; the columns stay."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

import pyarrow as pa
import pyarrow.compute as pc

from drepano.contracts import Column
from drepano.errors import ConfigError, Fault
from drepano.settings import Release

_KEYS = ["subject", "session"]


def withheld_columns(columns: Sequence[Column], release: Release) -> list[Column]:
    """Return the columns that the site does not release, in their order.

    Raises
    ------
    ConfigError
        A pattern fits no column: a misspelt one would release what it was to withhold.
    """
    names = [column.name for column in columns]
    idle = [p for p in release.withheld_columns if not any(fnmatchcase(n, p) for n in names)]
    if idle:
        raise ConfigError(
            *(
                Fault(
                    "site file, release.withheld_columns",
                    f"the pattern {pattern!r}, which fits no column",
                    "patterns of columns in dictionary.json, such as clin__* or t1w__lesion__*",
                    "Mend the pattern, or remove it.",
                )
                for pattern in idle
            )
        )
    patterns = list(release.withheld_columns)
    patterns += ["gen__*"] if release.genotypes == "withheld" else []
    return [c for c in columns if any(fnmatchcase(c.name, pattern) for pattern in patterns)]


def withhold(
    matrix: pa.Table, states: pa.Table, columns: Sequence[Column], release: Release
) -> tuple[pa.Table, pa.Table]:
    """Replace what is not released: values by nulls, the state `measured` by `withheld`.

    States that tell why there is no value stay as they are.

    Parameters
    ----------
    matrix, states
        As the matrix step made them; `states` is a `matrix_states` table.

    Returns
    -------
    matrix, states
        With the same rows and columns; `states` sorted by subject, session and source.
    """
    hidden = withheld_columns(columns, release)
    for column in hidden:
        position = matrix.column_names.index(column.name)
        nulls = pa.nulls(matrix.num_rows, column.arrow)
        matrix = matrix.set_column(position, matrix.field(position), nulls)
    names = {column.name for column in hidden}
    shown_sources = {column.state_source for column in columns if column.name not in names}
    whole = names | {c.state_source for c in hidden if c.state_source not in shown_sources}
    partly = [c for c in hidden if c.state_source in shown_sources and c.name != c.state_source]
    extra = [_own_rows(states, column) for column in partly]
    states = pa.concat_tables([_mark(states, whole), *extra])
    return matrix, states.sort_by([(name, "ascending") for name in [*_KEYS, "source"]])


def _mark(states: pa.Table, sources: set[str]) -> pa.Table:
    """Say `withheld` where these sources say `measured`."""
    ours = pc.is_in(states["source"], value_set=pa.array(sorted(sources), pa.string()))
    marked = pc.and_(ours, pc.equal(states["state"], "measured"))
    for name, value in (("state", "withheld"), ("reason", "release_policy")):
        position = states.column_names.index(name)
        changed = pc.if_else(marked, value, states[name])
        states = states.set_column(position, states.field(position), changed)
    return states


def _own_rows(states: pa.Table, column: Column) -> pa.Table:
    """Say `withheld` for one column whose source is released otherwise."""
    measured = states.filter(
        pc.and_(
            pc.equal(states["source"], column.state_source), pc.equal(states["state"], "measured")
        )
    )
    own = states.filter(pc.equal(states["source"], column.name)).select(_KEYS)
    rest = measured.join(own, keys=_KEYS, join_type="left anti").select(states.column_names)
    position = states.column_names.index("source")
    named = pa.array([column.name] * rest.num_rows, pa.string())
    renamed = rest.set_column(position, states.field(position), named).cast(states.schema)
    return _mark(renamed, {column.name})
