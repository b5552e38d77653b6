"""The quick mesh against pyradiomics' own, on shapes that are ragged, flat, thin and random."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from voxomics.mesh import measure_mesh
from voxomics.reference import pyradiomics

pytest.importorskip("radiomics.featureextractor", reason="pyradiomics is the reference")

SPACINGS = [(1.0, 1.0, 1.0), (6.5, 0.78125, 0.78125), (0.3, 2.7, 1.1)]


def check(mask, spacing):
    # The reference's volume depends on the origin where voxels touch at edges only; it is always
    # given the box around the region, with a rim of one voxel.
    places = np.argwhere(mask)
    box = tuple(slice(a, b + 1) for a, b in zip(places.min(0), places.max(0), strict=True))
    mask = np.pad(mask[box], 1)
    area, volume, diameters = pyradiomics().cShape.calculate_coefficients(mask, np.array(spacing))
    mesh = measure_mesh(mask, spacing)
    assert mesh.area_mm2 == pytest.approx(area, rel=1e-11)
    assert mesh.volume_mm3 == pytest.approx(volume, rel=1e-11, abs=1e-11)
    assert mesh.diameters_mm == pytest.approx(diameters, rel=1e-12)


@given(
    mask=arrays.arrays(bool, arrays.array_shapes(min_dims=3, max_dims=3, max_side=7)),
    spacing=st.sampled_from(SPACINGS),
)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_any_region_has_the_mesh_of_the_engine(mask, spacing):
    if mask.any():
        check(mask, spacing)


@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize("density", [0.02, 0.3, 0.5, 0.9])
def test_ragged_regions(density, spacing):
    rng = np.random.default_rng(3)
    check(rng.random((17, 21, 14)) < density, spacing)


def test_a_ball_has_the_measures_of_a_ball():
    grid = np.indices((61, 61, 61)) - 30
    mesh = measure_mesh((grid**2).sum(axis=0) <= 25**2, (1.0, 1.0, 1.0))
    assert mesh.volume_mm3 == pytest.approx(4 / 3 * np.pi * 25**3, rel=0.01)
    assert mesh.diameters_mm == pytest.approx((51, 51, 51, 51), rel=0.01)
