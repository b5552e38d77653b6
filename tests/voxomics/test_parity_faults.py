"""Faults that the comparison with pyradiomics found, and that stay mended."""

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813

import voxomics
from voxomics.texture.mcc import correlate_levels

LABELS = np.zeros((9, 10, 11), dtype=np.uint8)
LABELS[1:8, 2:9, 1:5] = 1
LABELS[1:8, 2:9, 5:9] = 2
NOISE = np.random.default_rng(0).normal(0, 1, LABELS.shape)


@pytest.mark.parametrize(
    "setting",
    [
        {"resegmentRange": []},
        {"resegmentRange": [1, 2, 3]},
        {"resampledPixelSpacing": [1, 1]},
        {"distances": []},
    ],
)
def test_a_list_of_the_wrong_length_is_a_fault(setting):
    (fault,) = voxomics.check_settings({"setting": setting})
    assert fault.where == f"setting.{next(iter(setting))}"
    assert "a list of " in fault.expected


def test_bins_finer_than_the_numbers_refuse_their_region_alone():
    voxels = np.where(LABELS == 1, 1e9 + NOISE, 40 * NOISE).astype("f4")
    settings = {"featureClass": {"firstorder": None}, "setting": {"binCount": 16}}
    table = voxomics.extract(voxels, LABELS, settings)
    assert list(table.index) == [2]
    assert "16 bins are too narrow" in table.attrs["refused"][1]


@pytest.mark.parametrize("family", ["shape", "shape2D"])
def test_a_surface_has_the_same_bits_among_any_number_of_regions(family):
    rng = np.random.default_rng(4)
    scattered = (rng.random((17, 15, 21)) < 0.4).astype(np.uint8)
    if family == "shape2D":
        scattered[:3] = scattered[4:] = 0
    settings = {"featureClass": {family: None}, "setting": {"force2D": True}}
    image = sitk.GetImageFromArray(rng.normal(size=scattered.shape))
    region = voxomics.Region.of(scattered.T == 1)
    alone = voxomics.extract_regions(image, {0: region}, settings)[0]
    for number in range(1, 12):
        many = np.where(scattered, rng.integers(1, number + 1, scattered.shape), 0).T
        others = {n: voxomics.Region.of(many == n) for n in range(1, number + 1)}
        # Regions that overlap lie on maps of their own, so that the row moves with the order.
        for regions in ({0: region} | others, others | {0: region}):
            found = voxomics.extract_regions(image, regions, settings)[0]
            assert found == alone


def test_mcc_of_levels_so_rare_that_eps_decides():
    """Weights of far neighbours: the second eigenvalue lies as near to 1 as eps moves it."""
    tiny, rare, common = 1.1594752338988519e-16, 6.1689675821724306e-05, 0.49987662064835636
    rows = np.array([4, 4, 5, 5, 5], dtype=np.int64)
    columns = np.array([1, 4, 0, 2, 5], dtype=np.int64)
    cells = np.array([common, 2 * tiny, tiny, rare, 2 * rare])
    matrix = np.zeros((6, 6))
    matrix[rows, columns] = matrix[columns, rows] = cells
    found = correlate_levels(
        rows, columns, cells, matrix.sum(axis=0), matrix.sum(), np.arange(1, 7, dtype=np.int32)
    )
    assert found == pytest.approx(1, rel=1e-12)
