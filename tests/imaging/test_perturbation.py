"""Perturbations: rows beside the matrix's own, seeded, and as large as the study says."""

import numpy as np
import pytest

from drepano.contracts.values import IMAGING
from drepano.imaging import Extraction
from drepano.imaging.perturbation import disturb
from drepano.imaging.volumes import read_scan
from drepano.settings import Perturbation
from voxomics import Region
from voxomics.perturbation import noise_level

NAMES = ("01", "a", "t1w")
STILL = {"repeats": 2, "grow_mm": 0, "shift_voxels": 0, "noise": 0}


@pytest.fixture
def volume(scan):
    return read_scan(scan)


@pytest.fixture
def block(volume):
    mask = np.zeros(volume.voxels.shape, dtype=bool)
    mask[5:13, 5:13, 5:13] = True
    return Region.of(mask)


def disturbed(volume, block, names=NAMES, **settings):
    found = disturb(volume, {"block": block}, Perturbation(**settings), names)
    return {number: (d.scan.voxels, d.regions["block"]) for number, d in found}


def test_nothing_is_disturbed_by_nothing(volume, block):
    found = disturbed(volume, block, **STILL)
    assert list(found) == [1, 2]
    for voxels, region in found.values():
        np.testing.assert_array_equal(voxels, volume.voxels)
        np.testing.assert_array_equal(region.voxels, block.voxels)


def test_the_same_numbers_come_again_and_others_for_another_session(volume, block):
    first, again = (disturbed(volume, block, repeats=3) for _ in range(2))
    for number, (voxels, region) in first.items():
        np.testing.assert_array_equal(voxels, again[number][0])
        np.testing.assert_array_equal(region.voxels, again[number][1].voxels)
    others = [
        disturbed(volume, block, ("01", "b", "t1w"), repeats=3),
        disturbed(volume, block, ("02", "a", "t1w"), repeats=3),
        disturbed(volume, block, ("01", "a", "flair"), repeats=3),
        disturbed(volume, block, repeats=3, seed=1),
    ]
    scans = [first, *others]
    assert len({found[n][0].tobytes() for found in scans for n in found}) == 15


def test_more_repeats_leave_the_first_ones_as_they_are(volume, block):
    few, many = (disturbed(volume, block, repeats=n) for n in (2, 4))
    for number in few:
        np.testing.assert_array_equal(few[number][0], many[number][0])


def test_added_noise_has_the_level_that_was_found(volume, block):
    only = STILL | {"repeats": 4, "noise": 1.5}
    added = [voxels - volume.voxels for voxels, _ in disturbed(volume, block, **only).values()]
    level = noise_level(volume.voxels)
    assert level == pytest.approx(40, rel=0.15)  # the scan is normal noise of 40, and small
    assert np.std(added) == pytest.approx(1.5 * level, rel=0.02)
    assert np.mean(added) == pytest.approx(0, abs=2)
    assert abs(np.corrcoef(added[0].ravel(), added[1].ravel())[0, 1]) < 0.05


def test_regions_grow_and_shrink_by_no_more_than_said(volume, block):
    only = STILL | {"repeats": 40, "grow_mm": 1.0}
    counts = [region.count for _, region in disturbed(volume, block, **only).values()]
    # Voxels of 2 x 1.5 x 1 mm: a layer needs 1, 0.75 and 0.5 mm.
    assert min(counts) == 8 * 6 * 6
    assert 8 * 8 * 10 <= max(counts) <= 10 * 10 * 10
    assert 8**3 in counts


def test_a_region_of_which_nothing_is_left_is_none(volume):
    mask = np.zeros(volume.voxels.shape, dtype=bool)
    mask[5, 5, 5:7] = True
    only = STILL | {"repeats": 20, "grow_mm": 1.2}
    left = [region for _, region in disturbed(volume, Region.of(mask), **only).values()]
    assert None in left
    assert any(left)


