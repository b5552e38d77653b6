"""Vessels of known length and lumen, in any direction and of any voxel size."""

import numpy as np
import pytest
from scipy.spatial import KDTree

from voxomics.centrelines import trace_centrelines
from voxomics.vessels import lumen_areas, measure_vessel, touch

SPACINGS = {"mra": (0.5, 0.5, 0.75), "tof": (0.3, 0.3, 0.6), "cubes": (0.5, 0.5, 0.5)}
SEEDS = (1, 2)


def straight(length):
    return lambda t: np.stack([0 * t, 0 * t, length * t], axis=1)


def helix(radius, rise, turns):
    def curve(t):
        angle = 2 * np.pi * turns * t
        return np.stack([radius * np.cos(angle), radius * np.sin(angle), rise * t], axis=1)

    return curve


def direction(seed):
    """Give a rotation; of seed 0 none."""
    rng = np.random.default_rng(seed)
    turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    return turn if seed else np.eye(3)


def grid_of(points, reach, spacing, seed):
    """Give voxel centres (X, Y, Z, 3) around points, off by a part of a voxel."""
    rng = np.random.default_rng(seed)
    low = points.min(axis=0) - reach - spacing * rng.uniform(1, 2, 3)
    count = np.ceil((points.max(axis=0) + reach + spacing - low) / spacing).astype(int) + 1
    axes = [low[k] + spacing[k] * np.arange(count[k]) for k in range(3)]
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)


def tube(curve, radius, spacing, seed, *, grid=None):
    """Give the mask of a tube with flat ends, its length, its chord."""
    t = np.linspace(0, 1, 801)
    points = curve(t) @ direction(seed).T
    radii = np.broadcast_to(radius(t), t.shape)
    spacing = np.array(spacing)
    grid = grid_of(points, radii.max(), spacing, seed) if grid is None else grid
    distance, nearest = KDTree(points).query(
        grid.reshape(-1, 3), distance_upper_bound=radii.max() + 0.1
    )
    nearest = np.minimum(nearest, len(t) - 1)
    heading = np.gradient(points, axis=0)
    heading /= np.linalg.norm(heading, axis=1)[:, None]
    ahead = ((grid.reshape(-1, 3) - points[nearest]) * heading[nearest]).sum(axis=1)
    beyond = ((nearest == 0) & (ahead < -1e-3)) | ((nearest == len(t) - 1) & (ahead > 1e-3))
    mask = ((distance <= radii[nearest]) & ~beyond).reshape(grid.shape[:3])
    length = np.linalg.norm(np.diff(points, axis=0), axis=1).sum()
    return mask, length, np.linalg.norm(points[-1] - points[0]), spacing


@pytest.mark.parametrize("spacing", SPACINGS.values(), ids=SPACINGS)
@pytest.mark.parametrize(
    ("curve", "radius"),
    [(straight(20), 1.5), (straight(15), 0.7), (helix(4, 17, 1.2), 1.5)],
    ids=["straight", "thin", "helix"],
)
def test_a_tube_has_its_length_radius_and_tortuosity(curve, radius, spacing):
    for seed in SEEDS:
        mask, length, chord, edges = tube(curve, lambda t: radius + 0 * t, spacing, seed)
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
            lambda t: 1.6 - 0.8 * np.exp(-((25 * (t - 0.5)) ** 2) / (2 * 1.5**2)),
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
            lambda t, narrow=narrow: 1.6 - narrow * np.exp(-((25 * (t - 0.5)) ** 2) / 4.5),
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
    mask, _, _, edges = tube(helix(4, 17, 1.2), lambda t: 1.5 + 0 * t, SPACINGS["mra"], 2)
    (line,) = lines = trace_centrelines(mask, edges)
    (areas,) = lumen_areas(mask, edges, lines)
    assert areas.mean() * line.length_mm == pytest.approx(mask.sum() * edges.prod(), rel=0.02)
    assert np.median(areas) == pytest.approx(np.pi * 1.5**2, rel=0.03)


def test_a_branch_adds_its_length_and_a_gap_a_component():
    spacing = np.array(SPACINGS["cubes"])
    grid = grid_of(np.array([[0, 0, 0], [0, 14.0, 24]]), 2, spacing, 5)
    one, _, _, _ = tube(straight(24), lambda t: 1.5 + 0 * t, spacing, 0, grid=grid)
    side, _, _, _ = tube(
        lambda t: np.stack([0 * t, 14 * t, 12 + 0 * t], axis=1),
        lambda t: 1 + 0 * t,
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
    mask, _, _, edges = tube(helix(4, 17, 1.2), lambda t: 1.5 + 0 * t, SPACINGS["mra"], 1)
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
    mask, length, _, edges = tube(straight(4), lambda t: 1 + 0 * t, SPACINGS["tof"], 1)
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
