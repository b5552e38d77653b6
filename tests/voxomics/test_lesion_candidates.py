"""Bright places in white matter of known place, and what must not be taken for one."""

import dataclasses

import numpy as np
import pytest

from voxomics.lesion_candidates import CandidateRules, find_candidates

SPACING = np.array([1.0, 1.0, 1.5])
RULES = CandidateRules(
    closing_mm=3.0,
    rim_mm=2.0,
    ventricle_mm=4.0,
    smoothing_mm=0.0,
    seed_deviations=5.0,
    grow_deviations=3.0,
    min_mm3=10.0,
)


def head():
    """White matter 100 +- 5 around a ventricle, grey matter of 130 around it."""
    rng = np.random.default_rng(4)
    flair = rng.normal(100, 5, (50, 40, 30))
    white = np.zeros(flair.shape, dtype=bool)
    white[5:45, 5:35, 4:26] = True
    ventricles = np.zeros(flair.shape, dtype=bool)
    ventricles[22:28, 15:25, 10:20] = True
    white &= ~ventricles
    flair[~white] = 130
    flair[ventricles] = 20
    return flair, white, ventricles


def lesion(flair, low, high, value=180.0):
    box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    flair[box] = value
    mask = np.zeros(flair.shape, dtype=bool)
    mask[box] = True
    return mask


def find(flair, white, ventricles, **changes):
    rules = dataclasses.replace(RULES, **changes)
    return find_candidates(flair, white, ventricles, SPACING, rules)


def test_a_bright_place_in_white_matter_is_found_whole():
    flair, white, ventricles = head()
    truth = lesion(flair, (10, 10, 8), (14, 14, 12))
    found = find(flair, white, ventricles)
    assert np.array_equal(found.mask, truth)
    assert found.white_matter.median == pytest.approx(100, abs=0.5)
    assert found.white_matter.deviation == pytest.approx(5, rel=0.05)


def test_nothing_is_found_where_nothing_is_bright():
    found = find(*head())
    assert not found.mask.any()
    assert found.searched.any()


@pytest.mark.parametrize(
    ("low", "high"),
    [((5, 10, 10), (7, 14, 14)), ((28, 18, 12), (31, 22, 16)), ((1, 10, 10), (4, 14, 14))],
    ids=["rim", "beside the ventricle", "outside of white matter"],
)
def test_margins_are_left_out(low, high):
    flair, white, ventricles = head()
    lesion(flair, low, high)
    assert not find(flair, white, ventricles).mask.any()


def test_a_hole_that_the_segmentation_left_is_searched():
    flair, white, ventricles = head()
    truth = lesion(flair, (10, 10, 8), (15, 15, 12))
    found = find(flair, white & ~truth, ventricles)
    assert np.array_equal(found.mask, truth)
    dent = np.zeros(white.shape, dtype=bool)
    dent[10:13, 10:13, :12] = True
    assert not find(flair, white & ~truth & ~dent, ventricles, closing_mm=0.0).mask.any()
    assert find(flair, white & ~truth & ~dent, ventricles, closing_mm=4.0).mask.any()


def test_small_and_faint_places_are_left_out():
    flair, white, ventricles = head()
    lesion(flair, (10, 10, 8), (12, 12, 9))
    assert not find(flair, white, ventricles).mask.any()
    assert find(flair, white, ventricles, min_mm3=6.0).mask.sum() == 4
    faint = lesion(flair, (32, 10, 8), (36, 14, 12), value=118.0)
    assert not (find(flair, white, ventricles, min_mm3=6.0).mask & faint).any()
    assert (find(flair, white, ventricles, seed_deviations=3.0).mask & faint).sum() == faint.sum()


def test_a_candidate_grows_from_its_seed():
    flair, white, ventricles = head()
    halo = lesion(flair, (9, 9, 7), (15, 15, 13), value=120.0)
    lesion(flair, (11, 11, 9), (13, 13, 11))
    assert np.array_equal(find(flair, white, ventricles).mask, halo)


def test_few_lesions_do_not_move_the_threshold():
    flair, white, ventricles = head()
    before = find(flair, white, ventricles).white_matter
    lesion(flair, (8, 8, 6), (18, 18, 14), value=10_000.0)
    after = find(flair, white, ventricles).white_matter
    assert after.deviation == pytest.approx(before.deviation, rel=0.1)


def test_what_is_not_finite_is_not_searched():
    flair, white, ventricles = head()
    flair[10:14, 10:14, 8:12] = np.nan
    found = find(flair, white, ventricles, smoothing_mm=1.0)
    assert not found.searched[10:14, 10:14, 8:12].any()
    assert np.isfinite(found.white_matter.deviation)
    assert not found.mask.any()


def test_smoothing_takes_nothing_in_from_beside_white_matter():
    flair, white, ventricles = head()
    flair[~white & ~ventricles] = 5000
    found = find(flair, white, ventricles, smoothing_mm=2.0, rim_mm=0.0, closing_mm=0.0)
    assert not found.mask.any()


def test_without_white_matter_nothing_is_searched():
    flair, white, ventricles = head()
    found = find(flair, np.zeros_like(white), ventricles)
    assert not found.searched.any()
    assert not found.mask.any()
    assert np.isnan(found.white_matter.median)
