"""What may be given as image, mask and settings, and what is refused."""

import json

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813

import voxomics
from voxomics import ImageRefused
from voxomics.images import as_image, as_mask

FEW = {"featureClass": {"firstorder": ["Mean", "Energy"], "shape": None, "glcm": ["Contrast"]}}


def values(table):
    return table.to_numpy()


@pytest.fixture
def files(phantom, tmp_path):
    paths = tmp_path / "image.nii.gz", tmp_path / "mask.nrrd"
    for one, path in zip(phantom, paths, strict=True):
        sitk.WriteImage(one, str(path))
    return paths


def test_every_form_gives_the_same_values(phantom, files):
    expected = voxomics.extract(*phantom, FEW)
    arrays = [sitk.GetArrayFromImage(one) for one in phantom]
    spacing = phantom[0].GetSpacing()[::-1]
    # NIfTI keeps spacing in single precision.
    read = voxomics.extract(*files, FEW)
    np.testing.assert_allclose(values(read), values(expected), rtol=1e-6)
    assert voxomics.extract(*map(str, files), FEW).equals(read)
    assert voxomics.extract(*arrays, FEW, spacing_mm=spacing).equals(expected)
    assert not voxomics.extract(*arrays, FEW).equals(expected)
    loaded = nib.load(files[0])
    labels = nib.Nifti1Image(arrays[1].T, loaded.affine)
    np.testing.assert_allclose(
        values(voxomics.extract(loaded, labels, FEW)), values(expected), rtol=1e-6
    )


def test_nibabel_and_simpleitk_agree_on_the_grid(tmp_path):
    affine = np.array([[0, 0, 2.0, 5], [-1.5, 0, 0, 7], [0, 1.0, 0, -3], [0, 0, 0, 1]])
    voxels = np.arange(24, dtype="i2").reshape(2, 3, 4)
    path = tmp_path / "turned.nii"
    nib.save(nib.Nifti1Image(voxels, affine), path)
    read, turned = as_image(path), as_image(nib.load(path))
    assert np.array_equal(sitk.GetArrayFromImage(read), sitk.GetArrayFromImage(turned))
    for name in ("GetSpacing", "GetOrigin", "GetDirection"):
        assert getattr(turned, name)() == pytest.approx(getattr(read, name)(), abs=1e-6)


def test_mgz_is_read(tmp_path):
    nib.save(nib.MGHImage(np.ones((3, 4, 5), dtype="f4"), np.eye(4)), tmp_path / "a.mgz")
    assert as_image(tmp_path / "a.mgz").GetSize() == (3, 4, 5)


def test_trailing_dimensions_of_one_are_dropped(tmp_path):
    nib.save(nib.Nifti1Image(np.ones((3, 4, 5, 1), dtype="f4"), np.eye(4)), tmp_path / "a.nii")
    assert as_image(tmp_path / "a.nii").GetSize() == (3, 4, 5)
    assert as_image(nib.load(tmp_path / "a.nii")).GetSize() == (3, 4, 5)


COMPLEX = np.ones((3, 3, 3), dtype=complex)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (np.ones((3, 3)), "an array of 2 dimensions, three are asked"),
        (COMPLEX, "voxels of complex128, single real numbers are asked"),
        (np.full((2, 2, 2), "x"), "single real numbers are asked"),
        (sitk.Image([4, 4], sitk.sitkInt16), "an image of 2 dimensions"),
        (sitk.Image([4, 4, 4, 2], sitk.sitkInt16), "an image of 4 dimensions"),
        (
            sitk.Image([4, 4, 4], sitk.sitkVectorUInt8, 3),
            r"voxels of vector of 8-bit unsigned integer \(3 components\)",
        ),
        (sitk.Image([4, 4, 4], sitk.sitkComplexFloat32), "complex"),
        ("/nowhere/image.nii", "image.nii: no such file"),
        ("/nowhere/image.mgz", "image.mgz: no such file"),
        (None, "a NoneType is no image, no array and no path"),
        (nib.Nifti1Image(np.ones((2, 2, 2, 3), dtype="f4"), np.eye(4)), "4 dimensions"),
        (
            nib.Nifti1Image(np.ones((2, 2, 2), dtype="f4"), np.eye(4) + 0.3 * np.eye(4, k=1)),
            "sheared",
        ),
        (nib.Nifti1Image(np.ones((2, 2, 2), dtype="c8"), np.eye(4)), "voxels of complex64"),
    ],
)
def test_what_is_no_image_is_refused(given, reason):
    with pytest.raises(ImageRefused, match=reason):
        as_image(given)


@pytest.mark.parametrize("name", ["broken.nii", "broken.mgz"])
def test_a_broken_file_is_refused_by_name(tmp_path, name):
    (tmp_path / name).write_bytes(b"not an image")
    with pytest.raises(ImageRefused, match=rf"{name} cannot be read"):
        as_image(tmp_path / name)


def test_spacing_goes_with_arrays():
    with pytest.raises(ImageRefused, match="three lengths above 0"):
        as_image(np.ones((2, 2, 2)), (1.0, 0.0, 1.0))
    with pytest.raises(ImageRefused, match="carry their own"):
        as_image(sitk.Image([2, 2, 2], sitk.sitkUInt8), (1.0, 1.0, 1.0))


def test_a_channel_of_the_mask_is_chosen(phantom):
    image, mask = phantom
    other = mask * 0 + sitk.Cast(mask == 2, mask.GetPixelID())
    both = sitk.Compose(mask, other)
    first = voxomics.extract(image, both, FEW)
    second = voxomics.extract(image, both, FEW | {"setting": {"label_channel": 1}})
    assert first.equals(voxomics.extract(image, mask, FEW))
    assert list(second.index) == [1]
    assert second.loc[1].equals(first.loc[2].rename(1))
    array = np.stack([sitk.GetArrayFromImage(one) for one in (mask, other)], axis=-1)
    assert np.array_equal(
        sitk.GetArrayFromImage(as_mask(array, channel=1)), sitk.GetArrayFromImage(other)
    )
    for given in (both, array):
        with pytest.raises(ImageRefused, match="2 channels, channel 2 is asked"):
            as_mask(given, channel=2)


