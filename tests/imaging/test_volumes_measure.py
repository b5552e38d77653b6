"""Volumes as a measure of a session."""

import nibabel as nib
import numpy as np
import pytest
from pydantic import ValidationError

from drepano.errors import UnitError
from drepano.imaging.measures.registry import measures_of
from drepano.imaging.measures.unit import MeasureUnits
from drepano.ranks import Unit
from drepano.settings import Imaging

AFFINE = np.diag([-1.0, 1.0, 2.0, 1.0])
SHAPE = (20, 16, 12)
SETS = {
    "tissue": {
        "suffix": "dseg",
        "regions": {"grey_left": 1, "grey_right": 2, "white": [3, 4], "fluid": 5},
    },
    "brain": {"suffix": "mask", "entities": {"desc": "brain"}, "regions": {"brain": 1}},
}
NO_REGIONS = UnitError("no_regions", "no derivative mask", "Run the segmentation.")


def tissue_voxels():
    """Grey left 100 voxels, grey right 60, white 40 + 40, fluid 20."""
    flat = np.repeat([0, 1, 2, 3, 4, 5, 0], [50, 100, 60, 40, 40, 20, 3530])
    return flat.reshape(SHAPE).astype("i2")


def brain_voxels():
    return (tissue_voxels() > 0).astype("u1")


def choice(region_set, *regions):
    return {"region_set": region_set, "regions": list(regions)}


FULL = {
    "intracranial": choice("brain", "brain"),
    "structures": {
        "grey_matter": choice("tissue", "grey_left", "grey_right"),
        "csf": choice("tissue", "fluid"),
    },
    "sides": {
        "grey": {"left": choice("tissue", "grey_left"), "right": choice("tissue", "grey_right")}
    },
}


def imaging_of(sets=SETS, **block):
    return Imaging(region_sets=sets, measures={"volumes": block})


@pytest.fixture
def measured(tmp_path):
    """Run the measure; give values and states."""

    def run(imaging, *absent, affines=None, **voxels):
        (measure,) = measures_of(imaging)
        given = {"regions_tissue": tissue_voxels(), "regions_brain": brain_voxels()} | voxels
        files = {}
        for role in set(measure.inputs()) - set(absent):
            path = tmp_path / f"{role}.nii.gz"
            affine = (affines or {}).get(role, AFFINE)
            nib.save(nib.Nifti1Image(given[role], affine), path)
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
            "measure": "volumes",
            "files": files,
            "absent": dict.fromkeys(
                absent, (NO_REGIONS.reason, NO_REGIONS.detail, NO_REGIONS.remedy)
            ),
            "clinical": {},
        }
        result = MeasureUnits(imaging).compute(Unit("sub-01_volumes", "0" * 32, 1.0, payload))
        values = {
            r["column"].removeprefix("volumes__"): r["value"] for r in result.values.to_pylist()
        }
        states = {
            r["source"].removeprefix("volumes__"): (r["state"], r["reason"])
            for r in result.states.to_pylist()
        }
        declared = {c.name.removeprefix("volumes__") for c in measure.columns()}
        assert values.keys() | states.keys() == declared
        assert not values.keys() & states.keys()
        return values, states

    return run


def test_volumes_fractions_and_asymmetry(measured):
    values, states = measured(imaging_of(**FULL))
    assert states == {}
    assert values == pytest.approx(
        {
            "intracranial__volume": 0.520,
            "grey_matter__volume": 0.320,
            "grey_matter__fraction": 160 / 260,
            "csf__volume": 0.040,
            "csf__fraction": 20 / 260,
            "grey_left__volume": 0.200,
            "grey_left__fraction": 100 / 260,
            "grey_right__volume": 0.120,
            "grey_right__fraction": 60 / 260,
            "grey__asymmetry": 0.5,
        }
    )


def test_the_intracranial_volume_may_be_a_sum_over_files_and_counts_voxels_once(measured):
    both = [choice("brain", "brain"), choice("tissue", "fluid")]
    values, _ = measured(imaging_of(intracranial=both))
    assert values == pytest.approx({"intracranial__volume": 0.520})
    skullless = ((tissue_voxels() > 0) & (tissue_voxels() < 5)).astype("u1")
    values, _ = measured(imaging_of(intracranial=both), regions_brain=skullless)
    assert values == pytest.approx({"intracranial__volume": 0.520})


def test_without_intracranial_volume_no_fractions_are_declared(measured):
    values, _ = measured(imaging_of(structures={"white": choice("tissue", "white")}))
    assert values == pytest.approx({"white__volume": 0.160})


def test_a_file_that_lacks_hides_what_needs_it(measured):
    values, states = measured(imaging_of(**FULL), "regions_brain")
    assert set(states.values()) == {("not_acquired", "no_regions")}
    assert set(states) == {"intracranial__volume"} | {
        f"{n}__fraction" for n in ("grey_matter", "csf", "grey_left", "grey_right")
    }
    assert values["grey__asymmetry"] == pytest.approx(0.5)


