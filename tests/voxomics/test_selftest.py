"""The self-test finds what is wrong, and its data are what they say."""

import json
import subprocess
import sys

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813
from click.testing import CliRunner

from voxomics import cli, engine, selftest
from voxomics.selftest import Check, run_selftest
from voxomics.selftest.cases import GOLDEN, golden_phantom, ibsi_phantom


def test_every_value_of_this_build_is_right():
    checks = run_selftest()
    assert [c for c in checks if not c.passed] == []
    assert len([c for c in checks if c.group.startswith("IBSI")]) > 260
    assert {c.group for c in checks if c.group.startswith("golden")} == {
        f"golden {case}" for case in GOLDEN
    }
    departs = {c.feature for c in checks if c.note}
    assert departs == set(selftest.CONVENTIONS)


def test_golden_values_are_met_far_below_the_limit():
    golden = [c for c in run_selftest() if c.group.startswith("golden")]
    for c in golden:
        near = max(1e-9 * abs(c.expected), 1e-9)
        assert np.isnan(c.expected) or abs(c.found - c.expected) <= near, c


@pytest.mark.parametrize(
    ("found", "expected", "note", "passed"),
    [
        (1.0, 1.0, "", True),
        (1.1, 1.0, "", False),
        (1.1, 1.0, "by convention", True),
        (np.nan, 1.0, "", False),
        (np.nan, np.nan, "", True),
        (1.0, np.nan, "", False),
    ],
)
def test_what_passes(found, expected, note, passed):
    assert Check("case", "feature", found, expected, 0.01, note).passed is passed


def test_a_moved_value_is_a_miss(monkeypatch):
    real = selftest.extract_label

    def moved(*given):
        found = real(*given)
        return found | {"original_glcm_Contrast": found.get("original_glcm_Contrast", 0) * 1.01}

    monkeypatch.setattr(selftest, "extract_label", moved)
    missed = {c.feature for c in run_selftest() if not c.passed}
    assert missed == {"original_glcm_Contrast"}


def test_the_phantom_is_that_of_ibsi(shared_data):
    folder = shared_data / "ibsi" / "ibsi_1_digital_phantom" / "nifti"
    for one, path in zip(ibsi_phantom(), ("image/phantom.nii.gz", "mask/mask.nii.gz"), strict=True):
        stored = sitk.ReadImage(str(folder / path))
        assert np.array_equal(sitk.GetArrayFromImage(one), sitk.GetArrayFromImage(stored))
        assert one.GetSpacing() == pytest.approx(stored.GetSpacing())


def test_the_golden_phantom_does_not_change():
    image, mask = golden_phantom()
    voxels = sitk.GetArrayFromImage(image).astype(np.int64)
    assert (voxels.min(), voxels.max(), voxels.sum()) == (200, 769, 2641941)
    assert np.bincount(sitk.GetArrayFromImage(mask).ravel()).tolist() == [4631, 476, 270, 23]


def test_json_tells_every_value_and_the_misses():
    checks = [
        Check("a", "x", 1.0, 1.0, 1e-6),
        Check("a", "y", np.nan, 2.0, 1e-6),
        Check("a", "z", np.inf, np.nan, 1e-6, "a note"),
    ]
    told = json.loads(selftest.write_checks(checks))
    assert (told["values"], told["missed"]) == (3, 2)
    assert [c["passed"] for c in told["checks"]] == [True, False, False]
    assert [c["found"] for c in told["checks"]] == [1.0, None, None]
    assert told["engine"].startswith("voxomics ")
    assert {"numba", "numpy", "SimpleITK"} <= set(told["libraries"])


def test_a_tampered_build_is_code_1(monkeypatch):
    """A feature that is moved inside the engine reaches the exit code of the command."""
    real = engine.first_order

    def moved(*given, **more):
        found = real(*given, **more)
        return found | {"Energy": found["Energy"] * (1 + 1e-5)}

    monkeypatch.setattr(engine, "first_order", moved)
    done = CliRunner().invoke(cli.main, ["selftest"])
    assert done.exit_code == 1
    assert "MISSED" in done.stdout
    assert "original_firstorder_Energy of label 1" in done.stdout
    told = CliRunner().invoke(cli.main, ["selftest", "--json"])
    assert told.exit_code == 1
    missed = {
        c["feature"].split(" ")[0] for c in json.loads(told.stdout)["checks"] if not c["passed"]
    }
    assert missed == {"original_firstorder_Energy"}


def test_neither_network_nor_pyradiomics_is_needed():
    program = """
import socket, sys
def refuse(*a, **k):
    raise OSError("no network")
socket.socket.connect = refuse
socket.getaddrinfo = refuse
sys.modules["radiomics"] = None
from voxomics.selftest import run_selftest
raise SystemExit(sum(not c.passed for c in run_selftest()))
"""
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True)
    assert done.returncode == 0, done.stderr
