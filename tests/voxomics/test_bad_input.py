"""What is wrong with an image, a mask or a label is told once, and costs no other label."""

import re

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813

import voxomics
from voxomics import GridMismatch, ImageRefused, SettingsRefused

FEW = {"featureClass": {"firstorder": ["Mean"], "shape": ["VoxelVolume"]}}
SPACING_MM = (2.0, 1.5, 1.0)
KINDS = ("SimpleITK", "nibabel", "array", "path")
GRID = "the mask lies on another grid: {}; resample it to the image, or set correctMask or "
GRID += "geometryTolerance"


def whole(message):
    return f"^{re.escape(message)}$"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("other", KINDS)
def test_image_and_mask_may_come_in_different_forms(measure, form, voxels, kind, other):
    found = measure(form(kind, voxels[0]), form(other, voxels[1]))
    expected = measure(*voxels)
    np.testing.assert_allclose(found.to_numpy(), expected.to_numpy(), rtol=1e-12)
    assert found.attrs == {"refused": {}, "gaps": {}}


@pytest.mark.parametrize("kind", KINDS)
def test_another_size(measure, form, voxels, kind):
    image, labels = voxels
    said = GRID.format("size (8, 7, 5), the image has (8, 7, 6)")
    with pytest.raises(GridMismatch, match=whole(said)):
        measure(form(kind, image), form(kind, labels[1:]))


@pytest.mark.parametrize("kind", ["SimpleITK", "nibabel", "path"])
def test_another_place_or_voxel(measure, form, voxels, kind):
    image, labels = form(kind, voxels[0]), voxels[1]
    said = GRID.format("origin (3, 0, 0) mm, the image has (0, 0, 0)")
    with pytest.raises(GridMismatch, match=whole(said)):
        measure(image, form(kind, labels, origin=(3.0, 0.0, 0.0)))
    said = GRID.format("spacing (1, 1.5, 2.5) mm, the image has (1, 1.5, 2)")
    with pytest.raises(GridMismatch, match=whole(said)):
        measure(image, form(kind, labels, spacing=(2.5, 1.5, 1.0)))


def test_another_direction_and_its_correction(measure, form, voxels):
    image, mask = (form("SimpleITK", one) for one in voxels)
    mask.SetDirection((1, 0, 0, 0, -1, 0, 0, 0, 1))
    said = GRID.format(
        "direction (1, 0, 0, 0, -1, 0, 0, 0, 1), the image has (1, 0, 0, 0, 1, 0, 0, 0, 1)"
    )
    with pytest.raises(GridMismatch, match=whole(said)):
        measure(image, mask)
    corrected = FEW | {"setting": {"correctMask": True}}
    said = "the label reaches out of the image, so that it cannot be corrected"
    assert measure(image, mask, corrected).attrs["refused"] == {1: said, 2: said}
    # The same place, told from the other end.
    mask.SetOrigin((0.0, 6 * 1.5, 0.0))
    turned = voxels[1][:, ::-1]
    assert measure(image, mask, corrected).equals(measure(image, form("SimpleITK", turned)))


def test_a_label_that_reaches_out_of_the_image_costs_no_other(measure, form, voxels):
    image, labels = voxels
    labels[0, 0, 0] = 3
    expected = measure(image, labels)
    mask = form("SimpleITK", np.pad(labels, ((0, 0), (0, 0), (1, 0))))
    mask.SetOrigin((-1.0, 0.0, 0.0))
    corrected = FEW | {"setting": {"correctMask": True}}
    assert measure(form("SimpleITK", image), mask, corrected).equals(expected)
    wider = np.pad(labels, ((0, 0), (0, 0), (1, 0)))
    wider[0, 0, 0] = 3
    mask = form("SimpleITK", wider)
    mask.SetOrigin((-1.0, 0.0, 0.0))
    found = measure(form("SimpleITK", image), mask, corrected)
    assert found.equals(expected.loc[[1, 2]])
    assert list(found.attrs["refused"]) == [3]


@pytest.mark.parametrize("kind", KINDS)
def test_a_grid_within_the_tolerance_is_taken(measure, form, voxels, kind):
    image, labels = voxels
    near = form(kind, labels, origin=(5e-4, 0.0, 0.0))
    assert len(measure(form(kind, image), near)) == 2


def of_dimensions(what, kind, given):
    noun = "array" if kind == "array" else "image"
    return whole(f"{what}: an {noun} of {given} dimensions, three are asked")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(3, 4), (2, 3, 4, 5)])
