"""The states of all sources and columns, by row, as small numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from drepano.contracts import Column
from drepano.contracts.states import MATRIX_STATES, REASONS, STATES
from drepano.errors import Fault
from drepano.matrix.refused import Refused
from drepano.matrix.rows import RowIndex, positions_of

Codes = npt.NDArray[np.int8]

_STATE_NAMES = pa.array(list(STATES), pa.string())
_REASON_NAMES = pa.array(list(REASONS), pa.string())
MEASURED = list(STATES).index("measured")
NOT_ACQUIRED = list(STATES).index("not_acquired")
WITHHELD = list(STATES).index("withheld")
UNSAID = -1

_FOR_ALL_SESSIONS = ("gen__", "score__", "burden__", "ancestry__", "sample__", "clin__")
"""Sources whose states may hold for a subject: those of its blood, and of its record."""


class StateGrid:
    """States by source and row.

    Attributes
    ----------
    keys
        State sources of the columns in their order, then names of columns that are no source.
    state, reason : (keys, rows)
        Positions in STATES and REASONS; -1 where no row of the states speaks.
    spread : (keys, rows)
        True where the state holds for the subject and was repeated for its sessions.
    source_of, own : (columns,)
        Position of each column's state source, and of its own name, in `keys`.
    """

    def __init__(self, columns: Sequence[Column], index: RowIndex) -> None:
        self.index = index
        sources = list(dict.fromkeys(column.state_source for column in columns))
        names = [column.name for column in columns]
        self.sources = len(sources)
        self.keys = list(dict.fromkeys([*sources, *names]))
        place = {key: position for position, key in enumerate(self.keys)}
        self.source_of = np.array([place[c.state_source] for c in columns], np.int64)
        self.own = np.array([place[name] for name in names], np.int64)
        shape = (len(self.keys), len(index))
        self.state: Codes = np.full(shape, UNSAID, np.int8)
        self.reason: Codes = np.zeros(shape, np.int8)
        self.spread = np.zeros(shape, np.bool_)

    def place(self, states: pa.Table, table: str) -> list[Fault]:
        """Write the rows of a states table; a row of one session beats one that holds for all."""
        refused = Refused(table, "source")
        states = states.combine_chunks()
        known = pa.array(self.keys, pa.string())
        keys = positions_of(states["source"], known)
        everywhere = pc.equal(states["session"], "").to_numpy() & self._for_subjects(keys)
        owners = positions_of(states["subject"], self.index.subjects)
        rows = np.where(everywhere, owners, self.index.find(states["subject"], states["session"]))
        kept = refused.keep(rows, keys, states["source"])
        state = positions_of(states["state"], _STATE_NAMES).astype(np.int8)
        reason = positions_of(states["reason"], _REASON_NAMES).astype(np.int8)
        general, special = np.flatnonzero(kept & everywhere), np.flatnonzero(kept & ~everywhere)
        entries, spread = self.index.spread(owners[general])
        general = general[entries]
        for chosen, at, is_general in ((general, spread, True), (special, rows[special], False)):
            cells = keys[chosen] * len(self.index) + at
            said = self.state.ravel()[cells] != UNSAID
            if not is_general:
                said &= ~self.spread.ravel()[cells]
            ordered = np.sort(cells)
            refused.repeated += int(said.sum() + (ordered[1:] == ordered[:-1]).sum())
            self.state.ravel()[cells] = state[chosen]
            self.reason.ravel()[cells] = reason[chosen]
            self.spread.ravel()[cells] = is_general
        return refused.faults()

    def _for_subjects(self, keys: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        general = np.array([key.startswith(_FOR_ALL_SESSIONS) for key in self.keys], np.bool_)
        known = keys >= 0
        known[known] = general[keys[known]]
        return known

    def effective(self, column: int) -> Codes:
        """Return the states of a column by row: its own where one is written, else its source's."""
        own = self.state[self.own[column]]
        state: Codes = np.where(own == UNSAID, self.state[self.source_of[column]], own)
        return state

    def forget(self, column: int, rows: npt.NDArray[np.bool_]) -> None:
        """Remove the states under a column's own name in some rows."""
        self.state[self.own[column]][rows] = UNSAID
        self.reason[self.own[column]][rows] = 0

    def complete(self) -> None:
        """Give every source a state in every row.

        A source is measured where no row says otherwise. Where each of its columns has a row
        of its own and none is measured, the source takes the state of its first column.
        """
        for source in range(self.sources):
            unsaid = self.state[source] == UNSAID
            columns = np.flatnonzero(self.source_of == source)
            own = self.own[columns]
            state, reason = np.int8(MEASURED), np.int8(0)
            self.state[source][unsaid], self.reason[source][unsaid] = state, reason
            if (own == source).any():
                continue
            without = unsaid & np.all(
                (self.state[own] != UNSAID) & (self.state[own] != MEASURED), 0
            )
            self.state[source][without] = self.state[own[0]][without]
            self.reason[source][without] = self.reason[own[0]][without]

    def to_table(self, rows: pa.Table) -> pa.Table:
        """Return a `matrix_states` table sorted by subject, session and source.

        Parameters
        ----------
        rows
            The columns subject and session of the matrix.
        """
        order = np.array(sorted(range(len(self.keys)), key=self.keys.__getitem__), np.int64)
        at, ranks = np.nonzero((self.state[order] != UNSAID).T)
        keys = order[ranks]
        positions = pa.array(at)
        columns = [
            rows["subject"].combine_chunks().take(positions),
            rows["session"].combine_chunks().take(positions),
            pa.array(self.keys, pa.string()).take(pa.array(keys)),
            _STATE_NAMES.take(pa.array(self.state[keys, at])),
            _REASON_NAMES.take(pa.array(self.reason[keys, at])),
        ]
        return pa.Table.from_arrays(columns, schema=MATRIX_STATES.schema)
