"""First order and texture are pyradiomics' values, class by class, whatever the region."""

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813

from voxomics.discretise import discretise
from voxomics.firstorder import first_order
from voxomics.geometry import Geometry
from voxomics.texture import CLASSES, TextureSettings, texture

SPACING_MM = (1.0, 1.25, 2.0)

# Rounding noise in the reference where the value is mathematically zero, or (Imc2, MCC) a
# square root of it.
ABSOLUTE = {"Imc2": 5e-7, "MCC": 5e-7, "Skewness": 1e-9, "ClusterShade": 1e-9}


@pytest.fixture(scope="module")
def reference():
    """pyradiomics' own classes on the box around one region."""
    pytest.importorskip("radiomics.featureextractor", reason="pyradiomics is the reference")
    from voxomics.reference import pyradiomics, quiet  # noqa: PLC0415

    classes = pyradiomics().getFeatureClasses()

    def measure(image, labels, label, options):
        box = tuple(slice(v.min(), v.max() + 1) for v in np.nonzero(labels == label))
        pair = []
        for array in (image[box], (labels[box] == label).astype("u1")):
            pair.append(sitk.GetImageFromArray(np.ascontiguousarray(array)))
            pair[-1].SetSpacing(SPACING_MM[::-1])
        values = {}
        with quiet(), np.errstate(all="ignore"):
            for name in ("firstorder", *CLASSES):
                measured = classes[name](*pair, **options)
                measured.enableAllFeatures()
                for feature, value in measured.execute().items():
                    values[name, feature] = float(value)
        return values

    return measure


def measure(image, labels, options, count=None):
    geometry = Geometry(labels, SPACING_MM, count or int(labels.max()))
    values = geometry.gather(image)
    levels = discretise(
        values,
        geometry,
        bin_width=options.get("binWidth", 25),
        bin_count=options.get("binCount"),
    )
    found = first_order(
        values,
        geometry,
        levels,
        voxel_volume=geometry.voxel_mm3,
        shift=options.get("voxelArrayShift", 0),
    )
    textures = texture(levels, geometry, CLASSES, TextureSettings.of(options))
    every = {("firstorder", feature): column for feature, column in found.items()}
    for name, columns in textures.items():
        every |= {(name, feature): column for feature, column in columns.items()}
    return every


def assert_equal(found, expected, region, note=""):
    assert len(expected) == 93
    for key, value in expected.items():
        assert found[key][region] == pytest.approx(
            value, rel=1e-9, abs=ABSOLUTE.get(key[1], 1e-12), nan_ok=True
        ), (key, note)


def noise(shape, deviation, dtype="f4", seed=1):
    rng = np.random.default_rng(seed)
    slope = np.arange(shape[-1]) * 8.0
    return (rng.normal(300, deviation, shape) + slope).astype(dtype)


def blobs(shape, count, seed=2):
    rng = np.random.default_rng(seed)
    return rng.integers(0, count + 1, shape).repeat(2, axis=1)[:, : shape[1]].astype("i4")


@pytest.mark.parametrize(
    ("dtype", "deviation"), [("f4", 60), ("f8", 400), ("i2", 20), ("i4", 3), ("u2", 60)]
)
def test_default_settings(reference, dtype, deviation):
    shape = (9, 12, 10)
    image, labels = noise(shape, deviation, dtype), blobs(shape, 3)
    found = measure(image, labels, {})
    for region in range(3):
        assert_equal(found, reference(image, labels, region + 1, {}), region)


@pytest.mark.parametrize(
    "options",
    [
        {"binCount": 16},
        {"binWidth": 7.3, "voxelArrayShift": 120},
        {"symmetricalGLCM": False},
        {"symmetricalGLCM": False, "weightingNorm": "manhattan"},
        {"weightingNorm": "infinity"},
        {"weightingNorm": "euclidean"},
        {"weightingNorm": "manhattan"},
        {"weightingNorm": "no_weighting"},
        {"distances": [2]},
        {"distances": [1, 3]},
        {"distances": [1, 2], "symmetricalGLCM": False, "gldm_a": 2},
        {"force2D": True},
        {"force2D": True, "force2Ddimension": 1, "weightingNorm": "euclidean"},
        {"force2D": True, "force2Ddimension": 2, "distances": [2]},
        {"gldm_a": 1},
        {"gldm_a": 3, "binWidth": 4},
    ],
    ids=str,
)
def test_other_settings(reference, options):
    shape = (7, 11, 9)
    image, labels = noise(shape, 60), blobs(shape, 2)
    found = measure(image, labels, options)
    for region in range(2):
        assert_equal(found, reference(image, labels, region + 1, options), region)
