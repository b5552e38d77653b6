"""Lesions as a measure of a session: files in, columns, rows per lesion and states out."""

from math import isnan

import nibabel as nib
import numpy as np
import pytest
from pydantic import ValidationError

from drepano.errors import UnitError
from drepano.imaging.measures.lesions import LesionMeasure
from drepano.imaging.measures.registry import measures_of
from drepano.imaging.measures.unit import MeasureUnits
from drepano.ranks import Unit
from drepano.settings import Imaging

AFFINE = np.diag([1.0, 1.0, 2.0, 1.0])
SHAPE = (30, 20, 12)
ALL = "lesions__all__"
SETS = {
    "lesion": {
        "suffix": "mask",
        "entities": {"label": "lesion"},
        "regions": {"lesion": 1},
        "when_empty": "zero",
    },
    "tissue": {"suffix": "dseg", "regions": {"white_matter": 1, "ventricles": 2}},
    "lobes": {
        "suffix": "dseg",
        "entities": {"desc": "lobes"},
        "regions": {"frontal": 1, "parietal": 2},
    },
}
MASK = {"region_set": "lesion", "regions": "lesion"}
WHITE = {"region_set": "tissue", "regions": "white_matter"}
T1 = {"white_matter": WHITE}
NO_SCAN = UnitError("no_scan", "no raw T1w", "Deliver the scan.")
NO_REGIONS = UnitError("no_regions", "no derivative dseg", "Run the segmentation.")


def imaging_of(sets=SETS, **block):
    return Imaging(region_sets=sets, measures={"lesions": {"mask": MASK} | block})


def lesion_voxels():
    """24 voxels, dark and 4 mm; 6 voxels, 3 mm and as bright as white matter; 1 voxel of 2 mm."""
    mask = np.zeros(SHAPE, dtype="u1")
    mask[4:8, 5:8, 4:6] = 1
    mask[20:23, 5:7, 4] = 1
    mask[16, 14, 8] = 1
    return mask


def t1w_voxels():
    t1w = np.random.default_rng(9).normal(800, 10, SHAPE).astype("f4")
    t1w[4:8, 5:8, 4:6] = 500
    return t1w


def lobe_voxels():
    lobes = np.zeros(SHAPE, dtype="i2")
    lobes[:7] = 1
    lobes[7:18] = 2
    return lobes


VOXELS = {
    "scan": np.ones(SHAPE, dtype="f4"),
    "regions_lesion": lesion_voxels(),
    "t1w": t1w_voxels(),
    "regions_tissue": np.where(np.arange(SHAPE[2]) < 11, 1, 2 * np.ones(SHAPE)).astype("i2"),
    "regions_lobes": lobe_voxels(),
}


@pytest.fixture
def measured(tmp_path):
    """Run the measure; give matrix values, rows per lesion and states."""

    def run(imaging, absent=None, affines=None, **voxels):
        absent = absent or {}
        (measure,) = measures_of(imaging)
        files = {}
        for role in measure.inputs():
            if role in absent:
                continue
            path = tmp_path / f"{role}.nii.gz"
            affine = (affines or {}).get(role, AFFINE)
            nib.save(nib.Nifti1Image(voxels.get(role, VOXELS[role]), affine), path)
            files[role] = [
                {
                    "path": str(path),
                    "label_table": None,
                    "metadata": {},
                    "companions": {},
                }
            ]
        payload = {
            "subject": "01",
            "session": "",
            "measure": "lesions",
            "files": files,
            "absent": {r: (e.reason, e.detail, e.remedy) for r, e in absent.items()},
            "clinical": {},
        }
        result = MeasureUnits(imaging).compute(Unit("sub-01_lesions", "0" * 32, 1.0, payload))
        rows = result.values.to_pylist()
        values = {r["column"]: r["value"] for r in rows if r["item"] == 0}
        each = {}
        for row in (r for r in rows if r["item"]):
            each.setdefault(row["item"], {})[row["column"].split("__")[2]] = row["value"]
        states = {r["source"]: (r["state"], r["reason"]) for r in result.states.to_pylist()}
        declared = {c.name for c in measure.columns()}
        assert values.keys() | states.keys() == declared
        assert not values.keys() & states.keys()
        return values, each, states

    return run