def test_wrong_dimensions(measure, form, voxels, kind, shape):
    if kind in ("SimpleITK", "path") and len(shape) == 4:
        wrong = sitk.Image([5, 4, 3, 2], sitk.sitkFloat32)
        wrong = write(wrong, form, kind)
    else:
        wrong = form(kind, np.ones(shape, dtype="f4"))
    with pytest.raises(ImageRefused, match=of_dimensions("image", kind, len(shape))):
        measure(wrong, form(kind, voxels[1]))
    if len(shape) == 2:
        with pytest.raises(ImageRefused, match=of_dimensions("mask", kind, 2)):
            measure(form(kind, voxels[0]), wrong)


def write(image, form, kind):
    if kind == "SimpleITK":
        return image
    path = form("path", np.ones((2, 2, 2), dtype="u1")).with_name("wrong.nrrd")
    sitk.WriteImage(image, str(path))
    return path


def test_one_dimension_and_no_voxel(measure, voxels):
    with pytest.raises(
        ImageRefused, match=whole("image: an array of 1 dimensions, three are asked")
    ):
        measure(voxels[0][0, 0], voxels[1])
    said = "image: an array of (0, 7, 8) voxels, at least one is asked"
    with pytest.raises(ImageRefused, match=whole(said)):
        measure(voxels[0][:0], voxels[1])


COLOURS = np.dtype([("R", "u1"), ("G", "u1"), ("B", "u1")])
ASKED = "single real numbers are asked"


@pytest.mark.parametrize("kind", KINDS)
def test_complex_voxels(measure, form, voxels, kind):
    wrong = form(kind, (voxels[0] + 1j).astype("c8"))
    named = (
        "complex64" if kind in ("array", "nibabel") else "complex of 32-bit float (1 components)"
    )
    with pytest.raises(ImageRefused, match=whole(f"image: voxels of {named}, {ASKED}")):
        measure(wrong, form(kind, voxels[1]))


@pytest.mark.parametrize("kind", KINDS)
def test_colours(measure, form, voxels, kind):
    if kind in ("array", "nibabel"):
        wrong, named = np.zeros(voxels[0].shape, dtype=COLOURS), str(COLOURS)
        wrong = wrong if kind == "array" else nib.Nifti1Image(wrong.T.copy(), np.eye(4))
    else:
        wrong = write(sitk.Image([8, 7, 6], sitk.sitkVectorUInt8, 3), form, kind)
        named = "vector of 8-bit unsigned integer (3 components)"
    with pytest.raises(ImageRefused, match=whole(f"image: voxels of {named}, {ASKED}")):
        measure(wrong, form(kind, voxels[1]))


@pytest.mark.parametrize("dtype", ["U1", "M8[s]", "O"])
def test_voxels_that_are_no_numbers(measure, voxels, dtype):
    wrong = voxels[1].astype(dtype)
    with pytest.raises(ImageRefused, match=whole(f"mask: voxels of {wrong.dtype}, {ASKED}")):
        measure(voxels[0], wrong)


@pytest.mark.parametrize("kind", KINDS)
def test_no_finite_voxel(measure, form, voxels, kind):
    for value in (np.nan, np.inf):
        wrong = form(kind, np.full_like(voxels[0], value))
        with pytest.raises(ImageRefused, match=whole("image: no voxel of the image is finite")):
            measure(wrong, form(kind, voxels[1]))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_voxel_that_is_not_finite_costs_its_region_the_intensities_alone(
    measure, form, voxels, kind, value
):
    image, labels = voxels
    expected = measure(image, labels)
    wrong = image.copy()
    wrong[1, 1, 1] = value
    table = measure(form(kind, wrong), form(kind, labels))
    assert np.isnan(table.loc[1, "original_firstorder_Mean"])
    assert table.loc[1, "original_shape_VoxelVolume"] == pytest.approx(24 * 3)
    np.testing.assert_allclose(table.loc[2], expected.loc[2], rtol=1e-12)
    assert table.attrs["gaps"] == {
        1: "no value on original: voxels of the region are not finite there, or it holds no two "
        "neighbours"
    }


def test_an_infinite_voxel_elsewhere_is_told_where_it_spreads(measure, voxels):
    image, labels = voxels[0].copy(), voxels[1]
    image[0, 0, 0] = np.inf
    asked = FEW | {"imageType": {"Original": {}, "SquareRoot": {}}}
    gaps = measure(image, labels, asked).attrs["gaps"]
    assert sorted(gaps) == [1, 2]
    assert all(reason.startswith("no value on squareroot: ") for reason in gaps.values())


