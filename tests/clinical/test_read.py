"""Whole tables: sessions, repetitions, several sources, and what is left out of neither."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drepano.errors import InputError

HB = {"hb": {"column": "Hb", "unit": "g/dL"}}
LDH = {"ldh": {"column": "LDH", "unit": "U/L"}}


def test_prefixes_of_ids_do_not_matter(read) -> None:
    text = "participant_id\tvisit\tHb\nsub-01\tses-a\t8\n02\tb\t9\n"
    outcome = read(text, HB, pairs=(("01", "a"), ("02", "b")), session="visit")
    assert outcome.values == {("01", "a", "hb"): 8.0, ("02", "b", "hb"): 9.0}


def test_a_row_without_session_holds_for_every_session(read) -> None:
    pairs = (("01", "a"), ("01", "b"))
    assert read("participant_id\tHb\n01\t8\n", HB, pairs=pairs).values == {
        ("01", "a", "hb"): 8.0,
        ("01", "b", "hb"): 8.0,
    }


def test_a_row_of_one_session_leaves_the_others_without_row(read) -> None:
    text = "participant_id\tvisit\tHb\n01\ta\t8\n"
    outcome = read(text, HB, pairs=(("01", "a"), ("01", "b")), session="visit")
    assert outcome.values == {("01", "a", "hb"): 8.0}
    assert outcome.states == {("01", "b", "hb"): ("not_acquired", "no_clinical_row")}


def test_a_subject_without_row_and_a_concept_without_column(write, read_all) -> None:
    path = write("participant_id\tHb\n01\t8\n")
    pairs = (("01", ""), ("02", ""))
    outcome = read_all([{"path": path, "columns": HB}], ("hb", "ldh"), pairs)
    assert outcome.values == {("01", "", "hb"): 8.0}
    assert outcome.states == {
        ("01", "", "ldh"): ("not_acquired", "no_clinical_column"),
        ("02", "", "hb"): ("not_acquired", "no_clinical_row"),
        ("02", "", "ldh"): ("not_acquired", "no_clinical_column"),
    }


def test_a_site_without_clinical_tables(read_all) -> None:
    outcome = read_all([], ("hb",), (("01", ""),))
    assert outcome.states == {("01", "", "hb"): ("not_acquired", "no_clinical_column")}


def test_a_table_with_a_header_only(read) -> None:
    outcome = read("participant_id\tHb\n", HB)
    assert outcome.states == {("01", "", "hb"): ("not_acquired", "no_clinical_row")}


def test_participants_that_the_index_does_not_know_are_kept_and_told(read) -> None:
    outcome = read("participant_id\tHb\n01\t8\n99\t9\n", HB)
    assert outcome.values["99", "", "hb"] == 9.0
    (problem,) = outcome.problems
    assert problem["found"] == "1 subjects or sessions that the index does not know"
    assert problem["severity"] == "warning"


def test_equal_rows_are_one(read) -> None:
    outcome = read("participant_id\tHb\n01\t8\n01\t8.0\n", HB)
    assert outcome.values == {("01", "", "hb"): 8.0}
    assert outcome.problems == []


def test_an_empty_cell_contradicts_nothing(read) -> None:
    assert read("participant_id\tHb\n01\t8\n01\t\n", HB).values == {("01", "", "hb"): 8.0}


@pytest.mark.parametrize("other", ["9", "888", "eight"])
def test_rows_that_disagree_give_no_value(read, other) -> None:
    outcome = read(f"participant_id\tHb\n01\t8\n01\t{other}\n", HB)
    assert outcome.values == {}
    assert outcome.states == {("01", "", "hb"): ("indeterminate", "conflicting_rows")}
    conflict = [p for p in outcome.problems if "different things" in p["found"]]
    assert len(conflict) == 1
    assert "line 2, column Hb; " in conflict[0]["where"]
    assert conflict[0]["where"].endswith("line 3, column Hb")


def test_two_sources_that_disagree_on_a_concept(write, read_all) -> None:
    lab = write("participant_id\tHb\tLDH\n01\t8\t400\n02\t7\t300\n", "lab.tsv")
    ward = write("id;Haemoglobin\n01;90\n02;70\n", "ward.csv")
    sources = [
        {"path": lab, "columns": HB | LDH},
        {
            "path": ward,
            "participant": "id",
            "columns": {"hb": {"column": "Haemoglobin", "unit": "g/L"}},
        },
    ]
    outcome = read_all(sources, ("hb", "ldh"), (("01", ""), ("02", "")))
    assert outcome.states == {("01", "", "hb"): ("indeterminate", "conflicting_rows")}
    assert outcome.values == {
        ("01", "", "ldh"): 400.0,
        ("02", "", "hb"): 7.0,
        ("02", "", "ldh"): 300.0,
    }
    assert "lab.tsv, line 2, column Hb; " in outcome.problems[0]["where"]
    assert outcome.problems[0]["where"].endswith("ward.csv, line 2, column Haemoglobin")


def test_a_row_for_all_sessions_conflicts_only_where_another_speaks(read) -> None:
    text = "participant_id\tvisit\tHb\n01\t\t8\n01\ta\t9\n"
    outcome = read(text, HB, pairs=(("01", "a"), ("01", "b")), session="visit")
    assert outcome.values == {("01", "b", "hb"): 8.0}
    assert outcome.states == {("01", "a", "hb"): ("indeterminate", "conflicting_rows")}
    assert len(outcome.problems) == 1


def test_the_gravest_reason_is_told(read) -> None:
    text = "participant_id\tHb\n01\t\n01\t-996\n02\t-996\n02\tx\n"
    pairs = (("01", ""), ("02", ""))
    outcome = read(text, HB, pairs=pairs, missing={"-996": "refused"})
    assert outcome.states == {
        ("01", "", "hb"): ("not_acquired", "refused"),
        ("02", "", "hb"): ("failed", "not_a_number"),
    }


def test_a_row_of_another_length_is_left_out_and_told(read) -> None:
    text = "participant_id,Hb,LDH\n01,8,1,400\n02,8,400\n"
    outcome = read(text, HB | LDH, pairs=(("01", ""), ("02", "")), name="clinic.csv")
    assert outcome.values == {("02", "", "hb"): 8.0, ("02", "", "ldh"): 400.0}
    assert outcome.states == {
        ("01", "", "hb"): ("failed", "unreadable"),
        ("01", "", "ldh"): ("failed", "unreadable"),
    }
    (problem,) = outcome.problems
    assert problem["where"].endswith("clinic.csv, line 2")
    assert "more or fewer cells" in problem["found"]


def test_a_shifted_row_names_nobody_when_ids_do_not_stand_first(read) -> None:
    outcome = read("Hb,participant_id\n8,1,01\n", HB, name="clinic.csv")
    assert outcome.states == {("01", "", "hb"): ("not_acquired", "no_clinical_row")}
    assert len(outcome.problems) == 1


def test_a_row_without_participant_is_told(read) -> None:
    outcome = read("participant_id\tHb\n01\t8\n\t9\n", HB)
    assert outcome.values == {("01", "", "hb"): 8.0}
    assert outcome.problems[0]["found"] == "1 row without participant"


def test_lines_are_those_of_the_file(read) -> None:
    text = 'participant_id,note,Hb\n01,"two\nlines",8\n\n,,\n02,x,888\n'
    outcome = read(text, HB, pairs=(("01", ""), ("02", "")), name="clinic.csv")
    assert outcome.problems[0]["where"].endswith("line 6, column Hb")


def test_a_byte_order_mark_is_no_part_of_the_first_header(read) -> None:
    outcome = read("participant_id,Hb\n01,8\n", HB, name="c.csv", encoding="utf-8-sig")
    assert outcome.values == {("01", "", "hb"): 8.0}


def test_windows_line_ends(read) -> None:
    assert read("participant_id\tHb\r\n01\t8\r\n", HB).values == {("01", "", "hb"): 8.0}


def test_semicolons_with_decimal_commas(read) -> None:
    outcome = read("participant_id;Hb\n01;8,1\n", HB, name="clinic.csv", decimal=",")
    assert outcome.values == {("01", "", "hb"): 8.1}


def test_fractions_in_a_percentage_column_are_doubted(read) -> None:
    rows = "".join(f"{n:02}\t0.{n:02}\n" for n in range(1, 12))
    columns = {"hbf_pct": {"column": "F", "unit": "%"}}
    pairs = tuple((f"{n:02}", "") for n in range(1, 12))
    outcome = read("participant_id\tF\n" + rows, columns, pairs=pairs)
    assert len(outcome.values) == 11
    assert outcome.problems[0]["severity"] == "warning"
    assert "State the unit" not in outcome.problems[0]["found"]
    assert outcome.problems[0]["found"] == "no value above 1 in a column that is stated in %"


def test_all_unusable_tables_are_named_at_once(write, read_all) -> None:
    sources = [
        {"path": write("participant_id\tÄ\n", "latin.tsv", "latin-1"), "columns": HB},
        {"path": write("", "empty.tsv"), "columns": HB},
        {"path": write("", "empty.tsv").with_name("absent.tsv"), "columns": HB},
        {"path": write("participant_id\tHB\tHb\tHb\n", "twice.tsv"), "columns": HB},
        {"path": write("participant\tHb_\n", "names.tsv"), "columns": HB, "session": "visit"},
        {"path": write("participant_id\tHb\n", "sheet.xlsx"), "columns": HB},
        {"path": write('participant_id,Hb\n01,"8\n', "quote.csv"), "columns": HB},
        {"path": write("participant_id\tHb\n", "wide.tsv", "utf-16"), "columns": HB},
    ]
    with pytest.raises(InputError) as error:
        read_all(sources, ("hb",))
    text = str(error.value)
    for expected in (
        r"latin.tsv: found text that is not UTF-8, perhaps Latin-1",
        r"iconv -f WINDOWS-1252",
        r"empty.tsv: found an empty file",
        r"absent.tsv: found no such file or directory",
        r"twice.tsv: found 2 columns 'Hb'",
        r"names.tsv: found no column 'participant_id'",
        r"names.tsv: found no column 'visit'",
        r"names.tsv: found no column 'Hb'",
        r"Did you mean 'Hb_'?",
        r"sheet.xlsx: found a name that ends in .xlsx",
        r"quote.csv, line 2: found text that is no table",
        r"wide.tsv: found UTF-16 text",
    ):
        assert expected in text


SECRET = st.integers(min_value=100_000_000, max_value=999_999_999)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(SECRET, min_size=4, max_size=4, unique=True))
def test_no_value_appears_in_any_problem_state_or_log(read, caplog, secrets) -> None:
    """The cells hold numbers that stand nowhere else, so any leak is found by its text."""
    a, b, c, d = secrets
    text = (
        f"participant_id\tvisit\tHb\tSex\n01\ta\t{a}\tx{b}\n01\tb\t8\t{c}\n01\tb\t8.{d}\tmale\n"
        f"02\tb\tn{a}\t{b}\t{c}\n"
    )
    columns = HB | {"sex": {"column": "Sex"}}
    with caplog.at_level("DEBUG"):
        outcome = read(text, columns, pairs=(("01", "a"), ("01", "b")), session="visit")
    told = json.dumps([outcome.problems, outcome.tables.states.to_pylist()]) + caplog.text
    assert len(outcome.problems) >= 4
    for secret in secrets:
        assert str(secret) not in told


def test_equal_inputs_give_equal_tables(read) -> None:
    text = "participant_id\tHb\n02\t8\n01\t888\n03\tx\n01\t7\n"
    first, second = (read(text, HB, pairs=(("02", ""), ("01", ""))) for _ in range(2))
    assert first.tables.values.equals(second.tables.values)
    assert first.tables.states.equals(second.tables.states)
    assert first.tables.problems.equals(second.tables.problems)
