"""Orientation, bias field, coregistration, mixture and pictures on heads whose truth is known."""

from types import SimpleNamespace

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813 - the name that everyone knows

from drepano.errors import UnitError
from drepano.imaging.preparation.bias_field import correct_bias, shrink_factors
from drepano.imaging.preparation.coregistration import (
    check_coregistered,
    coregister,
    resample,
)
from drepano.imaging.preparation.mixture import fit_mixture, posterior
from drepano.imaging.preparation.orientation import canonical
from drepano.imaging.preparation.pictures import draw_match, draw_regions
from drepano.imaging.volumes import Volume, read_volume, to_image
from drepano.settings.preparation import BiasField, Coregistration
from drepano.synthetic.anatomy import grid_of
from drepano.synthetic.contrast import FLAIR, T1W, scan
from drepano.synthetic.roster import draw_people
from drepano.synthetic.sessions import draw_sessions
from drepano.synthetic.template import load_template

VOXEL_MM = 5.0
COARSE = Coregistration(resolution_mm=VOXEL_MM)


@pytest.fixture(scope="module")
def head():
    person = draw_people(1, 5)[0]
    session = draw_sessions(person, load_template(), grid_of(VOXEL_MM), 5)[0]
    scans = [
        Volume(scan(session.anatomy, session.lesions.mask, c, np.random.default_rng(7)), a)
        for c in (T1W, FLAIR)
        for a in [session.anatomy.grid.affine]
    ]
    return SimpleNamespace(t1w=scans[0], flair=scans[1], anatomy=session.anatomy)


def flat(values, affine=None):
    return Volume(values, np.diag([VOXEL_MM] * 3 + [1.0]) if affine is None else affine)


def shaded(volume):
    x, y, z = (np.linspace(-1, 1, n) for n in volume.voxels.shape)
    field = np.exp(0.3 * x[:, None, None] + 0.2 * y[:, None] ** 2 - 0.2 * z)
    return Volume((volume.voxels * field).astype(np.float32), volume.affine)


def spread(values):
    return values.std() / values.mean()


# Orientation


@pytest.mark.parametrize("axes", ["LPS", "AIL", "SRP", "RAS"])
def test_canonical_is_the_same_whatever_is_stored(axes):
    voxels = np.arange(2 * 3 * 4).reshape(2, 3, 4)
    ras = flat(voxels)
    to = nib.orientations.axcodes2ornt(axes)
    stored = nib.Nifti1Image(voxels.astype("i2"), ras.affine).as_reoriented(
        nib.orientations.ornt_transform(nib.orientations.axcodes2ornt("RAS"), to)
    )
    turned = canonical(Volume(np.asarray(stored.dataobj), stored.affine))
    np.testing.assert_array_equal(turned.voxels, voxels)
    np.testing.assert_allclose(turned.affine, ras.affine, atol=1e-9)


@pytest.mark.real_data
def test_stored_orientations_of_one_brain_become_one(shared_data):
    paths = sorted((shared_data / "images" / "orientation_48").glob("*.nii.gz"))
    first = canonical(read_volume(paths[0]))
    for path in paths[1::9]:
        other = canonical(read_volume(path))
        np.testing.assert_array_equal(other.voxels, first.voxels)
        np.testing.assert_allclose(other.affine, first.affine, atol=1e-3)


# Bias field


def test_n4_brings_white_matter_near_to_the_scan_without_field(head):
    pure = head.anatomy.white > 0.95
    clean = Volume(np.asarray(head.t1w.voxels, np.float32), head.t1w.affine)
    settings = BiasField(shrink=2)
    unshaded = correct_bias(clean, None, settings).voxels[pure]
    corrected = correct_bias(shaded(clean), None, settings)
    assert corrected.voxels.dtype == np.float32
    assert spread(shaded(clean).voxels[pure]) > 1.5 * spread(unshaded)
    assert spread(corrected.voxels[pure]) < 1.2 * spread(unshaded)


