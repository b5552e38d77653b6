"""Pairs of scan and regions, and the states of what is not there."""

import json

import pytest

from drepano.contracts.inventory import BIDS_FILES, SUBJECTS
from drepano.contracts.states import STEP_STATES
from drepano.imaging import plan
from drepano.settings import Imaging

CLASSES = {"firstorder": None}


def imaging_of(**changes):
    values = {
        "region_sets": {
            "tissue": {"suffix": "dseg", "regions": {"gm": 1, "wm": [2, 3]}},
            "lesion": {
                "suffix": "mask",
                "entities": {"label": "lesion"},
                "regions": {"lesion": 1},
                "when_empty": "zero",
            },
        },
        "modalities": {
            "t1w": {"suffix": "T1w", "region_sets": ["tissue"], "feature_classes": CLASSES},
            "flair": {
                "suffix": "FLAIR",
                "region_sets": ["tissue", "lesion"],
                "feature_classes": CLASSES,
            },
        },
    }
    return Imaging.model_validate(values | changes)


def subjects_of(*pairs):
    flags = {"imaging": True, "genomics": False, "clinical": False}
    return SUBJECTS.from_rows([{"subject": s, "session": x} | flags for s, x in pairs])


def file_of(name, *, subject="01", session="", derivative=False, **more):
    """Give a row of bids_files for a BIDS name such as ``run-1_T1w``."""
    *entities, suffix = name.split("_")
    row = {
        "subject": subject,
        "session": session,
        "path": f"/data/sub-{subject}_{name}.nii.gz",
        "derivative": derivative,
        "suffix": suffix,
        "entities": json.dumps(dict(e.split("-") for e in entities)),
        "sha256": f"hash of {subject}{session}{name}{derivative}",
        "voxels": 1000,
        "reason": "",
        "detail": "",
        "remedy": "",
        "metadata": "{}",
        "companions": "{}",
        "companions_sha256": "",
    }
    return row | more


SCAN = file_of("T1w")
FLAIR = file_of("FLAIR")
DSEG = file_of("dseg", derivative=True, label_table="/data/d.tsv", label_table_sha256="t")
LESION = file_of("label-lesion_mask", derivative=True)


def planned(*rows, imaging=None, subjects=(("01", ""),)):
    """Give units by name and (state, reason) by source of a plan."""
    files = BIDS_FILES.from_rows([*rows])
    made = plan(imaging or imaging_of(), subjects_of(*subjects), files)
    STEP_STATES.check(made.states, "states")
    states = {
        (r["subject"], r["session"], r["source"]): (r["state"], r["reason"])
        for r in made.states.to_pylist()
    }
    assert all(group == unit.payload["subject"] for group, unit in made.units)
    return {unit.name: unit for _, unit in made.units}, states


def test_no_imaging_plans_nothing():
    made = plan(None, subjects_of(("01", "")), BIDS_FILES.from_rows([SCAN]))
    assert made.units == []
    assert made.states.num_rows == 0


def test_a_unit_holds_the_scan_and_its_regions():
    units, states = planned(SCAN, FLAIR, DSEG, LESION)
    assert states == {}
    assert set(units) == {"sub-01_t1w", "sub-01_flair"}
    flair = units["sub-01_flair"]
    assert flair.payload == {
        "subject": "01",
        "session": "",
        "modality": "flair",
        "scan": FLAIR["path"],
        "region_sets": {
            "tissue": {"path": DSEG["path"], "label_table": "/data/d.tsv", "rules": "tissue"},
            "lesion": {"path": LESION["path"], "label_table": None, "rules": "lesion"},
        },
    }
    assert flair.cost == 3000
    assert units["sub-01_t1w"].cost == 2000


def test_what_was_not_acquired_is_a_state():
    units, states = planned(FLAIR, LESION, subjects=[("01", ""), ("02", "")])
    assert set(units) == {"sub-01_flair"}
    assert set(units["sub-01_flair"].payload["region_sets"]) == {"lesion"}
    assert states == {
        ("01", "", "t1w__gm"): ("not_acquired", "no_scan"),
        ("01", "", "t1w__wm"): ("not_acquired", "no_scan"),
        ("01", "", "flair__gm"): ("not_acquired", "no_regions"),
        ("01", "", "flair__wm"): ("not_acquired", "no_regions"),
        **{
            ("02", "", source): ("not_acquired", "no_scan")
            for source in ("t1w__gm", "t1w__wm", "flair__gm", "flair__wm", "flair__lesion")
        },
    }


