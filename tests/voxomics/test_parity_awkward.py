"""Awkward but legal input: the same values as pyradiomics, or a departure that docs name."""

import sys
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813

pytest.importorskip("radiomics.featureextractor", reason="pyradiomics is the reference")
sys.path.append(str(Path(__file__).resolve().parents[2] / "benchmarks" / "compared"))

import comparison

import voxomics
from voxomics.texture.asymmetric import measure_asymmetric
from voxomics.texture.glcm import FEATURES

FAMILIES = ("firstorder", "shape", "glcm", "glrlm", "glszm", "gldm", "ngtdm")
CLASSES = {"featureClass": dict.fromkeys(FAMILIES)}
SHAPE = (9, 10, 11)
SPACING = (1.0, 1.5, 2.0)
NOISE = np.random.default_rng(0).normal(0, 1, SHAPE)
LABELS = np.zeros(SHAPE, dtype=np.uint16)
LABELS[1:8, 2:9, 1:9] = 1


def as_image(voxels, spacing=SPACING, **place):
    image = sitk.GetImageFromArray(np.ascontiguousarray(voxels))
    image.SetSpacing(spacing)
    for what, value in place.items():
        getattr(image, f"Set{what}")(value)
    return image


def assert_same(image, mask, settings=None, label=1):
    settings = CLASSES | (settings or {})
    table = voxomics.extract(image, mask, settings)
    expected = comparison.reference(image, mask, settings, label)
    assert not isinstance(expected, Exception), expected
    own = table.loc[label].to_dict()
    assert list(own) == list(expected)
    assert not comparison.far_apart(own, expected)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize(
    ("lifted", "contrast"),
    [(1e6, 50), (1e6, 1), (-1e6, 300), (1e-6, 1e-8), (0, 1e-12), (0, 1e12)],
)
def test_huge_and_tiny_values(lifted, contrast, dtype):
    voxels = (lifted + contrast * NOISE).astype(dtype)
    assert_same(as_image(voxels), as_image(LABELS), {"setting": {"binCount": 16}})


@pytest.mark.parametrize("label", [1, 255, 65535, 4_000_000_000])
def test_any_label(label):
    mask = as_image(np.where(LABELS, label, 0).astype("u4"))
    assert_same(as_image(100 + 40 * NOISE), mask, label=label)


@pytest.mark.parametrize("dtype", ["u1", "i2", "i4", "f4", "f8"])
def test_any_type_of_mask(dtype):
    assert_same(as_image(100 + 40 * NOISE), as_image(LABELS.astype(dtype)))


@pytest.mark.parametrize("dtype", ["i1", "i2", "u2", "i4", "u4", "i8", "f4", "f8"])
def test_any_type_of_image(dtype):
    voxels = (40 + 10 * NOISE).clip(0, 100).astype(dtype)
    assert_same(as_image(voxels), as_image(LABELS), {"setting": {"binWidth": 2}})


@pytest.mark.parametrize("lifted", [0, 31_000])
def test_whole_numbers_near_the_end_of_their_type(lifted):
    voxels = (lifted + 100 * NOISE).clip(-32_000, 32_000).astype("i2")
    assert_same(as_image(voxels), as_image(LABELS), {"setting": {"binWidth": 25}})


@pytest.mark.parametrize("kind", ["Square", "SquareRoot", "Logarithm", "Exponential"])
@pytest.mark.parametrize("voxels", [-200 + 40 * NOISE, 0.1 * NOISE, NOISE * 0 - 5], ids=range(3))
def test_negative_small_and_flat_values_filtered(kind, voxels):
    asked = {"imageType": {kind: {}}, "setting": {"binCount": 32}}
    assert_same(as_image(voxels), as_image(LABELS), asked)


@pytest.mark.parametrize("bins", [
    {"binWidth": 1e9}, {"binCount": 1}, {"binCount": 300}, {"binWidth": 2 / 3},
    {"binWidth": np.pi}, {"binWidth": 25, "binCount": None},
])  # fmt: skip
@pytest.mark.parametrize("dtype", ["i2", "f4", "f8"])
def test_any_bins(bins, dtype):
    assert_same(as_image((100 + 10 * NOISE).astype(dtype)), as_image(LABELS), {"setting": bins})


