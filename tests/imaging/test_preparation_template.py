"""A head whose truth is known to the template and back: warp, brain, tissues, sides."""

from types import SimpleNamespace

import nibabel as nib
import numpy as np
import pytest

from drepano.errors import ConfigError, UnitError
from drepano.imaging.preparation.bias_field import correct_bias
from drepano.imaging.preparation.brain import find_brain
from drepano.imaging.preparation.template import load_template
from drepano.imaging.preparation.template_registration import (
    check_registered,
    register_to_template,
)
from drepano.imaging.preparation.tissues import SIDES, TISSUES, segment
from drepano.imaging.volumes import Volume
from drepano.settings.preparation import BiasField, Template
from drepano.synthetic.anatomy import LABELS, grid_of
from drepano.synthetic.contrast import T1W, scan
from drepano.synthetic.roster import draw_people
from drepano.synthetic.sessions import draw_sessions
from drepano.synthetic.template import load_template as load_synthetic

VOXEL_MM = 4.0
SETTINGS = Template(resolution_mm=VOXEL_MM)


@pytest.fixture(scope="module")
def template():
    return load_template(SETTINGS)


@pytest.fixture(scope="module")
def prepared(template):
    """One head, whole and raw, through registration, brain and tissues."""
    session = draw_sessions(draw_people(1, 5)[0], load_synthetic(), grid_of(VOXEL_MM), 5)[0]
    anatomy = session.anatomy
    voxels = scan(anatomy, session.lesions.mask, T1W, np.random.default_rng(3))
    t1w = correct_bias(Volume(voxels, anatomy.grid.affine), None, BiasField(shrink=2))
    warp = register_to_template(t1w, template, SETTINGS)
    brain = find_brain(t1w, warp, template)
    return SimpleNamespace(
        t1w=t1w, anatomy=anatomy, warp=warp, brain=brain, found=segment(t1w, brain, warp, template)
    )


def dice(a, b):
    return 2 * (a & b).sum() / (a.sum() + b.sum())


def either(anatomy, tissue):
    return np.isin(anatomy.labels, (LABELS[f"{tissue} left"], LABELS[f"{tissue} right"]))


def test_the_brain_is_found_on_a_raw_head(prepared):
    assert dice(prepared.brain, prepared.anatomy.brain_depth_mm > 0) >= 0.95


@pytest.mark.parametrize("tissue", ["grey matter", "white matter"])
def test_tissues_are_found_on_a_raw_head(prepared, tissue):
    told = prepared.found.tissues == TISSUES[tissue]
    assert dice(told, either(prepared.anatomy, tissue)) >= 0.80


@pytest.mark.parametrize(
    "name", ["grey matter left", "grey matter right", "white matter left", "white matter right"]
)
def test_left_and_right_are_what_they_say(prepared, name):
    assert dice(prepared.found.sides == SIDES[name], prepared.anatomy.labels == LABELS[name]) >= 0.8


def test_ventricles_are_told_from_other_fluid(prepared):
    told = prepared.found.sides == SIDES["ventricles"]
    assert dice(told, prepared.anatomy.labels == LABELS["ventricles"]) >= 0.5


def test_tissues_and_sides_fill_the_brain_and_nothing_else(prepared):
    np.testing.assert_array_equal(prepared.found.tissues > 0, prepared.brain)
    np.testing.assert_array_equal(prepared.found.sides > 0, prepared.brain)


def test_the_registration_passes_its_gate(prepared):
    check_registered(prepared.warp, SETTINGS)
    assert prepared.warp.overlap > 0.7


def test_labels_of_the_template_come_to_the_subject_as_whole_numbers(prepared, template):
    labels = np.where(template.white > 0.5, 30, 0).astype(np.int16)
    moved = prepared.warp.to_subject(template.volume(labels), prepared.t1w, labels=True)
    assert moved.voxels.shape == prepared.t1w.voxels.shape
    assert set(np.unique(moved.voxels)) == {0, 30}
    assert dice(moved.voxels == 30, either(prepared.anatomy, "white matter")) >= 0.8


def test_to_the_template_and_back_is_where_it_was(prepared):
    inside = np.argwhere(prepared.brain)[::200]
    affine = prepared.t1w.affine
    points = (inside @ affine[:3, :3].T + affine[:3, 3]) * [-1, -1, 1]
    away = [
        np.subtract(
            prepared.warp.to_scan.TransformPoint(prepared.warp.to_template.TransformPoint(p)), p
        )
        for p in points.tolist()
    ]
    assert np.median(np.linalg.norm(away, axis=1)) < 0.25 * VOXEL_MM


