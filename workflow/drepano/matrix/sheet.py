"""The matrix while it is being filled: numbers and a mask, scattered by row and column."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from drepano.contracts import Column
from drepano.errors import Fault
from drepano.matrix.rows import Positions

Numbers = npt.NDArray[np.float64]
# Up to here a float holds every integer exactly.
_GREATEST_INTEGER = 2**53
_BUG = "Report this as a bug of the step that made the value."


class Sheet:
    """All cells of the matrix.

    Every type is kept as a 64-bit float until the end: flags as 0 and 1, categories as their
    position, integers exactly up to 2**53.

    Attributes
    ----------
    values : (columns, rows)
        Cells; without meaning where not `filled`. One column lies in one piece of memory.
    filled : (columns, rows)
        True where there is a value.
    spread : (columns, rows)
        True where the value holds for the subject and was repeated for its sessions.
    """

    def __init__(self, columns: Sequence[Column], rows: int) -> None:
        self.columns = list(columns)
        self.names = pa.array([column.name for column in columns], pa.string())
        self.rows = rows
        # Zeros are only reserved: memory is taken as cells are filled.
        self.values: Numbers = np.zeros((len(columns), rows))
        self.filled = np.zeros((len(columns), rows), np.bool_)
        self.spread = np.zeros((len(columns), rows), np.bool_)

    def place(
        self,
        rows: Positions,
        columns: Positions,
        numbers: Numbers,
        *,
        spread: bool = False,
        over: bool = False,
    ) -> int:
        """Write cells; return how many of them were there already.

        Parameters
        ----------
        rows, columns, numbers : (n,)
            Where each number goes.
        spread
            The values hold for the subject, not for one session.
        over
            The values may replace spread ones.
        """
        cells = columns * self.rows + rows
        known = self.filled.ravel()[cells]
        if over:
            known &= ~self.spread.ravel()[cells]
        ordered = np.sort(cells)
        repeated = int(np.count_nonzero(known) + np.count_nonzero(ordered[1:] == ordered[:-1]))
        self.values.ravel()[cells] = numbers
        self.filled.ravel()[cells] = True
        self.spread.ravel()[cells] = spread
        return repeated

    def column(self, position: int) -> pa.Array:
        """Return a column in its declared type; null where nothing was placed."""
        column = self.columns[position]
        values, empty = self.values[position], ~self.filled[position]
        if column.type == "number":
            return pa.array(values, mask=empty)
        if column.type == "integer":
            return pa.array(values.astype(np.int64), mask=empty)
        if column.type == "boolean":
            return pa.array(values.astype(np.bool_), mask=empty)
        indices = pa.array(values.astype(np.int32), mask=empty)
        allowed = pa.array(column.categories, pa.string())
        return pa.DictionaryArray.from_arrays(indices, allowed).cast(pa.string())

    def faults(self) -> list[Fault]:
        """Name every column that holds what its type cannot."""
        found = []
        for position, column in enumerate(self.columns):
            if column.type not in ("integer", "boolean"):
                continue
            present = self.values[position][self.filled[position]]
            if column.type == "integer":
                wrong = (present % 1 != 0) | (np.abs(present) > _GREATEST_INTEGER)
            else:
                wrong = ~np.isin(present, (0, 1))
            count = int(np.count_nonzero(wrong))
            if count:
                where = f"matrix, column {column.name}"
                found.append(Fault(where, f"{count} other values", f"{column.type} values", _BUG))
        return found
