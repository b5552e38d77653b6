"""Blood flow of ASL files: from the flow that made them, and every way in which one can lack."""

import nibabel as nib
import numpy as np
import pytest

from drepano.errors import ConfigError, UnitError
from drepano.imaging.measures.measure import Given, GivenFile, Measured, Missing
from drepano.imaging.measures.perfusion import PerfusionMeasure
from drepano.settings import Imaging
from voxomics.perfusion import blood_t1_hales, blood_t1_lu

AFFINE = np.array([[-3.0, 0, 0, 20], [0, 3, 0, -15], [0, 0, 5, -8], [0, 0, 0, 1]])
SHAPE = (12, 10, 6)
GREY, WHITE = 80.0, 40.0
PCASL = {
    "ArterialSpinLabelingType": "PCASL",
    "PostLabelingDelay": 1.8,
    "LabelingDuration": 1.5,
    "M0Type": "Separate",
    "MagneticFieldStrength": 3,
    "MRAcquisitionType": "3D",
    "BackgroundSuppression": False,
    "RepetitionTimePreparation": 6.0,
}
M0 = {"RepetitionTimePreparation": 6.0}
PASL = {
    **{k: v for k, v in PCASL.items() if k != "LabelingDuration"},
    "ArterialSpinLabelingType": "PASL",
    "BolusCutOffFlag": True,
    "BolusCutOffDelayTime": [0.8, 1.2],
}
CONTEXT = ["control", "label", "control", "label"]


def labels_of():
    labels = np.zeros(SHAPE, "i2")
    labels[1:5, 1:9, 1:5] = 1
    labels[6:10, 1:9, 1:5] = 2
    return labels


def flow_map():
    labels = labels_of()
    return np.where(labels == 1, GREY, np.where(labels == 2, WHITE, 10.0))


def m0_map():
    return np.random.default_rng(2).uniform(800, 1200, SHAPE)


def difference_of(flow, m0, *, delay=1.8, duration=1.5, t1=1.65, efficiency=0.85):
    """Give the signal of a flow, by the formula the other way round."""
    decay = np.exp(-delay / t1)
    return flow * m0 * 2 * efficiency * t1 * (1 - np.exp(-duration / t1)) * decay / (6000 * 0.9)


def write(path, voxels, affine=AFFINE):
    nib.save(nib.Nifti1Image(np.asarray(voxels, "f8"), affine), path)
    return path


class Site:
    """Files of one session, and the measure on them."""

    def __init__(self, folder):
        self.folder = folder
        self.metadata, self.m0_metadata = dict(PCASL), dict(M0)
        self.context = list(CONTEXT)
        self.settings = {"region_sets": ["tissue"]}
        self.clinical = {}
        self.m0 = m0_map()
        self.series = None
        self.affine = AFFINE
        self.absent = {}

    def volumes(self, difference):
        """Give volumes by the context; controls lie high above labels."""
        base = 5000.0
        made = {
            "control": base + difference / 2,
            "label": base - difference / 2,
            "deltam": difference,
            "m0scan": self.m0,
            "cbf": flow_map(),
            "n/a": np.full(SHAPE, 1e6),
        }
        return np.stack([made[kind] for kind in self.context], axis=-1)

    def given(self):
        if self.series is None:
            self.series = self.volumes(difference_of(flow_map(), self.m0))
        scan = write(self.folder / "sub-01_asl.nii.gz", self.series, self.affine)
        table = self.folder / "sub-01_aslcontext.tsv"
        table.write_text("\n".join(["volume_type", *self.context]) + "\n")
        dseg = write(self.folder / "dseg.nii.gz", labels_of())
        files = {
            "scan": GivenFile(scan, None, self.metadata, {"aslcontext": table}),
            "region_sets.tissue": GivenFile(dseg, None, {}, {}),
        }
        if self.m0 is not None and "m0" not in self.absent:
            m0 = write(self.folder / "sub-01_m0scan.nii.gz", self.m0, self.affine)
            files["m0"] = GivenFile(m0, None, self.m0_metadata, {})
        for role in self.absent:
            files.pop(role, None)
        return Given(files, self.absent, self.clinical, self.imaging.region_sets)

    @property
    def imaging(self):
        regions = {"grey": 1, "white": 2}
        return Imaging(
            region_sets={"tissue": {"suffix": "dseg", "regions": regions}},
            measures={"perfusion": self.settings},
        )

    def measure(self):
        imaging = self.imaging
        measure = PerfusionMeasure(imaging.measures.perfusion, imaging)
        values, states = {}, {}
        for finding in measure.measure(self.given()):
            if isinstance(finding, Measured):
                values[finding.column] = finding.value
            else:
                assert isinstance(finding, Missing)
                states[finding.source] = (finding.state, finding.why.reason)
        declared = {column.name for column in measure.columns()}
        assert {*values} | {*states} == declared
        return {name.removeprefix("perfusion__"): v for name, v in values.items()}, states


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path)


def check_flow(values, factor=1.0):
    assert values["grey__cbf"] == pytest.approx(GREY * factor, rel=1e-6)
    assert values["white__cbf"] == pytest.approx(WHITE * factor, rel=1e-6)
    assert values["grey__cbf_median"] == pytest.approx(GREY * factor, rel=1e-6)


def refusal(site):
    with pytest.raises(UnitError) as caught:
        site.measure()
    return caught.value


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