OBLIQUE = tuple(np.linalg.qr(np.arange(9.0).reshape(3, 3) ** 2 - 20)[0].ravel())
LEFT_HANDED = (-1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)


@pytest.mark.parametrize("direction", [OBLIQUE, LEFT_HANDED], ids=["oblique", "left-handed"])
@pytest.mark.parametrize(
    "asked",
    [
        {"imageType": {"Original": {}, "LoG": {"sigma": [2.0]}, "Gradient": {}, "Wavelet": {}}},
        {"setting": {"resampledPixelSpacing": [1.1, 1.1, 1.1], "preCrop": True}},
        {"setting": {"resampledPixelSpacing": [1.1, 1.1, 1.1]}},
    ],
    ids=["filtered", "cut", "whole"],
)
def test_any_direction_and_a_far_origin(direction, asked):
    place = {"Direction": direction, "Origin": (1e4, -3e3, 7.0)}
    assert_same(as_image(100 + 40 * NOISE, **place), as_image(LABELS, **place), asked)


@pytest.mark.parametrize("spacing", [(1e-3, 1e-3, 1e-3), (3.0, 5.0, 9.0), (0.1, 1.0, 6.0)])
@pytest.mark.parametrize("norm", ["manhattan", "euclidean", "infinity", "no_weighting"])
def test_any_spacing_weighs_the_angles(spacing, norm):
    asked = {"setting": {"weightingNorm": norm}}
    assert_same(as_image(100 + 40 * NOISE, spacing), as_image(LABELS, spacing), asked)


def test_an_image_type_has_settings_of_its_own():
    asked = {
        "imageType": {
            "Original": {"binWidth": 7},
            "LoG": {
                "sigma": [1.0],
                "distances": [2],
                "gldm_a": 1,
                "weightingNorm": "infinity",
                "symmetricalGLCM": False,
                "binCount": 7,
                "voxelArrayShift": 7,
            },
            "Wavelet": {"force2D": True, "force2Ddimension": 2},
        }
    }
    assert_same(as_image(100 + 40 * NOISE), as_image(LABELS), asked)


@pytest.mark.parametrize("pad", [0, 100])
def test_any_pad(pad):
    asked = {
        "imageType": {"LoG": {"sigma": [1.0]}, "Wavelet": {}},
        "setting": {"preCrop": True, "padDistance": pad},
    }
    assert_same(as_image(100 + 40 * NOISE), as_image(LABELS), asked)


def test_a_mask_of_several_channels():
    mask = sitk.Compose(as_image(LABELS * 0), as_image(LABELS))
    assert_same(as_image(100 + 40 * NOISE), mask, {"setting": {"label_channel": 1}})


@pytest.mark.parametrize(
    ("moved", "setting"),
    [
        ((1.0, 0.0, 0.0), {"correctMask": True}),
        ((0.3, 0.4, -0.6), {"correctMask": True}),
        ((0.05, 0.0, 0.0), {"geometryTolerance": 0.2}),
    ],
)
def test_a_mask_on_another_grid(moved, setting):
    mask = as_image(LABELS, Origin=moved)
    assert_same(as_image(100 + 40 * NOISE), mask, {"setting": setting})


def test_a_mask_on_a_finer_grid():
    fine = LABELS.repeat(2, 0).repeat(2, 1).repeat(2, 2)
    mask = as_image(fine, (0.5, 0.75, 1.0), Origin=(-0.25, -0.375, -0.5))
    assert_same(as_image(100 + 40 * NOISE), mask, {"setting": {"correctMask": True}})


