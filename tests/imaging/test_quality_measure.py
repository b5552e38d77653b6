"""The measure of image quality: from files to values, and states of what lacks its input."""

import json

import numpy as np
import pytest
from pydantic import ValidationError

from drepano.contracts.inventory import BIDS_FILES
from drepano.errors import ConfigError, UnitError
from drepano.imaging.files import SessionFiles
from drepano.imaging.measures.measure import Given, GivenFile, Measured
from drepano.imaging.measures.planning import MeasurePlanner
from drepano.imaging.measures.registry import measures_of
from drepano.imaging.measures.unit import MeasureUnits
from drepano.settings import Imaging

AFFINE = np.diag([-4.0, -4.0, 4.0, 1.0])
TISSUES = {"suffix": "dseg", "regions": {"grey_matter": 1, "white_matter": 2}}
OF_SCAN = {"efc", "fber", "ghost_to_signal", "clipped_fraction"}
OF_BRAIN = {"snr", "sharpness", "fwhm"}
OF_TISSUES = {"snr_white_matter", "snr_within_white_matter", "cnr", "cjv", "wm2max", "bias_spread"}


def imaging_of(**scan):
    named = {
        "suffix": "T1w",
        "brain_mask": {"suffix": "mask", "entities": {"desc": "brain"}},
        "tissues": {"region_set": "tissue"},
    }
    return Imaging.model_validate(
        {
            "region_sets": {"tissue": TISSUES},
            "measures": {"quality": {"scans": {"t1w": named | scan}}},
        }
    )


def head():
    """Give a head of grey and white matter with noise of 5, and its labels."""
    axis = np.arange(40) - 19.5
    r = np.sqrt(sum(a**2 for a in np.meshgrid(axis, axis, axis, indexing="ij"))) / 11
    labels = (r < 1).astype("u1") + (r < 0.7)
    real, imaginary = np.random.default_rng(4).normal(0, 5, (2, *r.shape))
    return np.hypot(labels * 100.0 + real, imaginary).astype("f4"), labels


@pytest.fixture
def files(tmp_path, lab):
    scan, labels = head()
    voxels = {"scan": scan, "brain": (labels > 0).astype("u1"), "tissues": labels}
    return {role: lab.write(tmp_path / f"{role}.nii.gz", v, AFFINE) for role, v in voxels.items()}


def find(imaging, files, absent=None):
    """Measure, and give values and (state, reason) by term; every column has one of them."""
    (measure,) = measures_of(imaging)
    given = Given(
        {role: GivenFile(path, None, {}, {}) for role, path in files.items()},
        absent or {},
        {},
        dict(imaging.region_sets),
    )
    values, states = {}, {}
    for finding in measure.measure(given):
        if isinstance(finding, Measured):
            values[finding.column.removeprefix("quality__t1w__")] = finding.value
        else:
            term = finding.source.removeprefix("quality__t1w__")
            states[term] = (finding.state, finding.why.reason)
    told = [*values, *states]
    assert sorted(told) == sorted(c.name.split("__")[-1] for c in measure.columns())
    return values, states


def test_a_scan_with_brain_and_tissues(files):
    values, states = find(imaging_of(), files)
    assert not states
    assert set(values) == OF_SCAN | OF_BRAIN | OF_TISSUES
    assert values["snr_white_matter"] == pytest.approx(200 / 5, rel=0.03)
    assert values["cnr"] == pytest.approx(100 / 5, rel=0.03)


def test_columns_follow_from_what_the_study_names():
    (measure,) = measures_of(imaging_of(brain_mask=None, tissues=None))
    assert [c.name for c in measure.columns()] == [
        f"quality__t1w__{t}" for t in ("efc", "fber", "ghost_to_signal", "clipped_fraction")
    ]
    assert set(measure.inputs()) == {"scan"}
    (full,) = measures_of(imaging_of())
    assert len(full.columns()) == 13
    assert all(c.state_source == full.name == "quality__t1w" for c in full.columns())
    assert all(c.unit and c.source and c.meaning for c in full.columns())
    assert {r: i.required for r, i in full.inputs().items()} == {
        "scan": True,
        "brain": False,
        "tissues": False,
    }
    assert json.dumps(full.settings)


