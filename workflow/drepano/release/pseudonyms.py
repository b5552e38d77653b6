"""Subjects to keyed pseudonyms, sessions to ranks, rows to an order that tells nothing."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from drepano.errors import ReleaseError

_DOMAIN = b"drepano-pseudonym-v1"
_HEX_DIGITS = 32


def pseudonym(key: bytes, site: str, subject: str) -> str:
    """Return the pseudonym of a subject: 128 bits of an HMAC-SHA256, as 32 hex digits.

    Without the key nobody can tell from a list of names who is who. The site's name is part
    of the message, so that a key shared by two sites does not link their subjects.

    References
    ----------
    .. [1] RFC 2104, HMAC: Keyed-Hashing for Message Authentication.
    """
    message = b"\0".join([_DOMAIN, site.encode(), subject.encode()])
    return hmac.new(key, message, hashlib.sha256).hexdigest()[:_HEX_DIGITS]


def session_order(label: str) -> tuple[list[tuple[int, str]], str]:
    """Return the sort key of a session label: numbers in it count as numbers, so 2 before 10."""
    parts = re.findall(r"[0-9]+|[^0-9]+", label)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts], label


def ranks_of(sessions: Iterable[str]) -> dict[str, int]:
    """Return the rank of each session label of one subject, from 1."""
    ordered = sorted(set(sessions), key=session_order)
    return {label: rank for rank, label in enumerate(ordered, start=1)}


@dataclass(frozen=True, slots=True)
class Disguise:
    """What each row of the matrix is called in the release.

    Attributes
    ----------
    keys
        The columns subject and session of the matrix.
    subjects, sessions
        Pseudonym and rank of each row of `keys`.
    """

    keys: pa.Table
    subjects: pa.Array
    sessions: pa.Array

    @classmethod
    def of(cls, matrix: pa.Table, key: bytes, site: str) -> Disguise:
        """Make the pseudonyms of a matrix.

        Raises
        ------
        ReleaseError
            Two subjects have the same pseudonym.
        """
        keys = matrix.select(["subject", "session"])
        members: dict[str, list[str]] = {}
        for subject, session in zip(*(c.to_pylist() for c in keys.columns), strict=True):
            members.setdefault(subject, []).append(session)
        names = {subject: pseudonym(key, site, subject) for subject in members}
        _check_distinct(names)
        ranks = {subject: ranks_of(sessions) for subject, sessions in members.items()}
        rows = list(zip(*(c.to_pylist() for c in keys.columns), strict=True))
        return cls(
            keys,
            pa.array([names[subject] for subject, _ in rows], pa.string()),
            pa.array([ranks[subject][session] for subject, session in rows], pa.int64()),
        )

    def apply(self, table: pa.Table) -> pa.Table:
        """Return `table` under pseudonyms and ranks, sorted by them and its `source`.

        Parameters
        ----------
        table
            Has the columns subject and session, each pair of which is a row of the matrix.
        """
        at = self._rows_of(table)
        for position, name, values in (
            (0, "subject", self.subjects),
            (1, "session", self.sessions),
        ):
            field = pa.field(name, values.type, nullable=False)
            table = table.set_column(position, field, values.take(at))
        order = ["subject", "session", *(["source"] if "source" in table.column_names else [])]
        return table.sort_by([(name, "ascending") for name in order])

    def _rows_of(self, table: pa.Table) -> pa.Array:
        """Return the row of the matrix that each row of `table` belongs to."""
        mine, theirs = (_joined(t) for t in (self.keys, table))
        at = pc.index_in(theirs, value_set=mine)
        if at.null_count:
            raise ReleaseError.of(
                "states",
                found=f"{at.null_count} rows of subjects or sessions that the matrix lacks",
                expected="states of the rows of the matrix",
                remedy="Rebuild matrix and states together.",
            )
        return at.combine_chunks() if isinstance(at, pa.ChunkedArray) else at


def _joined(table: pa.Table) -> pa.Array:
    """Return subject and session as one string; BIDS labels have no zero byte."""
    joined = pc.binary_join_element_wise(table["subject"], table["session"], "\0")
    return joined.combine_chunks() if isinstance(joined, pa.ChunkedArray) else joined


def _check_distinct(names: dict[str, str]) -> None:
    collisions = len(names) - len(set(names.values()))
    if collisions:
        raise ReleaseError.of(
            "pseudonyms",
            found=f"{collisions} subjects with the pseudonym of another",
            expected="one pseudonym per subject",
            remedy="Report this bug: with 128 bits it does not happen by chance.",
        )
