"""How complete a matrix is, and whether it passes the study's gates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from drepano.contracts import Column
from drepano.contracts.states import STATES
from drepano.errors import ContractError
from drepano.matrix.grid import WITHHELD, StateGrid
from drepano.matrix.rows import RowIndex
from drepano.settings import Gates


def quality(
    matrix: pa.Table,
    states: pa.Table,
    columns: Sequence[Column],
    gates: Gates,
    stability: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Count what is there, and hold it against the gates.

    Parameters
    ----------
    matrix, states
        As `build_matrix` returns them, or with columns withheld for a release.
    columns
        Declared columns.
    gates
        Limits of the study.
    stability
        What `stability` says of perturbed features; it is added under this name.

    Returns
    -------
    dict
        `subjects`, `sessions`, `columns`; `states`: sources by state; `sources`: for each state
        source its rows by state; `column_states`: single columns that depart from their source,
        by state; `missing_fraction` of all cells [0–1], where a withheld cell is not missing:
        there is a value; `failed_fraction` of the acquired sources [0–1]; `gates`, each with
        value, limit and passed. Counts only, no value of a patient.
    """
    index = RowIndex.of(matrix)
    grid = StateGrid(columns, index)
    faults = grid.place(states, "matrix states")
    if faults:
        raise ContractError(*faults)
    sources = {key: _by_state(grid.state[i]) for i, key in enumerate(grid.keys[: grid.sources])}
    totals = {s: sum(counts.get(s, 0) for counts in sources.values()) for s in STATES}
    acquired = sum(totals.values()) - totals["not_acquired"]
    summary: dict[str, Any] = {
        "subjects": len(index.subjects),
        "sessions": len(index),
        "columns": len(columns),
        "states": {state: count for state, count in totals.items() if count},
        "sources": sources,
        "column_states": _by_state(grid.state[grid.sources :]),
        "missing_fraction": _missing_fraction(matrix, grid, columns),
        "failed_fraction": totals["failed"] / acquired if acquired else 0.0,
    }
    if stability is not None:
        summary["stability"] = dict(stability)
    return summary | {"gates": _judge(summary, gates)}


def _by_state(codes: np.ndarray[Any, np.dtype[np.int8]]) -> dict[str, int]:
    """Count the states that occur, in their declared order."""
    counts = np.bincount(codes[codes >= 0].ravel(), minlength=len(STATES)).tolist()
    return {state: count for state, count in zip(STATES, counts, strict=True) if count}


def _missing_fraction(matrix: pa.Table, grid: StateGrid, columns: Sequence[Column]) -> float:
    missing = 0
    for position, column in enumerate(columns):
        null = pc.is_null(matrix[column.name]).to_numpy()
        missing += int(np.count_nonzero(null & (grid.effective(position) != WITHHELD)))
    cells = len(columns) * len(grid.index)
    return missing / cells if cells else 0.0


def _judge(summary: dict[str, Any], gates: Gates) -> list[dict[str, Any]]:
    rules = [
        ("min_subjects", summary["subjects"], gates.min_subjects),
        ("max_failed_fraction", summary["failed_fraction"], gates.max_failed_fraction),
        ("max_missing_fraction", summary["missing_fraction"], gates.max_missing_fraction),
    ]
    return [
        {
            "gate": name,
            "value": value,
            "limit": limit,
            "passed": bool(value >= limit if name.startswith("min_") else value <= limit),
        }
        for name, value, limit in rules
    ]
