"""Files that end early, are spoilt, or are none: told by name, never read as something else."""

import re

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813

import voxomics
from voxomics import ImageRefused


def whole(message):
    return f"^{re.escape(message)}$"


def spoil(form, voxels, ending, kept):
    """Write a file and cut it."""
    path = form("path", voxels)
    image, path = sitk.ReadImage(str(path)), path.with_name(f"cut{ending}")
    sitk.WriteImage(image, str(path))
    path.write_bytes(path.read_bytes()[:kept])
    return path


@pytest.mark.parametrize(
    "cut",
    [
        (".nii", 0, 'Unable to determine ImageIO reader for "cut.nii"'),
        (".nii", 352, "it holds 0 of 1344 bytes; copy it again"),
        (".nii", 1695, "it holds 1343 of 1344 bytes; copy it again"),
        (".nii.gz", 400, "Compressed file ended before the end-of-stream marker was reached"),
        (".nrrd", 500, "[nrrd] "),
        (".mha", 500, "Reason: "),
    ],
)
@pytest.mark.parametrize("what", ["image", "mask"])
def test_a_file_that_ends_early(measure, form, voxels, cut, what):
    ending, kept, said = cut
    path = spoil(form, voxels[0], ending, kept)
    pair = (path, voxels[1]) if what == "image" else (voxels[0], path)
    with pytest.raises(
        ImageRefused, match=f"^{what}: {re.escape(f'cut{ending} cannot be read: {said}')}"
    ):
        measure(*pair)


def test_spoilt_bytes_of_a_compressed_file(measure, form, voxels):
    path = form("path", voxels[0])
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(ImageRefused, match=rf"^image: {path.name} cannot be read: "):
        measure(path, voxels[1])


def test_a_nibabel_image_whose_file_ends_early(measure, form, voxels):
    path = spoil(form, voxels[0], ".nii", 900)
    said = "image: the voxels of the image cannot be read: Expected 1344 bytes, got 548 bytes"
    with pytest.raises(ImageRefused, match=whole(said)):
        measure(nib.load(path), voxels[1])


def test_what_is_no_file(measure, tmp_path, voxels):
    with pytest.raises(
        ImageRefused, match=whole(f"image: {tmp_path.name} is a folder, a file is asked")
    ):
        measure(tmp_path, voxels[1])
    with pytest.raises(ImageRefused, match=whole("mask: none.nii: no such file")):
        measure(voxels[0], "none.nii")
    with pytest.raises(
        ImageRefused, match=whole("image: a list is no image, no array and no path")
    ):
        measure(voxels[0].tolist(), voxels[1])


@pytest.mark.parametrize("ending", [".nii", ".nii.gz"])
@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_voxels_of_a_file_that_are_not_finite_stay_so(tmp_path, voxels, ending, dtype):
    image = voxels[0].astype(dtype)
    image[5, 6, 7] = np.nan
    nib.save(nib.Nifti1Image(image.T, np.eye(4)), tmp_path / f"a{ending}")
    nib.save(nib.Nifti2Image(image.T, np.eye(4)), tmp_path / f"b{ending}")
    for name in "ab":
        read = sitk.GetArrayFromImage(voxomics.images.as_image(tmp_path / f"{name}{ending}"))
        np.testing.assert_array_equal(read, image)
