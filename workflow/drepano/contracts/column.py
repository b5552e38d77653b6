"""One record per column: what it holds, in which unit, and what a null in it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

ColumnType = Literal["string", "number", "integer", "boolean", "category"]

ARROW_TYPES: dict[ColumnType, pa.DataType] = {
    "string": pa.string(),
    "number": pa.float64(),
    "integer": pa.int64(),
    "boolean": pa.bool_(),
    "category": pa.string(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A declared column.

    Attributes
    ----------
    name
        Unique in its table; in the matrix it splits at ``__``.
    type
        Frictionless-like type; ``category`` is a string out of `categories`.
    meaning
        One sentence, with the direction where there is one.
    unit
        UCUM code, ``1`` when there is none, empty when a unit makes no sense.
    missing
        What a null says.
    source
        Where the definition comes from: IBSI code, rsID, LOINC, paper.
    standard
        The standard it follows, or how it departs from it.
    state_source
        Key under which `states` explains a null of this column.
    categories
        Allowed values in their fixed order, for ``category``.
    minimum, maximum
        Hard limits, both inclusive.
    required
        True if a null is not allowed.
    """

    name: str
    type: ColumnType
    meaning: str
    unit: str = ""
    missing: str = ""
    source: str = ""
    standard: str = ""
    state_source: str = ""
    categories: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    required: bool = False

    @property
    def arrow(self) -> pa.DataType:
        """The Arrow type that this column is stored as."""
        return ARROW_TYPES[self.type]


def required(name: str, kind: ColumnType, meaning: str, unit: str = "") -> Column:
    """Declare a column that is never null."""
    return Column(name=name, type=kind, meaning=meaning, unit=unit, required=True)


def optional(
    name: str, kind: ColumnType, meaning: str, unit: str = "", *, missing: str = ""
) -> Column:
    """Declare a column whose null says `missing`."""
    return Column(name=name, type=kind, meaning=meaning, unit=unit, missing=missing)