def test_a_label_that_lacks_is_a_failure_unless_the_study_says_zero(measured):
    one_sided = np.where(tissue_voxels() == 2, 0, tissue_voxels()).astype("i2")
    values, states = measured(imaging_of(**FULL), regions_tissue=one_sided)
    assert set(states.values()) == {("failed", "label_absent")}
    assert {"grey_right__volume", "grey__asymmetry", "grey_matter__volume"} <= set(states)
    assert values["grey_left__volume"] == pytest.approx(0.2)
    zero = SETS | {"tissue": SETS["tissue"] | {"when_empty": "zero"}}
    values, states = measured(imaging_of(zero, **FULL), regions_tissue=one_sided)
    assert states == {}
    assert values["grey__asymmetry"] == 2.0


def test_two_empty_sides_have_no_asymmetry(measured):
    zero = SETS | {"tissue": SETS["tissue"] | {"when_empty": "zero"}}
    block = {"sides": FULL["sides"]}
    values, states = measured(imaging_of(zero, **block), regions_tissue=np.zeros(SHAPE, "i2"))
    assert states == {"grey__asymmetry": ("undefined", "feature_undefined")}
    assert values == {"grey_left__volume": 0.0, "grey_right__volume": 0.0}


def test_voxels_are_counted_on_each_files_own_grid(measured):
    finer = np.diag([-1.0, 1.0, 1.0, 1.0])
    affines = {"regions_brain": finer}
    values, states = measured(imaging_of(**FULL), affines=affines)
    assert states == {}
    assert values["intracranial__volume"] == pytest.approx(0.260)
    both = [choice("brain", "brain"), choice("tissue", "fluid")]
    _, states = measured(imaging_of(intracranial=both), affines=affines)
    assert states == {"intracranial__volume": ("failed", "grid_mismatch")}


def test_storage_order_does_not_swap_the_sides(measured):
    turned = np.diag([1.0, 1.0, 2.0, 1.0])
    turned[0, 3] = -(SHAPE[0] - 1)
    affines = {"regions_tissue": turned, "regions_brain": turned}
    stored = {"regions_tissue": tissue_voxels()[::-1], "regions_brain": brain_voxels()[::-1]}
    assert measured(imaging_of(**FULL), affines=affines, **stored) == measured(imaging_of(**FULL))


def test_one_file_is_required_several_are_not():
    (measure,) = measures_of(imaging_of(structures={"white": choice("tissue", "white")}))
    assert [i.required for i in measure.inputs().values()] == [True]
    (measure,) = measures_of(imaging_of(**FULL))
    assert {i.required for i in measure.inputs().values()} == {False}


@pytest.mark.parametrize(
    ("block", "found"),
    [
        ({}, "no volume"),
        ({"intracranial": choice("brains", "brain")}, "Did you mean brain"),
        ({"structures": {"deep": choice("tissue", "thalamus")}}, "'thalamus'"),
        (
            {"structures": {"grey_left": choice("tissue", "white")}, "sides": FULL["sides"]},
            "grey_left twice",
        ),
        ({"structures": {"intracranial": choice("tissue", "white")}}, "intracranial twice"),
    ],
)
def test_settings_that_fit_nothing_are_refused(block, found):
    with pytest.raises(ValidationError) as error:
        imaging_of(**block)
    faults = [f for e in error.value.errors() for f in e["ctx"]["faults"]]
    assert any(found in str(fault) for fault in faults)


@pytest.mark.real_data
def test_freesurfer_labels_of_a_real_head(shared_data, measured):
    path = shared_data / "images/niivue_t1_dseg/aparc.a2009s+aseg.mgz"
    labels = np.asanyarray(nib.load(path).dataobj)
    sets = {"aseg": {"suffix": "dseg", "regions": {"left": 17, "right": 53, "deep": [10, 49]}}}
    sides = {"left": choice("aseg", "left"), "right": choice("aseg", "right")}
    imaging = imaging_of(
        sets, structures={"thalami": choice("aseg", "deep")}, sides={"hippocampus": sides}
    )
    payload = {
        "subject": "01",
        "session": "",
        "measure": "volumes",
        "files": {
            "regions_aseg": [
                {
                    "path": str(path),
                    "label_table": None,
                    "metadata": {},
                    "companions": {},
                }
            ]
        },
        "absent": {},
        "clinical": {},
    }
    result = MeasureUnits(imaging).compute(Unit("sub-01_volumes", "0" * 32, 1.0, payload))
    values = {r["column"]: r["value"] for r in result.values.to_pylist()}
    left, right = ((labels == n).sum() for n in (17, 53))
    assert values == pytest.approx(
        {
            "volumes__thalami__volume": np.isin(labels, (10, 49)).sum() / 1000,
            "volumes__hippocampus_left__volume": left / 1000,
            "volumes__hippocampus_right__volume": right / 1000,
            "volumes__hippocampus__asymmetry": (left - right) / (0.5 * (left + right)),
        }
    )
