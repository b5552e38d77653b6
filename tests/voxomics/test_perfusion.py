"""Blood flow against signals simulated from a known flow, and T1 of blood against the papers."""

import math

import numpy as np
import pytest

from voxomics.perfusion import (
    asymmetry,
    blood_t1_hales,
    blood_t1_lu,
    cbf_continuous,
    cbf_pulsed,
    label_difference,
    recovered_m0,
    slice_delays,
)

FLOW = np.array([0.0, 20.0, 60.0, 133.7])
M0 = np.array([900.0, 1000.0, 1100.0, 10.0])
BLOOD = 1.65


def labelled_at(flow, m0, delay, duration, efficiency):
    """Integrate the label that arrives in a voxel and decays, by the general kinetic model.

    Blood of magnetisation M0 / 0.9 arrives for `duration` and decays with the T1 of blood; the
    label is summed in small steps, which shares no formula with the code under test.
    """
    per_s = flow / 6000
    times = (np.arange(200_000) + 0.5) * duration / 200_000
    left = np.exp(-(delay + times) / BLOOD).sum() * duration / 200_000
    return 2 * efficiency * per_s * m0 / 0.9 * left


def test_pcasl_gives_the_flow_that_made_the_signal():
    difference = labelled_at(FLOW, M0, 1.8, 1.5, 0.85)
    found = cbf_continuous(
        difference, M0, delay_s=1.8, duration_s=1.5, blood_t1_s=BLOOD, efficiency=0.85
    )
    np.testing.assert_allclose(found, FLOW, rtol=1e-6)


def test_each_slice_has_its_own_delay():
    delays = np.array([1.8, 1.9, 2.0, 2.1])
    difference = np.array(
        [labelled_at(f, m, d, 1.5, 0.85).item() for f, m, d in zip(FLOW, M0, delays, strict=True)]
    )
    found = cbf_continuous(
        difference, M0, delay_s=delays, duration_s=1.5, blood_t1_s=BLOOD, efficiency=0.85
    )
    np.testing.assert_allclose(found, FLOW, rtol=1e-6)


def test_pasl_gives_the_flow_that_made_the_signal():
    # All blood was inverted at time 0: what arrives has decayed as long as what arrived.
    difference = 2 * 0.98 * FLOW / 6000 * M0 / 0.9 * 0.8 * math.exp(-1.8 / BLOOD)
    found = cbf_pulsed(
        difference, M0, inversion_s=1.8, bolus_s=0.8, blood_t1_s=BLOOD, efficiency=0.98
    )
    np.testing.assert_allclose(found, FLOW, rtol=1e-12)


def test_a_worked_example_of_the_consensus_formula():
    """A difference of 1 %: 54 x 2.9770 / (2.805 x 0.66409)."""
    (found,) = cbf_continuous(
        np.array([1.0]),
        np.array([100.0]),
        delay_s=1.8,
        duration_s=1.8,
        blood_t1_s=1.65,
        efficiency=0.85,
    )
    assert found == pytest.approx(86.30, abs=0.01)


def test_no_m0_is_no_flow_and_noise_below_zero_is_kept():
    found = cbf_continuous(
        np.array([1.0, 1.0, 1.0, -1.0]),
        np.array([0.0, -5.0, np.nan, 100.0]),
        delay_s=1.8,
        duration_s=1.8,
        blood_t1_s=1.65,
        efficiency=0.85,
    )
    assert np.isnan(found[:3]).all()
    assert found[3] < 0


@pytest.mark.parametrize(
    "wrong", [{"duration_s": 0}, {"blood_t1_s": -1}, {"efficiency": 0}, {"partition": 0}]
)
def test_constants_are_positive(wrong):
    constants = {"delay_s": 1.8, "duration_s": 1.8, "blood_t1_s": 1.65, "efficiency": 0.85}
    with pytest.raises(ValueError, match="not positive"):
        cbf_continuous(np.ones(1), np.ones(1), **constants | wrong)


def test_the_t1_of_blood_by_lu_is_that_of_the_paper():
    assert blood_t1_lu(0.42) == pytest.approx(1.664, abs=0.011)


def test_the_t1_of_blood_by_hales():
    """Near Lu's at 3 T and a normal haematocrit; longer in anaemia and in a stronger field."""
    assert blood_t1_hales(0.42, 3.0) == pytest.approx(1.658, abs=0.001)
    assert blood_t1_hales(0.24, 3.0) == pytest.approx(1.914, abs=0.001)
    assert blood_t1_hales(0.42, 1.5) < blood_t1_hales(0.42, 3.0) < blood_t1_hales(0.42, 7.0)
    assert blood_t1_hales(0.42, 3.0, saturation=0.69) < blood_t1_hales(0.42, 3.0)


@pytest.mark.parametrize("wrong", [0.0, 1.0, 24.0, float("nan")])
def test_a_haematocrit_in_percent_is_refused(wrong):
    with pytest.raises(ValueError, match="between 0 and 1"):
        blood_t1_hales(wrong, 3.0)
    with pytest.raises(ValueError, match="between 0 and 1"):
        blood_t1_lu(wrong)


def test_a_field_of_zero_is_refused():
    with pytest.raises(ValueError, match="a field of 0"):
        blood_t1_hales(0.4, 0.0)


def test_control_minus_label_whatever_their_order():
    series = np.arange(5.0)[None, None, None, :] ** 2
    types = ["m0scan", "label", "control", "control", "label"]
    assert label_difference(series, types).item() == (4 + 9) / 2 - (1 + 16) / 2
    assert label_difference(series, ["deltam", "m0scan", "deltam", "m0scan", "m0scan"]).item() == 2
    with pytest.raises(ValueError, match="no deltam volume"):
        label_difference(series, ["m0scan", "control", "control", "cbf", "cbf"])


def test_m0_is_corrected_for_its_repetition_time():
    m0 = 1000 * (1 - math.exp(-2 / 1.33))
    assert recovered_m0(np.array([m0]), 2.0, 1.33)[0] == pytest.approx(1000, rel=1e-12)
    with pytest.raises(ValueError, match="not positive"):
        recovered_m0(np.ones(1), 0.0, 1.33)


def test_slice_times():
    times = [0.3, 0.1, 0.2]
    np.testing.assert_allclose(slice_delays(times, 3, reversed_order=False), [0.2, 0, 0.1])
    np.testing.assert_allclose(slice_delays(times, 3, reversed_order=True), [0.1, 0, 0.2])
    with pytest.raises(ValueError, match="3 slice times for 4 slices"):
        slice_delays(times, 4, reversed_order=False)


def test_asymmetry():
    assert asymmetry(60.0, 40.0) == 40
    assert asymmetry(40.0, 60.0) == -40
    assert math.isnan(asymmetry(0.0, 0.0))
