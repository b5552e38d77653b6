"""Derived regions from the study to rows: settings, plan, columns, values, states."""

import json

import numpy as np
import pytest

from drepano.contracts.inventory import BIDS_FILES, SUBJECTS
from drepano.errors import ConfigError, UnitError
from drepano.imaging import Extraction, declare_columns, plan, preview
from drepano.imaging.derived import region_sets_of
from drepano.settings import Imaging
from drepano.settings.load import _validate

SETS = {
    "tissue": {"suffix": "dseg", "regions": {"white": 1, "other": 2}},
    "lesions": {"suffix": "mask", "regions": {"lesion": 1}, "when_empty": "zero"},
}
DERIVED = {
    "normal_white": {"kind": "without", "of": "white", "minus": "lesion", "margin_mm": 2},
    "zone": {"kind": "border_zone", "between": ["white", "other"], "width_mm": 4.2},
    "normal_zone": {
        "kind": "border_zone",
        "between": ["white", "other"],
        "width_mm": 4.2,
        "within": ["normal_white"],
    },
}
FEW = {"firstorder": ("Mean",)}


def imaging_of(derived=None, **modality):
    own = {
        k: v | {n: [v[n]] for n in ("of", "minus") if isinstance(v.get(n), str)}
        for k, v in (DERIVED if derived is None else derived).items()
    }
    return Imaging.model_validate(
        {
            "region_sets": SETS,
            "modalities": {
                "t1w": {
                    "suffix": "T1w",
                    "region_sets": ["tissue", "lesions"],
                    "derived_regions": own,
                    "feature_classes": FEW,
                }
                | modality
            },
        }
    )


def tissue():
    labels = np.zeros((20, 18, 16), dtype="u1")
    labels[4:10, 2:16, 2:14] = 1
    labels[10:16, 2:16, 2:14] = 2
    return labels


@pytest.fixture
def files(lab, scan, tmp_path):
    """Voxels are 2 x 1.5 x 1 mm, so the border lies across edges of 2 mm."""
    lesion = np.zeros((20, 18, 16), dtype="u1")
    lesion[7, 8, 8] = 1
    return {
        "scan": scan,
        "tissue": lab.write(tmp_path / "tissue_dseg.nii.gz", tissue()),
        "lesions": lab.write(tmp_path / "lesion_mask.nii.gz", lesion),
        "none": lab.write(tmp_path / "none_mask.nii.gz", np.zeros_like(lesion)),
    }


def test_volumes_are_those_of_hand_made_boxes(lab, files):
    values, states = lab.run(
        imaging_of(), files["scan"], tissue=files["tissue"], lesions=files["lesions"]
    )
    assert states == {
        "t1w__lesion": ("undefined", "region_too_small"),
        "t1w__lesion__volume_mm3": ("measured", ""),
    }
    volumes = {n: values[f"t1w__{n}__volume_mm3"] / 3 for n in ("white", "other", *DERIVED)}
    assert volumes["white"] == volumes["other"] == pytest.approx(6 * 14 * 12)
    # The border lies between the planes 9 and 10, whose centres are 1 mm from it.
    assert volumes["zone"] == pytest.approx(2 * 14 * 12)
    assert volumes["normal_zone"] == pytest.approx(14 * 12)
    # Within 2 mm of a voxel of 2 x 1.5 x 1 mm.
    steps = np.stack(np.meshgrid(*[np.arange(-4, 5)] * 3, indexing="ij"), axis=-1)
    gaps = np.maximum(np.abs(steps) - 0.5, 0) * [2, 1.5, 1]
    taken = int(((gaps**2).sum(axis=-1) <= 4).sum())
    assert volumes["normal_white"] == pytest.approx(6 * 14 * 12 - taken)
    assert "t1w__normal_white__original_firstorder_Mean" in values


def test_no_lesion_leaves_white_matter_whole(lab, files):
    values, _ = lab.run(imaging_of(), files["scan"], tissue=files["tissue"], lesions=files["none"])
    assert values["t1w__lesion__volume_mm3"] == 0
    for feature in ("volume_mm3", "original_firstorder_Mean"):
        assert values[f"t1w__normal_white__{feature}"] == values[f"t1w__white__{feature}"]


