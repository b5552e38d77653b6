"""Grids, labels and label tables."""

import numpy as np
import pytest

from drepano.errors import UnitError
from drepano.imaging.grids import GRID_TOLERANCE_MM, same_grid, voxels_outside
from drepano.imaging.labels import label_numbers, read_label_table, whole_labels
from drepano.imaging.regions import component_count
from drepano.imaging.volumes import Volume
from voxomics import Region

AFFINE = np.diag([2.0, 2, 2, 1])


def volume(shape=(4, 5, 6), affine=AFFINE, kind="i2"):
    return Volume(np.zeros(shape, dtype=kind), affine)


def moved(mm):
    affine = AFFINE.copy()
    affine[0, 3] += mm
    return affine


def test_same_grid_within_the_tolerance_only():
    assert same_grid(volume(), volume())
    assert same_grid(volume(), volume(affine=moved(0.9 * GRID_TOLERANCE_MM)))
    assert not same_grid(volume(), volume(affine=moved(1.1 * GRID_TOLERANCE_MM)))
    assert not same_grid(volume(), volume((4, 5, 7)))


def test_a_far_corner_that_differs_is_another_grid():
    finer = AFFINE.copy()
    finer[2, 2] = 2.01
    assert not same_grid(volume(), volume(affine=finer))


def test_same_box_with_other_voxels_is_another_grid():
    half = np.diag([1.0, 1, 1, 1])
    half[:3, 3] = -0.5
    assert not same_grid(volume((4, 4, 4)), volume((8, 8, 8), half))


def test_voxels_outside_counts_centres():
    mask = np.zeros((4, 5, 6), dtype=bool)
    mask[[0, 3], 2, 2] = True
    assert voxels_outside(mask, volume(), volume()) == 0
    assert voxels_outside(mask, volume(affine=moved(3)), volume()) == 1


@pytest.mark.parametrize("kind", ["f4", "f8"])
def test_float_labels_are_rounded_not_cut(kind):
    stored = np.array([29.99996948, 0.9999, 1.0001, -0.02, 17.0], dtype=kind).reshape(5, 1, 1)
    labels = whole_labels(Volume(stored, AFFINE), "a.nii")
    assert labels.voxels.ravel().tolist() == [30, 1, 1, 0, 17]
    assert labels.voxels.dtype == np.int32


@pytest.mark.parametrize("value", [0.4, 2.5, -0.2])
def test_probabilities_and_interpolated_labels_are_refused(value):
    stored = np.array([0, 1, value], dtype="f4").reshape(3, 1, 1)
    with pytest.raises(UnitError, match=r"unsupported_pixels: a\.nii: numbers up to 0\.\d from"):
        whole_labels(Volume(stored, AFFINE), "a.nii")


def test_labels_that_are_no_numbers_are_refused():
    stored = np.array([1, np.nan], dtype="f4").reshape(2, 1, 1)
    with pytest.raises(UnitError, match=r"not_finite: a\.nii: labels that are NaN"):
        whole_labels(Volume(stored, AFFINE), "a.nii")
    with pytest.raises(UnitError, match=r"unsupported_pixels: a\.nii: labels beyond 32 bits"):
        whole_labels(Volume(np.full((1, 1, 1), 1e12), AFFINE), "a.nii")
    with pytest.raises(UnitError, match="labels beyond 32 bits"):
        whole_labels(Volume(np.full((1, 1, 1), 2**40), AFFINE), "a.nii")


BIDS = "index\tname\tmapping\n1\tGrey  Matter left\t8\n2.0\twhite matter\t9\n"
LUT = (
    "#No. Label R G B A\n\n 17  Left-Hippocampus  220 216 20 0\n53 Right-Hippocampus 220 216 20 0\n"
)


@pytest.mark.parametrize(
    ("text", "wanted", "numbers"),
    [
        (BIDS, ["grey matter LEFT"], [1]),
        (BIDS, ["White Matter", 1, 7], [2, 1, 7]),
        ("﻿name\tindex\nthalamus\t10\n", ["Thalamus"], [10]),
        (LUT, ["left-hippocampus", "Right-Hippocampus"], [17, 53]),
    ],
)
def test_names_are_looked_up_in_the_table(tmp_path, text, wanted, numbers):
    (tmp_path / "t.tsv").write_text(text, encoding="utf-8")
    assert label_numbers(wanted, read_label_table(tmp_path / "t.tsv")) == numbers


def test_every_unknown_name_is_told(tmp_path):
    (tmp_path / "t.tsv").write_text("index\tname\n1\twm\n2\twm\n3\tgm\n")
    table = read_label_table(tmp_path / "t.tsv")
    with pytest.raises(UnitError, match="'csf': not in the label table; 'wm': numbers 1, 2 in"):
        label_numbers(["csf", "gm", "wm"], table)
    with pytest.raises(UnitError, match="'gm': the region file has no label table"):
        label_numbers([1, "gm"], None)


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"", "no label"),
        (b"index\tname\n", "no label"),
        (b"index\tname\nx\twm\n", "a line without number and name"),
        (b"index\tname\n1.5\twm\n", "a line without number and name"),
        (b"index\tname\n1\n", "a line without number and name"),
        (b"17\n", "a line without number and name"),
        (b"index\tname\n1\t\xff\xfe\n", "text that is not UTF-8"),
    ],
)
def test_a_bad_label_table_is_refused(tmp_path, content, match):
    (tmp_path / "t.tsv").write_bytes(content)
    with pytest.raises(UnitError, match=f"unreadable: t.tsv: {match}"):
        read_label_table(tmp_path / "t.tsv")


def test_components_touch_by_a_corner():
    mask = np.zeros((6, 6, 6), dtype=bool)
    mask[0, 0, 0] = mask[1, 1, 1] = True
    mask[4, 4, 4] = True
    region = Region.of(mask)
    assert region is not None
    assert component_count(region) == 2
