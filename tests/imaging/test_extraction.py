"""A unit: values where there are any, and a state for everything that has none."""

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813

import voxomics
from drepano.contracts.states import STEP_STATES
from drepano.contracts.values import IMAGING
from drepano.errors import UnitError
from drepano.imaging import Extraction, declare_columns
from drepano.settings import Imaging

SPECKS = {"specks": 3}


def test_values_are_the_engines_on_the_file(lab, scan, dseg):
    images = {"Original": {}, "LoG": {"sigma": [3.0]}}
    imaging = lab.imaging_of(
        {"block": 1, "both": [1, 2]}, feature_classes=lab.CLASSES, image_types=images
    )
    values, states = lab.run(imaging, scan, dseg)
    assert states == {}
    assert set(values) == {c.name for c in declare_columns(imaging)}
    image = sitk.DICOMOrient(sitk.ReadImage(str(scan)), "LPS")
    mask = sitk.DICOMOrient(sitk.ReadImage(str(dseg)), "LPS")
    expected = voxomics.extract(
        image, mask, {"imageType": images, "featureClass": lab.CLASSES}, [1]
    ).loc[1]
    for feature, value in expected.items():
        assert values[f"t1w__block__{feature}"] == pytest.approx(value, rel=1e-9, abs=1e-9)
    assert values["t1w__block__volume_mm3"] == pytest.approx(6 * 6 * 6 * 3)
    assert values["t1w__both__volume_mm3"] == pytest.approx((6 * 6 * 6 + 4 * 5 * 6) * 3)


def test_rows_fit_their_contracts_and_repeat_to_the_byte(lab, scan, dseg):
    imaging = lab.imaging_of(
        {"block": 1, "missing": 9}, rules={"when_empty": "zero", "count_components": True}
    )
    unit = lab.unit_of(scan, {"set": dseg})
    first = Extraction(imaging.model_dump_json()).compute(unit)
    again = Extraction(imaging.model_dump_json()).compute(unit)
    assert IMAGING.check(first.values, "values").equals(again.values)
    assert STEP_STATES.check(first.states, "states").equals(again.states)
    engines = {r["column"].split("__")[2]: r["engine"] for r in first.values.to_pylist()}
    assert engines["volume_mm3"] == engines["component_count"] == "drepano imaging 1"
    assert engines["original_firstorder_Mean"] == "voxomics 1.1"


def test_both_engines_give_the_same_values_under_their_own_names(lab, scan, dseg):
    pytest.importorskip("radiomics.featureextractor", reason="pyradiomics is the reference")
    images = {"Original": {}, "Wavelet": {}, "LoG": {"sigma": [3.0]}}
    imaging = lab.imaging_of(
        {"block": 1, "both": [1, 2]}, feature_classes=lab.CLASSES, image_types=images
    )
    unit = lab.unit_of(scan, {"set": dseg})
    found = []
    for engine in ("voxomics", "pyradiomics"):
        study = imaging.model_copy(update={"engine": engine})
        rows = Extraction(study.model_dump_json()).compute(unit).values.to_pylist()
        found.append({row["column"]: row for row in rows})
    own, reference = found
    assert list(own) == list(reference)
    for name, row in reference.items():
        assert own[name]["value"] == pytest.approx(row["value"], rel=1e-9, abs=1e-9), name
    assert {row["engine"].split()[0] for row in own.values()} == {"voxomics", "drepano"}
    assert {row["engine"].split()[0] for row in reference.values()} == {"pyradiomics", "drepano"}


@pytest.mark.parametrize("numbers", ["float", "int"])
def test_float_labels_are_rounded(lab, scan, tmp_path, numbers):
    labels = lab.label_voxels().astype("f4")
    if numbers == "float":
        labels = np.where(labels == 1, 0.99996948, labels * 1.00001).astype("f4")
    values, _ = lab.run(
        lab.imaging_of({"block": 1, "other": 2}), scan, lab.write(tmp_path / "f.nii", labels)
    )
    assert values["t1w__block__volume_mm3"] == pytest.approx(6 * 6 * 6 * 3)
    assert values["t1w__other__volume_mm3"] == pytest.approx(4 * 5 * 6 * 3)