def test_n4_with_a_brain_mask_twice_gives_the_same_bits(head):
    mask = head.anatomy.brain_depth_mm > 0
    settings = BiasField(shrink=2, iterations=(5,))
    first, second = (correct_bias(shaded(head.t1w), mask, settings).voxels for _ in range(2))
    assert first.tobytes() == second.tobytes()


def test_n4_keeps_the_scale_of_intensities(head):
    mask = head.anatomy.brain_depth_mm > 0
    corrected = correct_bias(head.t1w, mask, BiasField(shrink=2, iterations=(5,)))
    assert corrected.voxels[mask].mean() == pytest.approx(head.t1w.voxels[mask].mean(), rel=0.05)


def test_n4_leaves_a_nan_and_lets_it_touch_nothing_else(head):
    voxels = head.t1w.voxels.astype(np.float32)
    voxels[20, 20, 20] = np.nan
    corrected = correct_bias(Volume(voxels, head.t1w.affine), None, BiasField(iterations=(2,)))
    assert np.argwhere(~np.isfinite(corrected.voxels)).tolist() == [[20, 20, 20]]


def test_n4_refuses_an_empty_mask(head):
    empty = np.zeros(head.t1w.voxels.shape, bool)
    with pytest.raises(UnitError, match="brain_empty"):
        correct_bias(head.t1w, empty, BiasField())


def test_n4_refuses_a_scan_without_values(head):
    with pytest.raises(UnitError, match="brain_empty"):
        correct_bias(flat(np.zeros((20, 20, 20), np.float32)), None, BiasField())


def test_a_mask_that_the_shrunk_grid_misses_is_still_used(head):
    mask = np.zeros(head.t1w.voxels.shape, bool)
    mask[21, 21, 21] = True
    corrected = correct_bias(head.t1w, mask, BiasField(shrink=4, iterations=(1,)))
    assert np.isfinite(corrected.voxels).all()


def test_thick_slices_are_shrunk_less():
    image = to_image(flat(np.zeros((128, 128, 30), np.float32), np.diag([1.0, 1.0, 5.0, 1.0])))
    assert shrink_factors(image, 4) == [4, 4, 1]


# Coregistration

MOVES = [
    ("t1w", (15, 0, 0), (0, 20, 0)),
    ("flair", (-12, 10, 5), (-20, 5, 10)),
    ("flair", (0, -5, 15), (8, 0, -20)),
]


def moved(volume, turns, shift):
    move = sitk.Euler3DTransform((0, 0, 0), *np.deg2rad(turns).tolist(), [float(s) for s in shift])
    return move, resample(volume, volume, move.GetInverse(), labels=False)


@pytest.mark.parametrize(("contrast", "turns", "shift"), MOVES)
def test_known_moves_are_found_to_less_than_a_voxel(head, contrast, turns, shift):
    truth, scan_ = moved(getattr(head, contrast), turns, shift)
    found = coregister(scan_, head.t1w, COARSE)
    check_coregistered(found, COARSE)
    inside = np.argwhere(head.anatomy.brain_depth_mm > 0)[::50]
    points = (inside @ head.t1w.affine[:3, :3].T + head.t1w.affine[:3, 3]) * [-1, -1, 1]
    away = [
        np.subtract(found.transform.TransformPoint(p), truth.TransformPoint(p))
        for p in points.tolist()
    ]
    assert np.linalg.norm(away, axis=1).max() < 0.5 * VOXEL_MM


def test_coregistration_twice_gives_the_same_bits(head):
    settings = Coregistration(resolution_mm=8.0)
    _, scan_ = moved(head.flair, (5, 3, -2), (4, -6, 2))
    first, second = (coregister(scan_, head.t1w, settings) for _ in range(2))
    assert first.transform.GetParameters() == second.transform.GetParameters()
    assert (first.overlap, first.information) == (second.overlap, second.information)


def test_labels_go_there_and_back(head):
    move, _ = moved(head.t1w, (10, 0, 0), (0, 5, 0))
    labels = Volume(head.anatomy.labels, head.t1w.affine)
    there = resample(labels, head.t1w, move, labels=True)
    back = resample(there, head.t1w, move.GetInverse(), labels=True)
    assert there.voxels.dtype == np.uint8
    assert set(np.unique(there.voxels)) == set(np.unique(labels.voxels))
    assert (back.voxels == labels.voxels).mean() > 0.93


