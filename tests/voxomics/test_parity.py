"""The own engine against pyradiomics behind the same door: any region, any setting."""

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813
from hypothesis import given, settings
from hypothesis import strategies as st

import voxomics
from voxomics import RegionRefused

pytest.importorskip("radiomics.featureextractor", reason="pyradiomics is the reference")

FAMILIES = ("firstorder", "shape", "glcm", "glrlm", "glszm", "gldm", "ngtdm")
RELATIVE, ABSOLUTE = 1e-9, 1e-9
# Square roots of what is mathematically zero: noise of 1e-16 becomes 1e-8.
ROOTS = {"Imc2", "MCC", "Elongation", "Flatness", "LeastAxisLength", "MinorAxisLength"}


def image_of(voxels, spacing=(1.0, 1.0, 1.0)):
    image = sitk.GetImageFromArray(np.ascontiguousarray(voxels))
    image.SetSpacing(spacing)
    return image


def regions_of(labels):
    """Give the regions of a label map (Z, Y, X)."""
    return {int(n): voxomics.Region.of((labels == n).T) for n in np.unique(labels) if n}


def assert_same(image, regions, asked, threads=1):
    own = voxomics.extract_regions(image, regions, asked, threads=threads)
    behind = voxomics.extract_regions(image, regions, asked, engine="pyradiomics")
    assert list(own) == list(behind) == list(regions)
    for key, expected in behind.items():
        found = own[key]
        if isinstance(expected, RegionRefused) and "angle count" in expected.reason:
            # pyradiomics breaks down where no neighbour fits into the region's box.
            assert np.isnan(
                [v for name, v in found.items() if name.endswith("glcm_Contrast")]
            ).all()
            continue
        assert isinstance(found, RegionRefused) == isinstance(expected, RegionRefused), (
            key,
            found,
            expected,
        )
        if isinstance(expected, RegionRefused):
            continue
        assert list(found) == list(expected)
        for name, value in expected.items():
            near = 2e-7 if name.split("_")[-1] in ROOTS else ABSOLUTE
            assert found[name] == pytest.approx(value, rel=RELATIVE, abs=near, nan_ok=True), (
                key,
                name,
            )
    return own


def noise(shape, dtype, seed=5):
    rng = np.random.default_rng(seed)
    slope = np.indices(shape).sum(axis=0) * 4
    return (rng.normal(120, 45, shape) + slope).astype(dtype)


@pytest.mark.parametrize("dtype", ["i2", "u2", "i4", "f4", "f8"])
def test_every_number_type(dtype):
    labels = np.zeros((9, 10, 11), dtype=int)
    labels[1:8, 1:6, 1:9] = 1
    labels[2:7, 6:10, 0:5] = 2
    asked = {
        "imageType": {"Original": {}, "LoG": {"sigma": [1.5]}, "Wavelet": {}},
        "featureClass": dict.fromkeys(FAMILIES),
        "setting": {"binWidth": 10},
    }
    image = image_of(noise(labels.shape, dtype), (1.0, 0.8, 1.7))
    assert_same(image, regions_of(labels), asked)


IMAGE_TYPES = {
    "Square": {},
    "SquareRoot": {},
    "Logarithm": {},
    "Exponential": {},
    "Gradient": {"gradientUseSpacing": False},
    "LoG": {"sigma": [1.0, 2.5], "binWidth": 3},
    "Wavelet": {"wavelet": "db2", "level": 2, "start_level": 1},
}


@pytest.mark.parametrize("kind", IMAGE_TYPES)
def test_every_image_type(kind):
    labels = np.zeros((12, 11, 13), dtype=int)
    labels[3:9, 2:8, 4:12] = 1
    asked = {
        "imageType": {kind: IMAGE_TYPES[kind]},
        "featureClass": dict.fromkeys(FAMILIES),
        "setting": {"binCount": 20},
    }
    assert_same(image_of(noise(labels.shape, "f8") - 100), regions_of(labels), asked)


