"""Blood flow of ASL files: the flow that made them is found."""

import numpy as np
import pytest
from asl_site import (
    AFFINE,
    CONTEXT,
    GREY,
    PASL,
    SHAPE,
    Site,
    check_flow,
    difference_of,
    flow_map,
    refusal,
)

from drepano.imaging.measures.perfusion import PerfusionMeasure
from voxomics.perfusion import blood_t1_hales, blood_t1_lu


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path)


def test_the_flow_that_made_the_signal_is_found(site):
    values, states = site.measure()
    assert states == {}
    check_flow(values)
    assert values["grey__voxels"] == 4 * 8 * 4
    told = {name.removeprefix("scan__"): v for name, v in values.items() if "scan__" in name}
    expected = {"blood_t1": 1650, "efficiency": 0.85, "made_by_scanner": 0, "slices_timed": 0}
    assert told == expected | {
        "blood_t1_of_haematocrit": 0,
        "efficiency_measured": 0,
        "m0_of_control": 0,
    }


@pytest.mark.parametrize(
    "context",
    [
        ["label", "control"],
        ["control", "control", "label", "n/a"],
        ["deltam", "deltam"],
        ["deltam"],
    ],
)
def test_volumes_in_any_order(site, context):
    site.context = context
    check_flow(site.measure()[0])


def test_a_scan_of_three_dimensions(site):
    site.context = ["deltam"]
    site.series = difference_of(flow_map(), site.m0)
    check_flow(site.measure()[0])


def test_m0_among_the_volumes(site):
    site.context = ["m0scan", *CONTEXT]
    site.metadata |= {"M0Type": "Included", "RepetitionTimePreparation": [10.0, 4, 4, 4, 4]}
    check_flow(site.measure()[0])


def test_m0_as_a_number(site):
    site.metadata |= {"M0Type": "Estimate", "M0Estimate": 1000.0}
    site.series = site.volumes(difference_of(flow_map(), 1000.0))
    check_flow(site.measure()[0])


def test_m0_of_the_control_volumes(site):
    site.metadata["M0Type"] = "Absent"
    m0 = np.full(SHAPE, 5000.0)
    site.series = site.volumes(difference_of(flow_map(), m0))
    values, _ = site.measure()
    assert values["scan__m0_of_control"] == 1
    # The control volumes lie half a difference above 5000.
    assert values["grey__cbf"] == pytest.approx(GREY, rel=0.01)
    assert values["grey__cbf"] < GREY


def test_m0_of_several_volumes_and_a_short_repetition_time(site):
    site.m0_metadata = {"RepetitionTime": 2.0}
    true = site.m0
    measured = true * (1 - np.exp(-2 / 1.33))
    site.series = site.volumes(difference_of(flow_map(), true))
    site.m0 = np.stack([measured * 0.9, measured * 1.1], axis=-1)
    check_flow(site.measure()[0])


def test_pasl(site):
    site.metadata = dict(PASL)
    m0 = site.m0
    difference = flow_map() * m0 * 2 * 0.98 * 0.8 * np.exp(-1.8 / 1.65) / (6000 * 0.9)
    site.series = site.volumes(difference)
    check_flow(site.measure()[0])


def test_casl_has_its_own_efficiency(site):
    site.metadata["ArterialSpinLabelingType"] = "CASL"
    values, _ = site.measure()
    check_flow(values, 0.85 / 0.68)
    assert values["scan__efficiency"] == 0.68


def test_a_measured_efficiency_comes_first(site):
    site.metadata["LabelingEfficiency"] = 0.5
    values, _ = site.measure()
    check_flow(values, 0.85 / 0.5)
    assert values["scan__efficiency_measured"] == 1


def test_suppression_pulses_cost_label(site):
    site.settings["suppression_efficiency"] = 0.95
    site.metadata |= {"BackgroundSuppression": True, "BackgroundSuppressionNumberPulses": 2}
    values, _ = site.measure()
    check_flow(values, 1 / 0.95**2)
    del site.metadata["BackgroundSuppressionNumberPulses"]
    error = refusal(site)
    assert (error.reason, error.detail) == ("no_metadata", "no BackgroundSuppressionNumberPulses")
    site.metadata["BackgroundSuppression"] = False
    check_flow(site.measure()[0])


@pytest.mark.parametrize(
    ("model", "expected"), [("hales2016", blood_t1_hales(0.24, 3)), ("lu2004", blood_t1_lu(0.24))]
)
def test_the_t1_of_blood_from_the_haematocrit(site, model, expected):
    site.clinical = {"hct_pct": 24.0}
    site.settings["haematocrit"] = model
    site.series = site.volumes(difference_of(flow_map(), site.m0, t1=expected))
    values, _ = site.measure()
    check_flow(values)
    assert values["scan__blood_t1"] == pytest.approx(1e3 * expected)
    assert values["scan__blood_t1_of_haematocrit"] == 1


