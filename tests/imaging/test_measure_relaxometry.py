"""R2* of echoes in one file or several, and echo times that can not be used."""

import json

import nibabel as nib
import numpy as np
import pytest

from drepano.contracts.inventory import BIDS_FILES, SUBJECTS
from drepano.errors import UnitError
from drepano.imaging import plan
from drepano.imaging.measures.measure import Given, GivenFile, Measured
from drepano.imaging.measures.relaxometry import RelaxometryMeasure
from drepano.imaging.measures.unit import MeasureUnits
from drepano.settings import Imaging

AFFINE = np.diag([1.5, 1.5, 2.0, 1.0])
SHAPE = (8, 6, 5)
TIMES = [0.003, 0.008, 0.015, 0.025, 0.04]
RATES = np.array([20.0, 45.0, 90.0])


def labels_of():
    labels = np.zeros(SHAPE, "i2")
    labels[1:4, 1:5, 1:4] = 1
    labels[4:7, 1:5, 1:4] = 2
    return labels


def echo_of(time, floor=0.0):
    return 800 * np.exp(-RATES[labels_of()] * time) + floor


def write(path, voxels, affine=AFFINE):
    nib.save(nib.Nifti1Image(np.asarray(voxels, "f8"), affine), path)
    return path


def imaging_of(**settings):
    regions = {"deep": 1, "iron": 2}
    return Imaging(
        region_sets={"tissue": {"suffix": "dseg", "regions": regions}},
        measures={"relaxometry": {"region_sets": ["tissue"], **settings}},
    )


def several(folder, times=TIMES, **options):
    """Give one file for each echo."""
    return tuple(
        GivenFile(
            write(folder / f"sub-01_echo-{n}_MEGRE.nii.gz", echo_of(t, **options)),
            None,
            {"EchoTime": t},
            {},
        )
        for n, t in enumerate(times, 1)
    )


def single(folder, metadata):
    voxels = np.stack([echo_of(t) for t in TIMES], axis=-1)
    return (GivenFile(write(folder / "sub-01_MEGRE.nii.gz", voxels), None, metadata, {}),)


def measured(folder, parts, **settings):
    imaging = imaging_of(**settings)
    dseg = GivenFile(write(folder / "dseg.nii.gz", labels_of()), None, {}, {})
    files = {"scan": parts[0], "region_sets.tissue": dseg}
    given = Given(files, {}, {}, imaging.region_sets, {"scan": parts})
    measure = RelaxometryMeasure(imaging.measures.relaxometry, imaging)
    found = [*measure.measure(given)]
    assert all(isinstance(finding, Measured) for finding in found)
    assert {f.column for f in found} == {c.name for c in measure.columns()}
    return {finding.column.removeprefix("relaxometry__"): finding.value for finding in found}


def refusal(folder, parts, **settings):
    with pytest.raises(UnitError) as caught:
        measured(folder, parts, **settings)
    return caught.value


def check_rates(values):
    assert values["deep__r2star"] == pytest.approx(45, rel=1e-6)
    assert values["iron__r2star"] == pytest.approx(90, rel=1e-6)
    assert values["deep__t2star"] == pytest.approx(1000 / 45, rel=1e-6)
    assert values["iron__voxels"] == 36


@pytest.mark.parametrize("fit", ["loglinear", "nonlinear", "nonlinear_offset"])
def test_echoes_in_several_files(tmp_path, fit):
    check_rates(measured(tmp_path, several(tmp_path), fit=fit))


@pytest.mark.parametrize("key", ["EchoTime", "EchoTimes"])
def test_echoes_in_one_file(tmp_path, key):
    check_rates(measured(tmp_path, single(tmp_path, {key: TIMES})))


def test_files_in_any_order(tmp_path):
    check_rates(measured(tmp_path, several(tmp_path)[::-1]))


def test_a_floor_under_the_decay(tmp_path):
    parts = several(tmp_path, floor=50.0)
    check_rates(measured(tmp_path, parts, fit="nonlinear_offset"))
    assert measured(tmp_path, parts)["iron__r2star"] < 80


def test_files_whose_time_lacks_are_all_named(tmp_path):
    parts = several(tmp_path)
    for part in (parts[1], parts[3]):
        part.metadata.clear()
    error = refusal(tmp_path, parts)
    assert error.reason == "no_metadata"
    expected = "no EchoTime of sub-01_echo-2_MEGRE.nii.gz, sub-01_echo-4_MEGRE.nii.gz"
    assert error.detail == expected


