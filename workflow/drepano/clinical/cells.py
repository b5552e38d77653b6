"""Cells of one delivered column to values, each cell with a value or the reason for none."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from drepano.catalogue.concepts import Concept, Numbers
from drepano.clinical.check import FLAGS
from drepano.settings import ClinicalColumn, ClinicalSource

NUMBER = {
    ".": re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"),
    ",": re.compile(r"[+-]?(?:[0-9]+,?[0-9]*|,[0-9]+)(?:[eE][+-]?[0-9]+)?"),
}
"""Numbers by decimal mark. No thousands mark: 1.234 in a decimal-comma file is not guessed."""

Words = npt.NDArray[np.object_]
"""(N,) of text, or of None where there is none."""


def read_cells(
    cells: list[str], concept: Concept, column: ClinicalColumn, source: ClinicalSource
) -> pd.DataFrame:
    """Read the cells of one column.

    Parameters
    ----------
    cells
        Text of each row.
    concept
        What the column holds.
    column, source
        Unit, codes, missing codes and decimal mark as the site states them.

    Returns
    -------
    pandas.DataFrame
        One row per cell: `number` (float64, NaN if none), `category` (text or None) and
        `reason` (empty when there is a value).
    """
    missing = missing_codes(column, source)
    if concept.type == "number":
        return _numbers(cells, missing, concept, column.unit or concept.unit, source.decimal)
    reason = _look_up(cells, missing, "")
    if concept.type == "boolean":
        return _flags(cells, reason, column.values)
    return _categories(cells, reason, concept, column.values)


def missing_codes(column: ClinicalColumn, source: ClinicalSource) -> dict[str, str]:
    """Return the codes of missing values that hold for a column; an empty cell is always one."""
    return {"": "not_recorded", **source.missing, **column.missing}


def _look_up(cells: list[str], meanings: Mapping[str, object], otherwise: object) -> Words:
    found = np.empty(len(cells), dtype=object)
    found[:] = [meanings.get(cell, otherwise) for cell in cells]
    return found


def parse_numbers(cells: list[str], missing: dict[str, str], decimal: str) -> tuple[Numbers, Words]:
    """Read numbers as they are stated, in whatever unit.

    Returns
    -------
    tuple
        Numbers (N,), NaN where there is none; and why there is none, empty where there is one.
        A missing code that is a number has both.
    """
    shape = NUMBER[decimal]
    stated = [float(cell.replace(",", ".")) if shape.fullmatch(cell) else None for cell in cells]
    # A spreadsheet writes the code -996 as -996.0; it is the same code.
    codes = {float(c.replace(",", ".")): r for c, r in missing.items() if shape.fullmatch(c)}
    reason = np.empty(len(cells), dtype=object)
    reason[:] = [
        missing.get(cell) or ("not_a_number" if number is None else codes.get(number, ""))
        for cell, number in zip(cells, stated, strict=True)
    ]
    return np.array(stated, dtype=np.float64), reason


def _numbers(
    cells: list[str], missing: dict[str, str], concept: Concept, unit: str, decimal: str
) -> pd.DataFrame:
    numbers, reason = parse_numbers(cells, missing, decimal)
    numbers = concept.convert(numbers, unit) + 0.0  # -0.0 becomes 0.0
    reason[(reason == "") & ~concept.accepts(numbers)] = "out_of_range"
    return _frame(np.where(reason == "", numbers, np.nan), None, reason)


def _flags(cells: list[str], reason: Words, codes: dict[str, str]) -> pd.DataFrame:
    words = [codes.get(cell, "") for cell in cells] if codes else [c.lower() for c in cells]
    numbers = np.array([FLAGS.get(word, np.nan) for word in words], dtype=np.float64)
    reason[(reason == "") & np.isnan(numbers)] = "unknown_category"
    return _frame(np.where(reason == "", numbers, np.nan), None, reason)


def _categories(
    cells: list[str], reason: Words, concept: Concept, codes: dict[str, str]
) -> pd.DataFrame:
    words = _look_up(cells, codes or {c: c for c in concept.categories}, None)
    unknown = np.array([word is None for word in words], dtype=bool)
    reason[(reason == "") & unknown] = "unknown_category"
    words[reason != ""] = None
    return _frame(np.full(len(cells), np.nan), words, reason)


def _frame(numbers: Numbers, categories: Words | None, reason: Words) -> pd.DataFrame:
    none = np.full(len(numbers), None, dtype=object)
    return pd.DataFrame(
        {
            "number": numbers,
            "category": pd.Series(none if categories is None else categories, dtype=object),
            "reason": pd.Series(reason, dtype=object),
        }
    )
