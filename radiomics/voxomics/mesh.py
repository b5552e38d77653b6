"""Area, volume and diameters of the surface mesh of every label, in one sweep each.

The mesh is the one of pyradiomics: marching cubes over the voxels' centres, its points at the
middles between inside and outside. `cubes.tsv` says what each cube of 2 x 2 x 2 voxels adds, so
area and volume of a label follow from how often each of the 256 cubes occurs, in whole numbers.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voxomics.diameters import largest_distances
from voxomics.extents import Extents, measure_extents
from voxomics.kernels import kernel

Mask = NDArray[np.bool_]
Labels = NDArray[np.int32]
Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Mesh:
    """Measures of a surface mesh.

    Attributes
    ----------
    area_mm2, volume_mm3
        Area of the mesh, and volume inside it.
    diameters_mm
        Largest distance between two points of the mesh in a plane of equal z, of equal y, of
        equal x, and in space.
    """

    area_mm2: float
    volume_mm3: float
    diameters_mm: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class _Cubes:
    """What each of the 256 cubes adds.

    Attributes
    ----------
    volume : (4, 256)
        48ths of a voxel: towards its own origin, and for each voxel further along Z, Y, X.
    triangles : (256, N)
        How many triangles of each normal a cube has.
    normals : (N, 3)
        Normals along Z, Y, X, in half voxels, without sign.
    """

    volume: Counts
    triangles: Counts
    normals: Counts


def measure_mesh(mask: Mask, spacing_mm: tuple[float, ...]) -> Mesh:
    """Measure the surface mesh of one region.

    Parameters
    ----------
    mask : (Z, Y, X)
        True inside the region; the outermost layer is False.
    spacing_mm : (3,)
        Voxel edges along Z, Y, X.
    """
    labels = np.ascontiguousarray(mask, dtype=np.int32)
    extents = measure_extents(labels, 1)
    area, volume = area_and_volume(labels, spacing_mm, extents)
    across = largest_distances(labels, spacing_mm, extents.lower, extents.upper)[0].tolist()
    return Mesh(float(area[0]), float(volume[0]), (across[0], across[1], across[2], across[3]))


def frame(labels: NDArray[np.integer[Any]], count: int) -> tuple[Labels, Extents]:
    """Cut a label map to the box around its labels, and put one layer of background around it.

    Parameters
    ----------
    labels : (Z, Y, X)
        0 is background, 1 to `count` the labels.

    Returns
    -------
    labels : (Z, Y, X)
        The map cut out.
    Extents
        On the map cut out; sums and products are those of the whole map, which have the same
        variances.

    Raises
    ------
    ValueError
        A label is negative or above `count`.
    """
    extents = measure_extents(np.ascontiguousarray(labels, dtype=np.int32), count)
    there = extents.count > 0
    if not there.any():
        return np.zeros((2, 2, 2), dtype=np.int32), extents
    first, last = extents.lower[there].min(axis=0), extents.upper[there].max(axis=0)
    framed = np.zeros(last - first + 3, dtype=np.int32)
    inside = tuple(slice(a, b + 1) for a, b in zip(first, last, strict=True))
    framed[1:-1, 1:-1, 1:-1] = labels[inside]
    lower, upper = (
        np.where(there[:, None], bound - first + 1, bound)
        for bound in (extents.lower, extents.upper)
    )
    return framed, replace(extents, lower=lower, upper=upper)


def area_and_volume(
    labels: Labels, spacing_mm: tuple[float, ...], extents: Extents
) -> tuple[Floats, Floats]:
    """Return area (L,) in mm² and volume (L,) in mm³ of the mesh of each label.

    Parameters
    ----------
    labels : (Z, Y, X)
        Labels 1 to L; the outermost layer is 0.
    spacing_mm : (3,)
        Voxel edges along Z, Y, X.
    extents
        Of the same labels.

    Notes
    -----
    pyradiomics' mesh is not closed where voxels touch at edges only, so its volume depends on
    the place of the origin: one voxel before the first one of the label's own box.
    """
    cubes = _load_cubes()
    found = np.zeros((len(extents.count), 256, 4), dtype=np.int64)
    _count_cubes(labels, found)
    z, y, x = spacing_mm
    faces = np.array([y * x, z * x, z * y]) / 4
    areas = np.sqrt(((cubes.normals * faces) ** 2).sum(axis=1)) / 2
    times = found[:, :, 0]
    # Sums of whole numbers, so that the order of summing cannot matter.
    parts = times @ cubes.volume[0]
    for axis in range(3):
        first = np.where(extents.count > 0, extents.lower[:, axis] - 1, 0)
        parts += (found[:, :, 1 + axis] - times * first[:, None]) @ cubes.volume[1 + axis]
    # Not matmul, whose last bits depend on how many labels there are.
    area = ((times @ cubes.triangles) * areas).sum(axis=1)
    return area, parts * (z * y * x) / 48


@functools.cache
def _load_cubes() -> _Cubes:
    text = resources.files("voxomics").joinpath("cubes.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines() if not line.startswith("#")][1:]
    volume = np.array([[int(part) for part in row[1:5]] for row in rows]).T
    terms = [
        [(tuple(map(int, normal.split(","))), int(times)) for normal, times in pairs]
        for row in rows
        for pairs in [[term.split("*") for term in row[5].split()]]
    ]
    normals = sorted({normal for cube in terms for normal, _ in cube})
    triangles = np.zeros((len(rows), len(normals)), dtype=np.int64)
    for code, cube in enumerate(terms):
        for normal, times in cube:
            triangles[code, normals.index(normal)] += times
    return _Cubes(np.ascontiguousarray(volume), triangles, np.array(normals))


@kernel
def _compare_corners(a: Labels, b: Labels, c: Labels, d: Labels, differs: Labels) -> None:
    """Tell for each cube of four rows whether its corners differ: few do, so without branches."""
    for x in range(differs.size - 1):
        near = (a[x + 1] ^ a[x]) | (b[x] ^ a[x]) | (b[x + 1] ^ a[x])
        far = (c[x] ^ a[x]) | (c[x + 1] ^ a[x]) | (d[x] ^ a[x]) | (d[x + 1] ^ a[x])
        differs[x] = near | far


@kernel
def _count_cubes(labels: Labels, found: Counts) -> None:
    """Count for each label each cube on its surface, and sum up where they lie."""
    nz, ny, nx = labels.shape
    corner = np.empty(8, dtype=np.int32)
    differs = np.empty(nx, dtype=np.int32)
    for z in range(nz - 1):
        for y in range(ny - 1):
            a, b = labels[z, y], labels[z, y + 1]
            c, d = labels[z + 1, y], labels[z + 1, y + 1]
            _compare_corners(a, b, c, d, differs)
            for x in range(nx - 1):
                if differs[x] == 0:
                    continue
                corner[0], corner[1], corner[2], corner[3] = a[x], a[x + 1], b[x], b[x + 1]
                corner[4], corner[5], corner[6], corner[7] = c[x], c[x + 1], d[x], d[x + 1]
                for k in range(8):
                    label = corner[k]
                    if label == 0:
                        continue
                    code = 0
                    seen = False
                    for j in range(8):
                        if corner[j] == label:
                            seen = seen or j < k
                            code |= 1 << j
                    if seen:
                        continue
                    cell = found[label - 1, code]
                    cell[0] += 1
                    cell[1] += z
                    cell[2] += y
                    cell[3] += x