SETTINGS = {
    "shift": {"voxelArrayShift": 500},
    "distances": {"distances": [2], "symmetricalGLCM": False},
    "weighted": {"weightingNorm": "manhattan", "distances": [1, 2]},
    "planes": {"force2D": True, "force2Ddimension": 1, "gldm_a": 2},
    "relative": {"resegmentRange": [0.3, 0.8], "resegmentMode": "relative"},
    "one limit": {"resegmentRange": [120]},
    "normalised": {"normalize": True, "normalizeScale": 50, "binWidth": 7},
    "resampled": {"resampledPixelSpacing": [0.7, 0, 2.0], "preCrop": True, "padDistance": 2},
    "linear": {"resampledPixelSpacing": [2, 2, 2], "interpolator": "sitkLinear", "preCrop": True},
    "cut": {"preCrop": True, "padDistance": 1},
    "large ones": {"minimumROISize": 40, "minimumROIDimensions": 3},
}


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting(name):
    labels = np.zeros((10, 12, 11), dtype=int)
    labels[1:7, 2:9, 1:8] = 1
    labels[8, 2:9, 1:8] = 2
    labels[8:10, 10:12, 9] = 3
    labels[3, 10, 1:8] = 4
    labels[0, 0, 0] = 5
    asked = {
        "imageType": {"Original": {}, "Wavelet": {"wavelet": "haar"}},
        "featureClass": dict.fromkeys(FAMILIES),
        "setting": SETTINGS[name],
    }
    assert_same(image_of(noise(labels.shape, "i2"), (0.9, 1.1, 2.0)), regions_of(labels), asked)


def test_features_that_are_deprecated_are_given_when_asked():
    labels = np.zeros((6, 7, 8), dtype=int)
    labels[1:5, 2:6, 1:7] = 1
    asked = {
        "featureClass": {
            "firstorder": ["StandardDeviation", "Mean"],
            "shape": ["Compactness1", "Compactness2", "SphericalDisproportion", "Sphericity"],
        }
    }
    (found,) = assert_same(image_of(noise(labels.shape, "f4")), regions_of(labels), asked).values()
    assert all(np.isfinite(value) for value in found.values())


@pytest.mark.parametrize("across", [0, 2])
def test_shape_in_a_plane(across):
    labels = np.zeros((7, 8, 9), dtype=int)
    flat = np.moveaxis(labels, across, 0)
    flat[3, 2:6, 1:5] = 1
    flat[3, 4, 4] = 0
    thick = np.zeros_like(labels)
    thick[1:4, 2:6, 3:8] = 2
    regions = regions_of(labels) | regions_of(thick)
    asked = {
        "featureClass": {"shape2D": None, "firstorder": ["Mean"]},
        "setting": {"force2D": True, "force2Ddimension": across},
    }
    image = image_of(noise(labels.shape, "f4"), (1.0, 1.3, 0.8))
    behind = voxomics.extract_regions(image, regions, asked, engine="pyradiomics")
    own = voxomics.extract_regions(image, regions, asked)
    assert isinstance(behind[2], RegionRefused)
    assert isinstance(own[2], RegionRefused)
    for name, value in behind[1].items():
        if not np.isnan(value):
            assert own[1][name] == pytest.approx(value, rel=RELATIVE), name
    assert np.isfinite([*own[1].values()]).all()


@given(
    seed=st.integers(0, 2**32 - 1),
    shape=st.tuples(*[st.integers(3, 8)] * 3),
    spacing=st.tuples(*[st.sampled_from([0.5, 1.0, 1.7, 3.0])] * 3),
    spread=st.sampled_from([0, 1, 30, 400]),
    dtype=st.sampled_from(["i2", "f4", "f8"]),
    setting=st.fixed_dictionaries(
        {"binWidth": st.sampled_from([1, 7.5, 25])},
        optional={
            "force2D": st.booleans(),
            "force2Ddimension": st.integers(0, 2),
            "distances": st.sampled_from([[1], [1, 2]]),
            "gldm_a": st.integers(0, 1),
            "symmetricalGLCM": st.booleans(),
            "minimumROIDimensions": st.integers(1, 3),
            "weightingNorm": st.sampled_from([None, "euclidean", "no_weighting"]),
        },
    ),
)
@settings(max_examples=25, deadline=None, derandomize=True)
def test_any_regions_of_any_image(seed, shape, spacing, spread, dtype, setting):  # noqa: PLR0917
    """Scattered, flat, thin, overlapping, touching the border: all at once."""
    rng = np.random.default_rng(seed)
    voxels = rng.normal(200, spread, shape).astype(dtype)
    labels = rng.integers(0, 4, shape) * (rng.random(shape) < 0.7)
    regions = regions_of(labels)
    regions["box"] = voxomics.Region.of(np.ones(shape[::-1], dtype=bool))
    line = np.zeros(shape, dtype=bool)
    line[1, 2] = True
    regions["line"] = voxomics.Region.of(line.T)
    asked = {"featureClass": dict.fromkeys(FAMILIES), "setting": setting}
    assert_same(image_of(voxels, spacing), regions, asked)
