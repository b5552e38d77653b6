"""Lesions of known number, size, length and place."""

import numpy as np
import pytest
from scipy import ndimage
from scipy.spatial.distance import pdist

from voxomics import Region
from voxomics.lesions import (
    RegionsOverlap,
    burden,
    burden_at,
    label_lesions,
    locate,
    measure_lesions,
    reaches,
)


def affine_of(*spacing):
    return np.diag([*spacing, 1.0])


def sphere(shape, centre, radius_mm, spacing):
    axes = np.meshgrid(*(np.arange(n) for n in shape), indexing="ij")
    squares = [((a - c) * s) ** 2 for a, c, s in zip(axes, centre, spacing, strict=True)]
    return sum(squares) <= radius_mm**2 + 1e-9


def measured(mask, affine=None):
    labels, count = label_lesions(mask)
    return measure_lesions(labels, count, affine_of(1, 1, 1) if affine is None else affine)


def outline_diameter(mask, spacing):
    """The stated definition, point by point: middles of faces between inside and outside."""
    padded = np.pad(mask, 1)
    points = []
    for axis in range(3):
        for step in (-1, 1):
            faces = padded & ~np.roll(padded, -step, axis)
            shift = np.zeros(3)
            shift[axis] = step / 2
            points.append((np.argwhere(faces) + shift) * spacing)
    return pdist(np.concatenate(points)).max()


@pytest.mark.parametrize("spacing", [(1, 1, 1), (1, 1, 3), (0.5, 2, 1.25)])
def test_spheres_have_their_volume_place_and_length(spacing):
    shape, radius = (40, 30, 24), 6.3
    mask = sphere(shape, (14, 13, 11), radius, spacing)
    affine = affine_of(*spacing)
    affine[:3, 3] = (-20, 5, 7)
    (lesion,) = measured(mask, affine)
    assert lesion.voxels == mask.sum()
    assert lesion.volume_ml == pytest.approx(mask.sum() * np.prod(spacing) / 1000, rel=1e-12)
    assert lesion.volume_ml == pytest.approx(4 / 3 * np.pi * radius**3 / 1000, rel=0.06)
    assert lesion.diameter_mm == pytest.approx(outline_diameter(mask, spacing), rel=1e-12)
    assert 2 * radius - max(spacing) <= lesion.diameter_mm <= 2 * radius + max(spacing)
    place = np.array([14, 13, 11]) * spacing + (-20, 5, 7)
    assert lesion.centroid_mm == pytest.approx(place)


def test_ragged_lesions_are_as_long_as_point_by_point():
    rng = np.random.default_rng(5)
    mask = ndimage.gaussian_filter(rng.normal(size=(24, 20, 16)), 1.5) > 0.09
    labels, count = label_lesions(mask)
    spacing = (0.9, 1.1, 2.0)
    lesions = measure_lesions(labels, count, affine_of(*spacing))
    assert count > 3
    for number, lesion in enumerate(lesions, start=1):
        expected = outline_diameter(labels == number, spacing)
        assert lesion.diameter_mm == pytest.approx(expected, rel=1e-12)
    assert [x.voxels for x in lesions] == sorted((x.voxels for x in lesions), reverse=True)


@pytest.mark.parametrize(
    ("voxels", "length"),
    [
        ([(2, 2, 2)], 1.0),
        ([(2, 2, 2), (3, 2, 2)], 2.0),
        ([(2, 2, 2), (3, 2, 2), (4, 2, 2)], 3.0),
        ([(2, 2, 2), (3, 3, 3)], np.sqrt(6.0)),
    ],
)
def test_length_counts_the_extents_of_voxels(voxels, length):
    mask = np.zeros((8, 8, 8), dtype=bool)
    mask[tuple(np.transpose(voxels))] = True
    (lesion,) = measured(mask)
    assert lesion.diameter_mm == pytest.approx(length)


def test_a_lesion_in_one_thick_slice_is_short_in_plane():
    mask = np.zeros((8, 8, 4), dtype=bool)
    mask[3:5, 3, 2] = True
    (lesion,) = measured(mask, affine_of(1, 1, 5))
    assert lesion.diameter_mm == pytest.approx(np.hypot(5, 1))
    assert lesion.in_plane_diameter_mm == pytest.approx(2.0)
    assert lesion.length_mm("space") == lesion.diameter_mm
    assert lesion.length_mm("in_plane") == lesion.in_plane_diameter_mm


def test_in_cubes_every_direction_is_a_plane():
    mask = np.zeros((9, 9, 9), dtype=bool)
    mask[2, 2:7, 4] = True
    for turned in (mask, mask.transpose(1, 0, 2), mask.transpose(0, 2, 1)):
        (lesion,) = measured(turned)
        assert lesion.in_plane_diameter_mm == pytest.approx(5.0)


def test_voxels_that_share_a_corner_are_one_lesion_and_a_gap_makes_two():
    mask = np.zeros((10, 8, 8), dtype=bool)
    mask[1:3, 1:3, 1:3] = True
    mask[3:5, 3:5, 3:5] = True
    mask[6, 3, 3] = True
    labels, count = label_lesions(mask)
    assert count == 2
    assert (labels[1:5, 1:5, 1:5] > 0).sum() == 16
    assert labels[1, 1, 1] == labels[4, 4, 4] == 1
    assert labels[6, 3, 3] == 2


