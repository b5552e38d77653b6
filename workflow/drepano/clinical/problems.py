"""Cells and rows of the clinical tables that could not be used, for people at the site."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import pandas as pd
import pyarrow as pa

from drepano.catalogue.concepts import Concept, load_concepts
from drepano.clinical.check import FLAGS
from drepano.clinical.delivery import Delivery
from drepano.clinical.doubts import Doubts
from drepano.clinical.places import counted, first_of, place
from drepano.clinical.resolve import UNUSABLE
from drepano.clinical.states import REMEDIES
from drepano.contracts.inventory import PROBLEMS
from drepano.settings import ClinicalSource

Problem = dict[str, object]

_FOUND = {
    "out_of_range": ("value outside the hard limits", "values outside the hard limits"),
    "not_a_number": ("text that is no number", "texts that are no numbers"),
    "unknown_category": ("unknown word or code", "unknown words or codes"),
}
_MARKS = {".": "comma", ",": "point"}
"""What stands in the cells when another decimal mark is stated."""
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
    if delivery.nameless:
        found = f"{counted(len(delivery.nameless), 'row')} without participant"
        expected = f"a participant in the column {delivery.source.participant}"
        remedy = "Fill the participant in, or remove the row."
        yield _problem("error", place(path, delivery.nameless), found, expected, remedy)
    if delivery.misfits:
        rows = counted(len(delivery.misfits), "row")
        found = f"{rows} with more or fewer cells than the header"
        expected = "as many cells as column names"
        remedy = "Mend the row; a decimal comma in a comma-separated file splits a cell in two."
        yield _problem("error", place(path, delivery.misfits), found, expected, remedy)


def _cell_problems(delivery: Delivery) -> Iterator[Problem]:
    """Tell each kind of mistake once per column, and a wrong decimal mark once per file."""
    yield from _decimal_problems(delivery)
    bad = delivery.cells[delivery.cells["reason"].isin(UNUSABLE[1:])]
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for name, reason, line in bad[["concept", "reason", "line"]].itertuples(index=False):
        groups[name, reason].append(line)
    for (name, reason), lines in groups.items():
        doubts = delivery.doubts[name]
        explained = {delivery.lines[position] for position in doubts.other_decimal}
        rest = [n for n in lines if reason != "not_a_number" or n not in explained]
        if rest:
            yield _cell_problem(delivery.source, name, reason, rest, doubts)


def _cell_problem(
    source: ClinicalSource, name: str, reason: str, lines: list[int], doubts: Doubts
) -> Problem:
    column = source.columns[name]
    found, remedy = counted(len(lines), *_FOUND[reason]), REMEDIES[reason]
    if reason == "out_of_range" and doubts.fitting_units:
        units = " or ".join(doubts.fitting_units)
        found = f"{found}: all of the column, and all would be within them in {units}"
        remedy = f"Check if the column is in {units} and not in {column.unit}, and state it."
    expected = _expected(load_concepts()[name], column.unit)
    return _problem("error", place(source.path, lines, column.column), found, expected, remedy)


def _decimal_problems(delivery: Delivery) -> Iterator[Problem]:
    source = delivery.source
    names = [source.columns[n].column for n, d in delivery.doubts.items() if d.other_decimal]
    if names:
        word = _MARKS[source.decimal]
        mark = {"comma": ",", "point": "."}[word]
        yield _problem(
            "error",
            f"{source.path}, column{'' if len(names) == 1 else 's'} {', '.join(names)}",
            f"numbers with a decimal {word}, in most cells",
            f'the decimal mark of the site file, `decimal: "{source.decimal}"`',
            f'Set `decimal: "{mark}"` for this file; thousands marks are never read.',
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
    conflicts = resolved[resolved["reason"] == "conflicting_rows"]
    for name, group in conflicts.groupby("concept", sort=True):
        sessions = counted(len(group), "participant or session", "participants or sessions")
        yield _problem(
            "error",
            first_of(list(group["cited"])),
            f"cells of {sessions} that say different things of {name}",
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
