"""Images that are read, and images that are refused by name."""

import gzip
import itertools

import nibabel as nib
import numpy as np
import pytest
from nibabel import orientations

from drepano.errors import UnitError
from drepano.imaging.volumes import (
    SHEAR_TOLERANCE,
    read_scan,
    read_series,
    read_volume,
    to_image,
    to_lps,
)

AFFINE = np.array([[-2.0, 0, 0, 20], [0, 1.5, 0, -15], [0, 0, 1, -8], [0, 0, 0, 1]])


def save(path, voxels, affine=AFFINE, header=None):
    nib.save(nib.Nifti1Image(voxels, affine, header), path)
    return path


def refused(path, reason, match):
    with pytest.raises(UnitError, match=match) as caught:
        read_volume(path)
    assert caught.value.reason == reason
    assert caught.value.detail.startswith(path.name)
    assert str(path.parent) not in caught.value.detail
    assert caught.value.remedy


def test_every_storage_orientation_gives_one_volume(tmp_path):
    voxels = np.arange(5 * 6 * 7, dtype="i2").reshape(5, 6, 7)
    expected = read_scan(save(tmp_path / "first.nii", voxels))
    base = nib.Nifti1Image(voxels, AFFINE)
    for axes in itertools.permutations(range(3)):
        for flips in itertools.product((-1, 1), repeat=3):
            turned = base.as_reoriented(np.array([*zip(axes, flips, strict=True)]))
            nib.save(turned, tmp_path / "turned.nii.gz")
            found = read_scan(tmp_path / "turned.nii.gz")
            np.testing.assert_array_equal(found.voxels, expected.voxels)
            np.testing.assert_allclose(found.affine, expected.affine, atol=1e-5)
    assert nib.aff2axcodes(expected.affine) == ("L", "P", "S")


def test_simpleitk_sees_the_same_place(tmp_path):
    rng = np.random.default_rng(0)
    angle = np.deg2rad(12)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0]])
    affine = np.eye(4)
    affine[:3, :3] = np.vstack([turn, [0, 0, 1]]) @ np.diag([2.0, 1.5, 1.0])
    affine[:3, 3] = (10, -20, 30)
    volume = read_scan(save(tmp_path / "oblique.nii", rng.normal(size=(6, 7, 8)), affine))
    image = to_image(volume)
    assert image.GetSize() == volume.voxels.shape
    np.testing.assert_allclose(image.GetSpacing(), volume.spacing_mm, atol=1e-6)
    for index in [(0, 0, 0), (3, 1, 5)]:
        world = volume.affine @ [*index, 1]
        lps = image.TransformIndexToPhysicalPoint(index)
        np.testing.assert_allclose(lps, world[:3] * [-1, -1, 1], atol=1e-4)
        assert image[index] == volume.voxels[index]


@pytest.mark.parametrize("kind", ["u1", "i1", "u2", "i2", "i4", "i8", "f4", "f8", ">i2", ">f4"])
def test_values_keep_their_bits(tmp_path, kind):
    voxels = np.arange(2 * 3 * 4).reshape(2, 3, 4).astype(kind)
    image = nib.Nifti1Image(voxels, np.diag([-1.0, -1, 1, 1]), dtype=voxels.dtype)
    nib.save(image, tmp_path / "a.nii")
    volume = read_scan(tmp_path / "a.nii")
    np.testing.assert_array_equal(volume.voxels, voxels)
    assert volume.voxels.dtype == np.dtype(kind).newbyteorder("=")
    assert to_image(volume)[1, 2, 3] == 23


def test_trailing_ones_are_no_dimension(tmp_path):
    voxels = np.zeros((3, 4, 1, 1), dtype="i2")
    assert read_volume(save(tmp_path / "a.nii", voxels)).voxels.shape == (3, 4, 1)


def test_units_of_the_header_are_brought_to_mm(tmp_path):
    image = nib.Nifti1Image(np.zeros((3, 4, 5), dtype="u1"), np.diag([2000.0, 1000, 1000, 1]))
    image.header.set_xyzt_units("micron")
    nib.save(image, tmp_path / "a.nii")
    np.testing.assert_allclose(read_volume(tmp_path / "a.nii").spacing_mm, [2, 1, 1])


@pytest.mark.parametrize(
    ("shape", "kind", "match"),
    [
        ((3, 4, 5, 2), "i2", "3 x 4 x 5 x 2 voxels of int16"),
        ((3, 4, 5), "c8", "complex64"),
        ((3, 4, 5), [("R", "u1"), ("G", "u1"), ("B", "u1")], "3 x 4 x 5 voxels of"),
        ((3, 4), "i2", "3 x 4 voxels of int16"),
    ],
)
def test_what_is_no_scalar_volume_is_refused(tmp_path, shape, kind, match):
    refused(save(tmp_path / "a.nii", np.zeros(shape, dtype=kind)), "unsupported_pixels", match)