def test_equal_lesions_are_numbered_by_their_first_voxel():
    mask = np.zeros((9, 9, 9), dtype=bool)
    for place in ((7, 1, 1), (1, 7, 1), (1, 1, 7)):
        mask[place] = True
    labels, count = label_lesions(mask)
    assert count == 3
    assert [labels[1, 1, 7], labels[1, 7, 1], labels[7, 1, 1]] == [1, 2, 3]


def test_no_lesion_is_a_true_zero():
    labels, count = label_lesions(np.zeros((5, 5, 5), dtype=bool))
    lesions = measure_lesions(labels, count, affine_of(1, 1, 1))
    assert (count, lesions) == (0, [])
    total = burden(lesions)
    assert (total.count, total.volume_ml, total.largest_diameter_mm) == (0, 0.0, 0.0)
    places = locate(labels, lesions, [None])
    none = burden_at(lesions, np.zeros(0, dtype=bool), places, 0)
    assert (none.count, none.volume_ml, none.largest_diameter_mm) == (0, 0.0, 0.0)


def test_lesions_at_the_edge_of_the_volume_are_whole():
    mask = np.zeros((6, 6, 6), dtype=bool)
    mask[0, 0, :] = True
    mask[5, 5, 5] = True
    first, second = measured(mask)
    assert (first.diameter_mm, second.diameter_mm) == (pytest.approx(6.0), pytest.approx(1.0))
    assert second.centroid_mm == (5.0, 5.0, 5.0)


def test_a_rounded_header_does_not_shorten_three_voxels():
    spacing = float(np.float32(0.99999994))
    mask = np.zeros((8, 3, 3), dtype=bool)
    mask[2:5, 1, 1] = True
    (lesion,) = measured(mask, affine_of(spacing, 1, 1))
    assert lesion.diameter_mm < 3
    assert reaches(lesion.diameter_mm, 3.0)
    assert not reaches(2.98, 3.0)


def halves():
    """Two lesions on a border at x = 10: of one 4 of 6 voxels are left, the other is outside."""
    mask = np.zeros((20, 12, 12), dtype=bool)
    mask[6:12, 5, 5] = True
    mask[15:18, 2, 2] = True
    left = np.zeros(mask.shape, dtype=bool)
    left[:10] = True
    right = np.zeros(mask.shape, dtype=bool)
    right[10:14] = True
    labels, count = label_lesions(mask)
    lesions = measure_lesions(labels, count, affine_of(1, 1, 2))
    return labels, lesions, Region.of(left), Region.of(right)


def test_a_lesion_counts_where_most_of_it_lies_and_its_volume_is_split():
    labels, lesions, left, right = halves()
    places = locate(labels, lesions, [left, None, right])
    assert places.voxels.tolist() == [[4, 0, 2, 0], [0, 0, 0, 3]]
    assert places.home.tolist() == [0, 3]
    taken = np.ones(2, dtype=bool)
    found = [burden_at(lesions, taken, places, place) for place in range(4)]
    assert [f.count for f in found] == [1, 0, 0, 1]
    assert [f.volume_ml for f in found] == pytest.approx([0.008, 0, 0.004, 0.006])
    assert [f.largest_diameter_mm for f in found] == pytest.approx([6, 0, 0, 3])
    total = burden(lesions)
    assert sum(f.volume_ml for f in found) == pytest.approx(total.volume_ml)
    assert sum(f.count for f in found) == total.count


def test_only_the_lesions_that_are_meant_count():
    labels, lesions, left, right = halves()
    places = locate(labels, lesions, [left, right])
    found = burden_at(lesions, np.array([False, True]), places, 0)
    assert (found.count, found.volume_ml) == (0, 0.0)


def test_of_two_equal_shares_the_first_region_holds_the_lesion():
    mask = np.zeros((8, 4, 4), dtype=bool)
    mask[2:6, 1, 1] = True
    labels, count = label_lesions(mask)
    lesions = measure_lesions(labels, count, affine_of(1, 1, 1))
    low, high = np.zeros_like(mask), np.zeros_like(mask)
    low[:4] = high[4:] = True
    for order in ([low, high], [high, low]):
        assert locate(labels, lesions, [Region.of(m) for m in order]).home.tolist() == [0]


def test_regions_that_share_voxels_are_refused():
    labels, lesions, left, _ = halves()
    both = np.zeros(labels.shape, dtype=bool)
    both[9:14] = True
    with pytest.raises(RegionsOverlap, match="region 2 of 2 shares voxels"):
        locate(labels, lesions, [left, Region.of(both)])


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_mirrored_mask_has_mirrored_lesions(axis):
    rng = np.random.default_rng(8)
    mask = ndimage.gaussian_filter(rng.normal(size=(18, 16, 14)), 1.2) > 0.15
    one, other = (
        sorted((x.voxels, x.diameter_mm, x.in_plane_diameter_mm) for x in measured(m))
        for m in (mask, np.flip(mask, axis))
    )
    assert len(one) > 2
    assert one == other
