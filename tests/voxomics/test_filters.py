"""Image types against pyradiomics, bit for bit: a last bit moves a voxel over a bin's edge."""

import sys
import types

import numpy as np
import pytest
import scipy.ndimage
import scipy.special
import SimpleITK as sitk  # noqa: N813
from hypothesis import given, settings
from hypothesis import strategies as st

from voxomics.filters import filtered, image_names
from voxomics.filters.footprint import Footprint
from voxomics.filters.patterns import icosphere
from voxomics.reference import pyradiomics, quiet

pytest.importorskip("radiomics.featureextractor", reason="pyradiomics is the reference")

SPACINGS = [(1.0, 1.0, 1.0), (0.9, 0.75, 2.5), (3.0, 1.1, 0.4)]
WHOLE = None
BOX = (slice(2, 7), slice(1, 12), slice(4, 13))


def make_image(shape=(9, 12, 13), dtype="f4", spacing=SPACINGS[1], seed=0):
    values = np.random.default_rng(seed).normal(300, 200, shape)
    image = sitk.GetImageFromArray(values.astype(dtype))
    image.SetSpacing(spacing)
    return image


def reference(image, kind, own, mask=None):
    with quiet():
        made = getattr(pyradiomics().imageoperations, f"get{kind}Image")(image, mask, **own)
        return {name: sitk.GetArrayFromImage(found) for found, name, _ in made}


def check(image, kind, own, box=WHOLE):
    expected = reference(image, kind, own)
    need = box and Footprint.within(image.GetSize()[::-1], box)
    got = {name: values for values, name in filtered(image, kind, own, need)}
    assert [*got] == [*expected] == image_names(kind, own)
    part = box or slice(None)
    for name, values in got.items():
        assert values.dtype == expected[name].dtype
        assert np.array_equal(values[part], expected[name][part], equal_nan=True), name


@pytest.mark.parametrize("dtype", ["f4", "f8", "i2"])
@pytest.mark.parametrize(
    ("kind", "own"),
    [
        ("LoG", {"sigma": [1, 2.5, 4.0]}),
        ("Wavelet", {}),
        ("Square", {}),
        ("SquareRoot", {}),
        ("Logarithm", {}),
        ("Exponential", {}),
        ("Gradient", {}),
        ("Gradient", {"gradientUseSpacing": False}),
    ],
)
@pytest.mark.parametrize("box", [WHOLE, BOX])
def test_each_type_is_the_reference_s_bit_for_bit(kind, own, dtype, box):
    check(make_image(dtype=dtype), kind, own, box)


@given(
    shape=st.tuples(*[st.integers(4, 40)] * 3),
    spacing=st.sampled_from(SPACINGS),
    sigma=st.floats(0.3, 6),
    dtype=st.sampled_from(["f4", "f8"]),
    data=st.data(),
)
@settings(max_examples=40, deadline=None, derandomize=True)
def test_any_width_of_the_laplacian_in_any_box(shape, spacing, sigma, dtype, data):
    starts = [data.draw(st.integers(0, n - 1)) for n in shape]
    stops = [data.draw(st.integers(a + 1, n)) for a, n in zip(starts, shape, strict=True)]
    box = tuple(slice(a, b) for a, b in zip(starts, stops, strict=True))
    image = make_image(shape, dtype, spacing)
    own = {"sigma": [sigma]}
    expected = reference(image, "LoG", own)
    need = Footprint.within(shape, box)
    got = {name: values for values, name in filtered(image, "LoG", own, need)}
    assert [*got] == [*expected]
    assert all(np.array_equal(got[name][box], expected[name][box]) for name in got)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("shape", [(5, 6, 230), (5, 215, 7), (209, 5, 6), (4, 4, 4), (4, 111, 30)])
def test_the_laplacian_of_long_and_short_lines(shape, dtype):
    check(make_image(shape, dtype), "LoG", {"sigma": [0.9, 2.0]})


def scatter(shape, seed, share):
    """Draw a few blocks and single voxels."""
    draw = np.random.default_rng(seed)
    inside = draw.random(shape) < share
    for _ in range(draw.integers(1, 4)):
        corner = [draw.integers(0, n) for n in shape]
        inside[tuple(slice(a, a + draw.integers(1, 6)) for a in corner)] = True
    return inside


