"""What a caller concludes of one subject, and how it becomes values and states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from drepano.contracts import Column
from drepano.genomics.interpretation.evidence import Trouble
from drepano.genomics.interpretation.findings import Findings


@dataclass(frozen=True, slots=True)
class Verdict:
    """Conclusion about one subject.

    Attributes
    ----------
    values
        Last part of a column's name to its value; flags are booleans.
    trouble
        Why the other columns have none.
    troubles
        Last part of a column's name to a reason of its own.
    """

    values: Mapping[str, str | int] = field(default_factory=dict)
    trouble: Trouble | None = None
    troubles: Mapping[str, Trouble] = field(default_factory=dict)


def indeterminate(reason: str, detail: str, remedy: str = "Look at the records.") -> Trouble:
    """Say that the evidence allows more than one answer."""
    return Trouble("indeterminate", reason, detail, remedy)


def write(findings: Findings, subject: str, columns: list[Column], verdict: Verdict) -> None:
    """Give each of the columns its value or its state.

    Raises
    ------
    ValueError
        A column has neither: a bug of the caller.
    """
    for column in columns:
        part = column.name.rpartition("__")[2]
        if part in verdict.values:
            value = verdict.values[part]
            if isinstance(value, str):
                findings.category(subject, column.name, value)
            else:
                findings.number(subject, column.name, value)
            continue
        trouble = verdict.troubles.get(part, verdict.trouble)
        if trouble is None:
            message = f"{column.name} has neither value nor state"
            raise ValueError(message)
        findings.refuse(subject, column.name, trouble)