def test_names_come_from_the_label_table(lab, scan, dseg, tmp_path):
    table = tmp_path / "t.tsv"
    table.write_text("index\tname\n1\tBlock\n2\tSecond\n")
    imaging = lab.imaging_of({"block": "block", "odd": ["second", "third"], "two": "SECOND"})
    values, states = lab.run(imaging, scan, (dseg, table))
    assert states == {"t1w__odd": ("failed", "label_unknown")}
    assert {"t1w__block__volume_mm3", "t1w__two__volume_mm3"} < set(values)


def test_an_absent_label_is_a_failure_of_its_region_alone(lab, scan, dseg):
    values, states = lab.run(lab.imaging_of({"block": 1, "gone": 9, "half": [1, 9]}), scan, dseg)
    assert states == {
        "t1w__gone": ("failed", "label_absent"),
        "t1w__half": ("failed", "label_absent"),
    }
    assert {c.split("__")[1] for c in values} == {"block"}


def test_no_lesion_is_zero(lab, scan, tmp_path):
    empty = lab.write(tmp_path / "m.nii.gz", np.zeros((20, 18, 16), dtype="u1"))
    imaging = lab.imaging_of(
        {"lesion": 1}, rules={"suffix": "mask", "when_empty": "zero", "count_components": True}
    )
    values, states = lab.run(imaging, scan, empty)
    assert values == {"t1w__lesion__volume_mm3": 0.0, "t1w__lesion__component_count": 0.0}
    assert states == {
        "t1w__lesion": ("undefined", "region_empty"),
        "t1w__lesion__volume_mm3": ("measured", ""),
        "t1w__lesion__component_count": ("measured", ""),
    }


ZERO = {"suffix": "mask", "when_empty": "zero"}


def test_a_mask_that_is_coded_otherwise_is_not_taken_for_no_lesion(lab, scan, tmp_path):
    coded = lab.write(tmp_path / "m.nii.gz", np.where(lab.label_voxels() == 1, 255, 0).astype("u1"))
    with pytest.raises(UnitError, match="label_absent: the mask holds 255, the study asks for 1"):
        lab.run(lab.imaging_of({"lesion": 1}, rules=ZERO), scan, coded)
    values, _ = lab.run(lab.imaging_of({"lesion": 255}, rules=ZERO), scan, coded)
    assert values["t1w__lesion__volume_mm3"] == pytest.approx(6 * 6 * 6 * 3)


def test_a_mask_of_two_kinds_may_lack_one(lab, scan, tmp_path):
    """What the study asks for elsewhere in the set is no foreign label; a name may be a number."""
    ones = lab.write(tmp_path / "m.nii.gz", (lab.label_voxels() == 1).astype("u1"))
    table = tmp_path / "m.tsv"
    table.write_text("index\tname\n1\tOld\n2\tNew\n")
    imaging = lab.imaging_of({"old": "old", "new": "new"}, rules=ZERO)
    values, states = lab.run(imaging, scan, (ones, table))
    assert values["t1w__new__volume_mm3"] == 0
    assert states["t1w__new"] == ("undefined", "region_empty")


def test_a_segmentation_may_hold_labels_that_nobody_asked_for(lab, scan, dseg):
    imaging = lab.imaging_of({"lesion": 99}, rules={"when_empty": "zero"})
    values, _ = lab.run(imaging, scan, dseg)
    assert values["t1w__lesion__volume_mm3"] == 0


def test_a_small_region_has_a_volume_and_no_radiomics(lab, scan, dseg):
    imaging = lab.imaging_of(SPECKS | {"block": 1}, rules={"count_components": True}, min_voxels=6)
    values, states = lab.run(imaging, scan, dseg)
    assert values["t1w__specks__volume_mm3"] == pytest.approx(15)
    assert values["t1w__specks__component_count"] == 2
    assert states == {
        "t1w__specks": ("undefined", "region_too_small"),
        "t1w__specks__volume_mm3": ("measured", ""),
        "t1w__specks__component_count": ("measured", ""),
    }
    assert "t1w__block__original_firstorder_Mean" in values


