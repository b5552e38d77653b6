"""The self-test finds what is wrong, and its data are what they say."""

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813

from voxomics import selftest
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
