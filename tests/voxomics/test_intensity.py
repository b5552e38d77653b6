"""Normalisation: gain and offset of a scanner are undone, and brighter stays brighter."""

import numpy as np
import pytest

from voxomics.intensity import (
    PERCENTILES,
    EmptyTissue,
    FlatTissue,
    histogram_peak,
    landmarks,
    nyul,
    standard_scale,
    whitestripe,
    zscore,
)

RNG = np.random.default_rng(7)
WHITE = RNG.normal(700, 30, 40_000)
BRAIN = np.concatenate([WHITE, RNG.normal(450, 40, 50_000), RNG.normal(150, 30, 10_000)])
SCAN = RNG.uniform(0, 1000, (20, 10, 5))
STANDARD = dict(zip(PERCENTILES, np.linspace(0, 100, len(PERCENTILES)) ** 1.3, strict=True))


def by_zscore(scan, tissue):
    return zscore(tissue).apply(scan)


def by_whitestripe(scan, tissue):
    return whitestripe(tissue).apply(scan)


def by_nyul(scan, tissue):
    return nyul(scan, tissue, STANDARD)


METHODS = [by_zscore, by_whitestripe, by_nyul]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("gain", "offset"), [(3.7, 250.0), (0.002, -5.0)])
def test_gain_and_offset_are_undone(method, gain, offset):
    expected = method(SCAN, WHITE)
    found = method(gain * SCAN + offset, gain * WHITE + offset)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_brighter_stays_brighter(method):
    found = method(SCAN, BRAIN).ravel()[SCAN.ravel().argsort()]
    assert (np.diff(found) > 0).all()


def test_zscore_gives_mean_zero_and_deviation_one():
    found = zscore(BRAIN).apply(BRAIN)
    assert found.mean() == pytest.approx(0, abs=1e-12)
    assert found.std() == pytest.approx(1)


def test_the_peak_of_white_matter_is_found_beside_lesions_and_grey_matter():
    assert histogram_peak(WHITE) == pytest.approx(700, abs=5)
    lesions = np.concatenate([WHITE, RNG.normal(1100, 60, 6_000), RNG.normal(500, 40, 6_000)])
    assert histogram_peak(lesions) == pytest.approx(700, abs=5)
    assert whitestripe(lesions).centre == pytest.approx(700, abs=8)
    assert abs(lesions.mean() - 700) > 15


def test_the_stripe_holds_the_voxels_around_the_peak():
    scale = whitestripe(WHITE, 0.05)
    # Between the quantiles 0.45 and 0.55 a normal distribution lies within 0.1257 deviations,
    # and is nearly uniform there.
    assert scale.spread == pytest.approx(30 * 2 * 0.1257 / np.sqrt(12), rel=0.05)
    assert whitestripe(WHITE, 0.4).spread > 3 * scale.spread


def test_a_stripe_at_the_end_of_the_histogram_is_cut_there():
    values = np.sort(RNG.exponential(10, 20_000))
    scale = whitestripe(values, 0.1)
    assert values[0] < scale.centre < np.quantile(values, 0.25)


def test_whole_numbers_are_no_comb():
    assert histogram_peak(np.rint(WHITE / 5)) == pytest.approx(140, abs=2)


def test_landmarks_land_on_the_standard():
    own = landmarks(BRAIN)
    np.testing.assert_allclose(nyul(own, BRAIN, STANDARD), [*STANDARD.values()], atol=1e-9)


def test_lines_go_on_beyond_the_last_landmarks():
    tissue = np.arange(0.0, 101.0)
    standard = {0.0: 0.0, 50.0: 50.0, 100.0: 150.0}
    scan = np.array([-10.0, 25.0, 75.0, 110.0])
    np.testing.assert_allclose(nyul(scan, tissue, standard), [-10, 25, 100, 170])


def test_the_order_of_landmarks_is_that_of_their_percentiles():
    swapped = dict(reversed(STANDARD.items()))
    np.testing.assert_array_equal(nyul(SCAN, BRAIN, swapped), nyul(SCAN, BRAIN, STANDARD))


def test_a_standard_is_the_mean_of_stretched_landmarks():
    first, second = np.array([0.0, 2.0, 10.0]), np.array([100.0, 140.0, 200.0])
    np.testing.assert_allclose(standard_scale([first, second]), [0, 30, 100])
    np.testing.assert_allclose(standard_scale([first], (10, 20)), [10, 12, 20])


def test_scans_that_differ_by_gain_and_offset_teach_one_standard():
    samples = [landmarks(BRAIN), landmarks(4 * BRAIN - 90)]
    np.testing.assert_allclose(standard_scale(samples), standard_scale(samples[:1]), rtol=1e-9)


@pytest.mark.parametrize("measure", [zscore, whitestripe, landmarks])
def test_a_flat_tissue_is_refused(measure):
    with pytest.raises(FlatTissue, match=r"intensities are the same|same intensity"):
        measure(np.full(1000, 0.1))


@pytest.mark.parametrize("measure", [zscore, whitestripe, landmarks])
@pytest.mark.parametrize("values", [[], [np.nan, np.inf]])
def test_no_intensity_is_refused(measure, values):
    with pytest.raises(EmptyTissue, match="no voxel with a finite intensity"):
        measure(np.array(values))


def test_a_peak_needs_more_than_a_few_other_voxels():
    nearly = np.zeros(3000)
    nearly[0] = 1
    with pytest.raises(FlatTissue):
        whitestripe(nearly)


def test_two_percentiles_of_one_intensity_are_refused():
    with pytest.raises(FlatTissue, match="two of the percentiles have the same intensity"):
        landmarks(np.repeat([1.0, 2.0, 3.0], 100))


def test_a_standard_that_falls_is_refused():
    for standard in ({1.0: 0.0, 99.0: 0.0}, {1.0: 5.0, 99.0: 2.0}, {50.0: 1.0}):
        with pytest.raises(ValueError, match="at least two, and rise"):
            nyul(SCAN, BRAIN, standard)


def test_no_scan_teaches_nothing():
    with pytest.raises(EmptyTissue, match="no scan"):
        standard_scale([])


def test_voxels_that_are_not_finite_stay_so_and_move_no_other():
    scan, tissue = SCAN.copy(), np.append(WHITE, [np.nan, np.inf])
    scan[0, 0, 0] = np.nan
    for method in METHODS:
        found, expected = method(scan, tissue), method(SCAN, WHITE)
        assert np.isnan(found[0, 0, 0])
        np.testing.assert_array_equal(found.ravel()[1:], expected.ravel()[1:])
