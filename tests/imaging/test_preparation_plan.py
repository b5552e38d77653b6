"""What is prepared together: units of sessions, their keys, and what is told of the absent."""

import json

import pytest

from drepano.contracts.inventory import BIDS_FILES, SUBJECTS
from drepano.errors import InputError
from drepano.imaging.preparation.plan import plan_preparation
from drepano.settings import Imaging

TISSUE = {"suffix": "dseg", "entities": {"desc": "tissue"}, "regions": {"white_matter": 2}}
CLASSES = {"firstorder": ("Mean",)}


def imaging_of(**prepare):
    scans = {
        "t1w": {"suffix": "T1w", "bias_field": {}},
        "flair": {"suffix": "FLAIR", "coregister": {}},
    }
    return Imaging.model_validate(
        {
            "prepare": {"reference": "t1w", "scans": scans} | prepare,
            "region_sets": {"tissue": TISSUE},
            "modalities": {
                "t1w": {
                    "suffix": "T1w",
                    "prepared": True,
                    "region_sets": ["tissue"],
                    "feature_classes": CLASSES,
                }
            },
        }
    )


def file_of(name, *, session="", derivative=False, **more):
    *entities, suffix = name.split("_")
    row = {
        "subject": "01",
        "session": session,
        "path": f"/data/sub-01_{name}.nii.gz",
        "derivative": derivative,
        "suffix": suffix,
        "entities": json.dumps(dict(e.split("-") for e in entities)),
        "sha256": f"hash of {session}{name}",
        "voxels": 1000,
        "metadata": "{}",
        "companions": "{}",
        "companions_sha256": "",
        "reason": "",
        "detail": "",
        "remedy": "",
    }
    return row | more


def plan_of(*rows, imaging=None, sessions=("",)):
    flags = {"imaging": True, "genomics": False, "clinical": False}
    subjects = SUBJECTS.from_rows([{"subject": "01", "session": s} | flags for s in sessions])
    return plan_preparation(imaging or imaging_of(), subjects, BIDS_FILES.from_rows([*rows]))


def key_of(*rows, **more):
    [(_, unit)] = plan_of(*rows, **more).units
    return unit.key


T1W, FLAIR = file_of("T1w"), file_of("FLAIR")
LESION = file_of("space-FLAIR_desc-tissue_dseg", derivative=True)


def test_a_session_is_one_unit_with_its_scans_and_the_sites_regions():
    made = plan_of(T1W, FLAIR, LESION, file_of("T1w", session="2"), sessions=("", "2"))
    first, second = (unit for _, unit in made.units)
    assert (first.name, second.name) == ("sub-01", "sub-01_ses-2")
    assert [*first.payload["scans"]] == ["t1w", "flair"]
    assert [r["path"] for r in first.payload["regions"]] == [LESION["path"]]
    assert [*second.payload["scans"]] == ["t1w"]
    assert made.states.num_rows == 0


def test_a_session_without_scans_has_no_unit():
    assert plan_of(LESION).units == []


def test_a_study_without_preparation_plans_nothing():
    imaging = imaging_of().model_copy(update={"prepare": None})
    assert plan_of(T1W, imaging=imaging).units == []


def test_the_key_follows_content_and_settings_not_places():
    same = key_of(T1W, FLAIR)
    assert same == key_of(T1W | {"path": "/elsewhere/x.nii.gz", "voxels": 7}, FLAIR)
    assert same == key_of(T1W, FLAIR, imaging=imaging_of(max_failed_fraction=0.5))
    scans = imaging_of().prepare.model_dump()["scans"]
    shrunk = scans | {"t1w": scans["t1w"] | {"bias_field": {"shrink": 2}}}
    others = [
        key_of(T1W | {"sha256": "x"}, FLAIR),
        key_of(T1W),
        key_of(T1W, FLAIR, LESION),
        key_of(T1W, FLAIR, file_of("desc-brain_mask", derivative=True)),
        key_of(T1W, FLAIR | {"metadata": '{"EchoTime": 0.1}'}),
        key_of(T1W, FLAIR, imaging=imaging_of(scans=shrunk)),
        key_of(T1W, FLAIR, imaging=imaging_of(template={})),
    ]
    assert len({same, *others}) == 1 + len(others)


def test_a_broken_scan_is_carried_with_its_reason():
    bad = {"reason": "unreadable", "detail": "0 bytes", "remedy": "Copy it again."}
    [(_, unit)] = plan_of(T1W, FLAIR | bad).units
    assert unit.payload["scans"]["flair"] == {
        "fault": ["unreadable", "sub-01_FLAIR.nii.gz: 0 bytes", "Copy it again."]
    }


def test_the_sites_brain_mask_is_found_before_any_is_made():
    [(_, unit)] = plan_of(T1W, file_of("desc-brain_mask", derivative=True)).units
    assert unit.payload["brought"]["brain_mask"]["choice"] == 0
    assert unit.payload["brought"]["tissues"] is None


def test_missing_files_of_template_and_atlases_are_all_named(tmp_path):
    atlases = {"lobes": {"volume": tmp_path / "a.nii.gz", "table": tmp_path / "b.tsv"}}
    with pytest.raises(InputError, match=r"a\.nii\.gz, .*b\.tsv"):
        plan_of(T1W, imaging=imaging_of(template={}, atlases=atlases))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"reference": "t2w"}, "reference"),
        ({"scans": {"t1w": {"suffix": "T1w", "coregister": {}}}}, "reference to itself"),
        ({"atlases": {"a": {"volume": "a.nii"}}}, "without a template"),
        (
            {"scans": {"t1w": {"suffix": "T1w"}, "flair": {"suffix": "T1w"}}},
            "two scans with the suffix T1w",
        ),
    ],
)
def test_what_contradicts_itself_is_refused(change, said):
    with pytest.raises(ValueError, match="refused") as caught:
        imaging_of(**change)
    faults = [f for e in caught.value.errors() for f in e["ctx"]["faults"]]
    assert any(said in str(fault) for fault in faults)
