"""Single cells: units, limits, codes; a value, or the reason for none."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drepano.catalogue.concepts import load_concepts
from drepano.clinical.cells import read_cells
from drepano.settings import ClinicalColumn, ClinicalSource

PERCENT = {"unit": "%"}


@pytest.fixture
def cell(read):
    """Read one cell: its value, or its state and reason."""

    def _cell(text: str, concept: str, column: dict, **source: object) -> object:
        table = f"participant_id\tX\n01\t{text}\n"
        outcome = read(table, {concept: {"column": "X", **column}}, **source)
        if outcome.values:
            assert outcome.problems == []
            return outcome.values["01", "", concept]
        return outcome.states["01", "", concept]

    return _cell


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("8.1", "g/dL", 8.1),
        ("81", "g/L", 8.1),
        ("5", "mmol/L", 5 / 0.6206),
        ("+8.", "g/dL", 8.0),
        ("0.8e1", "g/dL", 8.0),
        (" 8.1 ", "g/dL", 8.1),
        ("2", "g/dL", 2.0),
        ("200", "g/L", 20.0),
    ],
)
def test_numbers_are_converted_exactly(cell, text, unit, value) -> None:
    assert cell(text, "hb", {"unit": unit}) == value


@pytest.mark.parametrize(
    "text", ["8,1", "<5", "8.1 g/dL", "nan", "inf", "0x8", "8_1", "1 000", "--8", "e5", "٨"]
)
def test_text_that_is_no_plain_number_fails(cell, text) -> None:
    assert cell(text, "hb", {"unit": "g/dL"}) == ("failed", "not_a_number")


@pytest.mark.parametrize("text", ["1.99", "20.01", "-8", "1e400", "81"])
def test_a_value_outside_the_hard_limits_is_excluded(cell, text) -> None:
    assert cell(text, "hb", {"unit": "g/dL"}) == ("excluded_by_quality", "out_of_range")


def test_decimal_comma(cell) -> None:
    assert cell("8,1", "hb", {"unit": "g/dL"}, decimal=",") == 8.1
    assert cell("8", "hb", {"unit": "g/dL"}, decimal=",") == 8.0


def test_a_point_in_a_decimal_comma_file_is_not_guessed(cell) -> None:
    assert cell("1.234", "plt", {"unit": "10*9/L"}, decimal=",") == ("failed", "not_a_number")


def test_a_negative_zero_is_zero(cell) -> None:
    assert str(cell("-0.0", "hbf_pct", PERCENT)) == "0.0"


@pytest.mark.parametrize(
    ("text", "reason"),
    [("-996", "refused"), ("-997", "not_recorded"), ("-996.0", "refused"), ("", "not_recorded")],
)
def test_coded_missing_values_keep_their_reason(cell, text, reason) -> None:
    codes = {-996: "refused", -997: "not_recorded"}
    assert cell(text, "hb", {"unit": "g/dL"}, missing=codes) == ("not_acquired", reason)


def test_a_columns_missing_codes_add_to_those_of_the_file(cell) -> None:
    column = {"unit": "%", "missing": {"99": "refused"}}
    assert cell("99", "hbf_pct", column) == ("not_acquired", "refused")
    assert cell("n/a", "hbf_pct", column) == ("not_acquired", "not_recorded")


@pytest.mark.parametrize(("text", "value"), [("true", 1.0), ("FALSE", 0.0)])
def test_flags_without_codes_are_true_and_false(cell, text, value) -> None:
    assert cell(text, "hsct", {}) == value


def test_flags_with_codes(cell) -> None:
    coded = {"values": {1: "true", 2: "false"}}
    assert cell("1", "on_hydroxyurea", coded) == 1.0
    assert cell("2", "on_hydroxyurea", coded) == 0.0
    assert cell("0", "on_hydroxyurea", coded) == ("failed", "unknown_category")
    assert cell("true", "on_hydroxyurea", coded) == ("failed", "unknown_category")


def test_one_and_zero_are_not_taken_for_flags_unasked(cell) -> None:
    assert cell("1", "hsct", {}) == ("failed", "unknown_category")


def test_categories(cell) -> None:
    assert cell("HbS/beta0", "genotype", {}) == "HbS/beta0"
    assert cell("SS", "genotype", {"values": {"SS": "HbSS"}}) == "HbSS"
    assert cell("SS", "genotype", {}) == ("failed", "unknown_category")
    assert cell("2", "sex", {"values": {1: "male", 2: "female"}}) == "female"
    assert cell("", "sex", {}) == ("not_acquired", "not_recorded")


def test_a_bad_cell_is_a_problem_with_its_place(read) -> None:
    text = "participant_id\tHb\n01\t8\n02\t888\n"
    outcome = read(text, {"hb": {"column": "Hb", "unit": "g/dL"}}, pairs=(("01", ""), ("02", "")))
    assert outcome.values == {("01", "", "hb"): 8.0}
    (problem,) = outcome.problems
    assert problem["severity"] == "error"
    assert problem["where"].endswith("clinic.tsv, line 3, column Hb")
    assert problem["found"] == "1 value outside the hard limits"
    assert problem["expected"] == "a number in g/dL that is 2 to 20 g/dL"
    (state,) = outcome.tables.states.to_pylist()
    assert state["detail"].endswith("clinic.tsv, line 3, column Hb")
    assert "unit" in state["remedy"]


@settings(deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=("Cs",)), max_size=8), max_size=6))
def test_every_cell_has_a_value_or_a_reason(texts: list[str]) -> None:
    for name in ("hb", "sex", "hsct"):
        unit = load_concepts()[name].unit or None
        column = ClinicalColumn(column="X", unit=unit)
        source = ClinicalSource(path="clinic.tsv", columns={name: column})
        read = read_cells(texts, load_concepts()[name], column, source)
        has_value = ~np.isnan(read["number"]) | read["category"].notna()
        assert (has_value == (read["reason"] == "")).all()