@given(
    shape=st.tuples(*[st.integers(4, 30)] * 3) | st.tuples(*[st.sampled_from([4, 9, 140])] * 3),
    kind=st.sampled_from(
        [
            ("LoG", {"sigma": [0.7, 2.0]}),
            ("Wavelet", {}),
            ("Wavelet", {"wavelet": "db3", "level": 2}),
            ("Wavelet", {"force2D": True}),
            ("Wavelet", {"force2D": True, "force2Ddimension": 1}),
            ("Wavelet", {"force2D": True, "force2Ddimension": 2, "wavelet": "haar"}),
        ]
    ),
    made_of=st.tuples(st.sampled_from(["f4", "f8"]), st.sampled_from(SPACINGS)),
    regions=st.tuples(st.integers(0, 1000), st.sampled_from([0, 0.001, 0.02, 0.4])),
)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_scattered_regions_get_what_the_whole_image_has(shape, kind, made_of, regions):
    image = make_image(shape, *made_of)
    inside = scatter(shape, *regions)
    need = Footprint(shape, [np.flatnonzero(inside)])
    whole = {name: values[inside] for values, name in filtered(image, *kind)}
    part = {name: values[inside] for values, name in filtered(image, *kind, need)}
    assert [*part] == [*whole]
    for name, values in part.items():
        assert values.tobytes() == whole[name].tobytes(), name


def test_a_footprint_is_what_is_seen_of_the_voxels():
    inside = scatter((5, 6, 7), 3, 0.05)
    places = np.flatnonzero(inside)
    need = Footprint(inside.shape, [places[1::2][::-1], places[:9]])
    seen = inside.copy()
    seen.reshape(-1)[places[10::2]] = False
    assert np.array_equal(need.inside(), seen)
    for axis in range(3):
        first, second = (k for k in range(3) if k != axis)
        assert np.array_equal(need.shadows[axis], seen.any(axis=axis))
        assert np.array_equal(need.shadow(first, second), seen.any(axis=axis))
        assert np.array_equal(need.shadow(second, first), seen.any(axis=axis).T)
    where = np.nonzero(seen)
    assert need.box == tuple(slice(int(w.min()), int(w.max()) + 1) for w in where)


def test_a_footprint_of_a_box_is_all_of_it():
    need = Footprint.within((9, 12, 13), BOX)
    assert need.box == BOX
    assert need.inside().sum() == need.inside()[BOX].size == 5 * 11 * 9


@pytest.mark.parametrize("kind", ["LoG", "Wavelet"])
def test_where_no_voxel_is_needed_nothing_fails(kind):
    need = Footprint((9, 12, 13), [])
    assert need.box == (slice(0, 0),) * 3
    images = [*filtered(make_image(), kind, {"sigma": [1.0]}, need)]
    assert {values.shape for values, _ in images} == {(9, 12, 13)}


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize(
    "wavelet", ["haar", "db2", "db7", "sym5", "coif3", "bior1.3", "bior6.8", "rbio3.9", "dmey"]
)
@pytest.mark.parametrize("shape", [(20, 23, 32), (3, 62, 5)])
def test_any_wavelet(wavelet, dtype, shape):
    check(make_image(shape, dtype), "Wavelet", {"wavelet": wavelet})


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize(
    "own",
    [
        {"level": 2},
        {"level": 3, "start_level": 1},
        {"start_level": 2},
        {"level": 2, "force2D": True},
        {"force2D": True, "force2Ddimension": 1},
        {"level": 2, "force2D": True, "force2Ddimension": 2, "wavelet": "haar"},
    ],
)
@pytest.mark.parametrize("box", [WHOLE, BOX])
def test_levels_and_planes_of_wavelets(own, dtype, box):
    check(make_image(dtype=dtype), "Wavelet", own, box)


@pytest.mark.parametrize("kind", ["Square", "SquareRoot", "Logarithm", "Exponential", "Gradient"])
def test_an_image_of_zeros(kind):
    image = make_image()
    check(sitk.Cast(image * 0, sitk.sitkFloat64), kind, {})


def test_an_image_too_small_gives_nothing_where_the_reference_gives_nothing():
    for shape, sigma in [((3, 9, 9), 1.0), ((8, 8, 8), 30.0)]:
        own = {"sigma": [sigma]}
        image = make_image(shape)
        assert reference(image, "LoG", own) == {}
        assert [*filtered(image, "LoG", own)] == []


def test_the_original_is_the_image_itself():
    image = make_image(dtype="i2")
    ((values, name),) = filtered(image, "Original", {})
    assert name == "original"
    assert np.array_equal(values, sitk.GetArrayFromImage(image))
    assert values.dtype == np.float64


