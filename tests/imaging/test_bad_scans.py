"""Scans that cannot be prepared: each is one row with its reason, and costs no other."""

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813 - the name that everyone knows

from drepano.imaging.preparation.coregistration import resample
from drepano.imaging.preparation.dataset import write_dataset
from drepano.imaging.preparation.unit import PreparationUnits, context_of
from drepano.imaging.volumes import Volume
from drepano.ranks import Unit
from drepano.settings.preparation import Preparation

SHAPE = (24, 24, 24)
AFFINE = np.diag([4.0, 4.0, 4.0, 1.0])
SHEARED = AFFINE.copy()
SHEARED[0, 1] = 1.0
RGB = np.dtype([("R", "u1"), ("G", "u1"), ("B", "u1")])


def head(value=100.0):
    """A ball of two shells in air, so that there is something to look at."""
    grid = np.indices(SHAPE) - 11.5
    radius = np.sqrt((grid**2).sum(axis=0))
    return np.where(radius < 9, value, 0).astype(np.float32) + 40 * (radius < 5)


def nan_in_the_head():
    voxels = head()
    voxels[10:14, 10:14, 10:14] = np.nan
    return voxels


def write(path, voxels, affine=AFFINE):
    nib.save(nib.Nifti1Image(voxels, affine), path)


def written_early_end(path):
    write(path, head())
    path.write_bytes(path.read_bytes()[:2000])


def series_that_ends_early(path):
    write(path, np.random.default_rng(1).normal(100, 9, (*SHAPE, 3)).astype(np.float32))
    path.write_bytes(path.read_bytes()[:2000])


BAD = {
    "series cut off": (series_that_ends_early, "unreadable"),
    "complex series": (
        lambda p: write(p, np.stack([head()] * 3, -1).astype(np.complex64)),
        "unsupported_pixels",
    ),
    "complex": (lambda p: write(p, head().astype(np.complex64)), "unsupported_pixels"),
    "colour": (lambda p: write(p, np.zeros(SHAPE, RGB)), "unsupported_pixels"),
    "vector": (lambda p: write(p, np.zeros((*SHAPE, 1, 3), np.float32)), "unsupported_pixels"),
    "series": (lambda p: write(p, np.stack([head()] * 3, -1)), "unsupported_pixels"),
    "plane": (lambda p: write(p, head()[..., 0]), "unsupported_pixels"),
    "sheared": (lambda p: write(p, head(), SHEARED), "bad_geometry"),
    "cut off": (written_early_end, "unreadable"),
    "text": (lambda p: p.write_bytes(b"no image"), "unreadable"),
    "constant": (lambda p: write(p, np.full(SHAPE, 7, np.float32)), None),
    "all nan": (lambda p: write(p, np.full(SHAPE, np.nan, np.float32)), "brain_empty"),
}


def prepared(tmp_path, flair):
    """Prepare a sound T1w beside a FLAIR; return the reason of each image."""
    write(tmp_path / "T1w.nii.gz", head())
    scans = {
        "t1w": {"suffix": "T1w", "bias_field": {"iterations": [2]}},
        "flair": {"suffix": "FLAIR", "bias_field": {"iterations": [2]}},
    }
    settings = Preparation.model_validate({"reference": "t1w", "scans": scans})
    write_dataset(tmp_path / "out", settings)
    row = {"sha256": "x", "entities": {}, "metadata": {}, "voxels": 1}
    payload = {
        "subject": "01",
        "session": "",
        "scans": {
            "t1w": row | {"path": str(tmp_path / "T1w.nii.gz")},
            "flair": row | {"path": str(flair)},
        },
        "brought": {"brain_mask": None, "tissues": None},
        "regions": [],
    }
    units = PreparationUnits(context_of(settings, tmp_path / "out"))
    result = units.compute(Unit("sub-01", "k", 1.0, payload))
    return {Path(r["path"]).name: (r["reason"], r["remedy"]) for r in result.values.to_pylist()}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_scan_is_one_row_with_its_reason(tmp_path, kind):
    make, reason = BAD[kind]
    make(tmp_path / "FLAIR.nii.gz")
    rows = prepared(tmp_path, tmp_path / "FLAIR.nii.gz")
    assert rows["sub-01_desc-preproc_T1w.nii.gz"] == ("", "")
    found, remedy = rows["sub-01_desc-preproc_FLAIR.nii.gz"]
    assert found == reason if reason else found
    assert remedy
    assert not list((tmp_path / "out").rglob("*FLAIR*"))


def test_a_sound_scan_beside_them(tmp_path):
    write(tmp_path / "FLAIR.nii.gz", head())
    rows = prepared(tmp_path, tmp_path / "FLAIR.nii.gz")
    assert rows["sub-01_desc-preproc_FLAIR.nii.gz"] == ("", "")


def test_a_hole_stays_a_hole(tmp_path):
    """As a zero it would pass for air, and a region around it for measured."""
    write(tmp_path / "FLAIR.nii.gz", nan_in_the_head())
    rows = prepared(tmp_path, tmp_path / "FLAIR.nii.gz")
    assert rows["sub-01_desc-preproc_FLAIR.nii.gz"] == ("", "")
    made = nib.load(next((tmp_path / "out").rglob("*preproc_FLAIR.nii.gz"))).get_fdata()
    assert np.array_equal(np.isnan(made), np.isnan(nan_in_the_head()))


def test_resampling_leaves_no_value_near_a_hole():
    scan = Volume(nan_in_the_head(), AFFINE)
    finer = Volume(np.zeros((48, 48, 48), np.uint8), np.diag([2.0, 2.0, 2.0, 1.0]))
    made = resample(scan, finer, sitk.Transform(), labels=False).voxels
    assert np.isnan(made[20:28, 20:28, 20:28]).all()
    assert np.isfinite(made[:10]).all()
    assert 0.0 < np.isnan(made).mean() < 0.05
