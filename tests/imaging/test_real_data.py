"""Real scans with known results (see the list of shared data); skipped where they are absent."""

import ast
import csv

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813

from drepano.errors import UnitError
from drepano.imaging.volumes import read_scan, read_volume

pytestmark = pytest.mark.real_data
MEAN = {"firstorder": ("Mean",)}


def test_lesion_volume_of_a_patient_is_its_voxel_count(lab, shared_data):
    folder = shared_data / "images/open_ms_data/patient26"
    imaging = lab.imaging_of({"lesion": 1}, rules={"count_components": True}, feature_classes=MEAN)
    values, states = lab.run(imaging, folder / "FLAIR.nii.gz", folder / "lesion_mask.nii.gz")
    assert states == {}
    assert values["t1w__lesion__volume_mm3"] == pytest.approx(8227, rel=1e-6)
    connected = sitk.ConnectedComponentImageFilter()
    connected.FullyConnectedOn()
    connected.Execute(sitk.ReadImage(str(folder / "lesion_mask.nii.gz")))
    assert values["t1w__lesion__component_count"] == connected.GetObjectCount() > 1
    voxels = nib.load(folder / "FLAIR.nii.gz").get_fdata()
    mask = nib.load(folder / "lesion_mask.nii.gz").get_fdata() == 1
    mean = values["t1w__lesion__original_firstorder_Mean"]
    assert mean == pytest.approx(voxels[mask].mean(), rel=1e-9)


def test_freesurfer_labels_have_their_known_means(lab, shared_data):
    folder = shared_data / "images/niivue_t1_dseg"
    regions = {"hippocampus_left": 17, "ventricle_left": 4, "thalamus_left": 10}
    imaging = lab.imaging_of(regions, feature_classes=MEAN)
    values, states = lab.run(imaging, folder / "norm.mgz", folder / "aparc.a2009s+aseg.mgz")
    assert states == {}
    means = {n: round(values[f"t1w__{n}__original_firstorder_Mean"], 2) for n in regions}
    assert means == {"hippocampus_left": 69.12, "ventricle_left": 28.39, "thalamus_left": 88.08}


def test_regions_on_another_grid_are_refused_or_resampled(lab, shared_data):
    folder = shared_data / "images/open_ms_data_gridmismatch/patient20"
    files = (folder / "study2_FLAIR.nii.gz", folder / "gt_other_grid.nii.gz")
    with pytest.raises(UnitError, match=r"grid_mismatch: gt_other_grid\.nii\.gz has 280 x"):
        lab.run(lab.imaging_of({"lesion": 1}), *files)
    imaging = lab.imaging_of({"lesion": 1}, other_grid="resample_regions")
    values, states = lab.run(imaging, *files)
    assert states == {}
    moved = sitk.Resample(
        sitk.ReadImage(str(files[1])),
        sitk.ReadImage(str(files[0])),
        sitk.Transform(),
        sitk.sitkNearestNeighbor,
    )
    voxels = int(sitk.GetArrayViewFromImage(moved).sum())
    assert 150 < voxels < 190
    volume = voxels * float(np.prod(moved.GetSpacing()))
    assert values["t1w__lesion__volume_mm3"] == pytest.approx(volume, rel=1e-5)


def test_a_sheared_affine_is_refused(shared_data):
    with pytest.raises(UnitError, match=r"bad_geometry: shear\.nii\.gz: the affine is sheared"):
        read_volume(shared_data / "images/odd_nifti/shear.nii.gz")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("nibabel/example4d.nii.gz", "unsupported_pixels"),
        ("dwi_dipy/small_64D.nii", "unsupported_pixels"),
    ],
)
def test_four_dimensions_are_refused(shared_data, name, reason):
    with pytest.raises(UnitError, match=reason):
        read_volume(shared_data / "images" / name)


