"""The matrix: no row lost or doubled, every null explained, columns as declared."""

import math

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drepano.contracts import Column, write_table
from drepano.contracts.inventory import SUBJECTS
from drepano.contracts.states import MATRIX_STATES, STEP_STATES
from drepano.contracts.values import CLINICAL, GENOMICS, IMAGING
from drepano.errors import ContractError
from drepano.matrix import build_matrix, matrix_contract, stream


def subjects_of(*keys):
    flags = {"imaging": True, "genomics": True, "clinical": True}
    return SUBJECTS.from_rows([{"subject": s, "session": e, **flags} for s, e in keys])


def imaging_of(*rows):
    names = ("subject", "session", "column", "value")
    rest = {"item": 0, "engine": "e 1", "key": "k"}
    filled = [dict(zip(names, row, strict=True)) | rest for row in rows]
    return IMAGING.from_rows(filled)


def genomics_of(*rows):
    names = ("subject", "variant", "dosage", "ploidy")
    return GENOMICS.from_rows([dict(zip(names, row, strict=True)) | {"key": "k"} for row in rows])


def clinical_of(*rows):
    names = ("subject", "session", "column", "number", "category")
    return CLINICAL.from_rows([dict(zip(names, row, strict=True)) for row in rows])


def states_of(*rows):
    names = ("subject", "session", "source", "state", "reason")
    return STEP_STATES.from_rows([dict(zip(names, row, strict=True)) for row in rows])


def build(keys, columns, *, imaging=(), genomics=(), clinical=(), states=()):
    return build_matrix(
        subjects_of(*keys),
        columns,
        imaging_of(*imaging),
        genomics_of(*genomics),
        clinical_of(*clinical),
        [states_of(*states)],
    )


def state_of(built, subject, session, source):
    rows = [
        (row["state"], row["reason"])
        for row in built.states.to_pylist()
        if (row["subject"], row["session"], row["source"]) == (subject, session, source)
    ]
    return rows[0] if len(rows) == 1 else rows


def all_states(subject, session, *sources):
    return [(subject, session, source, "not_acquired", "no_scan") for source in sources]


OTHERS = ("gen__hbb_rs334", "gen__g6pd_rs1050828", "clin__hb", "clin__sex", "clin__on_hydroxyurea")
"""Sources of the columns fixture that are no scan's."""


def test_joins_all_rooms_in_declared_order_and_types(columns):
    built = build(
        [("b", "02"), ("b", "01"), ("a", "")],
        columns,
        imaging=[
            (s, e, c, v)
            for s, e in (("a", ""), ("b", "01"), ("b", "02"))
            for c, v in (("t1w__grey__volume", 0.0), ("t1w__grey__voxels", 7.0))
        ],
        genomics=[
            (s, v, d, p)
            for s in "ab"
            for v, d, p in (("hbb_rs334", 0.0, None), ("g6pd_rs1050828", 1.0, 1))
        ],
        clinical=[
            (s, "", c, n, t)
            for s in "ab"
            for c, n, t in (("hb", 8.5, None), ("sex", None, "male"), ("on_hydroxyurea", 0.0, None))
        ],
    )
    assert built.matrix.column_names == ["subject", "session", *(c.name for c in columns)]
    assert built.matrix.schema.types[2:] == [c.arrow for c in columns]
    assert built.matrix["subject"].to_pylist() == ["a", "b", "b"]
    assert built.matrix["session"].to_pylist() == ["", "01", "02"]
    row = built.matrix.to_pylist()[2]
    assert list(row.values())[2:] == [0.0, 7, 0.0, 1.0, 1, 8.5, "male", False]
    assert set(built.states["state"].to_pylist()) == {"measured"}
    assert built.states.num_rows == 3 * 6
    matrix_contract(columns).check(built.matrix, "test")
    MATRIX_STATES.check(built.states, "test")


def test_no_lesion_is_zero_and_not_scanned_is_null():
    columns = [Column(name="f__lesion__n", type="number", meaning="m", state_source="f__lesion")]
    built = build(
        [("a", ""), ("b", "")],
        columns,
        imaging=[("a", "", "f__lesion__n", 0.0)],
        states=[("b", "", "f__lesion", "not_acquired", "no_scan")],
    )
    assert built.matrix["f__lesion__n"].to_pylist() == [0.0, None]
    assert built.states["state"].to_pylist() == ["measured", "not_acquired"]
    assert built.states["reason"].to_pylist() == ["", "no_scan"]