def test_a_scan_without_any_regions_is_no_unit():
    units, states = planned(SCAN, file_of("desc-brain_mask", derivative=True))
    assert units == {}
    assert states["01", "", "t1w__gm"] == ("not_acquired", "no_regions")


def test_raw_and_derivative_are_not_mixed_up():
    raw_dseg = file_of("dseg")
    derived_scan = file_of("T1w", derivative=True)
    units, states = planned(derived_scan, DSEG, raw_dseg)
    assert units == {}
    assert states["01", "", "t1w__gm"] == ("not_acquired", "no_scan")


def test_sessions_are_kept_apart():
    rows = [
        file_of("T1w", session="a"),
        file_of("dseg", session="a", derivative=True),
        file_of("T1w", session="b"),
    ]
    units, states = planned(*rows, subjects=[("01", "b"), ("01", "a")])
    assert set(units) == {"sub-01_ses-a_t1w"}
    assert states["01", "b", "t1w__gm"] == ("not_acquired", "no_regions")
    assert ("01", "a", "t1w__gm") not in states


def test_several_scans_are_ambiguous_until_the_study_tells_them_apart():
    rows = [file_of("run-1_T1w"), file_of("run-2_T1w"), DSEG]
    units, states = planned(*rows)
    assert units == {}
    assert states["01", "", "t1w__gm"] == ("failed", "ambiguous_scan")
    made = plan(imaging_of(), subjects_of(("01", "")), BIDS_FILES.from_rows(rows))
    row = made.states.to_pylist()[0]
    assert row["detail"] == "//data/sub-01_run-1_T1w.nii.gz, //data/sub-01_run-2_T1w.nii.gz"
    assert "Add entities to imaging.modalities.t1w" in row["remedy"]
    modality = {
        "suffix": "T1w",
        "entities": {"run": "2"},
        "region_sets": ["tissue"],
        "feature_classes": CLASSES,
    }
    units, states = planned(*rows, imaging=imaging_of(modalities={"t1w": modality}))
    assert units["sub-01_t1w"].payload["scan"] == rows[1]["path"]
    assert states == {}


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (["space-T1w_dseg", "space-MNI_dseg"], "space-T1w_dseg"),
        (["space-t1w_dseg", "dseg"], "space-t1w_dseg"),
        (["dseg", "space-MNI_dseg"], "dseg"),
        (["space-MNI_dseg"], "space-MNI_dseg"),
        (["space-MNI_dseg", "space-other_dseg"], None),
        (["desc-a_dseg", "desc-b_dseg"], None),
    ],
)
def test_regions_in_the_space_of_the_scan_are_preferred(names, chosen):
    units, states = planned(SCAN, *(file_of(n, derivative=True) for n in names))
    if chosen is None:
        assert units == {}
        assert states["01", "", "t1w__gm"] == ("failed", "ambiguous_scan")
    else:
        path = units["sub-01_t1w"].payload["region_sets"]["tissue"]["path"]
        assert path == file_of(chosen)["path"]


def test_unusable_files_are_failures_with_their_reason():
    why = {"reason": "unreadable", "detail": "0 bytes", "remedy": "Copy it again."}
    bad = why | {"voxels": None, "sha256": ""}
    units, states = planned(SCAN | bad, FLAIR, DSEG, LESION | bad)
    assert states == {
        ("01", "", "t1w__gm"): ("failed", "unreadable"),
        ("01", "", "t1w__wm"): ("failed", "unreadable"),
        ("01", "", "flair__lesion"): ("failed", "unreadable"),
    }
    assert set(units["sub-01_flair"].payload["region_sets"]) == {"tissue"}


def test_a_file_that_the_index_refused_keeps_its_remedy():
    bad = {"reason": "bad_geometry", "detail": "sheared", "remedy": "Resample it.", "sha256": "x"}
    made = plan(imaging_of(), subjects_of(("01", "")), BIDS_FILES.from_rows([SCAN | bad, DSEG]))
    told = {(r["detail"], r["remedy"]) for r in made.states.to_pylist() if r["state"] == "failed"}
    assert told == {("sub-01_T1w.nii.gz: sheared", "Resample it.")}


def key_of(*rows, imaging=None):
    return planned(*rows, imaging=imaging)[0]["sub-01_t1w"].key


def changed(**modality):
    base = {"suffix": "T1w", "region_sets": ["tissue"], "feature_classes": CLASSES}
    return imaging_of(modalities={"t1w": base | modality})