def test_a_derived_region_without_a_voxel_is_a_true_zero(lab, files):
    derived = {"rest": {"kind": "without", "of": "lesion", "minus": "white"}}
    values, states = lab.run(
        imaging_of(derived), files["scan"], tissue=files["tissue"], lesions=files["lesions"]
    )
    assert values["t1w__rest__volume_mm3"] == 0
    assert states["t1w__rest"] == ("undefined", "region_empty")


def test_a_failed_source_fails_what_is_made_of_it_and_says_which(lab, files, tmp_path):
    coded = lab.write(tmp_path / "c.nii.gz", np.full((20, 18, 16), 7, dtype="u1"))
    imaging = imaging_of()
    values, states = lab.run(imaging, files["scan"], tissue=files["tissue"], lesions=coded)
    for region in ("lesion", "normal_white", "normal_zone"):
        assert states[f"t1w__{region}"] == ("failed", "label_absent")
    assert "t1w__zone__volume_mm3" in values
    unit = lab.unit_of(files["scan"], {"tissue": files["tissue"], "lesions": coded})
    rows = Extraction(imaging.model_dump_json()).compute(unit).states.to_pylist()
    told = {r["source"]: r["detail"] for r in rows}
    assert told["t1w__normal_white"].startswith("it is made of lesion: the mask holds 7")
    assert told["t1w__normal_zone"].startswith("it is made of normal_white: it is made of lesion")


def test_a_unit_without_a_set_makes_what_it_can(lab, files):
    values, states = lab.run(imaging_of(), files["scan"], tissue=files["tissue"])
    assert states == {}
    assert {c.split("__")[1] for c in values} == {"white", "other", "zone"}


def test_a_refused_unit_has_a_state_for_each_that_it_would_make(lab, files):
    unit = lab.unit_of(files["scan"], {"tissue": files["tissue"]})
    refused = Extraction(imaging_of().model_dump_json()).refuse(unit, UnitError("crashed", "", ""))
    assert refused.states["source"].to_pylist() == ["t1w__white", "t1w__other", "t1w__zone"]


def test_columns_are_declared_after_those_of_the_region_sets(lab, files):
    names = [column.name for column in declare_columns(imaging_of())]
    regions = list(dict.fromkeys(name.split("__")[1] for name in names))
    assert regions == ["white", "other", "lesion", "normal_white", "zone", "normal_zone"]
    values, _ = lab.run(
        imaging_of(),
        files["scan"],
        tissue=files["tissue"],
        lesions=files["lesions"],
    )
    assert set(values) == {n for n in names if not n.startswith("t1w__lesion__original")}


def test_a_region_knows_its_sets_through_other_derived_ones():
    imaging = imaging_of()
    needed = region_sets_of(imaging, imaging.modalities["t1w"])
    assert needed == {
        "normal_white": ("tissue", "lesions"),
        "zone": ("tissue",),
        "normal_zone": ("tissue", "lesions"),
    }


def row(name, suffix, *, derivative, **more):
    return {
        "subject": "01",
        "session": "",
        "path": f"/d/{name}",
        "derivative": derivative,
        "suffix": suffix,
        "entities": "{}",
        "sha256": name,
        "voxels": 100,
        "metadata": "{}",
        "companions": "{}",
        "companions_sha256": "",
        "reason": "",
        "detail": "",
        "remedy": "",
    } | more


ROWS = [
    row("t1w", "T1w", derivative=False),
    row("tissue", "dseg", derivative=True),
    row("lesion", "mask", derivative=True),
]
SUBJECT = SUBJECTS.from_rows(
    [{"subject": "01", "session": "", "imaging": True, "genomics": False, "clinical": False}]
)


def planned(rows, imaging=None):
    made = plan(imaging or imaging_of(), SUBJECT, BIDS_FILES.from_rows(rows))
    states = {r["source"]: (r["state"], r["reason"]) for r in made.states.to_pylist()}
    return [unit for _, unit in made.units], states