def test_a_column_may_depart_from_its_source():
    columns = [
        Column(name=f"t__r__{n}", type="number", meaning="m", state_source="t__r") for n in "abc"
    ]
    built = build(
        [("x", "")],
        columns,
        imaging=[("x", "", "t__r__a", 0.0)],
        states=[
            ("x", "", "t__r", "undefined", "region_empty"),
            ("x", "", "t__r__a", "measured", ""),
            ("x", "", "t__r__c", "failed", "engine_refused"),
        ],
    )
    assert built.matrix.to_pylist()[0] == {
        "subject": "x",
        "session": "",
        "t__r__a": 0.0,
        "t__r__b": None,
        "t__r__c": None,
    }
    assert built.states["source"].to_pylist() == ["t__r", "t__r__a", "t__r__c"]
    assert built.states["state"].to_pylist() == ["undefined", "measured", "failed"]


def test_a_source_is_not_measured_when_each_column_says_otherwise():
    columns = [
        Column(name=f"t__r__{n}", type="number", meaning="m", state_source="t__r") for n in "ab"
    ]
    states = [("x", "", f"t__r__{n}", "undefined", "feature_undefined") for n in "ab"]
    built = build([("x", "")], columns, states=states)
    assert state_of(built, "x", "", "t__r") == ("undefined", "feature_undefined")


@pytest.fixture
def hb():
    return [Column(name="clin__hb", type="number", meaning="m", state_source="clin__hb")]


TWO = [("a", "01"), ("a", "02")]


def test_a_session_beats_the_subject_value_by_value(hb):
    built = build(TWO, hb, clinical=[("a", "", "hb", 8.0, None), ("a", "02", "hb", 9.0, None)])
    assert built.matrix["clin__hb"].to_pylist() == [8.0, 9.0]


def test_a_session_beats_the_subject_state_over_value(hb):
    built = build(
        TWO,
        hb,
        clinical=[("a", "", "hb", 8.0, None)],
        states=[("a", "02", "clin__hb", "not_acquired", "refused")],
    )
    # `not_acquired` with a row of its own is for the clinical step to decide; see below.
    assert built.matrix["clin__hb"].to_pylist() == [8.0, 8.0]


def test_a_session_beats_the_subject_refusal_over_value(hb):
    built = build(
        TWO,
        hb,
        clinical=[("a", "", "hb", 8.0, None)],
        states=[("a", "02", "clin__hb", "excluded_by_quality", "out_of_range")],
    )
    assert built.matrix["clin__hb"].to_pylist() == [8.0, None]
    assert state_of(built, "a", "02", "clin__hb") == ("excluded_by_quality", "out_of_range")


def test_a_session_beats_the_subject_value_over_state(hb):
    built = build(
        TWO,
        hb,
        clinical=[("a", "02", "hb", 9.0, None)],
        states=[("a", "", "clin__hb", "not_acquired", "not_recorded")],
    )
    assert built.matrix["clin__hb"].to_pylist() == [None, 9.0]
    assert state_of(built, "a", "01", "clin__hb") == ("not_acquired", "not_recorded")
    assert state_of(built, "a", "02", "clin__hb") == ("measured", "")


def test_a_state_of_the_subject_goes_to_all_sessions_and_yields_to_one(hb):
    built = build(
        TWO,
        hb,
        states=[
            ("a", "", "clin__hb", "not_acquired", "not_recorded"),
            ("a", "01", "clin__hb", "failed", "not_a_number"),
        ],
    )
    assert built.states["state"].to_pylist() == ["failed", "not_acquired"]


def test_a_ploidy_without_a_dosage_stays_null():
    columns = [
        Column(name=f"gen__v__{m}", type="number", meaning="m", state_source="gen__v")
        for m in ("dosage", "ploidy")
    ]
    built = build(
        [("a", "")],
        columns,
        genomics=[("a", "v", None, 2)],
        states=[("a", "", "gen__v", "no_call", "missing_genotype")],
    )
    assert built.matrix["gen__v__ploidy"].to_pylist() == [None]


