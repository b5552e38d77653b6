"""Problems of clinical tables: one row per cause, however many cells it spoils."""

import pytest

from drepano.errors import InputError

HB = {"hb": {"column": "Hb", "unit": "g/dL"}}
LDH = {"ldh": {"column": "LDH", "unit": "U/L"}}


def table(*cells: str, header: str = "participant_id\tHb") -> str:
    rows = (f"{number:02}\t{text}" for number, text in enumerate(cells, start=1))
    return "\n".join([header, *rows]) + "\n"


def told(outcome) -> dict[str, str]:
    """Give what was found by place, without the warning that the index is older."""
    rows = [p for p in outcome.problems if p["where"] != "clinical tables"]
    found = {p["where"].rsplit("/", 1)[-1]: p["found"] for p in rows}
    assert len(found) == len(rows)
    return found


def test_cells_of_a_column_and_a_cause_are_one_row(read) -> None:
    text = table("8", *["888"] * 7, "x", "<5", "9", header="participant_id\tHb")
    assert told(read(text, HB)) == {
        "clinic.tsv, lines 3, 4, 5, 6, 7 and 2 more, column Hb": "7 values outside the hard limits",
        "clinic.tsv, lines 10, 11, column Hb": "2 texts that are no numbers",
    }


def test_codes_that_are_not_known_are_one_row(read) -> None:
    outcome = read(table("male", "m", "f"), {"sex": {"column": "Hb"}})
    assert told(outcome) == {"clinic.tsv, lines 3, 4, column Hb": "2 unknown words or codes"}


def test_rows_that_can_not_be_read_are_one_row_per_cause(read) -> None:
    text = "participant_id\tHb\n01\t8\n\t9\n\t9\n02\n03\n"
    assert told(read(text, HB)) == {
        "clinic.tsv, lines 3, 4": "2 rows without participant",
        "clinic.tsv, lines 5, 6": "2 rows with more or fewer cells than the header",
    }


def test_conflicts_of_a_concept_are_one_row(read) -> None:
    text = "participant_id\tHb\n" + "".join(f"{n}\t8\n{n}\t9\n" for n in range(7))
    (problem,) = [p for p in read(text, HB).problems if p["severity"] == "error"]
    assert problem["found"] == (
        "cells of 7 participants or sessions that say different things of hb"
    )
    assert problem["where"].count(" | ") == 4
    assert problem["where"].endswith("; and 2 more")


@pytest.mark.parametrize(
    ("decimal", "cells", "word", "mark"),
    [
        (".", ["8,1", "9,5", "7", "x", ""], "comma", ","),
        (",", ["8.1", "9.5", "7", "x", ""], "point", "."),
    ],
)
def test_a_wrong_decimal_mark_is_one_row_per_file(read, decimal, cells, word, mark) -> None:
    text = table(*(f"{c}\t{c}" for c in cells), header="participant_id\tHb\tLDH")
    outcome = read(text, HB | LDH, decimal=decimal)
    found = told(outcome)
    assert found["clinic.tsv, columns Hb, LDH"] == f"numbers with a decimal {word}, in most cells"
    assert found["clinic.tsv, line 5, column Hb"] == "1 text that is no number"
    (remedy,) = [p["remedy"] for p in outcome.problems if "columns" in p["where"]]
    assert f'Set `decimal: "{mark}"`' in remedy
    states = {reason for _, reason in outcome.states.values()}
    assert "not_a_number" in states  # told, never read


def test_few_commas_are_no_decimal_mark(read) -> None:
    found = told(read(table("8,1", "9", "7"), HB))
    assert found == {"clinic.tsv, line 2, column Hb": "1 text that is no number"}


def test_a_column_in_another_unit_gets_the_hint_which(read) -> None:
    outcome = read(table("91", "105", "", "78"), HB)
    (problem,) = [p for p in outcome.problems if p["severity"] == "error"]
    assert problem["where"].endswith("clinic.tsv, lines 2, 3, 5, column Hb")
    assert problem["found"] == (
        "3 values outside the hard limits: all of the column, and all would be within them in g/L"
    )
    assert problem["remedy"] == ("Check if the column is in g/L and not in g/dL, and state it.")
    assert outcome.values == {}


@pytest.mark.parametrize(
    "cells", [["91", "105"], ["91", "105", "8"], ["91", "105", "999999"], ["x", "y", "z"]]
)
def test_no_unit_is_hinted_at_unless_all_speaks_for_it(read, cells) -> None:
    assert not any("would be within" in found for found in told(read(table(*cells), HB)).values())


def test_missing_codes_do_not_count_as_values(read) -> None:
    outcome = read(table("91", "-996", "105", "78"), HB, missing={"-996": "refused"})
    assert any("in g/L" in found for found in told(outcome).values())


@pytest.mark.parametrize(
    ("name", "text", "found", "remedy"),
    [
        ("c.csv", "participant_id\tHb\n01\t8\n", "tabs between the cells of a .csv", "c.tsv"),
        ("c.tsv", "participant_id,Hb\n01,8\n", "commas or semicolons between", "c.csv"),
        ("c.tsv", "participant_id;Hb\n01;8\n", "commas or semicolons between", "c.csv"),
    ],
)
def test_a_name_that_says_another_separator_is_one_fault(read, name, text, found, remedy) -> None:
    with pytest.raises(InputError) as caught:
        read(text, HB | LDH, name=name)
    (fault,) = caught.value.faults
    assert found in fault.found
    assert f"Rename it to {remedy}" in fault.remedy
