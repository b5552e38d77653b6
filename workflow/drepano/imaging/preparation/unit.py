"""What the ranks compute in the step preparation: the scans of one session."""

from __future__ import annotations

import json
from pathlib import Path

from drepano.contracts.inventory import PREPARED
from drepano.contracts.states import STEP_STATES
from drepano.errors import UnitError
from drepano.imaging.findings import state_row
from drepano.imaging.preparation.dataset import load_shared
from drepano.imaging.preparation.engine import ENGINE
from drepano.imaging.preparation.session import SessionPreparation, refuse_scan
from drepano.imaging.preparation.writer import SessionWriter
from drepano.ranks import Unit, UnitResult
from drepano.settings.preparation import Preparation


def context_of(settings: Preparation, folder: Path) -> str:
    """Return what worker processes need: the study's preparation, and where images go."""
    return json.dumps({"prepare": settings.model_dump(mode="json"), "folder": str(folder)})


class PreparationUnits:
    """Computes the units of preparation.

    Parameters
    ----------
    context
        What `context_of` returned.
    """

    def __init__(self, context: str) -> None:
        told = json.loads(context)
        self._settings = Preparation.model_validate(told["prepare"])
        self._folder = Path(told["folder"])
        self._loaded = load_shared(self._settings, self._folder)

    def compute(self, unit: Unit) -> UnitResult:
        """Prepare a session.

        Raises
        ------
        UnitError
            No image could be made, all for one reason.
        """
        writer = self._writer(unit)
        SessionPreparation(self._settings, self._loaded, unit.payload, writer).run()
        reasons = {row["reason"] for row in writer.rows}
        if len(reasons) == 1 and "" not in reasons:
            row = writer.rows[0]
            raise UnitError(row["reason"], row["detail"], row["remedy"])
        return _result(unit, writer)

    def refuse(self, unit: Unit, error: UnitError) -> UnitResult:
        """List every image of the unit with the reason."""
        writer = self._writer(unit)
        for name in unit.payload["scans"]:
            refuse_scan(writer, self._settings, unit.payload, name, error)
        return _result(unit, writer)

    def _writer(self, unit: Unit) -> SessionWriter:
        session = (unit.payload["subject"], unit.payload["session"])
        return SessionWriter(self._folder, session, unit.key, ENGINE)


def _result(unit: Unit, writer: SessionWriter) -> UnitResult:
    states = [
        state_row(
            unit.payload["subject"],
            unit.payload["session"],
            Path(row["path"]).name.removesuffix(".nii.gz"),
            "failed",
            UnitError(row["reason"], row["detail"], row["remedy"]),
        )
        for row in writer.rows
        if row["reason"]
    ]
    return UnitResult(PREPARED.from_rows(writer.rows), STEP_STATES.from_rows(states))