@pytest.mark.parametrize("bad", [np.nan, -np.inf])
def test_voxels_that_are_not_finite_fail_their_region_alone(lab, dseg, tmp_path, bad):
    voxels = lab.scan_voxels().astype("f4")
    voxels[3, 3, 4] = bad
    path = lab.write(tmp_path / "s.nii.gz", voxels)
    values, states = lab.run(lab.imaging_of({"block": 1, "other": 2}), path, dseg)
    assert states == {
        "t1w__block": ("failed", "not_finite"),
        "t1w__block__volume_mm3": ("measured", ""),
    }
    assert values["t1w__block__volume_mm3"] == pytest.approx(648)
    assert "t1w__other__original_firstorder_Mean" in values


def test_nan_beside_the_region_spoils_the_filtered_image_only(lab, dseg, tmp_path):
    voxels = lab.scan_voxels().astype("f4")
    voxels[0, 0, 0] = np.nan
    imaging = lab.imaging_of({"block": 1}, image_types={"Original": {}, "LoG": {"sigma": [3.0]}})
    values, states = lab.run(imaging, lab.write(tmp_path / "s.nii.gz", voxels), dseg)
    name = "t1w__block__log-sigma-3-0-mm-3D_firstorder_Mean"
    assert states == {name: ("undefined", "feature_undefined")}
    assert "t1w__block__original_firstorder_Mean" in values
    assert name not in values


def test_a_region_that_the_engine_refuses_costs_no_other(lab, scan, tmp_path):
    labels = lab.label_voxels()
    labels[:, 16, 15] = 4
    path = lab.write(tmp_path / "d.nii.gz", labels)
    values, states = lab.run(lab.imaging_of({"block": 1, "line": 4}), scan, path)
    assert states == {
        "t1w__line": ("failed", "engine_refused"),
        "t1w__line__volume_mm3": ("measured", ""),
    }
    assert values["t1w__line__volume_mm3"] == pytest.approx(60)
    assert "t1w__block__original_firstorder_Mean" in values


def shifted(lab, mm):
    affine = lab.AFFINE.copy()
    affine[1, 3] += mm
    return affine


def test_another_grid_is_refused_by_name(lab, scan, tmp_path):
    path = lab.write(tmp_path / "far_dseg.nii.gz", lab.label_voxels(), shifted(lab, 0.75))
    unit = lab.unit_of(scan, {"set": path})
    extraction = Extraction(lab.imaging_of().model_dump_json())
    with pytest.raises(UnitError, match=r"grid_mismatch: far_dseg\.nii\.gz has 20 x 18 x 16"):
        extraction.compute(unit)


def test_another_grid_costs_only_its_own_regions(lab, scan, dseg, tmp_path):
    far = lab.write(tmp_path / "far.nii.gz", lab.label_voxels(), shifted(lab, 0.75))
    imaging = Imaging(
        region_sets={
            "near": {"suffix": "dseg", "regions": {"block": 1}},
            "far": {"suffix": "mask", "regions": {"lesion": 1, "other": 2}},
        },
        modalities={
            "t1w": {
                "suffix": "T1w",
                "region_sets": ["near", "far"],
                "feature_classes": {"firstorder": None},
            }
        },
    )
    values, states = lab.run(imaging, scan, near=dseg, far=far)
    assert states == {
        "t1w__lesion": ("failed", "grid_mismatch"),
        "t1w__other": ("failed", "grid_mismatch"),
    }
    assert {c.split("__")[1] for c in values} == {"block"}


def test_regions_are_resampled_when_the_study_says_so(lab, scan, dseg, tmp_path):
    """Labels of twice the resolution on the same box come back as they were."""
    labels = lab.label_voxels()
    fine = labels.repeat(2, 0).repeat(2, 1).repeat(2, 2)
    affine = lab.AFFINE @ np.diag([0.5, 0.5, 0.5, 1])
    affine[:3, 3] -= affine[:3, :3] @ [0.5, 0.5, 0.5]
    path = lab.write(tmp_path / "fine.nii.gz", fine, affine)
    imaging = lab.imaging_of({"block": 1, "other": 2}, other_grid="resample_regions")
    assert lab.run(imaging, scan, path) == lab.run(imaging, scan, dseg)


