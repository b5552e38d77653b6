"""Cells and rows of the clinical tables that could not be used, for people at the site."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import pyarrow as pa

from drepano.catalogue.concepts import Concept, load_concepts
from drepano.clinical.check import FLAGS
from drepano.clinical.delivery import Delivery
from drepano.clinical.resolve import UNUSABLE
from drepano.clinical.states import REMEDIES
from drepano.contracts.inventory import PROBLEMS

Problem = dict[str, object]

_FOUND = {
    "out_of_range": "a value outside the hard limits",
    "not_a_number": "text that is not a number",
    "unknown_category": "a word or code that is none of the known ones",
}
_FEWEST_FRACTIONS = 10
"""A percentage column is doubted only with this many values above zero."""


def list_problems(
    deliveries: list[Delivery], resolved: pd.DataFrame, pairs: pd.DataFrame, subjects: pa.Table
) -> pa.Table:
    """Write the PROBLEMS rows of all sources, sorted; a place and a kind, never a value."""
    rows = [
        *(p for d in deliveries for p in _row_problems(d)),
        *(p for d in deliveries for p in _cell_problems(d)),
        *(p for d in deliveries for p in _doubted_units(d)),
        *_conflicts(resolved),
        *_strangers(pairs, subjects),
    ]
    unique = {tuple(row.values()): row for row in rows}
    return PROBLEMS.from_rows([unique[key] for key in sorted(unique, key=repr)])


def _problem(severity: str, where: str, found: str, expected: str, remedy: str) -> Problem:
    return {
        "severity": severity,
        "where": where,
        "found": found,
        "expected": expected,
        "remedy": remedy,
    }


def _row_problems(delivery: Delivery) -> Iterator[Problem]:
    path = delivery.source.path
    for line in delivery.nameless:
        expected = f"a participant in the column {delivery.source.participant}"
        remedy = "Fill the participant in, or remove the row."
        yield _problem("error", f"{path}, line {line}", "no participant", expected, remedy)
    for line in delivery.misfits:
        found = "a row with more or fewer cells than the header"
        expected = "as many cells as column names"
        remedy = "Mend the row; a decimal comma in a comma-separated file splits a cell in two."
        yield _problem("error", f"{path}, line {line}", found, expected, remedy)


def _cell_problems(delivery: Delivery) -> Iterator[Problem]:
    bad = delivery.cells[delivery.cells["reason"].isin(UNUSABLE[1:])]
    for concept, where, reason in bad[["concept", "where", "reason"]].itertuples(index=False):
        column = delivery.source.columns[concept]
        yield _problem(
            "error",
            where,
            _FOUND[reason],
            _expected(load_concepts()[concept], column.unit),
            REMEDIES[reason],
        )


def _expected(concept: Concept, unit: str | None) -> str:
    if concept.type == "number":
        limits = f"{concept.minimum:g} to {concept.maximum:g} {concept.unit}"
        return f"a number in {unit} that is {limits}"
    return " | ".join(concept.categories or FLAGS)


def _doubted_units(delivery: Delivery) -> Iterator[Problem]:
    """Doubt a percentage column whose every value would fit a fraction.

    Fractions pass the limits of a percentage, so nothing else would notice.
    """
    for name, column in delivery.source.columns.items():
        concept = load_concepts()[name]
        numbers = delivery.cells.loc[delivery.cells["concept"] == name, "number"]
        positive = numbers[numbers > 0]
        if column.unit != "%" or concept.unit != "%" or len(positive) < _FEWEST_FRACTIONS:
            continue
        if positive.max() <= 1:
            yield _problem(
                "warning",
                f"{delivery.source.path}, column {column.column}",
                "no value above 1 in a column that is stated in %",
                "percentages",
                "If the column holds fractions, state the unit `1` in the site file.",
            )


def _conflicts(resolved: pd.DataFrame) -> Iterator[Problem]:
    for cited in resolved.loc[resolved["reason"] == "conflicting_rows", "cited"]:
        yield _problem(
            "error",
            cited,
            "cells of one participant and session that say different things",
            "one value per participant and session",
            REMEDIES["conflicting_rows"],
        )


def _strangers(pairs: pd.DataFrame, subjects: pa.Table) -> Iterator[Problem]:
    """Tell when the clinical tables are newer than the index."""
    known = subjects.select(["subject", "session"]).to_pandas()
    count = len(pairs) - len(known.drop_duplicates())
    if count:
        yield _problem(
            "warning",
            "clinical tables",
            f"{count} subjects or sessions that the index does not know",
            "the subjects and sessions of the index",
            "Run the index again: the clinical tables changed after it.",
        )