def test_float_labels_of_an_atlas_are_rounded(lab, shared_data):
    folder = shared_data / "images/mni_arterial"
    atlas = folder / "mni_JHU_ArterialAtlas_nlin_sym_09c.nii.gz"
    stored = nib.load(atlas).get_fdata()
    assert (stored != np.rint(stored)).any()
    imaging = lab.imaging_of({"territory": 30}, feature_classes={"shape": ("VoxelVolume",)})
    values, states = lab.run(imaging, folder / "MNI152_2009_template.nii.gz", atlas)
    assert states == {}
    count = np.count_nonzero(np.rint(stored) == 30)
    assert np.count_nonzero(stored.astype(int) == 30) != count
    assert values["t1w__territory__volume_mm3"] == pytest.approx(count)


def box_in_world(scan, tmp_path, lab, name):
    """Write a mask of the voxels whose centres lie in a box of the world, on a scan's own axes."""
    image = nib.load(scan)
    grid = np.stack(np.meshgrid(*map(np.arange, image.shape), indexing="ij"), axis=-1)
    world = grid @ image.affine[:3, :3].T + image.affine[:3, 3]
    inside = (np.abs(world - [12.0, -18.0, 15.0]) < [22.3, 18.1, 15.2]).all(axis=-1)
    return lab.write(tmp_path / f"{name}_mask.nii.gz", inside.astype("u1"), image.affine)


def test_features_do_not_depend_on_storage_orientation(lab, shared_data, tmp_path):
    imaging = lab.imaging_of(
        {"box": 1},
        rules={"suffix": "mask"},
        feature_classes=lab.CLASSES,
        image_types={"Original": {}, "LoG": {"sigma": [4.0]}},
        settings={"binWidth": 5},
    )
    found = {}
    for name in ("LPS", "RAS", "AIL", "SAR", "PIR"):
        scan = shared_data / f"images/orientation_48/{name}.nii.gz"
        found[name], states = lab.run(imaging, scan, box_in_world(scan, tmp_path, lab, name))
        assert states == {}
    expected = found.pop("LPS")
    assert len(expected) == 1 + 14 + 2 * 93
    for name, values in found.items():
        for column, value in values.items():
            # Headers round voxel sizes to float32: what depends on mm differs from the 7th digit.
            spatial = "_shape_" in column or "log-" in column or "mm3" in column
            spatial |= column.endswith("TotalEnergy")
            rel = 1e-4 if spatial else 1e-9
            assert value == pytest.approx(expected[column], rel=rel, abs=1e-9), (name, column)


def test_stored_orientations_are_one_volume(shared_data):
    files = sorted((shared_data / "images/orientation_48").glob("*.nii.gz"))
    first = read_scan(files[0])
    assert len(files) == 28
    assert np.count_nonzero(first.voxels) == 179799
    for path in files[1:]:
        volume = read_scan(path)
        np.testing.assert_array_equal(volume.voxels, first.voxels, err_msg=path.name)
        np.testing.assert_allclose(volume.affine, first.affine, atol=2e-3)


def test_published_values_come_out_of_a_whole_unit(lab, shared_data, tmp_path):
    """pyradiomics' test case brain1, written as NIfTI and measured as the study measures."""
    folder = shared_data / "pyradiomics"
    for kind in ("image", "label"):
        image = sitk.ReadImage(str(folder / f"brain1_{kind}.nrrd"))
        sitk.WriteImage(image, str(tmp_path / f"{kind}.nii.gz"))
    families = ("firstorder", "glcm", "glrlm", "glszm", "gldm", "ngtdm")
    expected = {}
    for family in families:
        with (folder / f"baseline/baseline_{family}.csv").open() as handle:
            rows = {row["featureName"]: row["brain1"] for row in csv.DictReader(handle)}
        settings = ast.literal_eval(rows["diagnostics_Configuration_Settings"])
        expected |= {n: float(v) for n, v in rows.items() if n.startswith("original")}
    imaging = lab.imaging_of(
        {"lesion": 1},
        feature_classes=dict.fromkeys(families),
        settings={n: settings[n] for n in ("binWidth", "voxelArrayShift")},
    )
    values, states = lab.run(imaging, tmp_path / "image.nii.gz", tmp_path / "label.nii.gz")
    assert states == {}
    assert len(expected) == 93
    for name, value in expected.items():
        # NIfTI keeps the voxel size as float32.
        rel = 1e-6 if name.endswith("TotalEnergy") else 1e-9
        assert values[f"t1w__lesion__{name}"] == pytest.approx(value, rel=rel), name
