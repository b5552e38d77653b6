"""What the ranks compute in the step imaging: radiomics of a scan, or a measure of a session."""

from __future__ import annotations

from drepano.errors import UnitError
from drepano.imaging.measures.unit import MeasureUnits
from drepano.imaging.radiomics import Radiomics
from drepano.ranks import Unit, UnitResult
from drepano.settings import Imaging


class Extraction:
    """Computes the units of imaging.

    Parameters
    ----------
    context
        The study's imaging settings as JSON.
    """

    def __init__(self, context: str) -> None:
        imaging = Imaging.model_validate_json(context)
        self._radiomics = Radiomics(imaging)
        self._measures = MeasureUnits(imaging)

    def compute(self, unit: Unit) -> UnitResult:
        """Measure a unit.

        Raises
        ------
        UnitError
            The scan cannot be used, or nothing gave a value, all for one reason.
        """
        return self._kind(unit).compute(unit)

    def refuse(self, unit: Unit, error: UnitError) -> UnitResult:
        """Return `failed` for every source of the unit."""
        return self._kind(unit).refuse(unit, error)

    def _kind(self, unit: Unit) -> Radiomics | MeasureUnits:
        return self._measures if "measure" in unit.payload else self._radiomics
