"""Decays that are known, with and without what lies under them."""

import numpy as np
import pytest

from voxomics.relaxometry import MIN_ECHOES, echo_time_faults, fit_decay

TIMES = np.array([0.002, 0.005, 0.01, 0.02, 0.03, 0.045])
METHODS = [*MIN_ECHOES]


@pytest.fixture(scope="module")
def truth():
    """R2* (1/s) and S0 of 300 voxels, from 1 to 500."""
    random = np.random.default_rng(4)
    return random.uniform(1, 500, 300), random.uniform(5, 5000, 300)


def signals_of(rates, levels, times=TIMES):
    return levels[:, None] * np.exp(-rates[:, None] * times)


@pytest.mark.parametrize("method", METHODS)
def test_a_clean_decay_is_found(truth, method):
    rates, levels = truth
    found = fit_decay(signals_of(rates, levels), TIMES, method)
    np.testing.assert_allclose(found.r2star, rates, rtol=1e-6)
    np.testing.assert_allclose(found.s0, levels, rtol=1e-6)
    np.testing.assert_allclose(found.t2star_ms, 1e3 / rates, rtol=1e-6)
    np.testing.assert_allclose(found.offset, 0, atol=1e-6 * levels.max())


def test_a_decay_over_a_floor_is_found(truth):
    rates, levels = truth
    floor = 0.1 * levels
    signals = signals_of(rates, levels) + floor[:, None]
    found = fit_decay(signals, TIMES, "nonlinear_offset")
    np.testing.assert_allclose(found.r2star, rates, rtol=1e-6)
    np.testing.assert_allclose(found.offset, floor, rtol=1e-6)
    fast = rates > 100
    for method in ("loglinear", "nonlinear"):
        assert (fit_decay(signals, TIMES, method).r2star[fast] < rates[fast]).all()


def test_noise_is_weighted_down_where_little_signal_is_left():
    random = np.random.default_rng(8)
    rates, levels = np.full(4000, 60.0), np.full(4000, 100.0)
    clean = signals_of(rates, levels)
    noisy = np.abs(clean + random.normal(0, 2, clean.shape))
    straight = -np.polyfit(TIMES, np.log(noisy).T, 1)[0]
    for method in ("loglinear", "nonlinear"):
        found = fit_decay(noisy, TIMES, method).r2star
        assert abs(np.median(found) - 60) < 1.5
        assert found.std() < straight.std()


def test_an_offset_below_zero_is_none(truth):
    rates, levels = truth
    signals = signals_of(rates, levels)
    signals[:, -1] *= 0.5
    plain = fit_decay(signals, TIMES, "nonlinear")
    found = fit_decay(signals, TIMES, "nonlinear_offset")
    below = found.offset == 0
    assert below.any()
    assert (found.offset >= 0).all()
    np.testing.assert_array_equal(found.r2star[below], plain.r2star[below])


def test_the_order_of_echoes_and_the_unit_do_not_matter(truth):
    signals = signals_of(*truth)
    first = fit_decay(signals, TIMES).r2star
    turned = fit_decay(1e-6 * signals[:, ::-1], TIMES[::-1]).r2star
    np.testing.assert_allclose(turned, first, rtol=1e-10)


def test_late_echoes_of_zero_weigh_nothing():
    signals = signals_of(np.array([40.0]), np.array([100.0]))
    signals[:, -2:] = 0
    assert fit_decay(signals, TIMES).r2star[0] == pytest.approx(40, rel=1e-9)


def test_voxels_that_have_no_decay():
    signals = np.array(
        [
            [0.0] * 6,
            [5.0, 0, 0, 0, 0, 0],
            [1, 2, np.nan, 1, 1, 1],
            [4.0] * 6,
            [1, 2, 3, 4, 5, 6.0],
        ]
    )
    found = fit_decay(signals, TIMES)
    assert np.isnan(found.r2star).tolist() == [True, True, True, False, False]
    assert found.r2star[3] == pytest.approx(0, abs=1e-9)
    assert found.r2star[4] < 0
    assert np.isinf(found.t2star_ms[4])
    assert np.isnan(found.t2star_ms[0])


def test_a_voxel_does_not_depend_on_the_others(truth):
    signals = signals_of(*truth) + 3
    whole = fit_decay(signals, TIMES, "nonlinear_offset").r2star
    single = [fit_decay(row[None], TIMES, "nonlinear_offset").r2star[0] for row in signals[:40]]
    np.testing.assert_array_equal(whole[:40], single)


@pytest.mark.parametrize(
    ("times", "method", "found"),
    [
        ([0.01], "loglinear", ["1 echo times, where loglinear needs 2"]),
        ([0.01, 0.02], "nonlinear", ["2 echo times, where nonlinear needs 3"]),
        (
            [0.0, 0.01, 0.01],
            "nonlinear",
            [
                "two echoes with the same time",
                "2 echo times, where nonlinear needs 3",
                "an echo time that is not positive",
            ],
        ),
        ([5.0, 10.0], "loglinear", ["an echo time of 1 s or more: it must be in seconds"]),
        ([0.005, 0.01], "loglinear", []),
    ],
)
def test_echo_times_that_can_not_be_used(times, method, found):
    assert echo_time_faults(times, method) == found


def test_what_the_fit_refuses():
    with pytest.raises(ValueError, match="for 6 echo times"):
        fit_decay(np.ones((3, 5)), TIMES)
    with pytest.raises(ValueError, match="echo times that nonlinear can not use"):
        fit_decay(np.ones((3, 2)), TIMES[:2], "nonlinear")
