"""What one unit found: rows of values, and states of what has none."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from drepano.contracts.states import STEP_STATES
from drepano.contracts.values import IMAGING
from drepano.errors import UnitError
from drepano.imaging.names import column_of, source_of
from drepano.ranks import Unit, UnitResult

State = Literal["measured", "failed", "undefined"]


def state_row(
    subject: str, session: str, source: str, state: str, why: UnitError | None = None
) -> dict[str, object]:
    """Return a row of `step_states`."""
    return {
        "subject": subject,
        "session": session,
        "source": source,
        "state": state,
        "reason": why.reason if why else "",
        "detail": why.detail if why else None,
        "remedy": why.remedy if why else None,
    }


@dataclass(slots=True)
class Findings:
    """Rows of one unit, in the order in which they are found."""

    unit: Unit
    values: list[dict[str, object]] = field(default_factory=list)
    states: list[dict[str, object]] = field(default_factory=list)
    failures: list[UnitError] = field(default_factory=list)

    @property
    def modality(self) -> str:
        """Name of the unit's modality."""
        return str(self.unit.payload["modality"])

    def measured(
        self, region: str, feature: str, value: float, engine: str, *, item: int = 0
    ) -> None:
        """Write down a value; `item` is the number of a perturbation, 0 for the matrix's own."""
        self.values.append(
            {
                "subject": self.unit.payload["subject"],
                "session": self.unit.payload["session"],
                "column": column_of(self.modality, region, feature),
                "item": item,
                "value": value,
                "engine": engine,
                "key": self.unit.key,
            }
        )

    def failed(self, region: str, why: UnitError) -> None:
        """Write down that a region could not be measured at all."""
        self.failures.append(why)
        self._state(source_of(self.modality, region), "failed", why)

    def without_radiomics(self, region: str, state: State, why: UnitError) -> None:
        """Write down why a region has no radiomics, and which of its columns have a value."""
        self._state(source_of(self.modality, region), state, why)
        start = column_of(self.modality, region, "")
        for row in self.values:
            if row["item"] == 0 and str(row["column"]).startswith(start):
                self._state(str(row["column"]), "measured", None)

    def undefined_feature(self, region: str, feature: str, why: UnitError) -> None:
        """Write down that one feature of a measured region has no meaning."""
        self._state(column_of(self.modality, region, feature), "undefined", why)

    def _state(self, source: str, state: State, why: UnitError | None) -> None:
        subject, session = self.unit.payload["subject"], self.unit.payload["session"]
        self.states.append(state_row(subject, session, source, state, why))

    def result(self) -> UnitResult:
        """Return the rows.

        Raises
        ------
        UnitError
            No value was found, all for one reason: then the unit as a whole has failed.
        """
        reasons = {why.reason for why in self.failures}
        if not self.values and len(reasons) == 1:
            detail = "; ".join(dict.fromkeys(why.detail for why in self.failures))
            raise UnitError(reasons.pop(), detail, self.failures[0].remedy)
        return UnitResult(IMAGING.from_rows(self.values), STEP_STATES.from_rows(self.states))
