"""Vessels of known length and lumen, in any direction and of any voxel size."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from voxomics.centrelines import trace_centrelines
from voxomics.vessels import lumen_areas, measure_vessel, touch

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
TUBES = SimpleNamespace(**runpy.run_path(str(BENCHMARKS / "vessel_tubes.py")))
SPACINGS, even, helix, straight = TUBES.SPACINGS, TUBES.even, TUBES.helix, TUBES.straight
SEEDS = (1, 2)


def tube(*given, **more):
    """Give mask, length, chord, voxel edges."""
    made = TUBES.tube(*given, **more)
    return made.mask, made.length_mm, made.chord_mm, made.spacing_mm


@pytest.mark.parametrize("spacing", SPACINGS.values(), ids=SPACINGS)
@pytest.mark.parametrize(
    ("curve", "radius"),
    [(straight(20), 1.5), (straight(15), 0.7), (helix(4, 17, 1.2), 1.5)],
    ids=["straight", "thin", "helix"],
)
def test_a_tube_has_its_length_radius_and_tortuosity(curve, radius, spacing):
    for seed in SEEDS:
        mask, length, chord, edges = tube(curve, even(radius), spacing, seed)
        found = measure_vessel(mask, edges)
        assert found.components == 1
        assert len(trace_centrelines(mask, edges)) == 1
        assert found.length_mm == pytest.approx(length, rel=0.035)
        # A thin lumen holds few voxels: their number, and so its volume, is off by as much.
        assert found.radius_mm == pytest.approx(radius, rel=0.03 if radius > 1 else 0.08)
        assert found.tortuosity == pytest.approx(length / chord, rel=0.035)
        assert found.volume_mm3 == pytest.approx(mask.sum() * edges.prod())


@pytest.mark.parametrize("spacing", SPACINGS.values(), ids=SPACINGS)
def test_a_stenosis_is_found_and_its_lumen_measured(spacing):
    for seed in SEEDS:
        mask, _, _, edges = tube(
            straight(25),
            TUBES.narrowed(1.6, 0.8, 25),
            spacing,
            seed,
        )
        found = measure_vessel(mask, edges)
        assert found.smallest_lumen_mm == pytest.approx(1.6, rel=0.13)
        assert found.radius_mm > 1.3


def test_a_tighter_stenosis_has_a_smaller_lumen():
    lumens = []
    for narrow in (0.2, 0.6, 1.0):
        mask, _, _, edges = tube(
            straight(25),
            TUBES.narrowed(1.6, narrow, 25),
            SPACINGS["mra"],
            1,
        )
        lumens.append(measure_vessel(mask, edges).smallest_lumen_mm)
    assert lumens == sorted(lumens, reverse=True)


@pytest.mark.parametrize("spacing", SPACINGS.values(), ids=SPACINGS)
def test_a_tapering_vessel(spacing):
    for seed in SEEDS:
        mask, length, _, edges = tube(straight(25), lambda t: 2 - 1.2 * t, spacing, seed)
        found = measure_vessel(mask, edges, end_radii=1.0)
        assert found.length_mm == pytest.approx(length, rel=0.03)
        assert found.radius_mm == pytest.approx(1.4, rel=0.03)
        assert found.smallest_lumen_mm == pytest.approx(2 * (0.8 + 1.2 * 1.4 / 25), rel=0.08)


def test_areas_add_up_to_the_volume_along_the_line():
    mask, _, _, edges = tube(helix(4, 17, 1.2), even(1.5), SPACINGS["mra"], 2)
    (line,) = lines = trace_centrelines(mask, edges)
    (areas,) = lumen_areas(mask, edges, lines)
    assert areas.mean() * line.length_mm == pytest.approx(mask.sum() * edges.prod(), rel=0.02)
    assert np.median(areas) == pytest.approx(np.pi * 1.5**2, rel=0.03)


def test_a_branch_adds_its_length_and_a_gap_a_component():
    spacing = np.array(SPACINGS["cubes"])
    grid = TUBES.grid_of(np.array([[0, 0, 0], [0, 14.0, 24]]), 2, spacing, 5)
    one, _, _, _ = tube(straight(24), even(1.5), spacing, 0, grid=grid)
    side, _, _, _ = tube(
        lambda t: np.stack([0 * t, 14 * t, 12 + 0 * t], axis=1),
        even(1.0),
        spacing,
        0,
        grid=grid,
    )
    found = measure_vessel(one | side, spacing)
    lines = trace_centrelines(one | side, spacing)
    assert [line.main for line in lines] == [True, False]
    assert found.length_mm == pytest.approx(24 + 14, rel=0.05)
    assert lines[1].inside_mm == pytest.approx(1.5, abs=0.5)
    broken = one & ~((grid[..., 2] > 11) & (grid[..., 2] < 13))
    gap = measure_vessel(broken, spacing)
    assert gap.components == 2
    assert gap.length_mm == pytest.approx(22, rel=0.06)


def test_mirrored_and_turned_storage_gives_the_same_vessel():
    mask, _, _, edges = tube(helix(4, 17, 1.2), lambda t: 1.5 - 0.5 * t, SPACINGS["mra"], 3)
    plain = measure_vessel(mask, edges)
    for turned, spacing in (
        (mask[::-1, :, ::-1], edges),
        (mask.transpose(2, 0, 1), edges[[2, 0, 1]]),
    ):
        other = measure_vessel(turned, spacing)
        assert other.volume_mm3 == pytest.approx(plain.volume_mm3)
        assert other.length_mm == pytest.approx(plain.length_mm, rel=0.02)
        assert other.smallest_lumen_mm == pytest.approx(plain.smallest_lumen_mm, rel=0.04)


def test_the_same_mask_gives_the_same_bits():
    mask, _, _, edges = tube(helix(4, 17, 1.2), even(1.5), SPACINGS["mra"], 1)
    assert measure_vessel(mask, edges) == measure_vessel(mask.copy(order="F"), edges)


def test_what_has_no_meaning_is_undefined():
    nothing = measure_vessel(np.zeros((4, 4, 4), dtype=bool), np.ones(3))
    assert (nothing.volume_mm3, nothing.components) == (0.0, 0)
    speck = np.zeros((5, 5, 5), dtype=bool)
    speck[2, 2, 2] = True
    dot = measure_vessel(speck, np.ones(3))
    assert (dot.volume_mm3, dot.components) == (1.0, 1)
    for found in (nothing, dot):
        values = (found.length_mm, found.radius_mm, found.smallest_lumen_mm, found.tortuosity)
        assert np.isnan(values).all()


def test_a_vessel_shorter_than_its_ends_has_a_length_and_no_smallest_lumen():
    mask, length, _, edges = tube(straight(4), even(1.0), SPACINGS["tof"], 1)
    found = measure_vessel(mask, edges, end_radii=3.0)
    assert found.length_mm == pytest.approx(length, rel=0.2)
    assert np.isnan(found.smallest_lumen_mm)


@pytest.mark.parametrize("shape", [(1, 1, 12), (12, 1, 1), (2, 2, 12), (1, 12, 3)])
def test_lumens_of_one_or_two_voxels(shape):
    found = measure_vessel(np.ones(shape, dtype=bool), np.ones(3))
    assert found.length_mm == pytest.approx(12, abs=1.1)


def test_a_thread_of_voxels_that_touch_at_corners_stays_one_vessel():
    mask = np.zeros((10, 10, 10), dtype=bool)
    mask[np.arange(10), np.arange(10), np.arange(10)] = True
    for spacing in (np.ones(3), np.array([0.5, 0.5, 1.0])):
        found = measure_vessel(mask, spacing)
        assert found.components == 1
        assert found.length_mm == pytest.approx(10 * np.linalg.norm(spacing), rel=0.12)
        assert found.tortuosity == pytest.approx(1.0, abs=0.02)


def test_touching():
    a, b = np.zeros((2, 6, 6, 6), dtype=bool)
    a[1, 1, 1], b[2, 2, 2] = True, True
    assert touch(a, b)
    assert not touch(a, np.roll(b, 1, axis=0))
    assert not touch(a, np.zeros_like(a))
