"""The mapping file: mistakes named all at once, conditions, and words of BIDS."""

import datetime as dt

import pytest

from drepano.dicom import load_mapping
from drepano.dicom.words import KEPT_KEYS
from drepano.errors import ConfigError

OF_THE_SCAN = {"PatientPosition", "ImageOrientationPatientDICOM"}
T1W = {"description": "*t1*", "datatype": "anat", "suffix": "T1w"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"suffix": "T1"}, "Did you mean T1w?"),
        ({"datatype": "anatomy"}, "Did you mean anat?"),
        ({"datatype": ""}, "skip: true"),
        ({"description": ()}, "no condition"),
        ({"regex": "("}, "a regular expression"),
        ({"entities": {"acq": "a_b"}}, "letters and digits alone"),
        ({"entities": {"aqc": "x"}}, "Did you mean acq?"),
        ({"entities": {"run": "1"}}, "by `repeats`"),
        ({"entities": {"echo": "one"}}, "a number"),
        ({"entities": {"part": "abs"}}, "mag or phase"),
        ({"metadata": {"PostLabelingDelays": 1}}, "Did you mean PostLabelingDelay?"),
        ({"metadata": {"PatientName": "x"}}, "not kept in a sidecar"),
        ({"metadata": {"FlipAngle": "9"}}, "expected numbers"),
        ({"metadata": {"M0Type": dt.date(2020, 1, 2)}}, "expected text or numbers"),
        ({"echo_time_ms": [30, 10]}, "the greater first"),
        ({"skip": True}, "skip and a name"),
        ({"volumes": ["control"]}, "types of volumes"),
        ({"datatype": "perf", "suffix": "asl"}, "types of volumes"),
        ({"datatype": "func", "suffix": "bold"}, "a task for func"),
        ({"datatype": "fmap", "suffix": "epi"}, "dir for fmap epi"),
        ({"suffix": "MEGRE"}, "echo: auto"),
        ({"descripton": "x"}, "Did you mean description?"),
    ],
)
def test_a_wrong_rule_is_named(site, change, message):
    site.mapping(T1W, T1W | change)
    with pytest.raises(ConfigError) as caught:
        load_mapping(site.folder / "mapping.yaml")
    assert message in str(caught.value)
    assert "rules.1" in str(caught.value)


def test_all_mistakes_are_told_at_once(site):
    site.mapping(T1W | {"suffix": "T1"}, {"description": "x", "datatype": "anat"}, sessions="x")
    with pytest.raises(ConfigError) as caught:
        load_mapping(site.folder / "mapping.yaml")
    assert len(caught.value.faults) == 3


def test_the_first_rule_that_fits_counts(site, mr):
    site.mapping(
        {"description": ["*FLAIR*", "*flair_t1*"], "skip": True},
        {"regex": "^t1.*mprage$", "protocol": "T1*", "datatype": "anat", "suffix": "T1w"},
        {"description": "*", "datatype": "anat", "suffix": "T2w"},
    )
    mr().write(site.source)
    mr(description="t1_flair_sag", number=3).write(site.source)
    mr(description="anything", number=4).write(site.source)
    told = site.report()
    assert told["converted"] == ["sub-01/anat/sub-01_T1w", "sub-01/anat/sub-01_T2w"]
    assert [(n["what"], n["reason"]) for n in told["skipped"]] == [
        ("series 3 't1_flair_sag'", "by a rule")
    ]


def test_words_of_image_type_part_series_of_one_description(site, mr):
    site.mapping(
        T1W | {"image_type": ["norm"], "entities": {"rec": "norm"}},
        T1W | {"without_image_type": ["NORM"]},
    )
    mr().write(site.source)
    words = ("ORIGINAL", "PRIMARY", "M", "ND")
    mr(number=3, image_type=words).write(site.source)
    stems = ["sub-01/anat/sub-01_T1w", "sub-01/anat/sub-01_rec-norm_T1w"]
    assert site.report()["converted"] == stems


def test_patterns_hold_in_either_case_and_either_unicode_form(site, mr):
    site.mapping(T1W | {"description": "*scha\u0308del*"})
    mr(description="T1 SCH\u00c4DEL").write(site.source)
    assert site.report()["converted"] == ["sub-01/anat/sub-01_T1w"]


def test_no_key_of_people_places_or_times_is_kept():
    for word in ("Patient", "Institution", "Station", "Serial", "Date", "UID", "Comment", "Person"):
        assert {key for key in KEPT_KEYS if word in key} <= OF_THE_SCAN
    assert "AcquisitionTime" not in KEPT_KEYS