def test_three_definitions(measured):
    values, each, states = measured(imaging_of(t1_hypointensity=T1))
    assert states == {}
    assert {c.removeprefix(ALL): v for c, v in values.items()} == pytest.approx(
        {
            "count": 3,
            "volume": 0.062,
            "largest_diameter": np.sqrt(29),
            "count_traditional": 2,
            "volume_traditional": 0.060,
            "largest_diameter_traditional": np.sqrt(29),
            "count_restrictive": 1,
            "volume_restrictive": 0.048,
            "largest_diameter_restrictive": np.sqrt(29),
        }
    )
    assert [each[i]["t1w_dark"] for i in (1, 2, 3)] == [1, 0, 0]
    assert each[1]["t1w_mean"] == pytest.approx(500)
    assert each[1]["t1w_reference"] == pytest.approx(800, abs=2)


def test_each_lesion_has_rows_the_largest_first(measured):
    _, each, _ = measured(imaging_of())
    assert sorted(each) == [1, 2, 3]
    assert [each[i]["voxels"] for i in (1, 2, 3)] == [24, 6, 1]
    assert [each[i]["volume_ml"] for i in (1, 2, 3)] == pytest.approx([0.048, 0.012, 0.002])
    assert [each[i]["traditional"] for i in (1, 2, 3)] == [1, 1, 0]
    assert [each[1][k] for k in ("x_mm", "y_mm", "z_mm")] == pytest.approx([5.5, 6.0, 9.0])
    assert set(each[1]) == {
        "volume_ml",
        "voxels",
        "diameter_mm",
        "in_plane_diameter_mm",
        "x_mm",
        "y_mm",
        "z_mm",
        "traditional",
    }


def test_an_empty_mask_is_a_true_zero(measured):
    imaging = imaging_of(t1_hypointensity=T1, locations=["lobes"])
    values, each, states = measured(imaging, regions_lesion=np.zeros(SHAPE, dtype="u1"))
    assert (each, states) == ({}, {})
    assert len(values) == 4 * 9
    assert set(values.values()) == {0.0}


def test_a_mask_of_255_is_not_no_lesion(measured):
    with pytest.raises(UnitError, match="label_absent: the mask holds 255, the study asks for 1"):
        measured(imaging_of(), regions_lesion=lesion_voxels() * 255)
    sets = SETS | {"lesion": SETS["lesion"] | {"regions": {"lesion": 255}}}
    values, _, _ = measured(imaging_of(sets), regions_lesion=lesion_voxels() * 255)
    assert values[f"{ALL}count"] == 3


def test_without_mask_or_scan_nothing_is_planned_to_be_zero():
    inputs = measures_of(imaging_of(t1_hypointensity=T1, locations=["lobes"]))[0].inputs()
    assert {role: asked.required for role, asked in inputs.items()} == {
        "scan": True,
        "regions_lesion": True,
        "t1w": False,
        "regions_lobes": False,
        "regions_tissue": False,
    }


@pytest.mark.parametrize("role", ["t1w", "regions_tissue"])
def test_without_t1w_the_restrictive_definition_alone_lacks(measured, role):
    why = NO_SCAN if role == "t1w" else NO_REGIONS
    values, each, states = measured(imaging_of(t1_hypointensity=T1), absent={role: why})
    assert len(values) == 6
    assert set(states.values()) == {("not_acquired", why.reason)}
    assert all(name.endswith("_restrictive") for name in states)
    assert "t1w_dark" not in each[1]


def test_nan_in_t1w_of_a_long_lesion_hides_the_count(measured):
    t1w = t1w_voxels()
    t1w[5, 6, 5] = np.nan
    values, each, states = measured(imaging_of(t1_hypointensity=T1), t1w=t1w)
    assert set(states.values()) == {("failed", "not_finite")}
    assert len(states) == 3
    assert values[f"{ALL}count_traditional"] == 2
    assert "t1w_dark" not in each[1]
    assert each[2]["t1w_dark"] == 0


def test_nan_in_t1w_of_a_short_lesion_or_beside_changes_nothing(measured):
    t1w = t1w_voxels()
    t1w[16, 14, 8] = np.inf
    t1w[25, 15, 3] = np.nan
    values, _, states = measured(imaging_of(t1_hypointensity=T1), t1w=t1w)
    assert states == {}
    assert values[f"{ALL}count_restrictive"] == 1


def test_too_little_normal_white_matter_hides_the_count(measured):
    imaging = imaging_of(t1_hypointensity=T1 | {"min_voxels": 10_000})
    _, _, states = measured(imaging)
    assert set(states.values()) == {("failed", "region_too_small")}