def test_the_plan_tells_of_regions_whose_sources_are_absent():
    units, states = planned(ROWS[:2])
    assert set(units[0].payload["region_sets"]) == {"tissue"}
    assert states == dict.fromkeys(
        ("t1w__lesion", "t1w__normal_white", "t1w__normal_zone"), ("not_acquired", "no_regions")
    )
    units, states = planned(ROWS[1:])
    assert units == []
    assert states == dict.fromkeys(
        (f"t1w__{r}" for r in ("white", "other", "lesion", *DERIVED)), ("not_acquired", "no_scan")
    )


def test_a_failed_source_beats_an_absent_one():
    bad = ROWS[2] | {"reason": "unreadable", "detail": "0 bytes", "remedy": "Copy it."}
    _, states = planned([ROWS[0], bad])
    assert states["t1w__zone"] == ("not_acquired", "no_regions")
    assert states["t1w__normal_white"] == ("failed", "unreadable")


def test_key_and_cost_follow_derived_regions_and_perturbations():
    plain = imaging_of({})
    wider = {"zone": DERIVED["zone"] | {"width_mm": 5}}
    studies = [
        plain,
        imaging_of({"zone": DERIVED["zone"]}),
        imaging_of(wider),
        imaging_of({}, perturbation={"repeats": 3}),
        imaging_of({}, perturbation={"repeats": 3, "seed": 1}),
    ]
    units = [planned(ROWS, study)[0][0] for study in studies]
    assert len({unit.key for unit in units}) == 5
    assert [unit.cost for unit in units] == [300, 400, 400, 1200, 1200]


def test_the_preview_tells_absences_once(tmp_path):
    found = preview(imaging_of(), SUBJECT, BIDS_FILES.from_rows(ROWS[:2])).to_pylist()
    assert [p["where"] for p in found] == ["study: imaging.region_sets.lesions"]
    assert preview(imaging_of(), SUBJECT, BIDS_FILES.from_rows(ROWS)).num_rows == 0


def refused(derived):
    """Give what is wrong with a study's derived regions: place below them, and all that is said."""
    modality = {
        "suffix": "T1w",
        "region_sets": ["tissue", "lesions"],
        "feature_classes": {"shape": None},
        "derived_regions": derived,
    }
    with pytest.raises(ConfigError) as caught:
        _validate({"region_sets": SETS, "modalities": {"t1w": modality}}, Imaging, "study")
    start = "study: modalities.t1w.derived_regions."
    return {f.where.removeprefix(start): str(f) for f in caught.value.faults}


def test_every_wrong_name_is_told():
    told = refused(
        {
            "white": {"kind": "without", "of": ["other"], "minus": ["lesion"]},
            "a": {"kind": "without", "of": ["whit"], "minus": ["lesion"]},
            "b": {"kind": "border_zone", "between": ["c", "white"], "width_mm": 2},
            "c": {"kind": "without", "of": ["c"], "minus": ["lesion"]},
        }
    )
    assert set(told) == {"white", "a", "b", "c"}
    assert "found a name that region set tissue has too" in told["white"]
    assert "found 'whit'; expected regions of" in told["a"]
    assert "Did you mean white?" in told["a"]
    assert "found 'c'" in told["b"]
    assert "found 'c'" in told["c"]


@pytest.mark.parametrize(
    ("rules", "place", "text"),
    [
        ({"kind": "zone"}, "a", "a kind out of 'without', 'border_zone'"),
        ({"of": ["white"]}, "a", "a key kind that says what it is"),
        (
            {"kind": "without", "of": ["white"], "minus": ["lesion"], "margin_mm": -1},
            "a.margin_mm",
            "found -1; expected a number of at least 0.0. margin_mm: Voxels are",
        ),
        (
            {"kind": "without", "of": ["white"], "minus": ["lesion"], "margin": 1},
            "a.margin",
            "Did you mean margin_mm?",
        ),
        (
            {"kind": "border_zone", "between": ["white"], "width_mm": 1},
            "a.between",
            "at least 2 in it",
        ),
        ({"kind": "border_zone", "between": ["white", "other"]}, "a.width_mm", "found nothing"),
    ],
)
def test_a_wrong_rule_is_told_at_its_key(rules, place, text):
    told = refused({"a": rules})
    assert list(told) == [place]
    assert text in told[place]


def test_settings_come_back_from_json():
    imaging = imaging_of()
    assert Imaging.model_validate(json.loads(imaging.model_dump_json())) == imaging
