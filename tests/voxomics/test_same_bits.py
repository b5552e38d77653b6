"""Values do not depend on the run, the threads, the order, or what else is measured."""

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813

import voxomics

FAMILIES = ("firstorder", "shape", "glcm", "glrlm", "glszm", "gldm", "ngtdm")
SETTINGS = {
    "all image types": {
        "imageType": {
            "Original": {},
            "LoG": {"sigma": [1.0, 2.0]},
            "Wavelet": {"level": 2},
            "Square": {},
            "SquareRoot": {},
            "Logarithm": {},
            "Exponential": {},
            "Gradient": {},
            "LBP2D": {},
            "LBP3D": {},
        },
        "setting": {"binWidth": 10},
    },
    "other neighbours": {
        "imageType": {"Original": {}, "Wavelet": {"wavelet": "haar"}},
        "setting": {
            "distances": [1, 2],
            "symmetricalGLCM": False,
            "gldm_a": 1,
            "weightingNorm": "euclidean",
            "force2D": True,
        },
    },
    "many levels": {"setting": {"binWidth": 0.2}},
    "resampled": {
        "imageType": {"Original": {}, "LoG": {"sigma": [2.0]}},
        "setting": {"resampledPixelSpacing": [1.3, 1.3, 1.3], "normalize": True, "binWidth": 0.2},
    },
    "cut for each": {
        "imageType": {"Original": {}, "Wavelet": {}},
        "setting": {"resampledPixelSpacing": [1.3, 1.3, 1.3], "preCrop": True},
    },
    "resegmented": {"setting": {"resegmentRange": [-1, 2], "resegmentMode": "sigma"}},
}


@pytest.fixture(scope="module")
def brain():
    """Noise on a slope, and seven labels: blobs that touch, one scattered, one a plane."""
    rng = np.random.default_rng(11)
    shape = (17, 19, 21)
    voxels = rng.normal(300, 50, shape) + 9 * np.indices(shape)[2]
    labels = np.zeros(shape, dtype=np.uint8)
    for number in range(1, 5):
        labels[2:14, 2:9, 4 * number - 2 : 4 * number + 2] = number
    labels[:, 10:13][rng.random((17, 3, 21)) < 0.4] = 5
    labels[5, 14:18, 3:18] = 6
    labels[9:13, 14:18, 2:19] = 7
    return tuple(sitk.GetImageFromArray(one) for one in (voxels, labels))


def bits(table):
    """Return what tells two tables apart: NaN and the sign of 0 included."""
    return table.to_numpy().tobytes(), list(table.columns), list(table.index)


def with_classes(name):
    return {"featureClass": dict.fromkeys(FAMILIES)} | SETTINGS[name]


@pytest.mark.parametrize("name", SETTINGS)
def test_two_runs_and_any_number_of_threads_give_the_same_bits(name, brain):
    settings = with_classes(name)
    first = bits(voxomics.extract(*brain, settings))
    for threads in (1, 2, 3):
        assert bits(voxomics.extract(*brain, settings, threads=threads)) == first


@pytest.mark.parametrize("name", SETTINGS)
def test_the_order_of_the_labels_changes_their_rows_alone(name, brain):
    settings = with_classes(name)
    table = voxomics.extract(*brain, settings)
    order = [5, 1, 7, 3, 2, 6, 4]
    turned = voxomics.extract(*brain, settings, order)
    assert list(turned.index) == order
    assert bits(turned.loc[table.index]) == bits(table)


@pytest.mark.parametrize("name", SETTINGS)
def test_a_label_alone_has_the_bits_that_it_has_among_others(name, brain):
    settings = with_classes(name)
    table = voxomics.extract(*brain, settings)
    for label in table.index:
        assert bits(voxomics.extract(*brain, settings, [label])) == bits(table.loc[[label]]), label


@pytest.mark.parametrize("name", ["all image types", "other neighbours", "resampled"])
def test_regions_that_overlap_have_the_bits_that_they_have_alone(name, brain):
    image, mask = brain
    voxels = sitk.GetArrayViewFromImage(mask).T
    regions = {
        "one": voxomics.Region.of(voxels == 1),
        "two and one": voxomics.Region.of((voxels == 1) | (voxels == 2)),
        "all": voxomics.Region.of(voxels > 0),
    }
    settings = with_classes(name)
    together = voxomics.extract_regions(image, regions, settings)
    backwards = voxomics.extract_regions(image, dict(reversed(regions.items())), settings)
    for key, region in regions.items():
        alone = voxomics.extract_regions(image, {key: region}, settings)[key]
        for found in (together[key], backwards[key]):
            assert list(found) == list(alone)
            assert np.array([*found.values()]).tobytes() == np.array([*alone.values()]).tobytes()


def test_a_class_alone_has_the_bits_that_it_has_among_others(brain):
    settings = with_classes("all image types")
    table = voxomics.extract(*brain, settings)
    for family in FAMILIES:
        alone = voxomics.extract(*brain, settings | {"featureClass": {family: None}})
        assert bits(alone) == bits(table[alone.columns]), family


@pytest.mark.parametrize("threads", [1, 2])
def test_each_image_type_alone_has_the_bits_that_it_has_among_others(threads, brain):
    settings = with_classes("all image types")
    table = voxomics.extract(*brain, settings)
    for kind, own in settings["imageType"].items():
        asked = settings | {"imageType": {kind: own}, "featureClass": {"glcm": None}}
        alone = voxomics.extract(*brain, asked, threads=threads)
        assert bits(alone) == bits(table[alone.columns]), kind