@pytest.mark.parametrize(
    ("tables", "match"),
    [
        ({"imaging": [("a", "", "t1w__grey__mean", 1.0)]}, "unknown column t1w__grey__mean"),
        ({"genomics": [("a", "hbx", 1.0, 2)]}, "unknown variant hbx"),
        ({"clinical": [("a", "", "hbz", 1.0, None)]}, "unknown column hbz"),
        ({"states": [("a", "", "t2w__x", "failed", "unreadable")]}, "unknown source t2w__x"),
        ({"imaging": [("zz", "", "t1w__grey__volume", 1.0)]}, "1 rows of subjects or sessions"),
        ({"imaging": [("a", "9", "t1w__grey__volume", 1.0)]}, "1 rows of subjects or sessions"),
        ({"genomics": [("zz", "hbb_rs334", 1.0, 2)]}, "1 rows of subjects or sessions"),
        ({"clinical": [("a", "9", "hb", 1.0, None)]}, "1 rows of subjects or sessions"),
        ({"states": [("zz", "", "clin__hb", "failed", "unreadable")]}, "1 rows of subjects"),
        ({"imaging": [("a", "", "t1w__grey__volume", math.nan)]}, "1 NaN or infinite"),
        ({"imaging": [("a", "", "t1w__grey__volume", math.inf)]}, "1 NaN or infinite"),
        ({"genomics": [("a", "hbb_rs334", math.inf, 2)]}, "1 NaN or infinite"),
        ({"clinical": [("a", "", "hb", math.inf, None)]}, "1 NaN or infinite"),
        ({"imaging": [("a", "", "t1w__grey__volume", 1.0)] * 2}, "1 repeated keys"),
        ({"genomics": [("a", "hbb_rs334", 1.0, 2)] * 2}, "1 repeated keys"),
        ({"clinical": [("a", "", "hb", 1.0, None)] * 2}, "1 repeated keys"),
        ({"states": [("a", "", "clin__hb", "failed", "unreadable")] * 2}, "1 repeated keys"),
        ({"imaging": [("a", "", "t1w__grey__voxels", 1.5)]}, "t1w__grey__voxels: found 1 other"),
        ({"imaging": [("a", "", "t1w__grey__voxels", 1e300)]}, "t1w__grey__voxels: found 1 other"),
        ({"clinical": [("a", "", "on_hydroxyurea", 2.0, None)]}, "found 1 other values"),
        ({"clinical": [("a", "", "sex", None, "robot")]}, "1 rows with no value"),
        ({"clinical": [("a", "", "sex", 1.0, None)]}, "1 rows with no value"),
        ({"clinical": [("a", "", "hb", None, "8")]}, "1 rows with no value"),
        ({}, "8 nulls without a state in 8 columns: t1w__grey__volume, .* and 3 more"),
    ],
)
def test_names_what_has_no_place(columns, tables, match):
    with pytest.raises(ContractError, match=match) as caught:
        build([("a", "")], columns, **tables)
    assert "zz" not in str(caught.value)


def test_names_all_misfits_at_once(columns):
    with pytest.raises(ContractError) as caught:
        build(
            [("a", "")],
            columns,
            imaging=[("a", "", "t1w__grey__mean", 1.0)],
            genomics=[("a", "hbx", 1.0, 2)],
            clinical=[("a", "", "hbz", 1.0, None)],
        )
    assert len(caught.value.faults) == 3


def test_a_long_list_of_unknown_names_is_cut(hb):
    rows = [("a", "", f"t__r__{i:02d}", 1.0) for i in range(25)]
    with pytest.raises(ContractError, match="t__r__19 and 5 more"):
        build([("a", "")], hb, imaging=rows)


def test_a_value_whose_state_denies_it_is_refused(hb):
    with pytest.raises(ContractError, match="1 values whose state says there is none, 1 columns"):
        build(
            [("a", "")],
            hb,
            clinical=[("a", "", "hb", 8.0, None)],
            states=[("a", "", "clin__hb", "failed", "not_a_number")],
        )


def test_a_value_outside_its_limits_is_refused(columns):
    states = all_states("a", "", *OTHERS)
    imaging = [("a", "", "t1w__grey__volume", -1.0), ("a", "", "t1w__grey__voxels", 3.0)]
    with pytest.raises(ContractError, match="column t1w__grey__volume: found a value outside"):
        build([("a", "")], columns, imaging=imaging, states=states)


def test_a_repeated_subject_is_refused(hb):
    with pytest.raises(ContractError, match="a subject's session that repeats"):
        build([("a", ""), ("a", "")], hb)


@pytest.mark.parametrize(
    ("changed", "match"),
    [
        ({"state_source": ""}, "no state source"),
        ({"type": "string"}, "the type string"),
        ({"type": "category"}, "no categories"),
    ],
)
def test_refuses_columns_that_no_matrix_can_hold(changed, match):
    values = {"name": "clin__x", "type": "number", "meaning": "m", "state_source": "clin__x"}
    with pytest.raises(ContractError, match=match):
        build([("a", "")], [Column(**(values | changed))])


def test_refuses_a_column_that_is_declared_twice(hb):
    with pytest.raises(ContractError, match="clin__hb: found the name twice"):
        build([("a", "")], [*hb, *hb])


def test_a_cohort_of_nobody_has_no_rows_and_all_columns(columns):
    built = build([], columns)
    assert built.matrix.num_rows == 0
    assert built.matrix.num_columns == 2 + len(columns)
    assert built.states.num_rows == 0