def test_the_key_follows_content_and_settings_only():
    same = key_of(SCAN, DSEG)
    assert same == key_of(SCAN | {"path": "/elsewhere/x.nii.gz", "voxels": 7}, DSEG)
    assert same == key_of(SCAN, DSEG | {"path": "/y.nii.gz", "label_table": "/z.tsv"})
    assert same == key_of(SCAN, DSEG, FLAIR, LESION)
    assert same == key_of(SCAN, DSEG, imaging=changed(settings={"binWidth": 25}))
    others = [
        key_of(SCAN | {"sha256": "x"}, DSEG),
        key_of(SCAN, DSEG | {"sha256": "x"}),
        key_of(SCAN, DSEG | {"label_table_sha256": "x"}),
        key_of(SCAN, DSEG, imaging=changed(settings={"binWidth": 5})),
        key_of(SCAN, DSEG, imaging=changed(min_voxels=20)),
        key_of(SCAN, DSEG, imaging=changed(image_types={"Wavelet": {}})),
        key_of(SCAN, DSEG, imaging=changed(other_grid="resample_regions")),
        key_of(
            SCAN,
            DSEG,
            imaging=imaging_of(
                region_sets=imaging_of().model_dump()["region_sets"]
                | {"tissue": {"suffix": "dseg", "regions": {"gm": 1, "wm": [2]}}}
            ),
        ),
    ]
    assert len({same, *others}) == 9


def test_the_key_follows_what_a_region_file_is():
    """An empty region of a mask is judged by what else the mask holds, one of a dseg is not."""
    sets = {"tissue": {"suffix": "mask", "regions": {"gm": 1, "wm": [2, 3]}}}
    modalities = {"t1w": {"suffix": "T1w", "region_sets": ["tissue"], "feature_classes": CLASSES}}
    masked = imaging_of(region_sets=sets, modalities=modalities)
    sets["tissue"] = sets["tissue"] | {"suffix": "dseg"}
    labelled = imaging_of(region_sets=sets, modalities=modalities)
    assert key_of(SCAN, DSEG, imaging=labelled) == key_of(SCAN, DSEG)
    assert key_of(SCAN, DSEG | {"suffix": "mask"}, imaging=masked) != key_of(SCAN, DSEG)


def test_the_key_follows_the_engine(monkeypatch):
    same = key_of(SCAN, DSEG)
    monkeypatch.setattr("voxomics.engine_version", lambda engine: f"{engine} 9")
    assert key_of(SCAN, DSEG) != same


def test_a_cohort_is_planned_in_linear_time():
    count = 2000
    names = [f"{i:05d}" for i in range(count)]
    rows = [file_of("T1w", subject=s) for s in names]
    rows += [file_of("dseg", subject=s, derivative=True) for s in names]
    units, states = planned(*rows, subjects=[(s, "") for s in names])
    assert len(units) == count
    assert len(states) == 3 * count


def test_another_region_set_stands_in_where_the_first_has_no_file():
    own = {"suffix": "dseg", "entities": {"desc": "own"}, "regions": {"left": 1, "right": 2}}
    sets = {
        "tissue": {"suffix": "dseg", "regions": {"left": 3, "right": 4}, "otherwise": "own"}
        | {"entities": {"desc": "aseg"}},
        "own": own,
    }
    modality = {"suffix": "T1w", "region_sets": ["tissue"], "feature_classes": CLASSES}
    imaging = imaging_of(region_sets=sets, modalities={"t1w": modality})
    aseg = file_of("desc-aseg_dseg", derivative=True)
    made = file_of("desc-own_dseg", derivative=True)

    def chosen(*rows):
        units, _ = planned(SCAN, *rows, imaging=imaging)
        return [unit.payload["region_sets"]["tissue"]["rules"] for unit in units.values()]

    assert chosen(aseg, made) == ["tissue"]
    assert chosen(made) == ["own"]
    assert chosen() == []
    broken = aseg | {"reason": "unreadable", "detail": "0 bytes", "remedy": "Copy it again."}
    assert chosen(broken, made) == []  # a broken file is mended, not passed over


def test_a_set_that_stands_in_has_the_same_regions():
    sets = {
        "tissue": {"suffix": "dseg", "regions": {"left": 3}, "otherwise": "own"},
        "own": {"suffix": "dseg", "regions": {"right": 3}},
    }
    modality = {"suffix": "T1w", "region_sets": ["tissue"], "feature_classes": CLASSES}
    with pytest.raises(ValueError, match="refused"):
        imaging_of(region_sets=sets, modalities={"t1w": modality})