@pytest.mark.parametrize(
    ("metadata", "reason", "detail"),
    [
        ({"EchoTime": TIMES[:4]}, "companion_mismatch", "4 echo times for 5 volumes"),
        ({"EchoTime": 0.01}, "companion_mismatch", "1 echo times for 5 volumes"),
        ({"EchoTime": "short"}, "companion_mismatch", "an EchoTime that is no number"),
        ({"EchoTime": [3, 8, 15, 25, 40]}, "unsupported_acquisition", "it must be in seconds"),
        ({"EchoTime": [0.01] * 5}, "unsupported_acquisition", "two echoes with the same time"),
        ({}, "no_metadata", "no EchoTime of sub-01_MEGRE.nii.gz"),
    ],
)
def test_times_that_can_not_be_used(tmp_path, metadata, reason, detail):
    error = refusal(tmp_path, single(tmp_path, metadata))
    assert error.reason == reason
    assert detail in error.detail


def test_too_few_echoes_for_the_fit(tmp_path):
    error = refusal(tmp_path, several(tmp_path, TIMES[:3]), fit="nonlinear_offset")
    assert error.detail == "3 echo times, where nonlinear_offset needs 4"


def test_echoes_on_different_grids(tmp_path):
    parts = several(tmp_path)
    write(parts[2].path, echo_of(0.01), np.diag([1.5, 1.5, 2.5, 1]))
    assert refusal(tmp_path, parts).reason == "grid_mismatch"


def row_of(name, path, *, derivative=False, metadata=None):
    *entities, suffix = name.split("_")
    return {
        "subject": "01",
        "session": "",
        "path": str(path),
        "derivative": derivative,
        "suffix": suffix,
        "entities": json.dumps(dict(e.split("-") for e in entities)),
        "sha256": name,
        "voxels": 240,
        "reason": "",
        "detail": "",
        "remedy": "",
        "metadata": json.dumps(metadata or {}),
        "companions": "{}",
        "companions_sha256": "",
    }


def planned(rows, **settings):
    flags = {"imaging": True, "genomics": False, "clinical": False}
    subjects = SUBJECTS.from_rows([{"subject": "01", "session": ""} | flags])
    made = plan(imaging_of(**settings), subjects, BIDS_FILES.from_rows(rows))
    return [unit for _, unit in made.units], made.states.to_pylist()


def echo_rows(folder):
    return [
        row_of(f"echo-{n}_MEGRE", part.path, metadata=part.metadata)
        for n, part in enumerate(several(folder), 1)
    ]


def test_from_the_index_to_values(tmp_path):
    """All echoes are one unit; its key changes with any of them, and with their metadata."""
    dseg = row_of("dseg", write(tmp_path / "dseg.nii.gz", labels_of()), derivative=True)
    rows = echo_rows(tmp_path)
    (unit,), states = planned([*rows, dseg])
    assert states == []
    assert len(unit.payload["files"]["scan"]) == 5
    result = MeasureUnits(imaging_of()).compute(unit)
    values = {r["column"]: r["value"] for r in result.values.to_pylist()}
    assert values["relaxometry__iron__r2star"] == pytest.approx(90, rel=1e-6)
    for change in ({"sha256": "other"}, {"metadata": '{"EchoTime": 0.1}'}):
        (other,), _ = planned([*rows[:4], rows[4] | change, dseg])
        assert other.key != unit.key
    (same,), _ = planned([dseg, *rows[::-1]])
    assert same.key == unit.key


def test_two_scans_are_ambiguous(tmp_path):
    rows = [row_of(f"run-{r}_echo-{e}_MEGRE", f"{r}{e}") for r in (1, 2) for e in (1, 2)]
    units, (state,) = planned(rows)
    assert units == []
    assert (state["state"], state["reason"]) == ("failed", "ambiguous_scan")
    (unit,), _ = planned(rows, entities={"run": "2"})
    assert [file["path"] for file in unit.payload["files"]["scan"]] == ["21", "22"]


def test_no_scan_and_a_bad_one_are_states(tmp_path):
    _, (state,) = planned([])
    assert (state["state"], state["reason"]) == ("not_acquired", "no_scan")
    rows = echo_rows(tmp_path)
    rows[3] |= {"reason": "unreadable", "detail": "empty", "remedy": "Copy it."}
    units, (state,) = planned(rows)
    assert units == []
    assert (state["source"], state["state"], state["reason"]) == (
        "relaxometry",
        "failed",
        "unreadable",
    )