def test_the_scan_comes_to_the_template(prepared, template):
    like = template.volume(template.t1w)
    moved = prepared.warp.to_template_grid(prepared.t1w, like, labels=False)
    white, grey = template.white > 0.9, template.grey > 0.9
    assert moved.voxels[white].mean() > 1.2 * moved.voxels[grey].mean()


def test_another_run_gives_the_same_bits(prepared, template):
    again = register_to_template(prepared.t1w, template, SETTINGS)
    moved = [
        w.to_subject(template.volume(template.white), prepared.t1w, labels=False).voxels.tobytes()
        for w in (prepared.warp, again)
    ]
    assert moved[0] == moved[1]
    assert prepared.warp.overlap == again.overlap


def test_what_is_no_head_is_refused(template):
    place = np.indices((45, 45, 45)) - 22
    distance = (place**2).sum(axis=0)
    noise = np.random.default_rng(0).normal(100, 30, distance.shape)
    affine = np.diag([4.0, 4.0, 4.0, 1.0])
    affine[:3, 3] = -88
    ball = Volume(((distance < 300) * 400 + (distance < 180) * 300 + 0.3 * noise), affine)
    settings = Template(resolution_mm=8.0, deformable=False)
    with pytest.raises(UnitError, match="registration_failed"):
        check_registered(register_to_template(ball, template, settings), settings)


def test_a_flat_scan_is_refused(template):
    with pytest.raises(UnitError, match="registration_failed"):
        register_to_template(Volume(np.zeros((9, 9, 9)), np.eye(4)), template, SETTINGS)


def test_a_brain_elsewhere_is_not_found(prepared, template):
    affine = np.eye(4)
    affine[:3, 3] = 900
    empty = Volume(np.zeros((8, 8, 8), np.float32), affine)
    with pytest.raises(UnitError, match="brain_empty"):
        find_brain(empty, prepared.warp, template)


def test_an_empty_brain_mask_is_refused(prepared, template):
    nothing = np.zeros(prepared.brain.shape, bool)
    with pytest.raises(UnitError, match="brain_empty"):
        segment(prepared.t1w, nothing, prepared.warp, template)


def test_thick_slices_have_tissues(prepared, template):
    thick = Volume(
        np.repeat(prepared.t1w.voxels[:, :, ::2], 1, axis=2),
        prepared.t1w.affine @ np.diag([1, 1, 2, 1]),
    )
    brain = find_brain(thick, prepared.warp, template)
    found = segment(thick, brain, prepared.warp, template)
    truth = either(prepared.anatomy, "white matter")[:, :, ::2]
    assert dice(found.tissues == TISSUES["white matter"], truth) >= 0.8


# The template


def test_ventricles_of_the_template_lie_in_its_middle(template):
    x, y, z = np.argwhere(template.ventricles).T
    assert abs(template.affine[0, 3] + x.mean()) < 1
    assert -30 < template.affine[1, 3] + y.mean() < 10
    assert 0 < template.affine[2, 3] + z.mean() < 25
    assert 10_000 < template.ventricles.sum() < 30_000


def test_tissues_of_the_template_add_up_to_its_brain(template):
    total = template.grey + template.white + template.fluid
    assert total[~template.brain].max() == 0
    assert total[template.brain].min() > 0.9


def own_template(folder, **shapes):
    paths = {}
    for name in ("t1w", "brain", "grey", "white"):
        voxels = np.zeros(shapes.get(name, (8, 9, 10)), np.float32)
        voxels[2:6, 2:6, 2:6] = 1
        paths[name] = folder / f"{name}.nii.gz"
        nib.save(nib.Nifti1Image(voxels, np.diag([-2.0, 2, 2, 1])), paths[name])
    return Template(name="own", **paths)


def test_a_study_brings_its_own_template(tmp_path):
    loaded = load_template(own_template(tmp_path))
    assert loaded.brain.sum() == 64
    assert loaded.affine[0, 0] == 2.0
    assert not loaded.ventricles.any()


def test_a_template_on_two_grids_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"white\.nii\.gz on another grid"):
        load_template(own_template(tmp_path, white=(8, 9, 11)))
