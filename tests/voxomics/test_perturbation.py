"""Noise that is planted is found; scan and region move together."""

import numpy as np
import pytest
from scipy import ndimage

from voxomics.perturbation import noise_level, shift_image, shift_mask

RNG = np.random.default_rng(5)


def smooth(shape=(40, 36, 32)):
    x, y, z = np.meshgrid(*(np.linspace(-1, 1, n) for n in shape), indexing="ij")
    return 500 * np.exp(-(x**2 + y**2 + z**2))


@pytest.mark.parametrize("level", [2.0, 11.0])
def test_planted_noise_is_found_behind_anatomy_and_empty_background(level):
    scan = smooth()
    noisy = scan + RNG.normal(0, level, scan.shape)
    assert noise_level(noisy) == pytest.approx(level, rel=0.06)
    stripped = noisy.copy()
    stripped[:20] = 0
    stripped[30, 3, 3] = np.nan
    assert noise_level(stripped) == pytest.approx(level, rel=0.06)


def test_an_image_without_detail_has_no_noise():
    assert noise_level(np.zeros((8, 8, 8), dtype="u1")) == 0


@pytest.mark.parametrize("shift", [(0.3, 0.0, 0.0), (-0.4, 0.25, 0.5)])
def test_a_shifted_grid_samples_a_smooth_image_where_it_lies(shift):
    scan = smooth()
    grid = np.meshgrid(*map(np.arange, scan.shape), indexing="ij")
    ends = [(n - 1) / 2 for n in scan.shape]
    x, y, z = ((g + s) / e - 1 for g, s, e in zip(grid, shift, ends, strict=True))
    expected = 500 * np.exp(-(x**2 + y**2 + z**2))
    inner = (slice(4, -4),) * 3
    np.testing.assert_allclose(shift_image(scan, shift)[inner], expected[inner], atol=0.05)


def test_a_voxel_that_is_not_finite_spoils_no_other():
    scan = smooth()
    scan[3, 4, 5] = np.inf
    moved = shift_image(scan, (0.3, 0, 0))
    assert np.argwhere(~np.isfinite(moved)).tolist() == [[3, 4, 5]]


def test_a_region_moves_as_the_scan_does():
    ball = ndimage.gaussian_filter(RNG.normal(size=(30, 30, 30)), 4) > 0
    for shift in ((1.0, 0.0, 0.0), (0.0, -1.0, 1.0)):
        moved = shift_mask(ball, shift)
        expected = shift_image(ball.astype(float), shift) >= 0.5
        inner = (slice(2, -2),) * 3
        np.testing.assert_array_equal(moved[inner], expected[inner])
    half = shift_mask(ball, (0.5, 0.5, 0.5))
    assert 0.8 < (half & ball).sum() / ball.sum() < 1


def test_no_shift_changes_no_mask():
    mask = RNG.random((6, 7, 8)) < 0.5
    np.testing.assert_array_equal(shift_mask(mask, (0, 0, 0)), mask)
