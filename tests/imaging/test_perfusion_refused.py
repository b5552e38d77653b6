"""ASL files in which something lacks, or does not fit: told with the reason."""

import numpy as np
import pytest
from asl_site import (
    AFFINE,
    CONTEXT,
    GREY,
    PASL,
    Site,
    check_flow,
    difference_of,
    flow_map,
    labels_of,
    refusal,
    write,
)

from drepano.errors import ConfigError, UnitError
from drepano.imaging.measures.perfusion import PerfusionMeasure


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path)


def test_all_that_lacks_is_told_at_once(site):
    site.metadata = {}
    error = refusal(site)
    assert error.reason == "no_metadata"
    for key in ("ArterialSpinLabelingType", "PostLabelingDelay", "LabelingDuration"):
        assert f"no {key}" in error.detail
    assert "no M0Type" in error.detail
    assert "no MagneticFieldStrength" in error.detail


@pytest.mark.parametrize("key", ["LabelingDuration", "M0Type", "PostLabelingDelay"])
def test_each_key_is_needed(site, key):
    del site.metadata[key]
    error = refusal(site)
    assert (error.reason, error.detail) == ("no_metadata", f"no {key}")


def test_pasl_needs_its_bolus(site):
    site.metadata = {k: v for k, v in PASL.items() if not k.startswith("Bolus")}
    error = refusal(site)
    assert error.reason == "no_metadata"
    assert error.detail == "no BolusCutOffFlag; no BolusCutOffDelayTime"


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"ArterialSpinLabelingType": "VSASL"}, "ArterialSpinLabelingType 'VSASL', where PCASL"),
        ({"PostLabelingDelay": [1.0, 1.0, 2.0, 2.0]}, "2 different values of PostLabelingDelay"),
        ({"PostLabelingDelay": 0}, "PostLabelingDelay that is no positive number"),
        ({"PostLabelingDelay": "long"}, "PostLabelingDelay that is no positive number"),
        ({"PostLabelingDelay": 1800}, "PostLabelingDelay of 1800: it must be in seconds"),
        ({"LabelingDuration": [1500] * 4}, "LabelingDuration of 1500: it must be in seconds"),
        ({**PASL, "BolusCutOffDelayTime": 800}, "BolusCutOffDelayTime of 800"),
        ({"SliceTiming": [0, 100] * 3}, "SliceTiming up to 100: it must be in seconds"),
        ({"LookLocker": True}, "a Look-Locker readout"),
        ({"LabelingEfficiency": 85}, "LabelingEfficiency above 1"),
        ({"SliceTiming": [0] * 6, "SliceEncodingDirection": "z"}, "SliceEncodingDirection 'z'"),
        ({"M0Type": "Absent", "BackgroundSuppression": True}, "no M0"),
        ({**PASL, "BolusCutOffFlag": False}, "PASL without bolus cut-off"),
        ({**PASL, "BolusCutOffDelayTime": 1.9}, "not before the inversion time"),
    ],
)
def test_what_has_no_formula(site, changes, detail):
    site.metadata |= changes
    if "SliceTiming" in changes:
        site.metadata["MRAcquisitionType"] = "2D"
    error = refusal(site)
    assert error.reason == "unsupported_acquisition"
    assert detail in error.detail


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"PostLabelingDelay": [1.8, 1.8]}, "2 values of PostLabelingDelay for 4 volumes"),
        (
            {"MRAcquisitionType": "2D", "SliceTiming": [0, 1]},
            "2 slice times for 6 slices",
        ),
    ],
)
def test_lists_that_do_not_fit(site, changes, detail):
    site.metadata |= changes
    error = refusal(site)
    assert (error.reason, error.detail) == ("companion_mismatch", detail)


def test_one_delay_for_each_volume(site):
    site.context = ["m0scan", *CONTEXT]
    site.metadata |= {"M0Type": "Included", "PostLabelingDelay": [0, 1.8, 1.8, 1.8, 1.8]}
    check_flow(site.measure()[0])


@pytest.mark.parametrize(
    ("change", "reason", "detail"),
    [
        ("no_context", "no_metadata", "no aslcontext.tsv beside the scan"),
        ("short", "companion_mismatch", "sub-01_aslcontext.tsv: 3 lines for 4 volumes"),
        ("unknown", "companion_mismatch", "unknown volume types: 'tag'"),
        ("no_column", "unreadable", "no table with the column volume_type"),
        ("no_text", "unreadable", "no table with the column volume_type"),
        ("controls", "companion_mismatch", "aslcontext.tsv lists control: neither"),
    ],
)
def test_a_context_that_can_not_be_used(site, change, reason, detail):
    site.series = site.volumes(difference_of(flow_map(), site.m0))
    site.context = {
        "short": CONTEXT[:3],
        "unknown": ["control", "tag"] * 2,
        "controls": ["control"] * 4,
    }.get(change, CONTEXT)
    given = site.given()
    scan = given.files["scan"]
    if change == "no_context":
        scan.companions.clear()
    if change == "no_column":
        scan.companions["aslcontext"].write_text("type\ncontrol\n")
    if change == "no_text":
        scan.companions["aslcontext"].write_bytes(b"\xff\xfe\xfd")
    site.given = lambda: given
    error = refusal(site)
    assert error.reason == reason
    assert detail in error.detail


