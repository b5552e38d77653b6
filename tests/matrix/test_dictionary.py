"""The dictionary and the contract's id: the same whatever the data, another for another study."""

import dataclasses
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drepano.contracts import Column
from drepano.contracts.identity import contract_id_of
from drepano.matrix import dictionary
from drepano.settings import Study

STUDY = Study.model_validate(
    {
        "study": "scd",
        "version": "1.2.3",
        "imaging": {
            "region_sets": {"tissue": {"suffix": "dseg", "regions": {"grey": 1}}},
            "modalities": {
                "t1w": {
                    "suffix": "T1w",
                    "region_sets": ["tissue"],
                    "feature_classes": {"glcm": None},
                }
            },
        },
        "genomics": {"panels": ["scd"]},
    }
)


def id_of(study, columns):
    return dictionary(study, columns)["drepano"]["contract_id"]


def test_describes_keys_and_columns_in_order(columns):
    described = dictionary(STUDY, columns)
    assert [f["name"] for f in described["fields"]] == [
        "subject",
        "session",
        *(c.name for c in columns),
    ]
    assert described["primaryKey"] == ["subject", "session"]
    assert described["missingValues"] == [""]
    assert described["drepano"]["study"] == "scd"
    assert described["drepano"]["version"] == "1.2.3"
    fields = {f["name"]: f for f in described["fields"]}
    assert fields["session"]["type"] == "integer"
    assert "need not be the order in time" in fields["session"]["description"]
    assert fields["clin__sex"]["type"] == "string"
    assert fields["clin__sex"]["constraints"] == {"enum": ["female", "male"]}
    assert fields["gen__hbb_rs334__dosage"]["constraints"] == {"minimum": 0, "maximum": 2}
    assert fields["gen__hbb_rs334__dosage"]["stateSource"] == "gen__hbb_rs334"
    assert fields["clin__on_hydroxyurea"]["trueValues"] == ["true"]
    assert fields["clin__hb"]["unit"] == "g/dL"
    assert "constraints" not in fields["clin__hb"]


def test_the_id_can_be_computed_again_from_the_file(columns):
    described = json.loads(json.dumps(dictionary(STUDY, columns)))
    assert re.fullmatch("[0-9a-f]{64}", described["drepano"]["contract_id"])
    assert contract_id_of(described) == described["drepano"]["contract_id"]


def test_the_id_is_the_same_for_equal_declarations(columns):
    again = Study.model_validate(STUDY.model_dump(mode="json"))
    assert id_of(STUDY, columns) == id_of(again, [dataclasses.replace(c) for c in columns])


@pytest.mark.parametrize(
    "change",
    [
        {"study": "other"},
        {"version": "1.2.4"},
        {"genomics": {"panels": ["scd"], "min_depth": 8}},
        {"genomics": None},
    ],
)
def test_the_id_changes_with_the_study(columns, change):
    changed = Study.model_validate(STUDY.model_dump(mode="json") | change)
    assert id_of(STUDY, columns) != id_of(changed, columns)


def test_the_id_changes_with_a_setting_of_the_engine(columns):
    values = STUDY.model_dump(mode="json")
    values["imaging"]["modalities"]["t1w"]["settings"] = {"binWidth": 5}
    assert id_of(STUDY, columns) != id_of(Study.model_validate(values), columns)


@pytest.mark.parametrize(
    "change",
    [
        {"gates": {"min_subjects": 99}},
        {"genomics": {"panels": ["elsewhere/scd.tsv"], "max_failed_fraction": 0.5}},
    ],
)
def test_the_id_does_not_change_with_what_changes_no_number(columns, change):
    changed = Study.model_validate(STUDY.model_dump(mode="json") | change)
    assert id_of(STUDY, columns) == id_of(changed, columns)


FIELDS = st.sampled_from(["name", "unit", "meaning", "missing", "source", "standard"])


@given(FIELDS, st.text("xyz", min_size=1, max_size=3))
def test_the_id_changes_with_every_word_of_a_column(field, text):
    column = Column(name="clin__hb", type="number", meaning="m", state_source="clin__hb")
    changed = dataclasses.replace(column, **{field: "changed " + text})
    assert id_of(STUDY, [column]) != id_of(STUDY, [changed])


def test_the_id_changes_with_limits_categories_and_order(columns):
    first, last = columns[0], columns[6]
    ids = [
        id_of(STUDY, columns),
        id_of(STUDY, columns[::-1]),
        id_of(STUDY, [dataclasses.replace(first, minimum=1.0), *columns[1:]]),
        id_of(STUDY, [dataclasses.replace(last, categories=("male", "female"))]),
        id_of(STUDY, [last]),
    ]
    assert len(set(ids)) == len(ids)


def test_zero_is_zero_however_it_is_written(columns):
    first = dataclasses.replace(columns[0], minimum=0)
    assert id_of(STUDY, columns) == id_of(STUDY, [first, *columns[1:]])