def test_the_t1_of_blood_that_the_study_assumes(site):
    site.settings["blood_t1_ms"] = 1818.0
    site.series = site.volumes(difference_of(flow_map(), site.m0, t1=1.818))
    values, _ = site.measure()
    check_flow(values)
    assert values["scan__blood_t1_of_haematocrit"] == 0


def test_lu_holds_for_3_t_alone(site):
    site.clinical = {"hct_pct": 24.0}
    site.settings["haematocrit"] = "lu2004"
    site.metadata["MagneticFieldStrength"] = 1.5
    values, _ = site.measure()
    assert (values["scan__blood_t1"], values["scan__blood_t1_of_haematocrit"]) == (1350, 0)


def test_a_field_without_assumed_t1(site):
    site.metadata["MagneticFieldStrength"] = 7
    error = refusal(site)
    assert error.reason == "unsupported_acquisition"
    assert "7 T" in error.detail
    site.clinical = {"hct_pct": 40.0}
    assert site.measure()[0]["scan__blood_t1_of_haematocrit"] == 1


def test_the_haematocrit_is_asked_for_unless_the_study_ignores_it(site):
    imaging = site.imaging
    assert PerfusionMeasure(imaging.measures.perfusion, imaging).clinical() == ("hct_pct",)
    site.settings["haematocrit"] = "ignore"
    imaging = site.imaging
    assert PerfusionMeasure(imaging.measures.perfusion, imaging).clinical() == ()


@pytest.mark.parametrize(("direction", "axis"), [("k", 2), ("k-", 2), ("j", 1), ("i-", 0)])
@pytest.mark.parametrize("flipped", [False, True])
def test_slices_have_their_own_delay_whatever_the_stored_order(site, direction, axis, flipped):
    times = np.linspace(0, 0.7, SHAPE[axis])
    site.metadata |= {
        "MRAcquisitionType": "2D",
        "SliceTiming": times.tolist(),
        "SliceEncodingDirection": direction,
    }
    along = [1, 1, 1]
    along[axis] = -1
    stored = times[::-1] if direction.endswith("-") else times
    delays = 1.8 + stored.reshape(along)
    if flipped:
        # Another storage order of the same head: times belong to slices as they are stored.
        site.affine = AFFINE @ np.diag([1, -1, -1, 1])
        site.affine[:3, 3] = (AFFINE @ [0, SHAPE[1] - 1, SHAPE[2] - 1, 1])[:3]
        flow, m0 = flow_map()[:, ::-1, ::-1], site.m0[:, ::-1, ::-1]
        site.m0 = m0
    else:
        flow, m0 = flow_map(), site.m0
    site.series = site.volumes(difference_of(flow, m0, delay=delays))
    values, _ = site.measure()
    check_flow(values)
    assert values["scan__slices_timed"] == 1


def test_a_map_of_the_scanner_is_taken_as_it_is(site):
    site.context = ["cbf"]
    site.metadata = {"Units": "mL/100g/min"}
    values, _ = site.measure()
    check_flow(values)
    assert values["scan__made_by_scanner"] == 1
    assert np.isnan(values["scan__blood_t1"])


@pytest.mark.parametrize(
    ("metadata", "reason"),
    [({}, "no_metadata"), ({"Units": "arbitrary"}, "unsupported_acquisition")],
)
def test_a_map_of_the_scanner_in_no_known_unit(site, metadata, reason):
    site.context = ["cbf"]
    site.metadata = metadata
    assert refusal(site).reason == reason


def test_a_ratio_and_an_asymmetry(site):
    site.settings |= {
        "ratios": {"grey_white": ["grey", "white"]},
        "asymmetries": {"sides": ["grey", "white"]},
    }
    values, _ = site.measure()
    assert values["grey_white__cbf_ratio"] == pytest.approx(2)
    assert values["sides__cbf_asymmetry"] == pytest.approx(100 * 40 / 60)


def test_a_ratio_without_one_of_its_regions_is_undefined(site):
    site.settings |= {"ratios": {"grey_white": ["grey", "white"]}, "min_voxels": 100}
    site.m0[6:10, 1:9, 1:5] = 0
    values, states = site.measure()
    assert np.isnan(values["grey_white__cbf_ratio"])
    assert values["white__voxels"] == 0
    assert states == {
        f"perfusion__white__{name}": ("undefined", "region_too_small")
        for name in ("cbf", "cbf_median")
    }