def test_a_session_without_brain_mask(files):
    absent = {"brain": UnitError("no_regions", "no derivative mask", "Make one.")}
    del files["brain"]
    values, states = find(imaging_of(), files, absent)
    assert set(values) == OF_SCAN | OF_TISSUES
    assert states == dict.fromkeys(OF_BRAIN, ("not_acquired", "no_regions"))


def test_tissues_on_another_grid_cost_their_columns_alone(files, tmp_path, lab):
    _, labels = head()
    files["tissues"] = lab.write(tmp_path / "other.nii.gz", labels[:-2], AFFINE)
    values, states = find(imaging_of(), files)
    assert set(values) == OF_SCAN | OF_BRAIN
    assert states == dict.fromkeys(OF_TISSUES, ("failed", "grid_mismatch"))
    values, states = find(imaging_of(other_grid="resample_regions"), files)
    assert set(values) == OF_SCAN | OF_BRAIN | OF_TISSUES


def test_a_tissue_that_the_label_map_lacks(files, tmp_path, lab):
    _, labels = head()
    files["tissues"] = lab.write(tmp_path / "grey.nii.gz", (labels > 0).astype("u1"), AFFINE)
    _, states = find(imaging_of(), files)
    assert states == dict.fromkeys(OF_TISSUES, ("failed", "label_absent"))


def test_a_zeroed_background_is_a_state_of_each_column(files, tmp_path, lab):
    scan, labels = head()
    files["scan"] = lab.write(tmp_path / "stripped.nii.gz", scan * (labels > 0), AFFINE)
    values, states = find(imaging_of(), files)
    assert states["snr"] == states["fber"] == ("undefined", "feature_undefined")
    assert {"cjv", "sharpness", "snr_within_white_matter"} <= set(values)


def test_a_scan_that_cannot_be_read_is_one_failure(files, tmp_path):
    files["scan"] = tmp_path / "broken.nii.gz"
    files["scan"].write_bytes(b"no image")
    with pytest.raises(UnitError, match="unreadable"):
        find(imaging_of(), files)


def row(name, path, *, derivative):
    *entities, suffix = name.split("_")
    return {
        "subject": "01",
        "session": "",
        "path": str(path),
        "derivative": derivative,
        "suffix": suffix,
        "entities": json.dumps(dict(e.split("-") for e in entities)),
        "sha256": name,
        "voxels": 64_000,
        "reason": "",
        "detail": "",
        "remedy": "",
        "metadata": "{}",
        "companions": "{}",
        "companions_sha256": "",
        "label_table_sha256": "",
    }


def test_from_the_index_to_rows(files):
    imaging = imaging_of()
    table = BIDS_FILES.from_rows(
        [
            row("T1w", files["scan"], derivative=False),
            row("space-T1w_desc-brain_mask", files["brain"], derivative=True),
        ]
    )
    (measure,) = measures_of(imaging)
    states = []
    found = SessionFiles(table, None, ("T1w", "mask", "dseg"))
    unit = MeasurePlanner(imaging, measure, {}).unit(("01", ""), found, states)
    assert not states
    result = MeasureUnits(imaging).compute(unit)
    values = {r["column"] for r in result.values.to_pylist()}
    assert values == {f"quality__t1w__{t}" for t in OF_SCAN | OF_BRAIN}
    lacking = {r["source"]: (r["state"], r["reason"]) for r in result.states.to_pylist()}
    assert lacking == {f"quality__t1w__{t}": ("not_acquired", "no_regions") for t in OF_TISSUES}


def test_what_the_study_does_not_describe_is_refused_all_at_once():
    with pytest.raises(ConfigError, match="region sets of the study: tissue"):
        measures_of(imaging_of(tissues={"region_set": "organs"}))
    wrong = {"region_set": "tissue", "grey_matter": "gm", "white_matter": "wm"}
    with pytest.raises(ConfigError) as caught:
        measures_of(imaging_of(tissues=wrong))
    assert len(caught.value.faults) == 2
    with pytest.raises(ValidationError, match="refused"):
        imaging_of(tissues={"region_set": "tissue", "grey_matter": "x", "white_matter": "x"})
