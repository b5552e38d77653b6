"""Regions made of regions: shapes whose distances are known, on cubes and on thick slices."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from voxomics.derived_regions import border_zone, grow, without

CUBE = (1.0, 1.0, 1.0)
THICK = (0.5, 1.0, 5.0)


def one_voxel(shape=(9, 9, 9)):
    mask = np.zeros(shape, dtype=bool)
    mask[tuple(n // 2 for n in shape)] = True
    return mask


def surface_distance(mask, spacing):
    """Distance of each centre to the nearest box of the mask, looked up one by one."""
    centres = np.argwhere(np.ones(mask.shape, dtype=bool))
    boxes = np.argwhere(mask)
    gaps = np.maximum(np.abs(centres[:, None] - boxes[None]) - 0.5, 0) * np.array(spacing)
    return np.sqrt((gaps**2).sum(axis=2)).min(axis=1).reshape(mask.shape)


@pytest.mark.parametrize("spacing", [CUBE, THICK])
@pytest.mark.parametrize("by_mm", [0.0, 0.5, 1.2, 2.5, 4.0])
def test_growing_reaches_the_centres_within_the_distance(spacing, by_mm):
    rng = np.random.default_rng(3)
    mask = rng.random((9, 8, 7)) < 0.02
    expected = surface_distance(mask, spacing) <= by_mm + 1e-3
    np.testing.assert_array_equal(grow(mask, spacing, by_mm), expected)


@pytest.mark.parametrize("spacing", [CUBE, THICK])
@pytest.mark.parametrize("by_mm", [0.5, 1.2, 2.5])
def test_shrinking_is_growing_of_what_is_outside(spacing, by_mm):
    rng = np.random.default_rng(4)
    mask = ndimage.binary_dilation(rng.random((12, 11, 10)) < 0.02, iterations=3)
    expected = mask & (surface_distance(~mask, spacing) > by_mm + 1e-3)
    assert 0 < expected.sum() < mask.sum()
    np.testing.assert_array_equal(grow(mask, spacing, -by_mm), expected)


def test_thick_slices_join_when_their_centres_are_near_enough():
    mask = one_voxel((5, 5, 5))
    assert grow(mask, (1, 1, 5), 2.4).sum(axis=(0, 1)).tolist() == [0, 0, 25, 0, 0]
    assert grow(mask, (1, 1, 5), 2.5)[2, 2].tolist() == [False, True, True, True, False]


def test_a_distance_that_is_met_exactly_is_met_with_rounded_headers():
    spacing = [2.4 + 1e-7, float(np.float32(2.4)), 2.4 - 1e-7]
    grown = grow(one_voxel(), spacing, 1.2)
    assert grown.sum() == 7


def test_nothing_grows_to_nothing_and_all_does_not_shrink_from_the_image_edge():
    empty = np.zeros((4, 4, 4), dtype=bool)
    for by_mm in (-1.0, 0.0, 3.0):
        assert not grow(empty, CUBE, by_mm).any()
        assert grow(~empty, CUBE, by_mm).all()


def test_what_is_given_stays_untouched():
    mask = one_voxel()
    for by_mm in (0.0, 2.0, -1.0):
        found = grow(mask, CUBE, by_mm)
        assert mask.sum() == 1
        assert not np.shares_memory(found, mask)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 99), first=st.floats(-3, 3), second=st.floats(-3, 3))
def test_more_growth_never_loses_a_voxel(seed, first, second):
    mask = np.random.default_rng(seed).random((7, 6, 5)) < 0.3
    less, more = (grow(mask, THICK, mm) for mm in sorted((first, second)))
    assert not (less & ~more).any()


def test_white_matter_without_lesions_and_their_margin():
    white = np.ones((11, 11, 11), dtype=bool)
    lesion = one_voxel(white.shape)
    assert (white & ~without(white, lesion, CUBE)).sum() == 1
    # Within 1 mm of a cube of 1 mm: it, 6 at 0.5, 12 at 0.71, 8 at 0.87.
    assert (white & ~without(white, lesion, CUBE, 1.0)).sum() == 27
    outside = ~white
    assert not without(outside, lesion, CUBE, 1.0).any()


def test_no_lesion_leaves_white_matter_whole():
    white = one_voxel()
    np.testing.assert_array_equal(without(white, ~np.ones_like(white), CUBE, 5.0), white)


@pytest.mark.parametrize(
    ("width", "planes"), [(0.9, []), (1.0, [4, 5]), (3.0, [3, 4, 5, 6]), (4.9, [3, 4, 5, 6])]
)
def test_a_zone_has_its_width_across_a_flat_border(width, planes):
    left = np.zeros((10, 6, 6), dtype=bool)
    left[:5] = True
    zone = border_zone([left, ~left], CUBE, width)
    assert np.flatnonzero(zone.any(axis=(1, 2))).tolist() == planes
    assert zone.sum() == len(planes) * 36


def test_a_zone_is_measured_in_mm():
    low = np.zeros((6, 6, 8), dtype=bool)
    low[:, :, :4] = True
    zone = border_zone([low, ~low], (1, 1, 5), 10.0)
    assert np.flatnonzero(zone.any(axis=(0, 1))).tolist() == [3, 4]
    narrow = border_zone([low, ~low], (1, 1, 5), 4.9)
    assert not narrow.any()


def test_three_regions_have_the_borders_of_each_pair_and_keep_within():
    thirds = [np.zeros((12, 4, 4), dtype=bool) for _ in range(3)]
    for part, mask in enumerate(thirds):
        mask[4 * part : 4 * part + 4] = True
    within = np.zeros((12, 4, 4), dtype=bool)
    within[:, :2] = True
    zone = border_zone(thirds, CUBE, 2.0, within)
    assert np.flatnonzero(zone.any(axis=(1, 2))).tolist() == [3, 4, 7, 8]
    assert not (zone & ~within).any()


def test_far_regions_have_no_border_and_near_ones_one_across_the_gap():
    shape = (12, 4, 4)
    left, right = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
    left[:4], right[8:] = True, True
    assert not border_zone([left, right], CUBE, 3.0).any()
    assert not border_zone([left, right], CUBE, 8.0).any()
    # The gap is 4 mm wide: centres in it are at most 3 mm from both.
    zone = border_zone([left, right], CUBE, 6.0, np.ones(shape, dtype=bool))
    assert np.flatnonzero(zone.any(axis=(1, 2))).tolist() == [5, 6]
    zone = border_zone([left, right], CUBE, 9.0)
    assert np.flatnonzero(zone.any(axis=(1, 2))).tolist() == [3, 8]


def test_many_regions_do_not_overflow():
    strips = []
    for row in range(300):
        mask = np.zeros((300, 1, 1), dtype=bool)
        mask[row] = True
        strips.append(mask)
    assert border_zone(strips, CUBE, 600.0).all()
