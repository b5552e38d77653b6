"""Mistakes of a whole column: one decimal mark, or one unit, is wrong, and every cell fails."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drepano.catalogue.concepts import Concept
from drepano.clinical.cells import NUMBER, missing_codes, parse_numbers
from drepano.settings import ClinicalColumn, ClinicalSource

_FEWEST = 3
"""With fewer values, nothing is said of a column as a whole."""
_OTHER = {".": ",", ",": "."}


@dataclass(frozen=True, slots=True)
class Doubts:
    """What is odd about a column of numbers.

    Attributes
    ----------
    other_decimal
        Positions of the cells that are numbers only with the other decimal mark, when most
        numbers of the column are such; else empty.
    fitting_units
        Units of the concept in which every number would lie within the limits, when none
        does in the stated unit; else empty.
    """

    other_decimal: tuple[int, ...] = ()
    fitting_units: tuple[str, ...] = ()


def doubt(
    cells: list[str], concept: Concept, column: ClinicalColumn, source: ClinicalSource
) -> Doubts:
    """Look at the cells of a column as a whole; arguments are those of `read_cells`."""
    if concept.type != "number":
        return Doubts()
    return Doubts(
        _other_decimal(cells, source.decimal), _fitting_units(cells, concept, column, source)
    )


def _other_decimal(cells: list[str], decimal: str) -> tuple[int, ...]:
    plain = sum(NUMBER[decimal].fullmatch(cell) is not None for cell in cells)
    other = [
        position
        for position, cell in enumerate(cells)
        if NUMBER[_OTHER[decimal]].fullmatch(cell) and not NUMBER[decimal].fullmatch(cell)
    ]
    return tuple(other) if len(other) > plain else ()


def _fitting_units(
    cells: list[str], concept: Concept, column: ClinicalColumn, source: ClinicalSource
) -> tuple[str, ...]:
    numbers, reason = parse_numbers(cells, missing_codes(column, source), source.decimal)
    stated = numbers[reason == ""]
    own = column.unit or concept.unit
    if len(stated) < _FEWEST or concept.accepts(concept.convert(stated, own)).any():
        return ()
    fits = [u for u in concept.units if np.all(concept.accepts(concept.convert(stated, u)))]
    return tuple(unit for unit in fits if unit != own)