@pytest.mark.parametrize("kind", KINDS)
def test_labels_that_have_no_region(measure, form, voxels, kind):
    image, labels = voxels[0], voxels[1].astype("i2")
    labels[0, 0, :2] = -4
    labels[5, 6, 7] = 7
    labels[0, 6, 0:3] = 8
    table = measure(form(kind, image), form(kind, labels))
    assert list(table.index) == [1, 2]
    np.testing.assert_allclose(table, measure(*voxels), rtol=1e-12)
    assert table.attrs["refused"] == {
        -4: "the label is below 0: labels are whole numbers above it",
        7: "the mask only contains 1 segmented voxel, which has no features",
        8: "the region has 1 dimensions, at least 2 are asked",
    }
    wanted = [9, 1, -5, 0, "2", 1.5, None, 1, 2.0]
    table = measure(form(kind, image), form(kind, labels), labels=wanted)
    assert list(table.index) == [1, 2]
    assert table.attrs["refused"] == {
        9: "the label is not in the mask",
        -5: "the label is below 0: labels are whole numbers above it",
        0: "0 is the background: labels are whole numbers above it",
        **dict.fromkeys(["2", 1.5, None], "a label is a whole number, without quotes"),
    }


def test_too_few_voxels(measure, voxels):
    asked = FEW | {"setting": {"minimumROISize": 8}}
    table = measure(*voxels, asked)
    assert list(table.index) == [1]
    assert table.attrs["refused"] == {2: "the region has 8 voxels, more than 8 are asked"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_mask_without_a_label(measure, form, voxels, kind):
    image, nothing = form(kind, voxels[0]), form(kind, np.zeros_like(voxels[1]))
    with pytest.raises(ImageRefused, match=whole("the mask holds no label: every voxel is 0")):
        measure(image, nothing)
    table = measure(image, nothing, labels=[1])
    assert (len(table), table.attrs["refused"]) == (0, {1: "the label is not in the mask"})


def test_asking_for_no_label_gives_no_row(measure, voxels):
    table = measure(*voxels, labels=[])
    assert (table.shape, table.attrs) == ((0, 2), {"refused": {}, "gaps": {}})


@pytest.mark.parametrize("labels", ["12", 1])
def test_labels_that_are_no_list(measure, voxels, labels):
    said = f"labels: found {labels!r}; expected a list of whole numbers, or None"
    with pytest.raises(TypeError, match=whole(said)):
        measure(*voxels, labels=labels)


def test_true_and_false_are_one_label(measure, voxels):
    image, labels = voxels
    assert list(measure(image, labels > 0).index) == [1]
    assert list(measure(image, labels.astype("f8"), labels=np.array([2, 1])).index) == [2, 1]


@pytest.mark.parametrize("spacing", [(1, 1), (1, 1, np.nan), (1, -1, 1), "abc", 1.0])
def test_a_spacing_that_is_none(voxels, spacing):
    said = f"image: spacing_mm {spacing!r}, three lengths above 0 are asked"
    with pytest.raises(ImageRefused, match=whole(said)):
        voxomics.extract(*voxels, FEW, spacing_mm=spacing)


def test_a_spacing_without_an_array(form, voxels):
    pair = [form("path", one) for one in voxels]
    said = "spacing_mm goes with arrays; images and files carry their own"
    with pytest.raises(ImageRefused, match=whole(said)):
        voxomics.extract(*pair, FEW, spacing_mm=SPACING_MM)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ([1], "settings: found [1]; expected a mapping with imageType, featureClass, setting"),
        ({"setting": "x"}, "setting: found 'x'; expected a mapping"),
        (
            {"imageType": {"LoG": [1.0]}},
            "imageType.LoG: found [1.0]; expected a mapping of its settings, or nothing",
        ),
    ],
)
def test_settings_that_are_no_mapping(measure, voxels, settings, said):
    with pytest.raises(SettingsRefused, match=whole(said)):
        measure(*voxels, settings)


def test_an_engine_that_is_none(voxels):
    said = "engine: found 'voxomix'; expected one of voxomics, pyradiomics (did you mean voxomics?)"
    with pytest.raises(SettingsRefused, match=whole(said)):
        voxomics.extract(*voxels, FEW, engine="voxomix")
