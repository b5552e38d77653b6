"""Scalars of tensors that are known, and gradients that fix none."""

import nibabel as nib
import numpy as np
import pytest
from dipy.core.gradients import gradient_table
from dipy.io import read_bvals_bvecs
from dipy.reconst.dti import TensorModel

from voxomics.diffusion import (
    Gradients,
    count_faults,
    design_faults,
    distinct_directions,
    gradient_faults,
    tensor_scalars,
)


def directions(count, seed=3):
    found = np.random.default_rng(seed).normal(size=(count, 3))
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def gradients_of(count=20, b=1000.0):
    bvecs = np.vstack([np.full((2, 3), np.nan), directions(count)])
    return Gradients(np.array([0.0, 5.0] + [b] * count), bvecs, 50.0)


def signals_of(tensors, gradients, s0=1000.0):
    bvecs = np.where(gradients.weighted[:, None], gradients.bvecs, 0)
    bvals = np.where(gradients.weighted, gradients.bvals, 0)
    return s0 * np.exp(-bvals * np.einsum("vi,nij,vj->nv", bvecs, tensors, bvecs))


@pytest.fixture(scope="module")
def truth():
    """Eigenvalues (N, 3), largest first, and tensors (N, 3, 3)."""
    random = np.random.default_rng(5)
    values = -np.sort(-random.uniform(2e-4, 2.5e-3, (40, 3)), axis=1)
    values[0] = 1e-3  # isotropic
    turns = np.linalg.qr(random.normal(size=(40, 3, 3)))[0]
    return values, np.einsum("nij,nj,nkj->nik", turns, values, turns)


def test_scalars_equal_those_of_the_tensor_that_made_the_signal(truth):
    values, tensors = truth
    gradients = gradients_of()
    found = tensor_scalars(signals_of(tensors, gradients), gradients)
    mean = values.mean(axis=1)
    anisotropy = np.sqrt(
        1.5 * ((values - mean[:, None]) ** 2).sum(axis=1) / (values**2).sum(axis=1)
    )
    np.testing.assert_allclose(found.md, mean, rtol=1e-6)
    np.testing.assert_allclose(found.ad, values[:, 0], rtol=1e-6)
    np.testing.assert_allclose(found.rd, values[:, 1:].mean(axis=1), rtol=1e-6)
    np.testing.assert_allclose(found.fa, anisotropy, atol=1e-6)
    assert found.fa[0] < 1e-6


def test_scalars_do_not_depend_on_the_axes(truth):
    """Directions flipped or swapped for all volumes alike give the same numbers."""
    _, tensors = truth
    gradients = gradients_of()
    signals = signals_of(tensors, gradients)
    first = tensor_scalars(signals, gradients)
    turned = Gradients(gradients.bvals, gradients.bvecs[:, [1, 0, 2]] * [-1, 1, 1], 50.0)
    second = tensor_scalars(signals, turned)
    np.testing.assert_allclose(second.fa, first.fa, atol=1e-9)
    np.testing.assert_allclose(second.md, first.md, rtol=1e-9)


def test_directions_that_belong_to_other_volumes_do_move_the_values(truth):
    _, tensors = truth
    gradients = gradients_of()
    signals = signals_of(tensors, gradients)
    mixed = Gradients(gradients.bvals, gradients.bvecs[[0, 1, *range(21, 1, -1)]], 50.0)
    change = np.abs(tensor_scalars(signals, mixed).fa - tensor_scalars(signals, gradients).fa)
    assert change[1:].max() > 0.05


def test_a_voxel_without_signal_has_no_value(truth):
    _, tensors = truth
    gradients = gradients_of()
    signals = signals_of(tensors[:4], gradients)
    signals[1, 3], signals[2, 0] = 0, np.nan
    found = tensor_scalars(signals, gradients)
    for scalar in (found.fa, found.md, found.rd, found.ad):
        assert np.isfinite(scalar).tolist() == [True, False, False, True]
    assert np.isnan(tensor_scalars(np.zeros((2, 22)), gradients).fa).all()


