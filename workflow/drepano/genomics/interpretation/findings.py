"""Values and states that interpreters leave, as rows of their tables."""

from __future__ import annotations

import pyarrow as pa

from drepano.contracts.states import STEP_STATES
from drepano.contracts.values import INTERPRETATION
from drepano.genomics.interpretation.evidence import Trouble


class Findings:
    """What was concluded, and why not where nothing was."""

    def __init__(self) -> None:
        self._values: list[dict[str, object]] = []
        self._states: list[dict[str, object]] = []

    def number(self, subject: str, column: str, value: float) -> None:
        """Give a number, an integer or a flag (0, 1) of a matrix column."""
        self._values.append({"subject": subject, "column": column, "number": float(value)})

    def category(self, subject: str, column: str, value: str) -> None:
        """Give a category of a matrix column."""
        self._values.append({"subject": subject, "column": column, "category": value})

    def refuse(self, subject: str, source: str, trouble: Trouble) -> None:
        """Say why a source, or one column by its full name, has no value."""
        self._states.append(
            {
                "subject": subject,
                "session": "",
                "source": source,
                "state": trouble.state,
                "reason": trouble.reason,
                "detail": trouble.detail or None,
                "remedy": trouble.remedy or None,
            }
        )

    def tables(self) -> tuple[pa.Table, pa.Table]:
        """Return `interpretation` and `step_states`, each sorted by its key."""
        values, states = INTERPRETATION.from_rows(self._values), STEP_STATES.from_rows(self._states)
        return (
            values.sort_by([(name, "ascending") for name in INTERPRETATION.key]),
            states.sort_by([(name, "ascending") for name in STEP_STATES.key]),
        )
