"""Comparisons with the truth, on masks and motions small enough to count by hand."""

import numpy as np
import pytest

from drepano.errors import InputError
from drepano.synthetic import CohortTruth, Session
from drepano.synthetic.comparisons import (
    detection,
    dice,
    in_lps,
    registration_error_mm,
    variation,
)


def line(*voxels):
    mask = np.zeros((12, 1, 1), bool)
    mask[list(voxels)] = True
    return mask


def test_dice_counts_what_is_shared():
    assert dice(line(1, 2, 3), line(2, 3, 4, 5, 6)) == pytest.approx(0.5)
    assert dice(line(1), line(2)) == 0
    assert np.isnan(dice(line(), line()))


def test_registration_error_is_that_of_the_farthest_voxel():
    turned = np.array([[0, -1, 0, 0], [1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]])
    affine = np.diag([2.0, 2, 2, 1])
    brain = line(0, 3)
    # The voxel at (6, 0, 0) goes to (0, 6, 0).
    assert registration_error_mm(turned, np.eye(4), brain, affine) == pytest.approx(72**0.5)
    assert registration_error_mm(turned, turned, brain, affine) == 0
    shifted = np.eye(4)
    shifted[:3, 3] = (3, 4, 0)
    assert registration_error_mm(shifted, np.eye(4), brain, affine) == pytest.approx(5)


def test_left_posterior_superior_turns_two_axes():
    motion = np.eye(4)
    motion[:3, 3] = (1, 2, 3)
    assert in_lps(motion)[:3, 3].tolist() == [-1, -2, 3]
    assert np.array_equal(in_lps(in_lps(motion)), motion)


def test_variation_is_deviation_by_mean():
    image = np.array([1.0, 3.0, 99.0])
    assert variation(image, np.array([True, True, False])) == pytest.approx(0.5)


def test_detection_tells_hits_misses_and_false_ones():
    true = np.zeros((12, 1, 1), np.uint8)
    true[1:3], true[5], true[9] = 1, 2, 3
    found = detection(line(2, 3, 5, 7, 11), true)
    assert found.hit == (1, 2)
    assert found.missed == (3,)
    assert found.false == 2
    assert found.sensitivity == pytest.approx(2 / 3)
    nothing = detection(line(), np.zeros((12, 1, 1), np.uint8))
    assert (nothing.hit, nothing.missed, nothing.false) == ((), (), 0)
    assert np.isnan(nothing.sensitivity)


def test_a_table_that_only_raw_cohorts_have_is_named(cohort):
    with pytest.raises(InputError, match=r"transforms\.tsv: found no such file"):
        CohortTruth(cohort).rows("transforms")


def test_a_scan_that_is_not_there_is_named(known):
    with pytest.raises(KeyError, match="no asl of"):
        known.motion(Session("03"), "asl")
    with pytest.raises(FileNotFoundError):
        known.map(Session("03"), "asl", "cbf")


def test_states_are_looked_up(known):
    assert known.state(Session("03"), "asl") == ("not_acquired", "no_scan")
    assert known.state(Session("01", "01"), "asl") == ("measured", "")
    assert Session("08") not in known.sessions()
    assert known.lesions(Session("02")) == []
