"""Shape of all labels in one pass, against pyradiomics' classes label by label."""

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from voxomics import mesh, shape
from voxomics.diameters import largest_distances
from voxomics.reference import pyradiomics, quiet

pytest.importorskip("radiomics.featureextractor", reason="pyradiomics is the reference")

SPACINGS = [(1.0, 1.0, 1.0), (6.5, 0.78125, 0.78125), (0.3, 2.7, 1.1)]
DEGENERATE = 2e-6
"""pyradiomics' root of the rounding noise of a variance that is zero, in mm."""


def reference(labels, label, spacing, name, **own):
    """Return every feature of pyradiomics' class, deprecated ones too."""
    inside = labels == label
    box = tuple(slice(int(where.min()), int(where.max()) + 1) for where in np.nonzero(inside))
    mask = sitk.GetImageFromArray(inside[box].astype("u4"))
    mask.SetSpacing(spacing[::-1])
    kind = getattr(getattr(pyradiomics(), name), f"Radiomics{name[0].upper()}{name[1:]}")
    with quiet():
        found = kind(mask, mask, label=1, **own)
        for feature in found.getFeatureNames():
            found.enableFeatureByName(feature)
        return {feature: float(value) for feature, value in found.execute().items()}


def check(labels, spacing, name="shape", across=0):
    count = int(labels.max())
    padded = labels.astype(np.int32)
    if name == "shape":
        got = shape.shape3d(padded, spacing, count)
        own = {}
    else:
        got = shape.shape2d(padded, spacing, count, across=across)
        own = {"force2D": True, "force2Ddimension": across}
    for label in range(1, count + 1):
        if np.count_nonzero(labels == label) < 2:
            continue
        expected = reference(labels, label, spacing, name, **own)
        assert set(got) == set(expected)
        for feature, value in expected.items():
            small = DEGENERATE if feature.endswith(("AxisLength", "Elongation", "Flatness")) else 0
            assert got[feature][label - 1] == pytest.approx(value, rel=1e-10, abs=small), feature


@given(
    labels=arrays.arrays(
        np.int32,
        arrays.array_shapes(min_dims=3, max_dims=3, max_side=6),
        elements=st.integers(0, 3),
    ),
    spacing=st.sampled_from(SPACINGS),
)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_any_label_map_has_the_shapes_of_the_reference(labels, spacing):
    check(labels, spacing)


@pytest.mark.parametrize("spacing", SPACINGS)
def test_larger_labels_that_touch(spacing):
    rng = np.random.default_rng(5)
    labels = np.indices((24, 26, 22)).astype(float) + rng.normal(0, 0.7, (3, 24, 26, 22))
    check(np.clip(labels // 9, 0, 2).astype(int).T @ [1, 3, 9], spacing)


@given(
    labels=arrays.arrays(
        np.int32,
        arrays.array_shapes(min_dims=2, max_dims=2, max_side=7),
        elements=st.integers(0, 2),
    ),
    spacing=st.sampled_from(SPACINGS),
    across=st.integers(0, 2),
)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_any_plane_has_the_shapes_of_the_reference(labels, spacing, across):
    check(np.expand_dims(labels, across), spacing, "shape2D", across)


def test_labels_in_more_than_one_plane_have_no_plane_shape():
    labels = np.zeros((5, 6, 6), dtype=np.int32)
    labels[1:3, 2:4, 2:4] = 1
    labels[3, 1:5, 1:3] = 2
    got = shape.shape2d(labels, (1.0, 1.0, 1.0), 3, across=0)
    assert all(np.isnan(values[[0, 2]]).all() for values in got.values())
    assert got["PixelSurface"][1] == 8


def test_an_absent_label_has_no_shape_and_leaves_the_others_alone():
    labels = np.zeros((7, 7, 7), dtype=np.int32)
    labels[2:5, 2:4, 1:6] = 3
    got = shape.shape3d(labels, (1.0, 2.0, 3.0), 4)
    assert all(np.isnan(values[[0, 1, 3]]).all() for values in got.values())
    alone = shape.shape3d((labels == 3).astype(np.int32), (1.0, 2.0, 3.0), 1)
    assert all(got[name][2] == alone[name][0] for name in got)


def test_zero_variances_are_zero():
    labels = np.zeros((9, 9, 9), dtype=np.int32)
    labels[range(1, 8), range(1, 8), range(1, 8)] = 1
    got = shape.shape3d(labels, (0.7, 1.3, 1.9), 1)
    assert got["MinorAxisLength"] == got["LeastAxisLength"] == got["Elongation"] == 0
    labels[3, 3, 4] = 1
    got = shape.shape3d(labels, (0.7, 1.3, 1.9), 1)
    assert got["MinorAxisLength"] > got["LeastAxisLength"] == 0


def test_diameters_in_several_sweeps_are_those_of_one(monkeypatch):
    labels = np.random.default_rng(1).integers(0, 6, (9, 8, 10)).astype(np.int32)
    labels, extents = mesh.frame(labels, 5)
    one = largest_distances(labels, (1.0, 2.0, 0.5), extents.lower, extents.upper)
    monkeypatch.setattr("voxomics.diameters._TABLE_CELLS", 700)
    several = largest_distances(labels, (1.0, 2.0, 0.5), extents.lower, extents.upper)
    assert np.array_equal(one, several)


@pytest.mark.parametrize("wrong", [-1, 4])
def test_labels_that_were_not_announced_are_refused(wrong):
    labels = np.zeros((4, 4, 4), dtype=np.int16)
    labels[1:3, 1:3, 1:3] = 2
    labels[0, 0, 0] = wrong
    with pytest.raises(ValueError, match="where 0 to 3 were said"):
        shape.shape3d(labels, (1.0, 1.0, 1.0), 3)


def test_a_map_without_labels():
    got = shape.shape3d(np.zeros((4, 5, 6), dtype=np.int32), (1.0, 1.0, 1.0), 2)
    assert all(np.isnan(values).all() and len(values) == 2 for values in got.values())
