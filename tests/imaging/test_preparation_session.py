"""One session through the preparation: what is written, and what is told of what failed."""

import json
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from drepano.errors import UnitError
from drepano.imaging.preparation.dataset import write_dataset
from drepano.imaging.preparation.unit import PreparationUnits, context_of
from drepano.imaging.preparation.writer import all_there
from drepano.ranks import Unit
from drepano.settings.preparation import Preparation
from drepano.synthetic import make_cohort

TEMPLATE = {"resolution_mm": 4.0, "min_overlap": 0.3}
SCANS = {
    "t1w": {"suffix": "T1w", "bias_field": {"iterations": [10]}, "normalise": {"method": "zscore"}},
    "flair": {"suffix": "FLAIR", "coregister": {"with_reference": True}},
    "t2w": {"suffix": "T2w", "coregister": {}},
    "asl": {"suffix": "asl", "coregister": {}},
    "pd": {"suffix": "PD", "coregister": {"grid": "reference"}},
}
NOWHERE = {"fault": ["unreadable", "0 bytes", "Copy it again."]}


def row_of(path, **entities):
    return {"path": str(path), "sha256": "x", "entities": entities, "metadata": {}, "voxels": 1}


def unit_of(scans, regions=(), **brought):
    payload = {
        "subject": "02",
        "session": "",
        "scans": scans,
        "brought": {"brain_mask": None, "tissues": None} | brought,
        "regions": [*regions],
    }
    return Unit("sub-02", "k1", 1.0, payload)


def write(path, voxels, affine):
    nib.save(nib.Nifti1Image(voxels, affine), path)
    return path


@pytest.fixture(scope="module")
def site(tmp_path_factory, root):
    """A head, its scans moved: FLAIR, a series, noise in place of a T2w, a PD, a lesion mask."""
    folder = tmp_path_factory.mktemp("site")
    make_cohort(folder / "cohort", subjects=2, voxel_mm=6, study=root / "config" / "study.yaml")
    scans = {p.name: p for p in (folder / "cohort" / "bids" / "sub-02").rglob("*.nii.gz")}
    t1w, flair = scans["sub-02_T1w.nii.gz"], nib.load(scans["sub-02_FLAIR.nii.gz"])
    voxels = np.asarray(flair.dataobj)
    moved = flair.affine.copy()
    moved[:3, 3] += (7.0, -5.0, 4.0)
    noise = np.random.default_rng(1).normal(100, 20, voxels.shape).astype(np.float32)
    lesions = np.zeros(voxels.shape, np.uint8)
    lesions[20:23, 20:23, 20:22] = 1
    table = {"label_table": None, "label_table_sha256": None}
    half = write(folder / "half.nii.gz", lesions * np.float32(0.5), moved)
    series = np.stack([voxels, voxels + 3, voxels], axis=-1)
    return {
        "t1w": row_of(t1w),
        "flair": row_of(write(folder / "FLAIR.nii.gz", voxels, moved)),
        "t2w": row_of(write(folder / "T2w.nii.gz", noise, flair.affine)),
        "asl": row_of(write(folder / "asl.nii.gz", series, moved)),
        "pd": row_of(write(folder / "PD.nii.gz", voxels, moved)),
        "lesions": row_of(write(folder / "mask.nii.gz", lesions, moved), label="lesion", space="PD")
        | {"suffix": "mask"}
        | table,
        "broken": row_of(half, label="broken", space="PD") | {"suffix": "mask"} | table,
    }


def units_of(folder, **changes):
    settings = Preparation.model_validate(
        {"reference": "t1w", "template": TEMPLATE, "scans": SCANS} | changes
    )
    write_dataset(folder, settings)
    return PreparationUnits(context_of(settings, folder))


@pytest.fixture(scope="module")
def prepared(site, tmp_path_factory):
    folder = tmp_path_factory.mktemp("derivatives")
    scans = {name: site[name] for name in SCANS}
    result = units_of(folder).compute(unit_of(scans, [site["lesions"], site["broken"]]))
    rows = result.values.to_pylist()
    return folder, {Path(row["path"]).name: row for row in rows}, result


def image(prepared, name):
    return nib.load(prepared[1][f"sub-02_{name}.nii.gz"]["path"])


def test_every_space_has_its_label_maps(prepared):
    _, rows, _ = prepared
    maps = ("desc-brain_mask", "desc-tissue_dseg")
    wanted = {f"sub-02_{space}{m}.nii.gz" for m in maps for space in ("", "space-FLAIR_")}
    wanted |= {f"sub-02_space-asl_{m}.nii.gz" for m in maps}
    assert wanted <= {name for name, row in rows.items() if not row["reason"]}
    assert all_there([*rows.values()])


def test_label_maps_lie_on_the_grid_of_their_scan(prepared):
    for space, scan in (("", "desc-preproc_T1w"), ("space-FLAIR_", "desc-preproc_FLAIR")):
        labels, own = image(prepared, f"{space}desc-tissue_dseg"), image(prepared, scan)
        assert labels.shape == own.shape
        assert np.allclose(labels.affine, own.affine)


def test_a_moved_scan_gets_the_same_brain(prepared):
    """The FLAIR is the same head 9 mm off: its brain mask must move with it."""
    brain, moved = (image(prepared, f"{s}desc-brain_mask") for s in ("", "space-FLAIR_"))

    def centre(mask):
        index = np.argwhere(np.asarray(mask.dataobj) > 0).mean(axis=0)
        return mask.affine[:3, :3] @ index + mask.affine[:3, 3]

    assert np.allclose(centre(moved) - centre(brain), (7, -5, 4), atol=2)
    sizes = [int((np.asarray(m.dataobj) > 0).sum()) for m in (brain, moved)]
    assert sizes[1] == pytest.approx(sizes[0], rel=0.05)


