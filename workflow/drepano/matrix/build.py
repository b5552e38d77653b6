"""Join the long tables to one row per subject and session, with a state behind every null."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pyarrow as pa

from drepano.contracts import Column, Table
from drepano.contracts.inventory import SESSION, SUBJECT
from drepano.contracts.states import MATRIX_STATES
from drepano.contracts.values import INTERPRETATION
from drepano.errors import ContractError, Fault
from drepano.matrix.fill import (
    Rows,
    fill_clinical,
    fill_genomics,
    fill_imaging,
    fill_interpretation,
)
from drepano.matrix.grid import MEASURED, NOT_ACQUIRED, UNSAID, StateGrid
from drepano.matrix.limits import exclude_by_quality
from drepano.matrix.rows import RowIndex
from drepano.matrix.sheet import Sheet
from drepano.settings import QualityLimit

_SHOWN = 5
_BUG = "Report this as a bug of the step that writes these columns."


@dataclass(frozen=True, slots=True)
class Matrix:
    """The wide table and what explains it.

    Attributes
    ----------
    matrix
        One row per subject and session, sorted; columns subject, session, then the declared
        ones in their order.
    states
        A `matrix_states` table: every state source in every row, and single columns that
        depart from their source.
    """

    matrix: pa.Table
    states: pa.Table


def matrix_contract(columns: Sequence[Column]) -> Table:
    """Return the contract of a matrix with the declared columns, as it stays at the site."""
    return Table("matrix", 1, (SUBJECT, SESSION, *columns), key=("subject", "session"))


def build_matrix(  # noqa: PLR0913, PLR0917 - one argument for each table that is joined
    subjects: pa.Table,
    columns: Sequence[Column],
    imaging: Rows,
    genomics: pa.Table,
    clinical: pa.Table,
    step_states: Sequence[pa.Table],
    limits: Mapping[str, QualityLimit] = MappingProxyType({}),
    *,
    interpretation: pa.Table | None = None,
) -> Matrix:
    """Join the tables of all steps.

    Parameters
    ----------
    subjects
        A `subjects` table: it alone says which rows the matrix has.
    columns
        Declared columns: they alone say which columns the matrix has.
    imaging
        An `imaging` table, or its record batches (columns subject, session, column, value), so
        that a long table need not be in memory.
    genomics, clinical
        Tables of these contracts. Genotypes, and clinical rows without a session, hold for
        every session of the subject; a clinical row of a session beats one without.
    step_states
        `step_states` tables: why a source or column has no value.
    limits
        Columns whose values refuse others, as the study says.
    interpretation
        What was concluded from genotypes; None if the study concludes nothing.

    Raises
    ------
    ContractError
        A row has no place, a key repeats, a null has no state, or a value has one that says
        it is not there. All misfits are named at once; subjects are counted, never named.
    """
    _check_declared(columns)
    rows = subjects.select(["subject", "session"]).sort_by(
        [("subject", "ascending"), ("session", "ascending")]
    )
    index = RowIndex.of(rows)
    sheet = Sheet(columns, len(index))
    grid = StateGrid(columns, index)
    concluded = INTERPRETATION.empty() if interpretation is None else interpretation
    faults = [
        *fill_imaging(sheet, index, imaging),
        *fill_genomics(sheet, index, genomics),
        *fill_interpretation(sheet, index, concluded),
        *fill_clinical(sheet, index, clinical),
        *(fault for table in step_states for fault in grid.place(table, "states of a step")),
        *sheet.faults(),
    ]
    if faults:
        raise ContractError(*faults)
    settle(sheet, grid)
    grid.complete()
    exclude_by_quality(sheet, grid, limits)
    check_explained(sheet.filled, grid, columns)
    arrays = [sheet.column(position) for position in range(len(sheet.columns))]
    contract = matrix_contract(columns)
    wide = pa.table([*rows.columns, *arrays], names=contract.names)
    return Matrix(
        contract.check(wide, "matrix"), MATRIX_STATES.check(grid.to_table(rows), "matrix states")
    )


def _check_declared(columns: Sequence[Column]) -> None:
    """Refuse columns that no matrix can hold."""
    names = [column.name for column in columns]
    faults = (
        [
            Fault(f"matrix column {name}", "the name twice", "names that are unique", _BUG)
            for name in sorted({name for name in names if names.count(name) > 1})
        ]
        if len(set(names)) < len(names)
        else []
    )
    for column in columns:
        where = f"matrix column {column.name}"
        if not column.state_source:
            faults.append(Fault(where, "no state source", "a key of the states", _BUG))
        if column.type == "string":
            expected = "number, integer, boolean or category"
            faults.append(Fault(where, "the type string", expected, _BUG))
        if column.type == "category" and not column.categories:
            faults.append(Fault(where, "no categories", "its allowed values", _BUG))
    if faults:
        raise ContractError(*faults)


def settle(sheet: Sheet, grid: StateGrid) -> None:
    """Let what was said of one session beat what holds for the subject, value or state.

    Only a session that has no row at all (`not_acquired`) leaves the subject's value standing.
    Value and state of the same reach contradict each other and are left for the check.
    """
    for position, column in enumerate(sheet.columns):
        if column.state_source != column.name:
            continue
        key = grid.own[position]
        state = grid.state[key]
        said = (state != UNSAID) & (state != MEASURED)
        both = sheet.filled[position] & said
        general, general_state = sheet.spread[position], grid.spread[key]
        session_refuses = both & general & ~general_state
        grid.forget(position, both & ~general & general_state)
        grid.forget(position, session_refuses & (state == NOT_ACQUIRED))
        sheet.filled[position] &= ~(session_refuses & (grid.state[key] != UNSAID))


def check_explained(
    filled: np.ndarray[tuple[int, int], np.dtype[np.bool_]],
    grid: StateGrid,
    columns: Sequence[Column],
) -> None:
    """Check that every null has a state, and that no value has one that denies it.

    Parameters
    ----------
    filled : (columns, rows)
        True where there is a value.

    Raises
    ------
    ContractError
        With the number of cells and the first columns of each kind.
    """
    unexplained: dict[str, int] = {}
    denied: dict[str, int] = {}
    for position, column in enumerate(columns):
        measured = grid.effective(position) == MEASURED
        nulls = int(np.count_nonzero(measured & ~filled[position]))
        values = int(np.count_nonzero(~measured & filled[position]))
        unexplained |= {column.name: nulls} if nulls else {}
        denied |= {column.name: values} if values else {}
    faults = []
    if unexplained:
        found = f"{sum(unexplained.values())} nulls without a state in {_first(unexplained)}"
        faults.append(Fault("matrix", found, "a state for every null", _BUG))
    if denied:
        found = f"{sum(denied.values())} values whose state says there is none, {_first(denied)}"
        faults.append(Fault("matrix", found, "the state `measured` for every value", _BUG))
    if faults:
        raise ContractError(*faults)


def _first(names: dict[str, int]) -> str:
    shown = ", ".join(list(names)[:_SHOWN])
    more = len(names) - _SHOWN
    return f"{len(names)} columns: {shown}" + (f" and {more} more" if more > 0 else "")
