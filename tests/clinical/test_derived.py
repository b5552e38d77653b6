"""The class of the transcranial Doppler, from its velocity or as the site delivers it."""

import pytest

from drepano.catalogue.concepts import load_concepts
from drepano.clinical.derived import DERIVED

TCD = {"tcd_tamv_max": {"column": "TCD", "unit": "cm/s"}}


def source_of(path, columns):
    return {"path": path, "columns": columns}


@pytest.mark.parametrize(
    ("velocity", "category"),
    [
        ("10", "standard"),
        ("169.9", "standard"),
        ("170", "conditional"),
        ("199", "conditional"),
        ("199.9", "conditional"),
        ("200", "abnormal"),
        ("400", "abnormal"),
    ],
)
def test_the_class_of_a_velocity(write, read_all, velocity, category):
    path = write(f"participant_id\tTCD\n01\t{velocity}\n")
    outcome = read_all([source_of(path, TCD)], ("tcd_class", "tcd_tamv_max"))
    assert outcome.values == {
        ("01", "", "tcd_class"): category,
        ("01", "", "tcd_tamv_max"): float(velocity),
    }


def test_a_velocity_in_another_unit_and_of_no_column_of_its_own(write, read_all):
    path = write("participant_id\tTCD\n01\t1.85\n")
    metres = {"tcd_tamv_max": {"column": "TCD", "unit": "m/s"}}
    outcome = read_all([source_of(path, metres)], ("tcd_class",))
    assert outcome.values == {("01", "", "tcd_class"): "conditional"}
    assert not outcome.states


@pytest.mark.parametrize(
    ("cell", "state"),
    [
        ("", ("not_acquired", "not_recorded")),
        ("fast", ("failed", "not_a_number")),
        ("900", ("excluded_by_quality", "out_of_range")),
    ],
)
def test_a_class_without_velocity_has_its_reason(write, read_all, cell, state):
    path = write(f"participant_id\tTCD\n01\t{cell}\n02\t180\n")
    outcome = read_all([source_of(path, TCD)], ("tcd_class",), (("01", ""), ("02", ""), ("03", "")))
    assert outcome.values == {("02", "", "tcd_class"): "conditional"}
    assert outcome.states == {
        ("01", "", "tcd_class"): state,
        ("03", "", "tcd_class"): ("not_acquired", "no_clinical_row"),
    }


def test_velocities_that_contradict_each_other_give_no_class_and_one_problem(write, read_all):
    path = write("participant_id\tTCD\n01\t160\n01\t210\n")
    outcome = read_all([source_of(path, TCD)], ("tcd_class",))
    assert outcome.states == {("01", "", "tcd_class"): ("indeterminate", "conflicting_rows")}
    assert len(outcome.problems) == 1


def test_a_delivered_class_stays_as_delivered(write, read_all):
    path = write("participant_id\tTCD\tclass\n01\t210\tconditional\n02\t210\t\n")
    columns = TCD | {"tcd_class": {"column": "class"}}
    outcome = read_all([source_of(path, columns)], ("tcd_class",), (("01", ""), ("02", "")))
    assert outcome.values == {("01", "", "tcd_class"): "conditional"}
    assert outcome.states == {("02", "", "tcd_class"): ("not_acquired", "not_recorded")}


def test_a_site_without_velocities(write, read_all):
    path = write("participant_id\tHb\n01\t8\n")
    outcome = read_all([source_of(path, {"hb": {"column": "Hb", "unit": "g/dL"}})], ("tcd_class",))
    assert outcome.states == {("01", "", "tcd_class"): ("not_acquired", "no_clinical_column")}


def test_each_rule_fits_its_concepts():
    concepts = load_concepts()
    for name, rule in DERIVED.items():
        assert len(concepts[name].categories) == len(rule.limits) + 1
        assert list(rule.limits) == sorted(rule.limits)
        assert concepts[rule.base].type == "number"
