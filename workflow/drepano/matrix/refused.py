"""What found no place in the matrix: counted and named, so that no row is lost in silence."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from drepano.errors import Fault
from drepano.matrix.rows import Positions

_SHOWN = 20
_BUG = "Report this as a bug of the step that wrote the table."


@dataclass(slots=True)
class Refused:
    """Rows of one long table that cannot be placed.

    Subjects are counted and never named: the message goes to a terminal and into logs.
    """

    table: str
    what: str = "column"
    names: set[str] = field(default_factory=set)
    unknown_rows: int = 0
    repeated: int = 0
    not_finite: int = 0
    valueless: int = 0

    def keep(
        self, rows: Positions, columns: Positions, names: pa.Array | pa.ChunkedArray
    ) -> npt.NDArray[np.bool_]:
        """Return which entries have a place, and remember the others."""
        self.unknown_rows += int(np.count_nonzero(rows < 0))
        unknown = columns < 0
        if unknown.any():
            self.names.update(pc.unique(names.filter(pa.array(unknown))).to_pylist())
        return ~unknown & (rows >= 0)

    def faults(self) -> list[Fault]:
        """Return one fault for each kind of misfit."""
        listed = ", ".join(sorted(self.names)[:_SHOWN])
        if len(self.names) > _SHOWN:
            listed += f" and {len(self.names) - _SHOWN} more"
        kinds = [
            (len(self.names), f"unknown {self.what} {listed}", f"a declared {self.what}"),
            (
                self.unknown_rows,
                f"{self.unknown_rows} rows of subjects or sessions that the index does not have",
                "subjects and sessions of the index",
            ),
            (self.repeated, f"{self.repeated} repeated keys", "one row per cell of the matrix"),
            (self.not_finite, f"{self.not_finite} NaN or infinite values", "finite numbers"),
            (
                self.valueless,
                f"{self.valueless} rows with no value of the column's type",
                "a value, or a row of the states and none here",
            ),
        ]
        return [
            Fault(f"table {self.table}", found, expected, _BUG)
            for count, found, expected in kinds
            if count
        ]
