"""What the site brings is used before anything is made: brain mask, tissues, regions."""

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from drepano.errors import UnitError
from drepano.imaging.preparation.dataset import write_dataset
from drepano.imaging.preparation.unit import PreparationUnits, context_of
from drepano.ranks import Unit
from drepano.settings.preparation import Preparation

SHAPE = (16, 18, 14)
AFFINE = np.diag([3.0, 3.0, 3.0, 1.0])
MIRRORED = np.array([[-3.0, 0, 0, 45], [0, 3, 0, 0], [0, 0, 3, 0], [0, 0, 0, 1]])


def scan_voxels():
    return np.random.default_rng(3).normal(100, 10, SHAPE).astype(np.float32)


def labels_of():
    """Left half 2 (white matter), right half 3; air around."""
    labels = np.zeros(SHAPE, np.uint8)
    labels[2:8, 3:15, 3:11] = 2
    labels[8:14, 3:15, 3:11] = 3
    return labels


def write(path, voxels, affine=AFFINE):
    nib.save(nib.Nifti1Image(voxels, affine), path)
    return str(path)


def region_row(path, suffix, **entities):
    row = {"path": path, "sha256": "x", "suffix": suffix, "entities": entities}
    return row | {"label_table": None, "label_table_sha256": None}


BY_NUMBER = {"white_matter": [2]}
BY_NAME = {"white_matter": ["Left-Cerebral-White-Matter"], "names": "freesurfer"}


def prepare(folder, *, normalise, brought=None, regions=(), tissues=BY_NUMBER):
    """Prepare one T1w without a template; return each image's row by its name."""
    scan = {"suffix": "T1w", "normalise": normalise}
    tissues = [{"suffix": "dseg", "entities": {"desc": "aseg"}} | tissues]
    settings = Preparation.model_validate(
        {"reference": "t1w", "scans": {"t1w": scan}, "tissues": tissues}
    )
    write_dataset(folder / "out", settings)
    row = {"sha256": "x", "entities": {}, "metadata": {}, "voxels": 1}
    payload = {
        "subject": "01",
        "session": "",
        "scans": {"t1w": row | {"path": write(folder / "T1w.nii.gz", scan_voxels())}},
        "brought": {"brain_mask": None, "tissues": None} | (brought or {}),
        "regions": [*regions],
    }
    units = PreparationUnits(context_of(settings, folder / "out"))
    rows = units.compute(Unit("sub-01", "k", 1.0, payload)).values.to_pylist()
    return {Path(r["path"]).name: r for r in rows}


def voxels_of(row):
    return nib.load(row["path"]).get_fdata()


@pytest.mark.parametrize(
    ("stored", "affine"), [(labels_of(), AFFINE), (labels_of()[::-1], MIRRORED)]
)
def test_the_sites_brain_mask_normalises_however_it_is_stored(tmp_path, stored, affine):
    mask = write(tmp_path / "mask.nii.gz", (stored == 2).astype(np.uint8), affine)
    brought = {"brain_mask": {"choice": 0, **region_row(mask, "mask", desc="brain")}}
    rows = prepare(tmp_path, normalise={"method": "zscore"}, brought=brought)
    made = voxels_of(rows["sub-01_desc-preproc_T1w.nii.gz"])
    inside = made[labels_of() == 2]
    assert inside.mean() == pytest.approx(0, abs=1e-5)
    assert inside.std() == pytest.approx(1, abs=1e-4)
    assert [*rows] == ["sub-01_desc-preproc_T1w.nii.gz"]  # the site's mask is not written again


@pytest.mark.parametrize("tissues", [BY_NUMBER, BY_NAME])
def test_the_sites_tissues_tell_white_matter(tmp_path, tissues):
    labels = write(tmp_path / "aseg.nii.gz", labels_of())
    brought = {"tissues": {"choice": 0, **region_row(labels, "dseg", desc="aseg")}}
    within = {"method": "zscore", "within": "white_matter"}
    rows = prepare(tmp_path, normalise=within, brought=brought, tissues=tissues)
    made = voxels_of(rows["sub-01_desc-preproc_T1w.nii.gz"])
    assert made[labels_of() == 2].mean() == pytest.approx(0, abs=1e-5)
    assert abs(made[labels_of() == 3].mean()) > 1e-4


def test_without_a_tissue_the_scan_alone_says_so(tmp_path):
    mask = write(tmp_path / "mask.nii.gz", (labels_of() == 2).astype(np.uint8))
    brought = {"brain_mask": {"choice": 0, **region_row(mask, "mask", desc="brain")}}
    within = {"method": "zscore", "within": "white_matter"}
    with pytest.raises(UnitError, match="no brain or white matter") as caught:
        prepare(tmp_path, normalise=within, brought=brought)
    assert caught.value.reason == "not_prepared"


def test_a_map_of_another_grid_without_a_space_is_not_taken_for_the_t1ws(tmp_path):
    """Vessels of an angiography name no space; they lie on the voxels of another scan."""
    vessels = write(tmp_path / "vessels.nii.gz", labels_of()[:, :, :9])
    fitting = write(tmp_path / "fitting.nii.gz", labels_of())
    regions = [
        region_row(vessels, "dseg", desc="vessels"),
        region_row(fitting, "dseg", desc="own"),
        region_row(str(tmp_path / "gone.nii.gz"), "dseg", desc="mni", space="MNI152"),
    ]
    rows = prepare(tmp_path, normalise=None, regions=regions)
    assert [*rows] == ["sub-01_desc-preproc_T1w.nii.gz"]