def test_imaging_may_come_in_batches(tmp_path, hb):
    columns = [Column(name="t__r__a", type="number", meaning="m", state_source="t__r")]
    table = imaging_of(("a", "", "t__r__a", 1.0), ("b", "", "t__r__a", 2.0))
    path = tmp_path / "imaging.parquet"
    write_table(path, table, IMAGING)
    names = ["subject", "session", "column", "item", "value"]
    empty = genomics_of(), clinical_of(), []
    built = build_matrix(
        subjects_of(("a", ""), ("b", "")), columns, stream(path, IMAGING, names), *empty
    )
    whole = build_matrix(subjects_of(("a", ""), ("b", "")), columns, table, *empty)
    assert built.matrix.equals(whole.matrix)
    assert built.states.equals(whole.states)


def test_stream_refuses_what_is_not_the_table(tmp_path):
    with pytest.raises(ContractError, match="no file"):
        list(stream(tmp_path / "none.parquet", IMAGING, ["value"]))
    write_table(tmp_path / "c.parquet", clinical_of(), CLINICAL)
    with pytest.raises(ContractError, match="found contract clinical v1; expected imaging v2"):
        list(stream(tmp_path / "c.parquet", IMAGING, ["value"]))


LABELS = st.text("ab1", min_size=1, max_size=3)
KEYS = st.lists(st.tuples(LABELS, st.sampled_from(["", "1", "2", "10"])), unique=True, max_size=8)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
SOURCES = ("t__r", "t__q", "gen__v", "clin__hb")
DECLARED = [
    Column(name=name, type="number", meaning="m", state_source=source)
    for source, name in (
        ("t__r", "t__r__b"),
        ("t__r", "t__r__a"),
        ("t__q", "t__q__a"),
        ("gen__v", "gen__v__dosage"),
        ("clin__hb", "clin__hb"),
    )
]


@st.composite
def cohorts(draw):
    """A random cohort, and what its matrix must hold cell by cell."""
    keys = draw(KEYS)
    truth = {key: {} for key in keys}
    imaging, genomics, clinical, states = [], [], [], []
    for subject, session in keys:
        for column in DECLARED[:3]:
            value = draw(st.none() | NUMBERS)
            truth[subject, session][column.name] = value
            if value is None:
                states.append((subject, session, column.name, "failed", "engine_refused"))
            else:
                imaging.append((subject, session, column.name, value))
    for subject in sorted({s for s, _ in keys}):
        dosage, hb = draw(st.none() | st.sampled_from([0.0, 1.0, 2.0])), draw(st.none() | NUMBERS)
        if dosage is None:
            states.append((subject, "", "gen__v", "not_covered", "site_absent"))
        else:
            genomics.append((subject, "v", dosage, None))
        if hb is None:
            states.append((subject, "", "clin__hb", "not_acquired", "not_recorded"))
        else:
            clinical.append((subject, "", "hb", hb, None))
        for key in (k for k in keys if k[0] == subject):
            truth[key] |= {"gen__v__dosage": dosage, "clin__hb": hb}
            special = draw(st.none() | NUMBERS)
            if key[1] and special is not None:
                clinical.append((*key, "hb", special, None))
                truth[key]["clin__hb"] = special
    return keys, imaging, genomics, clinical, states, truth, draw(st.randoms(use_true_random=False))


@settings(max_examples=80, deadline=None)
@given(cohorts())
def test_no_row_is_lost_or_doubled_and_null_always_has_a_state(cohort):
    keys, imaging, genomics, clinical, states, truth, random = cohort
    for rows in (imaging, genomics, clinical, states):
        random.shuffle(rows)
    built = build(
        keys, DECLARED, imaging=imaging, genomics=genomics, clinical=clinical, states=states
    )
    rows = built.matrix.to_pylist()
    assert [(r["subject"], r["session"]) for r in rows] == sorted(keys)
    assert built.matrix.column_names[2:] == [c.name for c in DECLARED]
    said = {(r["subject"], r["session"], r["source"]): r["state"] for r in built.states.to_pylist()}
    assert len(said) == built.states.num_rows
    for row in rows:
        key = row["subject"], row["session"]
        assert {c.name: row[c.name] for c in DECLARED} == truth[key]
        for column in DECLARED:
            state = said.get((*key, column.name), said[*key, column.state_source])
            assert (row[column.name] is None) == (state != "measured")
    assert built.states.to_pylist() == sorted(
        built.states.to_pylist(), key=lambda r: (r["subject"], r["session"], r["source"])
    )


def test_the_order_of_the_input_changes_no_byte(columns):
    one = build(
        TWO,
        columns[:1],
        states=all_states("a", "01", "t1w__grey"),
        imaging=[("a", "02", "t1w__grey__volume", 1.0)],
    )
    two = build(
        TWO[::-1],
        columns[:1],
        states=all_states("a", "01", "t1w__grey"),
        imaging=[("a", "02", "t1w__grey__volume", 1.0)],
    )
    assert one.matrix.equals(two.matrix)
    assert pa.Table.equals(one.states, two.states)