@pytest.mark.parametrize("thin", [1, 2, 3, 4, 5])
def test_thin_images(thin):
    """Filters that pyradiomics leaves out of so thin an image are without values."""
    voxels = 100 + 40 * NOISE[:thin]
    mask = as_image(np.ascontiguousarray(LABELS[1:2].repeat(thin, 0)))
    asked = CLASSES | {"imageType": {"LoG": {"sigma": [1.0, 8.0]}, "Wavelet": {}, "Gradient": {}}}
    own = voxomics.extract(as_image(voxels), mask, asked).loc[1].to_dict()
    expected = comparison.reference(as_image(voxels), mask, asked)
    assert [name for name in own if name in expected] == list(expected)
    assert all(np.isnan(own[name]) for name in own if name not in expected)
    assert sum(name not in expected for name in own) == {4: 93, 5: 0}.get(thin, 186)
    assert not comparison.far_apart(own, expected)


@pytest.mark.parametrize("pre_crop", [True, False])
@pytest.mark.parametrize("spline", ["sitkBSpline", "sitkBSplineResampler", "sitkBSpline5"])
def test_splines_do_not_read_beyond_a_thin_image(spline, pre_crop):
    """ITK mirrors twice there, out of the image: another value on every run."""
    setting = {"resampledPixelSpacing": [2, 2, 2], "interpolator": spline, "preCrop": pre_crop}
    mask = np.zeros((2, *SHAPE[1:]), dtype="u1")
    mask[:, 2:6, 2:6] = 1
    mask[0, 7:9, 2:9] = 2
    table = voxomics.extract(
        as_image(NOISE[:2]), as_image(mask), CLASSES | {"setting": setting | {"binWidth": 0.3}}
    )
    assert len(table) == 0
    assert all("the image is 2 voxels thin" in why for why in table.attrs["refused"].values())


def test_an_interpolator_that_simpleitk_lacks_refuses_each_label():
    setting = {"resampledPixelSpacing": [2, 2, 2], "interpolator": 3}
    table = voxomics.extract(as_image(NOISE), as_image(LABELS), CLASSES | {"setting": setting})
    assert len(table) == 0
    assert "Interpolator not set" in table.attrs["refused"][1]


@pytest.mark.parametrize("interpolator", ["sitkBSpline", "sitkLinear"])
def test_resampled_as_a_whole_the_original_image_has_the_values_of_pyradiomics(interpolator):
    for spacing in ([1.2, 1.2, 1.2], [0.7, 2.0, 1.1]):
        setting = {"resampledPixelSpacing": spacing, "interpolator": interpolator}
        assert_same(as_image(100 + 40 * NOISE), as_image(LABELS), {"setting": setting})


def test_resampled_as_a_whole_filters_agree_once_the_pad_holds_the_image():
    asked = {
        "imageType": {"LoG": {"sigma": [1.0]}, "Wavelet": {}, "Square": {}, "Gradient": {}},
        "setting": {"resampledPixelSpacing": [1.2, 1.2, 1.2], "padDistance": 40},
    }
    assert_same(as_image(100 + 40 * NOISE), as_image(LABELS), asked)
    setting = asked["setting"] | {"padDistance": 1, "preCrop": True}
    assert_same(as_image(100 + 40 * NOISE), as_image(LABELS), asked | {"setting": setting})


def test_arrays_in_any_order_of_bytes_and_memory():
    voxels = (100 + 40 * NOISE).astype("f4")
    spacing = SPACING[::-1]
    expected = voxomics.extract(voxels, LABELS, CLASSES, spacing_mm=spacing)
    wide = np.zeros((18, 10, 22), dtype="f4")
    wide[::2, :, ::2] = voxels
    backwards = np.ascontiguousarray(voxels[::-1, ::-1])[::-1, ::-1]
    forms = [
        (voxels.astype(">f4"), LABELS.astype(">u2")),
        (np.asfortranarray(voxels), np.asfortranarray(LABELS)),
        (wide[::2, :, ::2], LABELS[:, :, ::-1][:, :, ::-1]),
        (backwards, LABELS.astype(bool)),
    ]
    for image, mask in forms:
        found = voxomics.extract(image, mask, CLASSES, spacing_mm=spacing)
        assert found.to_numpy().tobytes() == expected.to_numpy().tobytes()


