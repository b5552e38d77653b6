"""Heads: no folds, no label lost, left is left, and sessions of one person alike."""

import numpy as np
import pytest
from scipy import ndimage

from drepano.synthetic.anatomy import LABELS, grid_of, shape_head
from drepano.synthetic.lesions import place_lesions, tiny_lesion
from drepano.synthetic.roster import Stream, draw_people, generator
from drepano.synthetic.sessions import draw_sessions
from drepano.synthetic.template import load_template
from drepano.synthetic.warp import (
    LARGEST_DISPLACEMENT_MM,
    SMALLEST_JACOBIAN,
    Warp,
    head_warp,
    jacobian,
    later_warp,
    spread,
)

GRID = grid_of(6.0)


@pytest.mark.parametrize("person", range(8))
def test_a_warp_never_folds(person):
    rng = generator(1, Stream.HEAD, person)
    warp = head_warp(rng)
    for drawn in (warp, later_warp(warp, rng)):
        assert jacobian(drawn, step_mm=4.0).min() > 0.1


def test_a_warp_that_would_fold_is_weakened():
    # Noise of one node is drawn so strong that the unweakened map must fold.
    rng = generator(1, Stream.HEAD, 0)
    warp = head_warp(rng)
    folded = Warp(warp.matrix, warp.shift_mm, warp.nodes_mm * 12)
    assert jacobian(folded).min() < 0
    assert jacobian(later_warp(folded, rng)).min() >= SMALLEST_JACOBIAN


def test_the_jacobian_is_that_of_the_scale():
    scale = np.diag([1.1, 0.9, 1.0])
    warp = Warp(scale, np.zeros(3), np.zeros((3, 5, 5, 5)))
    np.testing.assert_allclose(jacobian(warp), 0.99)


def test_displacements_stay_within_their_limit():
    for person in range(8):
        nodes = head_warp(generator(1, Stream.HEAD, person)).nodes_mm
        moved = np.linalg.norm(spread(nodes, GRID.axes), axis=0)
        assert 0.9 < moved.max() / LARGEST_DISPLACEMENT_MM < 1.03


def test_a_lattice_is_met_at_its_nodes():
    nodes = np.random.default_rng(0).standard_normal((1, 3, 4, 5))
    axes = tuple(
        np.linspace(low, high, n)
        for (low, high), n in zip(((-96, 96), (-130, 98), (-86, 106)), nodes.shape[1:], strict=True)
    )
    np.testing.assert_allclose(spread(nodes, axes), nodes, atol=1e-12)


def test_a_pulled_grid_is_the_affine_map_of_its_points():
    matrix = np.array([[1.0, 0.1, 0], [-0.1, 0.9, 0.2], [0, 0, 1.1]])
    shift = np.array([1.0, -2.0, 3.0])
    warp = Warp(matrix, shift, np.zeros((3, 4, 4, 4)))
    axes = (np.array([-10.0, 0.0]), np.array([5.0, 6.0, 7.0]), np.array([1.0]))
    pulled = warp.pull(axes)
    assert pulled.shape == (3, 2, 3, 1)
    np.testing.assert_allclose(pulled[:, 1, 2, 0], matrix @ [0.0, 7.0, 1.0] + shift)


def test_no_label_is_lost_and_sizes_are_those_of_a_brain():
    template = load_template()
    for person in draw_people(4, seed=5):
        for session in draw_sessions(person, template, GRID, 5):
            counts = np.bincount(session.anatomy.labels.ravel(), minlength=6)[1:]
            millilitres = counts * GRID.voxel_mm3 / 1000
            grey_left, grey_right, white_left, white_right, ventricles = millilitres
            assert 400 < grey_left < 800
            assert abs(grey_left - grey_right) < 0.15 * grey_left
            assert 200 < white_left < 450
            assert abs(white_left - white_right) < 0.15 * white_left
            assert 4 < ventricles < 90


def test_left_is_where_x_is_negative():
    still = Warp(np.eye(3), np.zeros(3), np.zeros((3, 4, 4, 4)))
    labels = shape_head(load_template(), still, GRID, ventricle_mm=0).labels
    x = GRID.axes[0]
    for name, number in LABELS.items():
        places = x[np.nonzero(labels == number)[0]]
        if name.endswith("left"):
            assert places.max() < 0
        elif name.endswith("right"):
            assert places.min() >= 0
        else:
            assert places.min() < 0 < places.max()


def test_ventricles_grow_as_told():
    still = Warp(np.eye(3), np.zeros(3), np.zeros((3, 4, 4, 4)))
    sizes = [
        (shape_head(load_template(), still, GRID, ventricle_mm=mm).labels == 5).sum()
        for mm in (-1, 0, 1, 2)
    ]
    assert sizes == sorted(sizes)
    assert sizes[-1] > 1.5 * sizes[0]


def test_a_person_changes_less_between_sessions_than_people_differ():
    template = load_template()
    first, *_, other = draw_people(4, seed=1)
    before, after = draw_sessions(first, template, GRID, 1)
    stranger = draw_sessions(other, template, GRID, 1)[0]

    def overlap(a, b):
        grey_a, grey_b = (s.anatomy.labels > 0 for s in (a, b))
        return (grey_a & grey_b).sum() / (grey_a | grey_b).sum()

    assert overlap(before, after) > overlap(before, stranger)
    assert not np.array_equal(before.anatomy.labels, after.anatomy.labels)


def test_lesions_of_an_earlier_session_come_back():
    first = draw_people(1, seed=1)[0]
    before, after = draw_sessions(first, load_template(), grid_of(3.0), 1)
    known = {lesion.seed.centre_mm for lesion in before.lesions.lesions}
    again = {lesion.seed.centre_mm for lesion in after.lesions.lesions}
    assert known & again
    assert again - known


def test_lesions_without_white_matter_are_none():
    template = load_template()
    away = Warp(np.eye(3), np.array([900.0, 0, 0]), np.zeros((3, 4, 4, 4)))
    anatomy = shape_head(template, away, GRID, ventricle_mm=0)
    rng = np.random.default_rng(0)
    for placed in (place_lesions(anatomy, 3, rng), tiny_lesion(anatomy, rng)):
        assert placed.lesions == ()
        assert not placed.mask.any()


@pytest.mark.parametrize("voxel_mm", [3.0, 6.0])
def test_a_tiny_lesion_is_a_voxel_and_its_six_neighbours(voxel_mm):
    person = next(p for p in draw_people(12, seed=2) if p.part == "tiny_lesion")
    for session in draw_sessions(person, load_template(), grid_of(voxel_mm), 2):
        assert [lesion.voxels for lesion in session.lesions.lesions] == [7]


def test_lesions_never_touch():
    person = draw_people(1, seed=4)[0]
    anatomy = draw_sessions(person, load_template(), GRID, 4)[0].anatomy
    placed = place_lesions(anatomy, 25, np.random.default_rng(1))
    assert len(placed.lesions) > 6
    components, count = ndimage.label(placed.mask, np.ones((3, 3, 3)))
    assert count == len(placed.lesions)
    sizes = sorted(np.bincount(components.ravel())[1:].tolist())
    assert sizes == sorted(lesion.voxels for lesion in placed.lesions)
    assert not (placed.mask & ~anatomy.white_matter).any()
