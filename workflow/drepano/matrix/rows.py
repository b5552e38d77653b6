"""Where a (subject, session) stands in the matrix."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from drepano.errors import ContractError

Positions = npt.NDArray[np.int64]
"""Row or column numbers; -1 where the name is not known."""


def positions_of(values: pa.Array | pa.ChunkedArray, known: pa.Array) -> Positions:
    """Return the position of each value in `known`, or -1.

    Each distinct string is looked up once; dictionary-encoded values are not decoded.
    """
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if not pa.types.is_dictionary(values.type):
        values = values.dictionary_encode()
    at = pc.index_in(values.dictionary.cast(pa.string()), value_set=known)
    lookup = np.asarray(at.fill_null(-1).to_numpy(zero_copy_only=False), dtype=np.int64)
    found: Positions = lookup[values.indices.to_numpy(zero_copy_only=False)]
    return found


def _sorted_unique(values: pa.ChunkedArray) -> pa.Array:
    distinct = pc.unique(values)
    return distinct.take(pc.sort_indices(distinct))


@dataclass(frozen=True, slots=True)
class RowIndex:
    """Rows of the matrix: sorted by subject, then session.

    Attributes
    ----------
    subjects, sessions
        Distinct labels, sorted.
    codes : (rows,)
        Position of the subject times the number of sessions, plus position of the session;
        strictly ascending.
    starts : (subjects + 1,)
        First row of each subject, and the number of rows.
    """

    subjects: pa.Array
    sessions: pa.Array
    codes: Positions
    starts: Positions

    @classmethod
    def of(cls, table: pa.Table) -> RowIndex:
        """Index the rows of a table that is sorted by its columns subject and session.

        Raises
        ------
        ContractError
            A row repeats or is out of order.
        """
        subjects = _sorted_unique(table["subject"])
        sessions = _sorted_unique(table["session"])
        owners = positions_of(table["subject"], subjects)
        codes = owners * len(sessions) + positions_of(table["session"], sessions)
        if np.any(np.diff(codes) <= 0):
            raise ContractError.of(
                "rows of the matrix",
                found="a subject's session that repeats or is out of order",
                expected="one row per subject and session, sorted",
                remedy="Report this as a bug of the step that wrote the table.",
            )
        starts = np.searchsorted(owners, np.arange(len(subjects) + 1))
        return cls(subjects, sessions, codes, starts.astype(np.int64))

    def __len__(self) -> int:
        return len(self.codes)

    def find(
        self, subject: pa.Array | pa.ChunkedArray, session: pa.Array | pa.ChunkedArray
    ) -> Positions:
        """Return the row of each (subject, session), or -1."""
        owners = positions_of(subject, self.subjects)
        labels = positions_of(session, self.sessions)
        if not len(self):
            return np.full(len(owners), -1, np.int64)
        wanted = np.where((owners < 0) | (labels < 0), -1, owners * len(self.sessions) + labels)
        at = np.minimum(np.searchsorted(self.codes, wanted), len(self) - 1)
        return np.where(self.codes[at] == wanted, at, -1)

    def spread(self, owners: Positions) -> tuple[Positions, Positions]:
        """Repeat each entry for all rows of its subject.

        Parameters
        ----------
        owners : (n,)
            Positions in `subjects`, none of them -1.

        Returns
        -------
        entries, rows : (m,)
            Which entry, and to which row it goes.
        """
        first = self.starts[owners]
        counts = self.starts[owners + 1] - first
        entries = np.repeat(np.arange(len(owners)), counts)
        before = np.cumsum(counts) - counts
        rows = np.arange(len(entries)) - before[entries] + first[entries]
        return entries, rows