def test_labels_stored_a_little_below_are_rounded():
    expected = voxomics.extract(as_image(NOISE), as_image(LABELS), CLASSES)
    stored = as_image(LABELS.astype("f4") * 0.9999)
    assert voxomics.extract(as_image(NOISE), stored, CLASSES).equals(expected)


@pytest.mark.parametrize("hole", [np.nan, np.inf, -np.inf])
def test_a_hole_outside_of_the_region_costs_nothing(hole):
    voxels = 100 + 40 * NOISE
    voxels[0, 0, 0] = hole
    assert_same(as_image(voxels), as_image(LABELS))


def test_a_flat_region_whose_mean_rounds_has_no_skewness():
    """The reference has -1 or 1 there, and a kurtosis of 1, out of rounding noise."""
    asked = {"imageType": {"Exponential": {}}, "featureClass": {"firstorder": None}}
    own = voxomics.extract(as_image(NOISE * 0 + 5), as_image(LABELS), asked).loc[1]
    expected = comparison.reference(as_image(NOISE * 0 + 5), as_image(LABELS), asked)
    assert abs(expected["exponential_firstorder_Skewness"]) == 1
    assert own["exponential_firstorder_Skewness"] == own["exponential_firstorder_Kurtosis"] == 0


def test_levels_that_are_independent_are_not_correlated():
    """MCC is 0 there, not the root of rounding noise."""
    rows, columns = (one.ravel().astype(np.int32) for one in np.indices((5, 5)))
    counts = np.multiply.outer([3.0, 1, 7, 11, 13], [2.0, 17, 1, 5, 3]).ravel()
    levels = np.arange(1, 6, dtype=np.int32)
    found = measure_asymmetric(rows, columns, counts, levels, mcc=True)
    assert dict(zip(FEATURES, found, strict=True))["MCC"] == 0


@pytest.mark.parametrize("pre_crop", [True, False])
def test_a_region_is_large_enough_after_resampling(pre_crop):
    mask = np.zeros(SHAPE, dtype="u1")
    mask[3:5, 3:5, 3:5] = 1
    setting = {"resampledPixelSpacing": [0.5] * 3, "minimumROISize": 10, "preCrop": pre_crop}
    assert_same(as_image(100 + 40 * NOISE), as_image(mask), {"setting": setting})
    setting["resampledPixelSpacing"] = [0, 0, 0]
    table = voxomics.extract(as_image(NOISE), as_image(mask), CLASSES | {"setting": setting})
    assert "8 voxels, more than 10 are asked" in table.attrs["refused"][1]


@pytest.mark.parametrize("norm", [None, "euclidean"])
@pytest.mark.parametrize("bins", [{"binCount": 1}, {"binWidth": 1}])
def test_no_texture_where_no_neighbour_fits_into_the_box(bins, norm):
    """pyradiomics fails there as a whole; first order and shape are given here."""
    mask = np.zeros(SHAPE, dtype="u1")
    mask[3:5, 3, 3:5] = 1
    setting = bins | {"distances": [3], "weightingNorm": norm}
    asked = CLASSES | {"setting": setting}
    image = as_image(100 + 40 * NOISE)
    own = voxomics.extract(image, as_image(mask), asked).loc[1]
    assert isinstance(comparison.reference(image, as_image(mask), asked), RuntimeError)
    assert own[[name for name in own.index if "_glcm_" in name]].isna().all()
    few = {"featureClass": {"firstorder": None, "shape": None}, "setting": setting}
    assert_same(image, as_image(mask), few)


def test_pairs_that_all_start_at_one_level_are_correlated_by_convention():
    """Whether the mean is the level to the last bit is not to decide between 1 and noise."""
    levels = np.array([3, 7, 11], dtype=np.int32)
    rows = np.ones(3, dtype=np.int32)
    columns = np.arange(3, dtype=np.int32)
    place = FEATURES.index("Correlation")
    for counts in ([1.0, 1, 1], [7.0, 3, 1], [49.0, 13, 37], [0.1, 0.3, 0.7]):
        for pair in ((rows, columns), (columns, rows)):
            found = measure_asymmetric(*pair, np.array(counts), levels, mcc=False)
            assert found[place] == 1