def test_the_reference_may_be_around_the_lesion(measured):
    rule = T1 | {"reference": "perilesional", "shell_mm": 6.0}
    t1w = t1w_voxels()
    t1w[18:] += 300
    t1w[20:23, 5:7, 4] = 900
    values, each, _ = measured(imaging_of(t1_hypointensity=rule), t1w=t1w)
    assert values[f"{ALL}count_restrictive"] == 2
    assert each[2]["t1w_reference"] == pytest.approx(1100, abs=10)


def test_lesions_by_place_and_outside_of_all_places(measured):
    values, each, states = measured(imaging_of(locations=["lobes"]))
    assert states == {}
    counts = {p: values[f"lesions__{p}__count"] for p in ("frontal", "parietal", "lobes_elsewhere")}
    assert counts == {"frontal": 1, "parietal": 1, "lobes_elsewhere": 1}
    volumes = [values[f"lesions__{p}__volume"] for p in ("frontal", "parietal", "lobes_elsewhere")]
    assert volumes == pytest.approx([0.036, 0.012 + 0.002, 0.012])
    assert values["lesions__parietal__count_traditional"] == 0
    assert values["lesions__parietal__volume_traditional"] == pytest.approx(0.012)
    assert values["lesions__lobes_elsewhere__largest_diameter"] == each[2]["diameter_mm"]
    assert [each[i]["region_lobes"] for i in (1, 2, 3)] == [1, 0, 2]


def test_a_place_that_cannot_be_had_fails_with_elsewhere(measured):
    lobes = lobe_voxels()
    lobes[lobes == 1] = 0
    values, each, states = measured(imaging_of(locations=["lobes"]), regions_lobes=lobes)
    assert set(states.values()) == {("failed", "label_absent")}
    assert {name.split("__")[1] for name in states} == {"frontal", "lobes_elsewhere"}
    assert values["lesions__parietal__count"] == 1
    assert [each[i]["region_lobes"] for i in (1, 2, 3)] == [0, 0, 2]


def test_places_that_are_absent_or_overlap(measured):
    imaging = imaging_of(locations=["lobes"])
    values, _, states = measured(imaging, absent={"regions_lobes": NO_REGIONS})
    assert set(states.values()) == {("not_acquired", "no_regions")}
    assert (len(values), len(states)) == (6, 18)
    overlapping = SETS | {"lobes": SETS["lobes"] | {"regions": {"a": 1, "b": [1, 2]}}}
    _, _, states = measured(imaging_of(overlapping, locations=["lobes"]))
    assert set(states.values()) == {("failed", "regions_overlap")}


def test_the_length_in_plane_may_be_the_one_that_counts(measured):
    mask = np.zeros(SHAPE, dtype="u1")
    mask[4, 4, 3:5] = 1
    values, _, _ = measured(imaging_of(), regions_lesion=mask)
    assert values[f"{ALL}count_traditional"] == 1
    values, each, _ = measured(imaging_of(dimension="in_plane"), regions_lesion=mask)
    assert values[f"{ALL}count_traditional"] == 0
    assert values[f"{ALL}largest_diameter"] == each[1]["in_plane_diameter_mm"] == 1.0


def test_components_too_small_to_count(measured):
    values, each, _ = measured(imaging_of(min_voxels=6))
    assert values[f"{ALL}count"] == len(each) == 2
    assert values[f"{ALL}volume"] == pytest.approx(0.060)


def shifted():
    affine = AFFINE.copy()
    affine[0, 3] = 0.5
    return affine


def test_t1w_on_another_grid_is_refused_or_interpolated(measured):
    affines = {"t1w": shifted()}
    _, _, states = measured(imaging_of(t1_hypointensity=T1), affines=affines)
    assert set(states.values()) == {("failed", "grid_mismatch")}
    imaging = imaging_of(t1_hypointensity=T1 | {"other_grid": "resample"})
    _, each, states = measured(imaging, affines=affines)
    assert states == {}
    # Half a voxel along x: the first of four columns is half white matter.
    assert each[1]["t1w_mean"] == pytest.approx((3 * 500 + 650) / 4, abs=3)


def test_lesions_where_the_t1w_does_not_reach_are_not_called_bright(measured):
    affine = AFFINE.copy()
    affine[0, 3] = 10
    imaging = imaging_of(t1_hypointensity=T1 | {"other_grid": "resample"})
    _, _, states = measured(imaging, affines={"t1w": affine})
    assert set(states.values()) == {("failed", "not_finite")}