def test_noise_tells_nothing_of_a_head(head):
    noise = np.random.default_rng(1).normal(100, 30, head.t1w.voxels.shape).astype(np.float32)
    found = coregister(Volume(noise, head.t1w.affine), head.t1w, COARSE)
    with pytest.raises(UnitError, match=r"registration_failed.*mutual information"):
        check_coregistered(found, COARSE)


def test_a_flat_scan_is_refused(head):
    with pytest.raises(UnitError, match="same value"):
        coregister(flat(np.full((9, 9, 9), 5.0)), head.t1w, COARSE)


def test_a_scan_full_of_nan_is_refused(head):
    voxels = head.t1w.voxels.astype(np.float32)
    voxels[: len(voxels) // 2] = np.nan
    with pytest.raises(UnitError, match=r"not_finite.*NaN"):
        coregister(Volume(voxels, head.t1w.affine), head.t1w, COARSE)


def test_thick_slices_find_their_place(head):
    truth, scan_ = moved(head.flair, (4, 0, 3), (3, -4, 5))
    thick = Volume(scan_.voxels[:, :, ::2], scan_.affine @ np.diag([1, 1, 2, 1]))
    found = coregister(thick, head.t1w, COARSE)
    away = np.subtract(found.transform.TransformPoint((0, 0, 0)), truth.TransformPoint((0, 0, 0)))
    assert np.linalg.norm(away) < VOXEL_MM


# Mixture


def test_a_mixture_finds_means_that_it_was_drawn_from():
    rng = np.random.default_rng(2)
    tissue = rng.integers(0, 3, 30_000)
    means = np.array([100.0, 300.0, 500.0])
    values = rng.normal(means[tissue], 25.0).astype(np.float32)
    priors = np.vstack([np.full((3, values.size), 1 / 3), np.zeros((1, values.size))])
    priors[:3] += 0.3 * (np.arange(3)[:, None] == tissue) - 0.1
    fitted = fit_mixture(values, priors.astype(np.float32))
    assert fitted.is_t1w
    np.testing.assert_allclose(fitted.means, means, atol=8)
    told = posterior(fitted.densities(values), priors.astype(np.float32))
    np.testing.assert_allclose(told.sum(axis=0), 1, atol=1e-5)
    assert (told.argmax(axis=0) == tissue).mean() > 0.98


# Pictures


def colours(path):
    voxels = sitk.GetArrayFromImage(sitk.ReadImage(str(path))).astype(int)
    return (voxels.max(axis=-1) != voxels.min(axis=-1)).sum()


def test_pictures_are_small_and_show_outlines(head, tmp_path):
    draw_regions(tmp_path / "regions.png", head.t1w, Volume(head.anatomy.labels, head.t1w.affine))
    draw_match(tmp_path / "match.png", head.t1w, head.flair)
    for path in (tmp_path / "regions.png", tmp_path / "match.png"):
        assert path.stat().st_size < 150_000
        assert colours(path) > 500


def test_a_picture_without_regions_is_grey(head, tmp_path):
    empty = np.zeros(head.t1w.voxels.shape, np.uint8)
    draw_regions(tmp_path / "none.png", head.t1w, Volume(empty, head.t1w.affine))
    assert colours(tmp_path / "none.png") == 0


def test_a_picture_of_a_flat_scan_is_drawn(head, tmp_path):
    one = flat(np.ones((10, 12, 14), np.float32))
    draw_match(tmp_path / "flat.png", one, one)
    assert (tmp_path / "flat.png").exists()


def test_a_picture_of_a_scan_with_a_hole_shows_the_rest(head, tmp_path):
    voxels = head.flair.voxels.astype(np.float32)
    voxels[20:22, 20:22, 20:22] = np.nan
    draw_match(tmp_path / "hole.png", head.t1w, Volume(voxels, head.flair.affine))
    assert colours(tmp_path / "hole.png") > 500
