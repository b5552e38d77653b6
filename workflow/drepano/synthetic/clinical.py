"""Clinical values to the table of one hospital, with its own headers, units and codes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np

from drepano.synthetic.phenotype import Values, draw_values
from drepano.synthetic.roster import Person, Stream, generator
from drepano.synthetic.tables import Row, write_rows

Gap = Literal["", "empty", "unknown", "refused", "out_of_range"]

CLINICAL_COLUMNS = ("subject", "concept", "value", "state", "reason")

MISSING_CODES = {"": "not_recorded", "-997": "not_recorded", "-996": "refused"}
"""Missing codes of the table; the numbers are those of the SADaCC registry."""

_GAP_TEXTS: dict[Gap, str] = {"empty": "", "unknown": "-997", "refused": "-996"}
_GAP_REASONS: dict[Gap, str] = {
    "empty": "not_recorded",
    "unknown": "not_recorded",
    "refused": "refused",
}
_GAP_FRACTION = 0.015
_IMPOSSIBLE_HB_G_L = "830"


@dataclass(frozen=True, slots=True)
class HospitalColumn:
    """How the hospital writes a concept.

    Attributes
    ----------
    header
        Header in the table.
    unit
        Unit of the table's numbers, empty for categories and flags.
    factor
        The concept's value times this is the table's number.
    digits
        Decimals that the table keeps.
    codes
        What the table writes to what it means, for categories and flags.
    """

    header: str
    unit: str = ""
    factor: float = 1.0
    digits: int = 1
    codes: dict[str, str] = field(default_factory=dict)


_FLAG = {"0": "false", "1": "true"}
HOSPITAL: dict[str, HospitalColumn] = {
    "age": HospitalColumn("age_years", "a"),
    "sex": HospitalColumn("sex", codes={"1": "male", "2": "female"}),
    "genotype": HospitalColumn(
        "diagnosis",
        codes={
            "SS": "HbSS",
            "SC": "HbSC",
            "S0": "HbS/beta0",
            "S+": "HbS/beta+",
            "AS": "HbAS",
            "AA": "HbAA",
        },
    ),
    "hb": HospitalColumn("haemoglobin", "g/L", 10, 0),
    "hbf_pct": HospitalColumn("hbf_fraction", "fraction", 0.01, 3),
    "hbs_pct": HospitalColumn("hbs", "%"),
    "mcv": HospitalColumn("mcv", "fL", digits=0),
    "retic_pct": HospitalColumn("reticulocytes", "%"),
    "ldh": HospitalColumn("ldh", "U/L", digits=0),
    "bili_total": HospitalColumn("bilirubin", "umol/L", 17.1, 0),
    "creatinine": HospitalColumn("creatinine", "umol/L", 88.4, 0),
    "wbc": HospitalColumn("leucocytes", "10*9/L"),
    "plt": HospitalColumn("platelets", "10*9/L", digits=0),
    "tcd_tamv_max": HospitalColumn("tcd_highest", "cm/s", digits=0),
    "on_hydroxyurea": HospitalColumn("hydroxyurea", codes=_FLAG),
    "transfused_90d": HospitalColumn("transfused_90_days", codes=_FLAG),
}
"""Concepts of config/study.yaml as this hospital writes them."""

RAW_HOSPITAL = {**HOSPITAL, "hct_pct": HospitalColumn("haematocrit", "%")}
"""Concepts of config/study_raw.yaml: haematocrit corrects the blood flow; it is never empty."""


@dataclass(frozen=True, slots=True)
class Chart:
    """The clinical row of a person: values, and which cells hold none.

    Attributes
    ----------
    texts
        Concept to the text of its cell.
    gaps
        Concept to the reason why its cell holds no usable value.
    """

    person: Person
    texts: dict[str, str]
    gaps: dict[str, Gap]


def draw_charts(
    people: Sequence[Person], seed: int, hospital: Mapping[str, HospitalColumn] = HOSPITAL
) -> list[Chart]:
    """Draw the table's rows: some cells empty or coded, one out of range, one person absent."""
    present = [person for person in people if person.part != "no_clinical"]
    rng = generator(seed, Stream.COHORT, 0, 1)
    gaps = _draw_gaps(len(present), rng)
    return [
        _chart(person, draw_values(person, seed), gaps[i], hospital)
        for i, person in enumerate(present)
    ]


def write_charts(
    path: Path, charts: Sequence[Chart], hospital: Mapping[str, HospitalColumn] = HOSPITAL
) -> None:
    """Write the hospital's table."""
    headers = [column.header for column in hospital.values()]
    rows: list[Row] = []
    for chart in charts:
        row: Row = {"participant_id": chart.person.participant}
        row.update({hospital[concept].header: text for concept, text in chart.texts.items()})
        rows.append(row)
    write_rows(path, ("participant_id", *headers), rows)


def clinical_rows(
    charts: Sequence[Chart],
    people: Sequence[Person],
    hospital: Mapping[str, HospitalColumn] = HOSPITAL,
) -> Iterator[Row]:
    """Yield the truth of each person and concept, in the concept's unit; flags are 0 or 1."""
    by_person = {chart.person.index: chart for chart in charts}
    for person in people:
        chart = by_person.get(person.index)
        for concept, column in hospital.items():
            state, reason = _state(chart, concept)
            value = _meaning(chart.texts[concept], column) if chart and not reason else None
            yield {
                "subject": person.label,
                "concept": concept,
                "value": value,
                "state": state,
                "reason": reason,
            }


def _state(chart: Chart | None, concept: str) -> tuple[str, str]:
    if chart is None:
        return "not_acquired", "no_clinical_row"
    gap = chart.gaps.get(concept, "")
    if gap == "out_of_range":
        return "excluded_by_quality", "out_of_range"
    return ("not_acquired", _GAP_REASONS[gap]) if gap else ("measured", "")


def _meaning(text: str, column: HospitalColumn) -> str | float | int:
    if column.codes is _FLAG:
        return int(text)
    return column.codes[text] if column.codes else float(text) / column.factor


def _chart(
    person: Person, values: Values, gaps: dict[str, Gap], hospital: Mapping[str, HospitalColumn]
) -> Chart:
    texts = {concept: _text(values[concept], column) for concept, column in hospital.items()}
    for concept, gap in gaps.items():
        texts[concept] = _GAP_TEXTS.get(gap, _IMPOSSIBLE_HB_G_L)
    return Chart(person, texts, gaps)


def _text(value: float | str | bool, column: HospitalColumn) -> str:  # noqa: FBT001
    if column.codes:
        meaning = str(value).lower() if isinstance(value, bool) else value
        return next(code for code, means in column.codes.items() if means == meaning)
    return f"{float(value) * column.factor:.{column.digits}f}"


def _draw_gaps(rows: int, rng: np.random.Generator) -> list[dict[str, Gap]]:
    """Choose cells for each kind of gap, at least one of a kind, and one impossible value."""
    gaps: list[dict[str, Gap]] = [{} for _ in range(rows)]
    if rows:
        gaps[int(rng.integers(rows))]["hb"] = "out_of_range"
    concepts = [concept for concept in HOSPITAL if concept != "hb"]
    cells = [(row, concept) for row in range(rows) for concept in concepts]
    each = max(1, round(_GAP_FRACTION * len(cells)))
    kinds = list(_GAP_TEXTS)
    for turn, cell in enumerate(rng.permutation(len(cells))[: each * len(kinds)]):
        row, concept = cells[cell]
        gaps[row][concept] = kinds[turn % len(kinds)]
    return gaps
