"""One unit of a measure: the files of a session to rows of values and of states."""

from __future__ import annotations

from math import isfinite
from pathlib import Path
from typing import Any

from drepano.contracts.states import STEP_STATES
from drepano.contracts.values import IMAGING
from drepano.errors import UnitError
from drepano.imaging.engine import OWN_ENGINE
from drepano.imaging.findings import state_row
from drepano.imaging.measures.measure import Given, GivenFile, Measured, Missing
from drepano.imaging.measures.registry import measures_of
from drepano.ranks import Unit, UnitResult
from drepano.settings import Imaging

_NO_NUMBER = UnitError(
    "feature_undefined", "not a finite number here", "Look at the scan and its regions."
)


class MeasureUnits:
    """Computes the units of all measures of a study."""

    def __init__(self, imaging: Imaging) -> None:
        self._region_sets = dict(imaging.region_sets)
        self._measures = {measure.name: measure for measure in measures_of(imaging)}

    def compute(self, unit: Unit) -> UnitResult:
        """Measure a session.

        Raises
        ------
        UnitError
            Nothing could be measured.
        """
        measure = self._measures[unit.payload["measure"]]
        values: list[dict[str, object]] = []
        states: list[dict[str, object]] = []
        subject, session = unit.payload["subject"], unit.payload["session"]
        for finding in measure.measure(self._given(unit)):
            if isinstance(finding, Measured) and not isfinite(finding.value):
                if finding.item == 0:
                    states.append(
                        state_row(subject, session, finding.column, "undefined", _NO_NUMBER)
                    )
            elif isinstance(finding, Missing):
                source, state, why = finding.source, finding.state, finding.why
                states.append(state_row(subject, session, source, state, why))
            else:
                values.append(
                    {
                        "subject": subject,
                        "session": session,
                        "column": finding.column,
                        "item": finding.item,
                        "value": float(finding.value),
                        "engine": OWN_ENGINE,
                        "key": unit.key,
                    }
                )
        return UnitResult(IMAGING.from_rows(values), STEP_STATES.from_rows(states))

    def refuse(self, unit: Unit, error: UnitError) -> UnitResult:
        """Return `failed` for the measure's source."""
        payload = unit.payload
        row = state_row(payload["subject"], payload["session"], payload["measure"], "failed", error)
        return UnitResult(IMAGING.empty(), STEP_STATES.from_rows([row]))

    def _given(self, unit: Unit) -> Given:
        payload = unit.payload
        parts = {role: tuple(map(_file, rows)) for role, rows in payload["files"].items()}
        return Given(
            files={role: files[0] for role, files in parts.items()},
            parts=parts,
            absent={role: UnitError(*why) for role, why in payload["absent"].items()},
            clinical=payload["clinical"],
            region_sets=self._region_sets
            | {name: self._region_sets[used] for name, used in payload.get("rules", {}).items()},
        )


def _file(row: dict[str, Any]) -> GivenFile:
    table = row["label_table"]
    return GivenFile(
        path=Path(row["path"]),
        label_table=Path(table) if table else None,
        metadata=row["metadata"],
        companions={kind: Path(path) for kind, path in row["companions"].items()},
    )
