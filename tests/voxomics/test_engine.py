"""The own engine's ways: overlap, order, threads, what is refused."""

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813

import voxomics
from voxomics.errors import RegionRefused
from voxomics.pieces import lay, prepare

EVERY = {
    "imageType": {
        "Original": {},
        "LoG": {"sigma": [1.0, 2.0]},
        "Wavelet": {},
        "Square": {},
        "LBP3D": {},
        "LBP2D": {},
    },
    "featureClass": {"firstorder": None, "glcm": None, "glszm": ["ZoneEntropy"], "shape": None},
}


def boxes(*edges, shape=(12, 12, 12)):
    """Give regions: boxes (X, Y, Z) from a to b along every axis."""
    regions = {}
    for number, (a, b) in enumerate(edges):
        mask = np.zeros(shape, dtype=bool)
        mask[a:b, a:b, a:b] = True
        regions[f"r{number}"] = voxomics.Region.of(mask)
    return regions


@pytest.fixture
def image():
    rng = np.random.default_rng(2)
    return sitk.GetImageFromArray(rng.normal(100, 40, (12, 12, 12)).astype("f4"))


def test_overlapping_regions_are_laid_on_as_few_maps_as_they_come():
    regions = boxes((0, 4), (2, 6), (4, 8), (0, 12), (8, 12))
    empty = np.zeros((12, 12, 12))
    pieces = {key: prepare(empty, region, {}) for key, region in regions.items()}
    layers = [*lay(pieces, empty.shape)]
    assert [keys for keys, _, _ in layers] == [["r0", "r2", "r4"], ["r1"], ["r3"]]
    for keys, labels, shapes in layers:
        assert labels is shapes
        for number, key in enumerate(keys, start=1):
            assert np.count_nonzero(labels == number) == regions[key].count


def test_a_region_has_the_same_values_alone_and_among_others(image):
    regions = boxes((0, 4), (2, 6), (0, 12), (6, 12))
    together = voxomics.extract_regions(image, regions, EVERY)
    assert list(together) == [*regions]
    for key, region in regions.items():
        alone = voxomics.extract_regions(image, {key: region}, EVERY)
        assert alone[key] == pytest.approx(together[key], rel=0, abs=0, nan_ok=True)


def test_any_number_of_threads_gives_the_same_bits(image):
    regions = boxes((0, 5), (2, 8), (7, 12))
    one = voxomics.extract_regions(image, regions, EVERY)
    for threads in (2, 5):
        assert repr(voxomics.extract_regions(image, regions, EVERY, threads=threads)) == repr(one)


def test_an_error_in_a_thread_is_not_lost(image, monkeypatch):
    def broken(*_, **__):
        message = "broken on purpose"
        raise ValueError(message)

    monkeypatch.setattr("voxomics.engine.discretise", broken)
    for threads in (1, 3):
        with pytest.raises(ValueError, match="broken on purpose"):
            voxomics.extract_regions(image, boxes((0, 5)), EVERY, threads=threads)


def test_names_are_those_that_were_declared(image):
    (found,) = voxomics.extract_regions(image, boxes((1, 9)), EVERY).values()
    assert list(found) == voxomics.feature_names(EVERY)
    assert np.isfinite(found["lbp-3D-m1_firstorder_Mean"])


def test_progress_names_each_image_once(image):
    seen = []
    voxomics.extract_regions(image, boxes((0, 5), (2, 8)), EVERY, progress=seen.append, threads=2)
    images = dict.fromkeys(name.split("_")[0] for name in voxomics.feature_names(EVERY))
    assert sorted(seen) == sorted(images)


def test_a_wide_box_changes_nothing(image):
    (tight,) = boxes((3, 8)).values()
    mask = np.zeros((12, 12, 12), dtype=bool)
    mask[3:8, 3:8, 3:8] = True
    wide = voxomics.Region((0, 0, 0), mask)
    found = voxomics.extract_regions(image, {"tight": tight, "wide": wide}, EVERY)
    assert repr(found["tight"]) == repr(found["wide"])


def test_no_region_is_no_result(image):
    assert voxomics.extract_regions(image, {}, EVERY) == {}


@pytest.mark.parametrize(
    ("voxels", "setting", "reason"),
    [
        ([(1, 1, 1)], {}, "1 segmented voxel"),
        ([(1, 1, 1), (2, 1, 1)], {}, "has 1 dimensions, at least 2 are asked"),
        ([(1, 1, 1), (2, 1, 1)], {"minimumROIDimensions": 1, "minimumROISize": 2}, "more than 2"),
        ([(1, 1, 1), (2, 2, 1)], {"resegmentRange": [1e6]}, "left 0 of 2 voxels"),
        ([], {}, "the region has no voxel"),
    ],
)
def test_what_is_too_small_is_refused_and_costs_no_other(image, voxels, setting, reason):
    mask = np.zeros((12, 12, 12), dtype=bool)
    for at in voxels:
        mask[at] = True
    regions = {"small": voxomics.Region((0, 0, 0), mask)}
    array = sitk.GetArrayFromImage(image)
    array[6:10, 6:10, 6:10] += 2e6
    regions |= boxes((6, 10))
    found = voxomics.extract_regions(sitk.GetImageFromArray(array), regions, {"setting": setting})
    assert isinstance(found["small"], RegionRefused)
    assert reason in found["small"].reason
    assert isinstance(found["r0"], dict)


def test_resampling_that_leaves_no_voxel_is_told(image):
    mask = np.zeros((12, 12, 12), dtype=bool)
    mask[3:5, 3:5, 3:5] = True
    mask[3, 3, 3] = mask[4, 4, 4] = False
    asked = {"setting": {"resampledPixelSpacing": [11, 11, 11], "padDistance": 0}}
    regions = {"lost": voxomics.Region.of(mask)} | boxes((0, 12))
    for setting in (asked["setting"], asked["setting"] | {"preCrop": True}):
        found = voxomics.extract_regions(image, regions, {"setting": setting})
        assert found["lost"].reason == "no voxel is left after resampling"


def test_resegmentation_parts_shape_from_the_rest(image):
    array = sitk.GetArrayFromImage(image)
    array[:] = 10
    array[2:6, 2:6, 2:6] = 500
    array[7, 7, 7] = 500
    spoilt = sitk.GetImageFromArray(array)
    few = {"shape": ["VoxelVolume"], "firstorder": ["Minimum", "Range"]}
    setting = {"resegmentRange": [400, 600]}
    (found,) = voxomics.extract_regions(
        spoilt, boxes((0, 12)), {"featureClass": few, "setting": setting}
    ).values()
    # Shape is that of the whole region in the box of what is left, as in pyradiomics.
    assert found["original_shape_VoxelVolume"] == 6**3
    assert (found["original_firstorder_Minimum"], found["original_firstorder_Range"]) == (500, 0)
    setting["resegmentShape"] = True
    (found,) = voxomics.extract_regions(
        spoilt, boxes((0, 12)), {"featureClass": few, "setting": setting}
    ).values()
    assert found["original_shape_VoxelVolume"] == 4**3 + 1
