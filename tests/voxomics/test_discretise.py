"""Grey levels are numpy.digitize's with pyradiomics' edges, value by value."""

import numpy as np
import pytest

from voxomics.discretise import MOST_BINS, bisect, discretise
from voxomics.geometry import Geometry

SIZES = (1, 2, 3, 50, 255, 256, 257, 3000)


def list_regions(arrays):
    """Give a geometry of arrays in a row, and all their values."""
    labels = np.repeat(np.arange(1, len(arrays) + 1), [len(a) for a in arrays]).astype("i4")
    return Geometry(labels[None, None], (1, 1, 1), len(arrays)), np.concatenate(arrays)


def bin_edges(values, width=None, count=None):
    """Compute pyradiomics' edges from its description, in the values' own type."""
    if count is not None:
        edges = np.histogram_bin_edges(values, count)
        edges[-1] += 1
        return edges
    low = values.min() - (values.min() % width)
    edges = np.arange(low, values.max() + 2 * width, width)
    return edges if len(edges) > 1 else np.array([edges[0] - 0.5, edges[0] + 0.5])


def assert_digitized(arrays, width=None, count=None):
    geometry, values = list_regions(arrays)
    options = {"bin_count": count} if width is None else {"bin_width": width}
    levels = discretise(values, geometry, **options)
    assert levels.refused == {}
    assert levels.base[0] == 1
    for region, inside in enumerate(arrays):
        edges = bin_edges(inside, width, count)
        expected = np.digitize(inside, edges)
        keys = levels.keys[geometry.start[region] : geometry.start[region + 1]]
        assert np.array_equal(levels.level[keys], expected)
        own = slice(levels.base[region], levels.base[region + 1])
        present, counts = np.unique(expected, return_counts=True)
        assert np.array_equal(levels.level[own], present)
        assert np.array_equal(levels.voxels[own], counts)
        assert levels.bins[region] == len(edges) - 1
        assert tuple(levels.extremes[region]) == (inside.min(), inside.max())


@pytest.mark.parametrize("dtype", ["f4", "f8", "i4", "i8"])
@pytest.mark.parametrize("width", [25, 25.0, 0.1, 1, 3.7, 1e-2])
def test_widths(dtype, width):
    rng = np.random.default_rng(1)
    for mean, spread in ((0, 30), (-400, 10), (1000, 200)):
        assert_digitized([rng.normal(mean, spread, n).astype(dtype) for n in SIZES], width)


@pytest.mark.parametrize("dtype", ["f4", "f8", "i4"])
@pytest.mark.parametrize("count", [1, 2, 8, 64, 1000])
def test_counts(dtype, count):
    rng = np.random.default_rng(2)
    assert_digitized([rng.normal(100, 40, n).astype(dtype) for n in SIZES], count=count)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("width", [0.1, 0.3, 2.5])
def test_values_on_the_edges_and_next_to_them(dtype, width):
    edges = np.arange(-40, 60, dtype="i8") * np.dtype(dtype).type(width)
    edges = edges.astype(dtype)
    around = [np.nextafter(edges, edges.dtype.type(side)) for side in (-1e9, 1e9)]
    assert_digitized([edges, *around, np.concatenate([edges, *around])], width)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_edges_that_rounding_makes_uneven(dtype):
    rng = np.random.default_rng(3)
    # The gap between float32 at 2e8 is 16: edges of a width of 20 are 16 or 32 apart.
    for offset, width in ((2e8, 20), (3e7, 3), (1.6e7, 1.5), (1e6, 0.07), (-2e8, 20)):
        values = (offset + rng.uniform(0, 60 * width, 2000)).astype(dtype)
        assert_digitized([values, values[:3], np.unique(values)], width)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_values_of_every_magnitude(dtype):
    rng = np.random.default_rng(4)
    for size in (1e-30, 1e-10, 1e10, 1e30):
        assert_digitized([(rng.normal(0, 1, n) * size).astype(dtype) for n in SIZES], size / 7)
        arrays = [(rng.normal(0, 1, n) * size).astype(dtype) for n in SIZES[1:]]
        assert_digitized(arrays, count=9)
    assert_digitized([np.array([0.0, -0.0, -0.0]).astype(dtype)], 25)
    assert_digitized([np.full(9, 0.1, dtype=dtype), np.full(5, -3e5, dtype=dtype)], 25)