def test_m0_that_lacks(site):
    site.absent = {"m0": UnitError("no_scan", "no raw m0scan", "Deliver it.")}
    error = refusal(site)
    assert error.reason == "no_metadata"
    assert error.detail == "no m0scan file, where M0Type is Separate"
    site.absent = {"m0": UnitError("ambiguous_scan", "two", "Choose.")}
    assert refusal(site).reason == "ambiguous_scan"
    site.absent = {}
    site.m0_metadata = {}
    assert refusal(site).detail == "no RepetitionTimePreparation of sub-01_m0scan.nii.gz"
    site.metadata["M0Type"] = "Included"
    assert "no m0scan in aslcontext.tsv" in refusal(site).detail
    site.metadata["M0Type"] = "Separate"
    site.m0_metadata = {"RepetitionTime": 2000}
    assert refusal(site).detail == "RepetitionTime of 2000: it must be in seconds"
    site.m0_metadata = {}
    site.metadata |= {"M0Type": "Estimate"}
    assert refusal(site).detail == "no M0Estimate"
    site.metadata |= {"M0Type": "Absent"}
    del site.metadata["BackgroundSuppression"]
    assert refusal(site).detail == "no BackgroundSuppression"


def test_m0_on_another_grid(site):
    given = site.given()
    write(given.files["m0"].path, site.m0, AFFINE @ np.diag([1, 1, 1.1, 1]))
    site.given = lambda: given
    assert refusal(site).reason == "grid_mismatch"


def test_regions_that_lack(site):
    """A site without segmentation has no failure: its columns say so, and the scan's stay."""
    site.absent = {"region_sets.tissue": UnitError("no_regions", "no dseg", "Make it.")}
    values, states = site.measure()
    assert values["scan__blood_t1"] == 1650
    assert {*states.values()} == {("not_acquired", "no_regions")}
    assert len(states) == 6
    site.absent = {"region_sets.tissue": UnitError("ambiguous_scan", "two", "Choose.")}
    assert refusal(site).reason == "ambiguous_scan"


def test_regions_on_another_grid(site):
    given = site.given()
    write(given.files["region_sets.tissue"].path, labels_of(), np.diag([2, 2, 2, 1]))
    site.given = lambda: given
    assert refusal(site).reason == "grid_mismatch"


def test_a_label_that_lacks_costs_no_other(site):
    given = site.given()
    labels = labels_of()
    write(given.files["region_sets.tissue"].path, np.where(labels == 2, 0, labels))
    site.given = lambda: given
    values, states = site.measure()
    assert values["grey__cbf"] == pytest.approx(GREY)
    assert {*states.values()} == {("failed", "label_absent")}
    assert all(name.startswith("perfusion__white__") for name in states)


def test_a_voxel_that_is_no_number_costs_no_other(site):
    site.series = site.volumes(difference_of(flow_map(), site.m0))
    site.series[1, 1, 1, 0] = np.nan
    values, _ = site.measure()
    check_flow(values)
    assert values["grey__voxels"] == 4 * 8 * 4 - 1


def test_columns_follow_from_the_study_and_say_what_they_are(site):
    site.settings["ratios"] = {"grey_white": ["grey", "white"]}
    imaging = site.imaging
    columns = PerfusionMeasure(imaging.measures.perfusion, imaging).columns()
    units = {column.name: column.unit for column in columns}
    assert units["perfusion__grey__cbf"] == "mL/(100.g.min)"
    assert units["perfusion__scan__blood_t1"] == "ms"
    assert {column.state_source for column in columns} == {"perfusion"}
    assert all(column.meaning and column.source and column.missing for column in columns)


def test_regions_that_the_study_does_not_have(site):
    site.settings |= {
        "region_sets": ["tissue", "tissues", "other"],
        "ratios": {"a": ["grey", "pink"]},
    }
    imaging = site.imaging
    with pytest.raises(ConfigError) as caught:
        PerfusionMeasure(imaging.measures.perfusion, imaging)
    assert "Did you mean tissue?" in str(caught.value)
    assert len(caught.value.faults) == 2
    site.settings["region_sets"] = ["tissue"]
    imaging = site.imaging
    with pytest.raises(ConfigError, match=r"ratios\.a: found 'pink'"):
        PerfusionMeasure(imaging.measures.perfusion, imaging)