def test_storage_order_reaches_no_value(measured):
    imaging = imaging_of(t1_hypointensity=T1, locations=["lobes"])
    first = measured(imaging)
    flipped = np.diag([-1.0, 1.0, 2.0, 1.0])
    flipped[0, 3] = SHAPE[0] - 1
    roles = {role: voxels[::-1] for role, voxels in VOXELS.items()}
    assert measured(imaging, affines=dict.fromkeys(VOXELS, flipped), **roles) == first


def test_columns_follow_from_the_study_and_split():
    imaging = imaging_of(t1_hypointensity=T1, locations=["lobes"])
    columns = measures_of(imaging)[0].columns()
    assert len({c.name for c in columns}) == len(columns) == 36
    assert {len(c.name.split("__")) for c in columns} == {3}
    assert {c.state_source for c in columns} == {"lesions"}
    assert {(c.type, c.unit) for c in columns} == {
        ("integer", "1"),
        ("number", "mL"),
        ("number", "mm"),
    }
    assert not any(isnan(c.minimum) for c in columns)


@pytest.mark.parametrize(
    ("block", "sets", "found"),
    [
        ({"mask": {"region_set": "lesions", "regions": "lesion"}}, {}, "Did you mean lesion"),
        ({"mask": {"region_set": "lesion", "regions": "sci"}}, {}, "'sci'"),
        ({"locations": ["lobe"]}, {}, "Did you mean lobes"),
        ({"locations": ["lobes", "lobes"]}, {}, "each region set once"),
        (
            {"t1_hypointensity": {"white_matter": {"region_set": "x", "regions": "y"}}},
            {},
            "t1_hypointensity.white_matter.region_set",
        ),
        ({}, {"lesion": SETS["lesion"] | {"when_empty": "failure"}}, "when_empty: zero"),
        (
            {"locations": ["lobes"]},
            {"lobes": SETS["lobes"] | {"regions": {"all": 1}}},
            "all twice among the names",
        ),
    ],
)
def test_settings_that_fit_nothing_are_refused(block, sets, found):
    with pytest.raises(ValidationError) as error:
        imaging_of(SETS | sets, **block)
    faults = [f for e in error.value.errors() for f in e["ctx"]["faults"]]
    assert any(found in str(fault) for fault in faults)


def test_the_settings_are_in_the_key():
    one, other = (
        LesionMeasure(imaging_of(traditional_mm=mm).measures.lesions, {}).settings for mm in (3, 5)
    )
    assert one != other


@pytest.mark.real_data
def test_lesions_of_a_patient(shared_data):
    folder = shared_data / "images/open_ms_data/patient26"
    imaging = imaging_of()
    files = {"scan": "FLAIR.nii.gz", "regions_lesion": "lesion_mask.nii.gz"}
    payload = {
        "subject": "26",
        "session": "",
        "measure": "lesions",
        "files": {
            role: [
                {
                    "path": str(folder / name),
                    "label_table": None,
                    "metadata": {},
                    "companions": {},
                }
            ]
            for role, name in files.items()
        },
        "absent": {},
        "clinical": {},
    }
    result = MeasureUnits(imaging).compute(Unit("sub-26_lesions", "0" * 32, 1.0, payload))
    rows = result.values.to_pylist()
    values = {r["column"]: r["value"] for r in rows if r["item"] == 0}
    assert values[f"{ALL}volume"] == pytest.approx(8.227)
    assert values[f"{ALL}count"] == 19
    assert values[f"{ALL}count_traditional"] == 16
    each = [r["value"] for r in rows if r["column"] == "lesions__each__voxels"]
    assert sum(each) == 8227


def test_the_planner_gives_a_session_without_mask_a_state_and_no_unit(tmp_path):
    from drepano.imaging.files import Absence  # noqa: PLC0415
    from drepano.imaging.measures.planning import MeasurePlanner  # noqa: PLC0415

    class NothingRead:
        def scan(self, *_, **__):
            return {"path": "x", "voxels": 8, "suffix": "FLAIR", "entities": {}}

        def regions(self, *_, **__):
            return Absence("not_acquired", NO_REGIONS)

    imaging = imaging_of()
    states = []
    planner = MeasurePlanner(imaging, measures_of(imaging)[0], {})
    assert planner.unit(("01", ""), NothingRead(), states) is None
    assert [(s["source"], s["state"], s["reason"]) for s in states] == [
        ("lesions", "not_acquired", "no_regions")
    ]
