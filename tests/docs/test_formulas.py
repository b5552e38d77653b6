"""Each formula of the features' page, read as it stands there, gives the engine's value.

Matrices, meshes and symbols are made here anew, in the plainest way, from one small region.
"""

import itertools

import numpy as np
import pytest
from scipy import ndimage
from scipy.spatial import ConvexHull

import voxomics
from voxomics.describe import dictionary
from voxomics.page import image_rows

SPACING_MM = (2.0, 1.25, 1.0)
EPSILON = 2.0**-52
WIDTH, SHIFT = 10.0, 7
SETTINGS = {"setting": {"binWidth": WIDTH, "voxelArrayShift": SHIFT}}
STEPS = [step for step in itertools.product((-1, 0, 1), repeat=3) if step > (0, 0, 0)]
SIGNS = {"·": "*", "−": "-", "²": "**2", "³": "**3", "⁴": "**4", "^": "**", "Σ": "sum", "√": "sqrt"}
SIGNS |= {"≠": "!=", "π": "pi"}


def total(values, where=np.True_):
    return np.sum(np.where(where, values, 0))


FUNCTIONS = {
    **{name: getattr(np, name) for name in ("abs", "cross", "exp", "log", "log2", "mean", "sign")},
    "max": lambda *values: np.max(values),
    "min": lambda *values: np.min(values),
    "dot": lambda a, b: (a * b).sum(axis=-1),
    "norm": lambda a: np.linalg.norm(a, axis=-1),
    "percentile": np.percentile,
    "second_eigenvalue": lambda q: np.sort(np.linalg.eigvals(q).real)[-2],
    "sqrt": np.sqrt,
    "sum": total,
    "pi": np.pi,
    "ε": EPSILON,
    "__builtins__": {},
}


def evaluate(formula, symbols):
    for sign, meaning in SIGNS.items():
        formula = formula.replace(sign, meaning)
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(eval(formula, FUNCTIONS | symbols))


def entropy(p):
    return -np.sum(p * np.log2(p + EPSILON))


@pytest.fixture(scope="module")
def region():
    """Image and region (Z, Y, X): holes, a voxel alone, and levels that no voxel has."""
    rng = np.random.default_rng(11)
    image = np.round(rng.gamma(2, 20, (6, 6, 7)), 1)
    image[1, 2, 3] = 250
    inside = rng.random(image.shape) < 0.8
    inside[4:] = False
    inside[1, 2, 3] = inside[5, 0, 0] = True
    return image, inside