def test_a_scan_on_its_own_grid_keeps_its_voxels(prepared, site):
    raw = nib.as_closest_canonical(nib.load(site["flair"]["path"]))
    own = image(prepared, "desc-preproc_FLAIR")
    assert np.array_equal(np.asarray(own.dataobj), np.asarray(raw.dataobj))


def test_the_reference_is_brought_to_the_flair(prepared):
    t1w, flair = (
        image(prepared, "space-FLAIR_desc-preproc_T1w"),
        image(prepared, "desc-preproc_FLAIR"),
    )
    assert t1w.shape == flair.shape


def test_normalised_in_the_brain(prepared):
    values = np.asarray(image(prepared, "desc-preproc_T1w").dataobj)
    brain = np.asarray(image(prepared, "desc-brain_mask").dataobj) > 0
    assert values[brain].mean() == pytest.approx(0, abs=1e-5)
    assert values[brain].std() == pytest.approx(1, abs=1e-4)


def test_a_scan_on_the_references_grid_takes_its_masks_along(prepared):
    scan = image(prepared, "space-T1w_desc-preproc_PD")
    mask = image(prepared, "space-T1w_label-lesion_mask")
    assert scan.shape == mask.shape == image(prepared, "desc-preproc_T1w").shape
    assert int(np.asarray(mask.dataobj).sum()) == pytest.approx(18, abs=9)


def test_a_broken_mask_of_the_site_costs_no_scan(prepared):
    _, rows, _ = prepared
    assert rows["sub-02_space-T1w_label-broken_mask.nii.gz"]["reason"] == "unsupported_pixels"
    assert rows["sub-02_space-T1w_desc-preproc_PD.nii.gz"]["reason"] == ""


def test_a_registration_that_failed_is_told_and_its_picture_kept(prepared):
    folder, rows, result = prepared
    row = rows["sub-02_desc-preproc_T2w.nii.gz"]
    assert row["reason"] == "registration_failed"
    assert (folder / "sub-02" / "figures" / "sub-02_desc-coreg_T2w.png").stat().st_size > 1000
    states = {r["source"]: r["reason"] for r in result.states.to_pylist()}
    assert states["sub-02_desc-preproc_T2w"] == "registration_failed"
    assert states["sub-02_space-T2w_desc-tissue_dseg"] == "registration_failed"


def test_a_series_is_registered_and_not_written(prepared):
    assert "sub-02_desc-preproc_asl.nii.gz" not in prepared[1]
    assert prepared[1]["sub-02_space-asl_desc-brain_mask.nii.gz"]["path"].split("/")[-2] == "perf"


def test_the_dataset_describes_itself(prepared):
    folder = prepared[0]
    told = json.loads((folder / "dataset_description.json").read_text())
    assert told["DatasetType"] == "derivative"
    assert told["GeneratedBy"][0]["Name"] == "drepano"
    table = (folder / "desc-tissue_dseg.tsv").read_text().splitlines()
    assert table[0] == "index\tname"
    assert "3\twhite matter left" in table


def test_a_rerun_gives_the_same_bytes(prepared, site, tmp_path):
    scans = {"t1w": site["t1w"], "flair": site["flair"]}
    again = units_of(tmp_path).compute(unit_of(scans)).values.to_pylist()
    for row in again:
        assert row["sha256"] == prepared[1][Path(row["path"]).name]["sha256"]


def test_without_a_reference_scans_are_told_apart_from_their_own_faults(site, tmp_path):
    scans = {"t1w": NOWHERE, "flair": site["flair"]}
    with pytest.raises(UnitError) as caught:
        units_of(tmp_path).compute(unit_of({"flair": site["flair"]}))
    assert caught.value.reason == "no_reference"
    units = units_of(tmp_path)
    rows = units.compute(unit_of(scans)).values.to_pylist()
    reasons = {Path(r["path"]).name.removesuffix(".nii.gz"): r["reason"] for r in rows}
    assert reasons["sub-02_desc-preproc_T1w"] == "unreadable"
    assert reasons["sub-02_desc-tissue_dseg"] == "unreadable"
    assert reasons["sub-02_desc-preproc_FLAIR"] == "no_reference"


def test_refusing_a_unit_lists_every_image(site, tmp_path):
    why = UnitError("timed_out", "longer than 1 s", "Wait longer.")
    result = units_of(tmp_path).refuse(unit_of({"t1w": site["t1w"], "flair": site["flair"]}), why)
    rows = result.values.to_pylist()
    assert {row["reason"] for row in rows} == {"timed_out"}
    assert len(rows) == 7  # a scan and two maps in each space, and the T1w beside the FLAIR


def test_a_series_cannot_be_changed(site, tmp_path):
    scans = SCANS | {"asl": {"suffix": "asl", "coregister": {}, "bias_field": {}}}
    units = units_of(tmp_path, scans=scans, template=None)
    rows = units.compute(unit_of({"t1w": site["t1w"], "asl": site["asl"]})).values.to_pylist()
    told = {Path(r["path"]).name: (r["reason"], r["detail"]) for r in rows}
    reason, detail = told["sub-02_desc-preproc_asl.nii.gz"]
    assert reason == "unsupported_pixels"
    assert "bias_field" in detail