def test_a_region_cut_by_the_scan_is_not_measured_as_a_smaller_one(lab, scan, tmp_path):
    labels = lab.label_voxels()
    path = lab.write(tmp_path / "far.nii.gz", labels, shifted(lab, 1.5 * 4))
    imaging = lab.imaging_of({"block": 1, "other": 2, "specks": 3}, other_grid="resample_regions")
    values, states = lab.run(imaging, scan, path)
    assert states == {"t1w__specks": ("failed", "region_cut")}
    assert values["t1w__block__volume_mm3"] == pytest.approx(648)
    assert values["t1w__other__volume_mm3"] == pytest.approx(360)


def test_a_lesion_lost_in_resampling_is_no_true_zero(lab, scan, tmp_path):
    fine = np.zeros((80, 72, 64), dtype="u1")
    fine[21, 21, 21] = 1
    affine = lab.AFFINE @ np.diag([0.25, 0.25, 0.25, 1])
    path = lab.write(tmp_path / "fine.nii.gz", fine, affine)
    imaging = lab.imaging_of(
        {"lesion": 1}, rules={"when_empty": "zero"}, other_grid="resample_regions"
    )
    with pytest.raises(UnitError, match="region_cut: none of 1 voxels is left"):
        lab.run(imaging, scan, path)


def test_storage_orientation_changes_no_value(lab, scan, dseg, tmp_path):
    """The mask is stored on other axes than the scan."""
    turned = lab.label_voxels()[::-1].transpose(2, 0, 1)
    flip = lab.AFFINE @ np.array([[-1.0, 0, 0, 19], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
    affine = flip[:, [2, 0, 1, 3]]
    path = lab.write(tmp_path / "turned.nii.gz", np.ascontiguousarray(turned), affine)
    imaging = lab.imaging_of({"block": 1, "other": 2}, feature_classes=lab.CLASSES)
    assert lab.run(imaging, scan, path) == lab.run(imaging, scan, dseg)


def test_mgz_files_are_read(lab, tmp_path):
    scan = lab.write(tmp_path / "norm.mgz", lab.scan_voxels())
    dseg = lab.write(tmp_path / "aseg.mgz", lab.label_voxels())
    values, states = lab.run(lab.imaging_of(), scan, dseg)
    assert states == {}
    assert values["t1w__block__volume_mm3"] == pytest.approx(648)


def test_a_scan_that_cannot_be_read_fails_every_source_of_the_unit(lab, dseg, tmp_path):
    (tmp_path / "scan.nii.gz").touch()
    unit = lab.unit_of(tmp_path / "scan.nii.gz", {"set": dseg})
    extraction = Extraction(lab.imaging_of({"block": 1, "other": 2}).model_dump_json())
    with pytest.raises(UnitError, match=r"unreadable: scan\.nii\.gz") as caught:
        extraction.compute(unit)
    result = extraction.refuse(unit, caught.value)
    assert result.values.num_rows == 0
    rows = STEP_STATES.check(result.states, "states").to_pylist()
    assert [(r["source"], r["state"], r["reason"]) for r in rows] == [
        ("t1w__block", "failed", "unreadable"),
        ("t1w__other", "failed", "unreadable"),
    ]
    assert rows[0]["detail"].startswith("scan.nii.gz: ")


def test_a_region_file_that_cannot_be_read_is_a_state(lab, scan, dseg, tmp_path):
    (tmp_path / "cut.nii.gz").write_bytes(dseg.read_bytes()[:60])
    imaging = Imaging(
        region_sets={
            "near": {"suffix": "dseg", "regions": {"block": 1}},
            "cut": {"suffix": "mask", "regions": {"lesion": 1}, "when_empty": "zero"},
        },
        modalities={
            "t1w": {
                "suffix": "T1w",
                "region_sets": ["cut", "near"],
                "feature_classes": {"firstorder": None},
            }
        },
    )
    values, states = lab.run(imaging, scan, near=dseg, cut=tmp_path / "cut.nii.gz")
    assert states == {"t1w__lesion": ("failed", "unreadable")}
    assert "t1w__block__volume_mm3" in values


def test_reasons_that_differ_stay_apart(lab, scan, dseg, tmp_path):
    table = tmp_path / "t.tsv"
    table.write_text("index\tname\n9\tgone\n")
    values, states = lab.run(lab.imaging_of({"gone": "gone", "odd": "none"}), scan, (dseg, table))
    assert values == {}
    assert states == {
        "t1w__gone": ("failed", "label_absent"),
        "t1w__odd": ("failed", "label_unknown"),
    }