# What scikit-image 0.26 gives for one small plane, 8 points at a distance of 1.
PLANE = np.array([[3, 1, 4, 1], [5, 9, 2, 6], [5, 3, 5, 8], [9, 7, 9, 3]], dtype=float)
CODES = {
    "default": [[192, 241, 32, 240], [65, 0, 255, 64], [198, 255, 235, 0], [0, 17, 0, 28]],
    "ror": [[3, 31, 1, 15], [5, 0, 255, 1], [27, 255, 95, 0], [0, 17, 0, 7]],
    "uniform": [[2, 5, 1, 4], [9, 0, 8, 1], [9, 8, 9, 0], [0, 9, 0, 3]],
    "var": [
        [4.925283930880022, 7.467481850485452, 3.2243994830959757, 4.32492118987733],
        [7.113684020723905, 1.701774338627681, 3.4874171982889592, 6.100175755704109],
        [8.059015463057069, 2.2428397907994935, 4.7291852028655015, 4.958395969020868],
        [5.916807423131467, 9.186683329136947, 5.353199957866446, 12.203194056371713],
    ],
}


@pytest.mark.parametrize("across", [0, 1, 2])
@pytest.mark.parametrize("method", ["default", "ror", "uniform", "var"])
def test_circle_patterns_are_those_of_scikit_image(method, across):
    pytest.importorskip("skimage.feature")
    own = {"lbp2DMethod": method, "lbp2DRadius": 1.5, "force2Ddimension": across}
    check(make_image(dtype="f8"), "LBP2D", own | {"force2D": True})


@pytest.mark.parametrize("across", [0, 1, 2])
@pytest.mark.parametrize("method", CODES)
def test_circle_patterns_of_a_small_plane(method, across):
    image = sitk.GetImageFromArray(np.stack([PLANE, PLANE.T, PLANE], axis=0).swapaxes(0, across))
    own = {"lbp2DMethod": method, "force2Ddimension": across}
    ((values, name),) = filtered(image, "LBP2D", own)
    assert name == "lbp-2D"
    planes = values.swapaxes(0, across)
    assert planes[0] == pytest.approx(np.array(CODES[method]), rel=1e-14)
    assert np.array_equal(planes[0], planes[2])


def test_a_flat_plane_has_no_variance():
    image = sitk.GetImageFromArray(np.zeros((2, 5, 5)))
    ((values, _),) = filtered(image, "LBP2D", {"lbp2DMethod": "var"})
    assert np.isnan(values).all()


@pytest.fixture
def sphere_reference(monkeypatch):
    """Lend pyradiomics what its LBP3D imports: names that SciPy dropped, and an icosphere."""

    def module(name, **contents):
        made = types.ModuleType(name)
        made.__dict__.update(contents)
        monkeypatch.setitem(sys.modules, name, made)

    def points(subdivisions, radius):
        return types.SimpleNamespace(vertices=icosphere(subdivisions) * radius)

    module("scipy.ndimage.interpolation", map_coordinates=scipy.ndimage.map_coordinates)
    module("trimesh")
    module("trimesh.creation", icosphere=points)
    monkeypatch.setattr(
        scipy.special,
        "sph_harm",
        lambda m, n, azimuth, polar: scipy.special.sph_harm_y(n, m, polar, azimuth),
        raising=False,
    )


@pytest.mark.parametrize(
    "own",
    [
        {},
        {"lbp3DLevels": 4, "lbp3DIcosphereRadius": 2.5, "lbp3DIcosphereSubdivision": 2},
        {"lbp3DIcosphereSubdivision": 0},
    ],
)
@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_sphere_patterns_are_those_of_the_reference(own, dtype, sphere_reference):
    image = make_image(dtype=dtype)
    inside = np.random.default_rng(3).random((9, 12, 13)) < 0.4
    expected = reference(image, "LBP3D", own, sitk.GetImageFromArray(inside.astype("u1")))
    need = Footprint(inside.shape, [np.flatnonzero(inside)])
    got = {name: values for values, name in filtered(image, "LBP3D", own, need)}
    assert [*got] == [*expected] == image_names("LBP3D", own)
    for name, values in got.items():
        assert values[inside] == pytest.approx(expected[name][inside], rel=1e-9, abs=1e-9)


def test_sphere_patterns_in_a_box_are_those_of_the_whole():
    image = make_image()
    whole = [values[BOX] for values, _ in filtered(image, "LBP3D", {})]
    need = Footprint.within((9, 12, 13), BOX)
    part = [values[BOX] for values, _ in filtered(image, "LBP3D", {}, need)]
    assert np.array_equal(whole, part)


@pytest.mark.parametrize(("cuts", "corners"), [(0, 12), (1, 42), (2, 162), (3, 642)])
def test_an_icosphere_has_even_corners_on_the_sphere(cuts, corners):
    points = icosphere(cuts)
    assert points.shape == (corners, 3)
    assert np.linalg.norm(points, axis=1) == pytest.approx(1)
    assert points.sum(axis=0) == pytest.approx(0, abs=1e-12)
    assert points.T @ points / corners == pytest.approx(np.eye(3) / 3, abs=1e-12)
