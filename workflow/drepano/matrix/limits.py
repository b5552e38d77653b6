"""Limits of the study on image quality: what is outside refuses other columns of its row."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase

import numpy as np
import numpy.typing as npt

from drepano.contracts.states import REASONS, STATES
from drepano.errors import ConfigError, Fault
from drepano.matrix.grid import StateGrid
from drepano.matrix.sheet import Sheet
from drepano.settings import QualityLimit

Mask = npt.NDArray[np.bool_]

EXCLUDED = list(STATES).index("excluded_by_quality")
_REASON = list(REASONS).index("quality_limit")


def exclude_by_quality(sheet: Sheet, grid: StateGrid, limits: Mapping[str, QualityLimit]) -> None:
    """Take away the values that the study's limits refuse, and say so in the states.

    Parameters
    ----------
    sheet, grid
        The filled matrix and its states, complete.
    limits
        Column to its limits.

    Raises
    ------
    ConfigError
        Names every column and pattern that fits no declared column.
    """
    names = [column.name for column in sheet.columns]
    _check(names, limits)
    for name, limit in limits.items():
        position = names.index(name)
        values = sheet.values[position]
        outside = np.zeros(sheet.rows, np.bool_)
        if limit.minimum is not None:
            outside |= values < limit.minimum
        if limit.maximum is not None:
            outside |= values > limit.maximum
        outside &= sheet.filled[position]
        refused = [any(fnmatchcase(n, p) for p in limit.excludes) for n in names]
        _refuse(sheet, grid, np.array(refused, np.bool_), outside)


def _check(names: list[str], limits: Mapping[str, QualityLimit]) -> None:
    faults = []
    for name, limit in limits.items():
        where = f"study: gates.quality.{name}"
        if name not in names:
            remedy = "Correct the name; dictionary.json lists all columns."
            faults.append(Fault(where, "no such column", "a column of the matrix", remedy))
        for pattern in limit.excludes:
            if not any(fnmatchcase(n, pattern) for n in names):
                remedy = "Correct the pattern; dictionary.json lists all columns."
                found = f"{pattern!r}, which fits no column"
                faults.append(Fault(f"{where}.excludes", found, "names or patterns", remedy))
    if faults:
        raise ConfigError(*faults)


def _refuse(sheet: Sheet, grid: StateGrid, refused: Mask, rows: Mask) -> None:
    """Empty the refused columns in some rows; a source that is refused as a whole says it once."""
    for source in range(grid.sources):
        columns = np.flatnonzero(grid.source_of == source)
        chosen = columns[refused[columns]]
        if not len(chosen):
            continue
        whole = len(chosen) == len(columns)
        had = {int(c): sheet.filled[c] & rows for c in chosen}
        lost = np.logical_or.reduce([*had.values()])
        for column, emptied in had.items():
            sheet.filled[column][emptied] = False
            own = grid.own[column]
            if whole and own != source:
                grid.forget(column, emptied)
            else:
                _say(grid, own, emptied)
        if whole:
            _say(grid, source, lost)


def _say(grid: StateGrid, key: int, rows: Mask) -> None:
    grid.state[key][rows] = EXCLUDED
    grid.reason[key][rows] = _REASON