def test_the_label_of_the_settings_is_measured_alone(phantom):
    asked = FEW | {"setting": {"label": 5}}
    assert list(voxomics.extract(*phantom, asked).index) == [5]
    assert list(voxomics.extract(*phantom, asked, labels=[2, 1]).index) == [2, 1]


def test_labels_below_zero_are_refused_by_number(phantom):
    image, mask = phantom
    array = sitk.GetArrayFromImage(mask).astype("i2")
    array[0, 0, :3] = -4
    array[1, 1, 1] = -1
    changed = sitk.GetImageFromArray(array)
    changed.CopyInformation(mask)
    table = voxomics.extract(image, changed, FEW)
    assert list(table.index) == [1, 2, 5]
    assert sorted(table.attrs["refused"]) == [-4, -1]
    assert "below 0" in table.attrs["refused"][-4]
    assert values(table).tobytes() == values(voxomics.extract(image, mask, FEW)).tobytes()


def test_large_labels_are_measured(phantom):
    image, mask = phantom
    large = sitk.Cast(mask, sitk.sitkUInt32) * 70_000_001
    table = voxomics.extract(image, large, FEW)
    assert list(table.index) == [70_000_001, 140_000_002, 350_000_005]
    assert values(table).tobytes() == values(voxomics.extract(image, mask, FEW)).tobytes()


def test_voxels_of_the_mask_that_are_not_finite_are_refused(phantom):
    image, mask = phantom
    array = sitk.GetArrayFromImage(mask).astype("f4")
    array[0, 0, 0] = np.nan
    spoilt = sitk.GetImageFromArray(array)
    spoilt.CopyInformation(mask)
    with pytest.raises(ImageRefused, match="the mask holds voxels that are not finite"):
        voxomics.extract(image, spoilt, FEW)


def test_an_image_without_a_finite_voxel_is_refused(phantom):
    image, mask = phantom
    nothing = sitk.Cast(image, sitk.sitkFloat32) * np.nan
    with pytest.raises(ImageRefused, match="no voxel of the image is finite"):
        voxomics.extract(nothing, mask, FEW)


def test_a_mask_on_another_grid_is_corrected_when_asked(phantom):
    image, mask = phantom
    part = mask[2:, 3:, 2:]
    expected = voxomics.extract(image, mask, FEW)
    with pytest.raises(voxomics.GridMismatch, match="on another grid"):
        voxomics.extract(image, part, FEW)
    corrected = FEW | {"setting": {"correctMask": True}}
    assert voxomics.extract(image, part, corrected).equals(expected)
    far = sitk.Image(mask)
    far.SetOrigin((15.0, 0.0, 0.0))
    refused = voxomics.extract(image, far, corrected).attrs["refused"]
    assert list(refused) == [1, 2, 5]
    assert all("reaches out of the image" in reason for reason in refused.values())


def test_the_tolerance_of_the_grid_is_that_of_the_settings(phantom):
    image, mask = phantom
    moved = sitk.Image(mask)
    moved.SetOrigin((0.01, 0.0, 0.0))
    with pytest.raises(voxomics.GridMismatch, match="on another grid"):
        voxomics.extract(image, moved, FEW)
    loose = FEW | {"setting": {"geometryTolerance": 0.1}}
    assert len(voxomics.extract(image, moved, loose)) == 3


def test_parameter_files_are_read_as_they_are(phantom, tmp_path):
    asked = FEW | {"imageType": {"Original": {}, "LoG": {"sigma": [1e-3, 2]}}}
    (tmp_path / "p.json").write_text(json.dumps(asked))
    (tmp_path / "p.yaml").write_text(
        "imageType:\n  Original:\n  LoG: {sigma: [0.001, 2]}\n"
        "featureClass: {firstorder: [Mean, Energy], shape: , glcm: [Contrast]}\n"
    )
    (tmp_path / "empty.yml").write_text("# nothing\n")
    expected = voxomics.extract(*phantom, asked)
    for name in ("p.json", "p.yaml"):
        assert voxomics.extract(*phantom, tmp_path / name).equals(expected)
    assert voxomics.read_parameters(tmp_path / "empty.yml") == {}


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("list.yaml", "[1, 2]", "list.yaml: found a list; expected a mapping"),
        ("broken.yaml", "a: [", "expected YAML or JSON"),
        ("broken.json", "{", "expected YAML or JSON"),
        ("wrong.yaml", "setting: {binwidth: 3}", "did you mean binWidth"),
        ("voxel.yaml", "voxelSetting: {kernelRadius: 2}", "'voxelSetting'"),
    ],
)
def test_a_parameter_file_that_cannot_be_followed_is_refused(phantom, tmp_path, name, text, said):
    (tmp_path / name).write_text(text)
    with pytest.raises(voxomics.SettingsRefused, match=said):
        voxomics.extract(*phantom, tmp_path / name)


def test_a_parameter_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(voxomics.SettingsRefused, match=r"gone\.yaml: found No such file"):
        voxomics.read_parameters(tmp_path / "gone.yaml")


def test_a_singular_affine_is_refused():
    image = nib.Nifti1Image(np.ones((2, 2, 2), dtype="f4"), np.eye(4))
    image.affine[1, 1] = 0
    with pytest.raises(ImageRefused, match="singular"):
        as_image(image)
