"""Which lesions are dark on T1w."""

import numpy as np
import pytest

from voxomics.hypointensity import (
    is_dark,
    lesion_means,
    normal_white_matter,
    reference_around,
    reference_everywhere,
    spread,
)
from voxomics.lesions import label_lesions
from voxomics.margins import grow, shrink

SPACING = np.array([1.0, 1.0, 2.0])


def brain():
    """White matter of 800 +- 10, brighter by 200 at high x; one dark lesion, one as white."""
    rng = np.random.default_rng(2)
    t1w = rng.normal(800, 10, (40, 20, 20))
    t1w[20:] += 200
    mask = np.zeros(t1w.shape, dtype=bool)
    mask[5:10, 8:12, 8:12] = True
    mask[30:33, 8:11, 8:11] = True
    t1w[5:10, 8:12, 8:12] -= 200
    return t1w, mask, np.ones(t1w.shape, dtype=bool)


def test_robust_spread_of_a_normal_distribution_is_its_deviation():
    values = np.random.default_rng(3).normal(5, 2, 200_000)
    values[:100] = 1e6
    values[100:110] = np.nan
    found = spread(values)
    assert found.voxels == 199_990
    assert found.median == pytest.approx(5, abs=0.02)
    assert found.deviation == pytest.approx(2, rel=0.01)


def test_spread_of_nothing_is_not_a_number():
    found = spread(np.array([np.nan]))
    assert found.voxels == 0
    assert np.isnan([found.median, found.deviation]).all()


def test_lesions_have_their_means_and_nan_is_not_hidden():
    t1w, mask, _ = brain()
    labels, count = label_lesions(mask)
    means = lesion_means(t1w, labels, count)
    assert means.tolist() == pytest.approx([t1w[labels == n].mean() for n in (1, 2)])
    t1w[31, 9, 9] = np.nan
    means = lesion_means(t1w, labels, count)
    assert np.isfinite(means).tolist() == [True, False]


@pytest.mark.parametrize("around", [True, False])
def test_a_dark_lesion_is_dark_beside_both_references(around):
    t1w, mask, white = brain()
    labels, count = label_lesions(mask)
    normal = normal_white_matter(white, mask, SPACING, 2.0)
    assert not (normal & mask).any()
    if around:
        found = reference_around(t1w, normal, labels, count, spacing_mm=SPACING, shell_mm=6.0)
        assert [r.median for r in found] == pytest.approx([800, 1000], abs=3)
    else:
        found = reference_everywhere(t1w, normal, count)
        assert found[0] is found[1]
        assert found[0].voxels == normal.sum()
    means = lesion_means(t1w, labels, count)
    dark = [is_dark(float(m), r, 1.0) for m, r in zip(means, found, strict=True)]
    assert dark == [True, False]


def test_the_threshold_is_strict_and_scales_with_the_deviations():
    reference = spread(np.array([90.0, 100.0, 110.0, 95.0, 105.0]))
    assert reference.deviation == pytest.approx(5 * 1.4826)
    edge = reference.median - 2 * reference.deviation
    assert not is_dark(edge, reference, 2.0)
    assert is_dark(edge - 1e-6, reference, 2.0)
    assert not is_dark(float("nan"), reference, 2.0)


def test_margins_are_distances_in_mm():
    mask = np.zeros((11, 11, 11), dtype=bool)
    mask[5, 5, 5] = True
    near = grow(mask, SPACING, 2.0)
    axes = np.meshgrid(*(np.arange(11) - 5,) * 3, indexing="ij")
    distance = np.sqrt(sum((a * s) ** 2 for a, s in zip(axes, SPACING, strict=True)))
    assert np.array_equal(near, distance <= 2)
    assert np.array_equal(grow(mask, SPACING, 0.0), mask)
    assert not grow(np.zeros_like(mask), SPACING, 3.0).any()
    block = np.zeros((12, 12, 12), dtype=bool)
    block[:8, 2:10, 2:10] = True
    inner = shrink(block, SPACING, 2.0)
    expected = np.zeros_like(block)
    expected[2:6, 4:8, 3:9] = True
    assert np.array_equal(inner, expected)