def test_scan_and_region_move_together(lab, volume, tmp_path):
    """A bright block under its own mask stays bright under it, wherever the grid lies."""
    mask = np.zeros((20, 18, 16), dtype=bool)
    mask[6:14, 6:14, 6:14] = True
    scan = read_scan(lab.write(tmp_path / "b.nii", np.where(mask, 100.0, 0.0)))
    mask = scan.voxels > 50
    only = STILL | {"repeats": 12, "shift_voxels": 1.0}
    for voxels, region in disturbed(scan, Region.of(mask), **only).values():
        inside = region.values(voxels)
        assert inside.mean() > 85
        assert not np.array_equal(voxels, scan.voxels)


REGIONS = {"block": 1, "other": 2, "specks": 3}


def test_perturbed_values_are_items_beside_the_same_values_as_ever(lab, scan, dseg):
    plain = lab.rows(lab.imaging_of(REGIONS), scan, dseg)
    imaging = lab.imaging_of(REGIONS, perturbation={"repeats": 3})
    found = lab.rows(imaging, scan, dseg)
    assert {key: v for key, v in found.items() if key[1] == 0} == plain
    perturbed = {key: v for key, v in found.items() if key[1] > 0}
    # The specks are too few voxels for radiomics, so there is nothing to hold still.
    assert {column.split("__")[1] for column, _ in perturbed} == {"block", "other"}
    assert {item for _, item in perturbed} == {1, 2, 3}
    assert {c.split("__")[2] for c, _ in perturbed} == {
        "volume_mm3",
        "original_firstorder_Mean",
        "original_shape_VoxelVolume",
    }
    means = [v for (c, _), v in perturbed.items() if c == "t1w__block__original_firstorder_Mean"]
    assert len(set(means)) == 3
    assert np.mean(means) == pytest.approx(
        plain["t1w__block__original_firstorder_Mean", 0], rel=0.05
    )


def test_components_are_counted_again(lab, scan, dseg):
    rules = {"count_components": True}
    imaging = lab.imaging_of({"both": [1, 2]}, rules=rules, perturbation=STILL)
    found = lab.rows(imaging, scan, dseg)
    counts = {item: v for (c, item), v in found.items() if c.endswith("component_count")}
    assert counts == {0: 2, 1: 2, 2: 2}


def test_rows_fit_the_contract_and_repeat_to_the_byte(lab, scan, dseg):
    imaging = lab.imaging_of(REGIONS, perturbation={"repeats": 2}).model_dump_json()
    unit = lab.unit_of(scan, {"set": dseg})
    first, again = (Extraction(imaging).compute(unit) for _ in range(2))
    assert IMAGING.check(first.values, "values").equals(again.values)
    assert first.states.equals(again.states)
    plain = lab.imaging_of(REGIONS).model_dump_json()
    assert first.states.equals(Extraction(plain).compute(unit).states)


def test_a_perturbation_that_gives_no_region_has_no_rows(lab, scan, dseg):
    """The block of 4 x 5 x 6 voxels shrinks below the least number of voxels."""
    settings = {"repeats": 20, "grow_mm": 3.0, "shift_voxels": 0, "noise": 0}
    imaging = lab.imaging_of({"other": 2}, perturbation=settings, min_voxels=50)
    found = lab.rows(imaging, scan, dseg)
    items = {item for _, item in found}
    assert 0 in items
    assert 5 < len(items) < 21
    assert all(v >= 50 * 3 - 1e-6 for (c, _), v in found.items() if c.endswith("volume_mm3"))


def test_nan_that_a_growing_region_meets_costs_that_perturbation_alone(lab, dseg, tmp_path):
    voxels = lab.scan_voxels().astype("f4")
    voxels[8, 4, 5] = np.nan
    path = lab.write(tmp_path / "s.nii.gz", voxels)
    settings = STILL | {"repeats": 20, "grow_mm": 2.0}
    found = lab.rows(lab.imaging_of({"block": 1}, perturbation=settings), path, dseg)
    volumes = [v for (c, item), v in found.items() if c.endswith("volume_mm3") and item]
    assert 5 < len(volumes) < 20
    assert max(volumes) < 8 * 8 * 8 * 3