def test_counts_that_disagree_are_all_told():
    assert count_faults(np.zeros(3), np.zeros((4, 3)), 5) == [
        "3 b-values for 5 volumes",
        "4 directions for 5 volumes",
    ]
    assert count_faults(np.zeros(3), np.zeros((3, 3)), 3) == []


def test_impossible_gradients_are_told():
    bvals = np.array([0, -1, 1000, 1000.0])
    bvecs = np.array([[0, 0, 0], [0, 0, 0], [2, 0, 0], [np.nan] * 3])
    assert gradient_faults(Gradients(bvals, bvecs, 50.0)) == [
        "a b-value that is negative or not a finite number",
        "2 of 2 directions are not of length 1",
    ]
    assert gradient_faults(gradients_of()) == []


def test_designs_that_fix_no_tensor_are_told():
    few = gradients_of(5)
    assert design_faults(few) == ["5 directions, where 6 are needed"]
    assert design_faults(gradients_of(20), 30) == ["20 directions, where 30 are needed"]
    whole = gradients_of()
    weighted = Gradients(whole.bvals[2:], whole.bvecs[2:], 50.0)
    assert design_faults(weighted) == ["no volume with a b-value of at most 50 s/mm2"]


def test_directions_in_one_plane_fix_no_tensor():
    angles = np.linspace(0, np.pi, 12, endpoint=False)
    flat = np.stack([np.cos(angles), np.sin(angles), 0 * angles], axis=1)
    gradients = Gradients(np.array([0.0] + [1000.0] * 12), np.vstack([[0, 0, 0], flat]), 50.0)
    assert design_faults(gradients) == ["12 directions on one cone or plane: they fix no tensor"]
    with pytest.raises(ValueError, match="they fix no tensor"):
        tensor_scalars(np.ones((1, 13)), gradients)


def test_opposite_and_repeated_directions_are_one():
    bvecs = np.vstack([directions(7), -directions(7), directions(7)])
    assert distinct_directions(Gradients(np.full(21, 1000.0), bvecs, 50.0)) == 7


def test_b_values_above_the_limit_are_left_out():
    gradients = gradients_of()
    bvals = gradients.bvals.copy()
    bvals[-3:] = 3000
    fitted, kept = Gradients(bvals, gradients.bvecs, 50.0).up_to(1500)
    assert kept.sum() == len(fitted.bvals) == 19
    assert fitted.bvals.max() == 1000


@pytest.mark.real_data
def test_real_diffusion_agrees_with_dipy_called_by_hand(shared_data):
    """small_64D: our scalars are those of dipy on the same voxels, and are plausible."""
    folder = shared_data / "images" / "dwi_dipy"
    data = np.asarray(nib.load(folder / "small_64D.nii").dataobj, dtype=np.float64)
    bvals, bvecs = read_bvals_bvecs(str(folder / "small_64D.bval"), str(folder / "small_64D.bvec"))
    bvecs = np.where(np.isnan(bvecs), 0, bvecs)
    found = tensor_scalars(data.reshape(-1, data.shape[3]), Gradients(bvals, bvecs, 50.0))
    fit = TensorModel(gradient_table(bvals, bvecs=bvecs, b0_threshold=50), fit_method="WLS").fit(
        data
    )
    usable = np.isfinite(found.fa)
    assert usable.mean() > 0.9
    np.testing.assert_allclose(found.fa[usable], fit.fa.ravel()[usable], atol=1e-10)
    np.testing.assert_allclose(found.md[usable], fit.md.ravel()[usable], rtol=1e-10)
    assert 4e-4 < np.median(found.md[usable]) < 2e-3
    assert ((found.fa[usable] >= 0) & (found.fa[usable] <= 1)).all()
    assert (found.ad[usable] >= found.rd[usable]).all()