def test_an_empty_file_is_refused(tmp_path):
    for name in ("a.nii", "a.nii.gz", "a.mgz"):
        (tmp_path / name).touch()
        refused(tmp_path / name, "unreadable", "unreadable: ")


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz", ".mgz"])
@pytest.mark.parametrize("kept", [0.02, 0.5, 0.97])
def test_a_file_that_ends_early_is_refused(tmp_path, suffix, kept):
    rng = np.random.default_rng(1)
    kind = nib.MGHImage if suffix == ".mgz" else nib.Nifti1Image
    path = tmp_path / f"a{suffix}"
    nib.save(kind(rng.integers(0, 1000, (20, 20, 20)).astype("i2"), AFFINE), path)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * kept)])
    refused(path, "unreadable", "unreadable: ")


def test_a_header_without_data_is_refused(tmp_path):
    whole = save(tmp_path / "whole.nii", np.zeros((9, 9, 9), dtype="f4"))
    (tmp_path / "a.nii").write_bytes(whole.read_bytes()[:352])
    refused(tmp_path / "a.nii", "unreadable", "Expected 2916 bytes, got 0")
    with gzip.open(tmp_path / "a.nii.gz", "wb") as handle:
        handle.write(whole.read_bytes()[:352])
    refused(tmp_path / "a.nii.gz", "unreadable", "unreadable: ")


@pytest.mark.parametrize("content", [b"not an image" * 50, b"\x1f\x8b" + b"x" * 400])
def test_text_or_damaged_compression_is_refused(tmp_path, content):
    (tmp_path / "a.nii.gz").write_bytes(content)
    refused(tmp_path / "a.nii.gz", "unreadable", "unreadable: ")


def test_a_failing_file_system_is_not_taken_for_a_bad_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"gone\.nii"):
        read_volume(tmp_path / "gone.nii")


def test_sheared_and_singular_affines_are_refused(tmp_path):
    voxels = np.zeros((3, 4, 5), dtype="u1")
    sheared = AFFINE.copy()
    sheared[0, 1] = 1.5 * 2 * SHEAR_TOLERANCE
    refused(save(tmp_path / "a.nii", voxels, sheared), "bad_geometry", r"sheared \(cosine 0\.002")
    for where, value in (((slice(0, 3), 2), 0), ((0, 3), np.nan)):
        affine = AFFINE.copy()
        affine[where] = value
        header = nib.Nifti1Header()
        header.set_sform(affine, code=1)
        refused(save(tmp_path / "b.nii", voxels, None, header), "bad_geometry", "singular")


def test_rounding_of_a_header_is_no_shear(tmp_path):
    affine = AFFINE.copy()
    affine[0, 1] = 1.5 * 0.5 * SHEAR_TOLERANCE
    path = save(tmp_path / "a.nii", np.zeros((3, 4, 5), dtype="u1"), affine)
    assert read_scan(path).voxels.shape == (3, 4, 5)
    assert orientations.aff2axcodes(read_scan(path).affine) == ("L", "P", "S")


def test_a_series_is_turned_as_each_of_its_volumes(tmp_path):
    voxels = np.random.default_rng(3).normal(size=(5, 4, 3, 2)).astype("f4")
    affine = np.array([[0, 2.0, 0, 1], [3, 0, 0, 2], [0, 0, -4, 3], [0, 0, 0, 1]])
    path = save(tmp_path / "a.nii", voxels, affine)
    series = to_lps(read_series(path))
    assert series.voxels.shape == (4, 5, 3, 2)
    for number in range(2):
        one = read_scan(save(tmp_path / "b.nii", voxels[..., number], affine))
        np.testing.assert_array_equal(series.voxels[..., number], one.voxels)
        np.testing.assert_array_equal(series.affine, one.affine)


def test_a_series_of_one_volume(tmp_path):
    path = save(tmp_path / "a.nii", np.ones((5, 4, 3), "f4"))
    assert read_series(path).voxels.shape == (5, 4, 3, 1)
    path = save(tmp_path / "a.nii", np.ones((5, 4, 3, 2, 1), "f4"))
    assert read_series(path).voxels.shape == (5, 4, 3, 2)


@pytest.mark.parametrize(
    ("shape", "kind"), [((4, 4), "f4"), ((4, 4, 4, 2, 2), "f4"), ((4, 4, 4, 2), "c8")]
)
def test_what_is_no_series_is_refused(tmp_path, shape, kind):
    path = save(tmp_path / "a.nii", np.zeros(shape, dtype=kind))
    with pytest.raises(UnitError, match="unsupported_pixels"):
        read_series(path)