def test_thousands_and_millions_of_bins():
    rng = np.random.default_rng(5)
    assert_digitized([rng.normal(0, 30, n) for n in SIZES], 1e-3)
    wide = np.array([0.0, 1.0, 3.5e6, 4e6])
    assert_digitized([wide, rng.normal(0, 30, 500)], 1)
    geometry, values = list_regions([np.array([0.0, 1e9]), np.arange(6.0)])
    levels = discretise(values, geometry, bin_width=1)
    assert levels.refused == {0: f"a bin width of 1 makes more than {MOST_BINS} bins"}
    assert levels.keys.tolist() == [0, 0, 1, 2, 3, 4, 5, 6]
    assert levels.base.tolist() == [1, 1, 7]


def test_a_range_too_narrow_for_its_bins_is_refused_and_costs_no_other():
    arrays = [np.full(4, 3e8, dtype="f4"), np.arange(5, dtype="f4")]
    geometry, values = list_regions(arrays)
    levels = discretise(values, geometry, bin_count=10)
    assert levels.refused == {0: "10 bins are too narrow for the region's values"}
    assert levels.keys.tolist() == [0, 0, 0, 0, 1, 2, 3, 4, 5]


def test_regions_whose_levels_have_gaps_stand_beside_those_without():
    assert_digitized([np.array([0.0, 900, 50]), np.arange(90.0), np.array([5.0, 700])], 25)


@pytest.mark.parametrize("bad", [np.nan, -np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_values_that_are_not_finite(bad, dtype):
    arrays = [np.arange(300.0), np.array([1.0, bad, 3.0]), np.arange(5.0)]
    geometry, values = list_regions([array.astype(dtype) for array in arrays])
    levels = discretise(values, geometry)
    assert levels.refused == {1: "the region holds values that are not finite"}
    assert not levels.keys[300:303].any()
    assert (levels.keys[:300] > 0).all()
    assert levels.bins[1] == 0


def test_a_region_without_a_voxel():
    geometry = Geometry(np.full((1, 1, 4), 2, dtype="i4"), (1, 1, 1), 3)
    levels = discretise(np.arange(4.0), geometry, bin_width=2)
    assert levels.refused == dict.fromkeys((0, 2), "the region has no voxel")
    assert levels.keys.tolist() == [1, 1, 2, 2]


def test_bisection_counts_the_edges_below():
    edges = np.array([1.0, 2.0, 2.0, 5.0])
    for value in (0.0, 1.0, 1.5, 2.0, 4.9, 5.0, 6.0):
        assert bisect(edges, value) == np.searchsorted(edges, value, side="right")


@pytest.mark.parametrize("dtype", ["f4", "f8", "i2", "u1", "i8"])
def test_values_are_gathered_label_by_label_in_raster_order(dtype):
    rng = np.random.default_rng(6)
    labels = rng.integers(0, 4, (5, 6, 7)).astype("i4")
    labels[1] = 2
    image = rng.integers(0, 200, labels.shape).astype(dtype)
    for array in (image, image[::-1], np.asfortranarray(image)):
        geometry = Geometry(labels, (1, 1, 1), 4)
        values = geometry.gather(array)
        assert values.dtype == dtype
        for label in range(1, 5):
            inside = values[geometry.start[label - 1] : geometry.start[label]]
            assert np.array_equal(inside, array[labels == label])
    assert np.array_equal(image.reshape(-1)[geometry.source], geometry.gather(image))
    box = np.pad(labels, 1)[
        tuple(slice(a, a + n) for a, n in zip(geometry.origin, geometry.shape, strict=True))
    ]
    assert np.array_equal(box.reshape(-1)[geometry.voxels], labels.reshape(-1)[geometry.source])
