"""Clinical concepts: the table `concepts.tsv` as typed records, and their unit conversions."""

from __future__ import annotations

import csv
import functools
import re
from dataclasses import dataclass
from importlib import resources
from typing import Literal, cast

import numpy as np
import numpy.typing as npt

from drepano.errors import ContractError

ConceptType = Literal["number", "category", "boolean"]
Numbers = npt.NDArray[np.float64]

_CONVERSION = re.compile(r"(?P<unit>[^:;]+):(?P<operation>[*/])(?P<operand>[0-9.]+)")


@dataclass(frozen=True, slots=True)
class Conversion:
    """How a value in another unit becomes one in the concept's unit.

    Attributes
    ----------
    unit
        The other unit: a UCUM code, or a spelling that laboratories use.
    divide
        True if the value is divided by `operand`, False if it is multiplied. Both exist,
        because 95 / 10 is exact in the last digit and 95 * 0.1 need not be.
    operand
        Number as the concept table states it.
    """

    unit: str
    divide: bool
    operand: float

    def apply(self, values: Numbers) -> Numbers:
        """Convert `values`, of any shape, into the concept's unit."""
        return values / self.operand if self.divide else values * self.operand


@dataclass(frozen=True, slots=True)
class Concept:
    """One clinical concept.

    Attributes
    ----------
    name
        Part of the matrix column ``clin__<name>``.
    type
        What its values are.
    unit
        UCUM code; empty for categories and flags.
    conversions
        Other units that a site may state.
    minimum, maximum
        Hard limits in `unit`, both inclusive; None for categories and flags.
    categories
        Allowed values in their fixed order, for a category.
    loinc
        LOINC code, empty where there is none.
    meaning
        One sentence, with the direction where there is one.
    source
        Where the limits and the conversion come from.
    synonyms
        Other names of columns that hold it, in lower case; they propose, and decide nothing.
    """

    name: str
    type: ConceptType
    unit: str
    conversions: tuple[Conversion, ...]
    minimum: float | None
    maximum: float | None
    categories: tuple[str, ...]
    loinc: str
    meaning: str
    source: str
    synonyms: tuple[str, ...] = ()

    @property
    def units(self) -> tuple[str, ...]:
        """Units that a site may state: the concept's own first."""
        return (self.unit, *(c.unit for c in self.conversions)) if self.unit else ()

    def accepts(self, values: Numbers) -> npt.NDArray[np.bool_]:
        """Tell which of `values`, of any shape and in `unit`, lie within the hard limits.

        Both limits are inclusive; NaN lies nowhere.
        """
        low = -np.inf if self.minimum is None else self.minimum
        high = np.inf if self.maximum is None else self.maximum
        return (values >= low) & (values <= high)

    def convert(self, values: Numbers, unit: str) -> Numbers:
        """Bring `values`, of any shape, from `unit` into the concept's unit.

        Raises
        ------
        KeyError
            `unit` is none of `units`; settings are checked before values are read.
        """
        if unit == self.unit:
            return values
        return {c.unit: c for c in self.conversions}[unit].apply(values)


@functools.cache
def _read() -> tuple[Concept, ...]:
    text = resources.files(__package__).joinpath("concepts.tsv").read_text(encoding="utf-8")
    return tuple(parse_concepts(text))


def load_concepts() -> dict[str, Concept]:
    """Return all concepts by name, in the order of the table."""
    return {concept.name: concept for concept in _read()}


def parse_concepts(text: str) -> list[Concept]:
    """Read concepts out of the text of a concept table.

    Raises
    ------
    ContractError
        A row does not fit: unknown type, wrong conversion, a number without unit or limits.
    """
    rows = csv.DictReader(text.splitlines(), delimiter="\t")
    return [_concept(row, line) for line, row in enumerate(rows, start=2)]


def _concept(row: dict[str, str], line: int) -> Concept:
    kind = row["type"]
    numeric = all(row[k] for k in ("unit", "minimum", "maximum"))
    fits = {"number": numeric, "category": bool(row["categories"]), "boolean": True}
    if not fits.get(kind, False):
        raise ContractError.of(
            f"concept table, line {line}",
            found=f"a concept of type {kind or 'nothing'} that lacks what the type needs",
            expected="a number with unit and limits, a category with categories, or a boolean",
            remedy="Mend the row.",
        )
    return Concept(
        name=row["name"],
        type=cast("ConceptType", kind),
        unit=row["unit"],
        conversions=tuple(_conversion(c, line) for c in row["conversions"].split(";") if c),
        minimum=float(row["minimum"]) if row["minimum"] else None,
        maximum=float(row["maximum"]) if row["maximum"] else None,
        categories=tuple(c for c in row["categories"].split("|") if c),
        loinc=row["loinc"],
        meaning=row["meaning"],
        source=row["source"],
        synonyms=tuple(s for s in (row.get("synonyms") or "").split("|") if s),
    )


def _conversion(text: str, line: int) -> Conversion:
    match = _CONVERSION.fullmatch(text)
    if match is None:
        raise ContractError.of(
            f"concept table, line {line}",
            found=f"the conversion {text!r}",
            expected="unit:*factor or unit:/divisor",
            remedy="Mend the row.",
        )
    return Conversion(match["unit"], match["operation"] == "/", float(match["operand"]))