@pytest.fixture(scope="module")
def levels(region):
    """Level of each voxel (Z, Y, X) from 1, 0 outside."""
    image, inside = region
    assert image[inside].min() % WIDTH
    lowest = WIDTH * (image[inside].min() // WIDTH)
    return np.where(inside, (image - lowest) // WIDTH + 1, 0).astype(int)


def pairs_of(levels, step):
    """Return the levels of every voxel and its neighbour one step on, both in the region."""
    places = np.argwhere(levels > 0)
    after = places + step
    kept = ((after >= 0) & (after < levels.shape)).all(axis=1)
    pairs = levels[tuple(places[kept].T)], levels[tuple(after[kept].T)]
    return np.array(pairs)[:, pairs[1] > 0]


def first_order(image, inside, levels):
    x = image[inside]
    low, high = np.percentile(x, [10, 90])
    counts = np.bincount(levels[inside])
    yield {
        "x": x,
        "μ": x.mean(),
        "r": x[(x >= low) & (x <= high)],
        "p": counts[counts > 0] / len(x),
        "c": SHIFT,
        "v": np.prod(SPACING_MM),
    }


def cooccurrence(levels):
    for step in STEPS:
        first, second = pairs_of(levels, step)
        table = np.zeros((levels.max(), levels.max()))
        np.add.at(table, (first - 1, second - 1), 1)
        yield pair_symbols(table + table.T)


def pair_symbols(table):
    p = table / table.sum()
    i, j = np.ogrid[1 : len(p) + 1, 1 : len(p) + 1]
    px, py = p.sum(axis=1), p.sum(axis=0)
    s, d = np.arange(2, 2 * len(p) + 1), np.arange(len(p))
    both = px[:, None] * py
    mean_x, mean_y = (p * i).sum(), (p * j).sum()
    q = np.divide(p, both, out=np.zeros_like(p), where=both > 0) @ p.T
    return {
        "p": p,
        "i": i,
        "j": j,
        "s": s,
        "d": d,
        "p_sum": np.array([p[i + j == k].sum() for k in s]),
        "p_diff": np.array([p[abs(i - j) == k].sum() for k in d]),
        "μ_x": mean_x,
        "μ_y": mean_y,
        "σ_x": np.sqrt((p * (i - mean_x) ** 2).sum()),
        "σ_y": np.sqrt((p * (j - mean_y) ** 2).sum()),
        "Ng": len(p),
        "HX": entropy(px),
        "HY": entropy(py),
        "HXY": entropy(p),
        "HXY1": -(p * np.log2(both + EPSILON)).sum(),
        "HXY2": entropy(both),
        "Q": q,
    }


def count_symbols(cells, many):
    """Return the symbols of a matrix of counts from its (level, other index) pairs."""
    i, j = np.array(cells).T
    table = np.zeros((i.max(), j.max()))
    np.add.at(table, (i - 1, j - 1), 1)
    i, j = np.ogrid[1 : len(table) + 1, 1 : table.shape[1] + 1]
    p = table / table.sum()
    sums = {"P_i": table.sum(axis=1), "P_j": table.sum(axis=0)}
    means = {"μ_i": (p * i).sum(), "μ_j": (p * j).sum()}
    return {"P": table, "p": p, "i": i, "j": j, many: table.sum()} | sums | means


def run_lengths(levels):
    for step in STEPS:
        runs = []
        for place in np.argwhere(levels > 0):
            level, length = levels[tuple(place)], 1
            if at(levels, place - step) == level:
                continue
            while at(levels, place + length * np.array(step)) == level:
                length += 1
            runs.append((level, length))
        yield count_symbols(runs, "Nr")


def at(levels, place):
    inside = (place >= 0).all() and (place < levels.shape).all()
    return levels[tuple(place)] if inside else 0


def size_zones(levels):
    zones = []
    for level in range(1, levels.max() + 1):
        found, _ = ndimage.label(levels == level, np.ones((3, 3, 3)))
        zones += [(level, size) for size in np.bincount(found.ravel())[1:]]
    yield count_symbols(zones, "Nz")


def neighbourhoods(levels):
    """Give each voxel's level, and the levels of its neighbours in the region."""
    around = [*STEPS, *(tuple(-s for s in step) for step in STEPS)]
    for place in np.argwhere(levels > 0):
        near = np.array([at(levels, place + np.array(step)) for step in around])
        yield levels[tuple(place)], near[near > 0]


def dependences(levels):
    cells = [(level, 1 + (near == level).sum()) for level, near in neighbourhoods(levels)]
    yield count_symbols(cells, "N")


def tone_differences(levels):
    found = [*neighbourhoods(levels)]
    present = np.unique(levels[levels > 0])
    s = np.array([sum(abs(g - n.mean()) for g, n in found if g == i and len(n)) for i in present])
    p = np.array([sum(g == i for g, _ in found) for i in present]) / len(found)
    column = {"i": present[:, None], "p_i": p[:, None], "s_i": s[:, None]}
    row = {"j": present[None], "p_j": p[None], "s_j": s[None]}
    yield column | row | {"Ngp": len(present), "N": len(found)}


MATRICES = {
    "glcm": cooccurrence,
    "glrlm": run_lengths,
    "glszm": size_zones,
    "gldm": dependences,
    "ngtdm": tone_differences,
}


def features_of(feature_class):
    return [row for (kind, _), row in dictionary().items() if kind == feature_class]


def compare(feature_class, table, symbols):
    symbols = [*symbols]
    for row in features_of(feature_class):
        expected = np.mean([evaluate(row["formula"], one) for one in symbols])
        found = table[f"original_{feature_class}_{row['feature']}"].iloc[0]
        assert found == pytest.approx(expected, rel=1e-10, abs=1e-12), row["feature"]


def settings_of(feature_class):
    names = [row["feature"] for row in features_of(feature_class)]
    return SETTINGS | {"featureClass": {feature_class: names}}


@pytest.mark.parametrize("feature_class", ["firstorder", *MATRICES])
def test_formulas_of_intensities_and_texture(region, levels, feature_class):
    image, inside = region
    table = voxomics.extract(image, inside, settings_of(feature_class), spacing_mm=SPACING_MM)
    if feature_class == "firstorder":
        symbols = first_order(image, inside, levels)
    else:
        symbols = MATRICES[feature_class](levels)
    compare(feature_class, table, symbols)


def hull(points):
    """Return the corners (faces, corners, axes) of a convex hull, turned outwards."""
    found = ConvexHull(points)
    faces = points[found.simplices]
    for face, equation in zip(faces, found.equations, strict=True):
        # In space the edges and the normal turn right, in a plane the line has it on its right.
        edges = face[1:] - face[0]
        turned = (
            np.linalg.det([*edges, equation[:-1]])
            if len(edges) == 2
            else -np.linalg.det([edges[0], equation[:-1]])
        )
        if turned < 0:
            face[:2] = face[1::-1].copy()
    return np.moveaxis(faces, 1, 0)


def cuboid_symbols(shape, spacing):
    """Return the symbols of a cuboid: its mesh is the hull of the middles of its outer faces."""
    axes = range(len(shape))
    voxels = np.argwhere(np.ones(shape))
    outer = [
        voxel + sign * np.eye(len(shape))[axis] / 2
        for voxel in voxels
        for axis in axes
        for sign in (-1, 1)
        if not 0 <= voxel[axis] + sign < shape[axis]
    ]
    points = np.array(outer) * spacing
    first, second = (points[k] for k in np.triu_indices(len(points), 1))
    apart = np.linalg.norm(first - second, axis=1)
    corners = hull(points)
    lengths = np.linalg.eigvalsh(np.cov((voxels * spacing).T, bias=True))[::-1]
    symbols = {f"λ{k + 1}": value for k, value in enumerate(lengths)}
    names = ("D_z", "D_y", "D_x")[: len(shape)]
    symbols |= {n: apart[first[:, k] == second[:, k]] for k, n in enumerate(names)}
    symbols |= {"D": apart, "N": len(voxels), "v": np.prod(spacing)}
    symbols |= dict(zip("abc", corners, strict=False))
    return symbols


def test_formulas_of_shape():
    shape = (3, 4, 6)
    symbols = cuboid_symbols(shape, SPACING_MM)
    formulas = {row["feature"]: row["formula"] for row in features_of("shape")}
    symbols["V"] = evaluate(formulas["MeshVolume"], symbols)
    symbols["A"] = evaluate(formulas["SurfaceArea"], symbols)
    mask = np.pad(np.ones(shape, dtype="u1"), 1)
    table = voxomics.extract(mask * 1.0, mask, settings_of("shape"), spacing_mm=SPACING_MM)
    compare("shape", table, [symbols])


def test_formulas_of_plane_shape():
    shape = (4, 6)
    symbols = cuboid_symbols(shape, SPACING_MM[1:])
    symbols |= {f"{n}_{k + 1}": symbols[n][:, k] for n in "ab" for k in range(2)}
    formulas = {row["feature"]: row["formula"] for row in features_of("shape2D")}
    symbols["A"] = evaluate(formulas["MeshSurface"], symbols)
    symbols["L"] = evaluate(formulas["Perimeter"], symbols)
    mask = np.pad(np.ones((1, *shape), dtype="u1"), 1)
    settings = settings_of("shape2D")
    settings["setting"] = settings["setting"] | {"force2D": True}
    table = voxomics.extract(mask * 1.0, mask, settings, spacing_mm=SPACING_MM)
    compare("shape2D", table, [symbols])


@pytest.mark.parametrize("kind", ["Original", "Square", "SquareRoot", "Logarithm", "Exponential"])
def test_formulas_of_images(region, kind):
    image, inside = region
    image = image - 100
    (row,) = [row for row in image_rows() if row["image_type"] == kind]
    settings = {"imageType": {kind: {}}, "featureClass": {"firstorder": ["Mean", "Variance"]}}
    table = voxomics.extract(image, inside, settings)
    symbols = {"x": image[inside], "m": abs(image).max()}
    for name, formula in (("Mean", "mean({y})"), ("Variance", "mean(({y} − mean({y}))²)")):
        expected = evaluate(formula.format(y=f"({row['formula']})"), symbols)
        assert table[f"{row['names']}_firstorder_{name}"].iloc[0] == pytest.approx(expected)
