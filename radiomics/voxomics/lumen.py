"""One connected lumen to ways through its middle, as voxels of a grid of cubes.

The ways are cheapest paths between voxels, dear near the wall (TEASAR, [1]_): the longest way
first, then each branch that leaves what is there. They come in order and without spurs.

References
----------
.. [1] Sato et al., TEASAR: tree-structure extraction algorithm for accurate and robust
   skeletons, Pacific Graphics 2000, https://doi.org/10.1109/PCCGA.2000.883951
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse
from scipy.sparse import csgraph
from scipy.spatial import KDTree

from voxomics.regions import Mask

Numbers = NDArray[np.float64]
Index = NDArray[np.int64]

NEIGHBOURS = np.ones((3, 3, 3), dtype=bool)
"""26-connected: voxels that share a face, an edge or a corner are one component."""

_DRAW = 16.0
"""How much dearer a step at the wall is than one in the middle of the lumen."""

_WINDOW = 15
"""Edge of the largest box, in voxels, in which the middle of the lumen is looked for."""

_MIDDLE = 0.8
"""A way has come to the middle where its depth is this fraction of the lumen's radius."""

_BRANCH = 2.0
"""A branch reaches beyond this many radii from the middle of the lumen that it leaves."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way through a lumen.

    Attributes
    ----------
    points : (N, 3)
        Its voxels in order, in mm from the centre of the mask's first voxel.
    free : (2,)
        True where the first and the last point are free ends; a branch starts on another way.
    inside_mm
        Radius of the lumen that a branch leaves, in mm; 0 for the longest way.
    """

    points: Numbers
    free: tuple[bool, bool]
    inside_mm: float


@dataclass(frozen=True, slots=True)
class _Lumen:
    """Voxels (N, 3), their distance to the wall (N,), steps between neighbours (N, N): cubes."""

    index: Index
    depth: Numbers
    steps: sparse.csr_array


def find_components(mask: Mask) -> tuple[NDArray[np.int32], list[int]]:
    """Give each 26-connected component of a mask (X, Y, Z) a number.

    Returns
    -------
    tuple
        Numbers from 1 (X, Y, Z), and these numbers from the largest component to the
        smallest; of equal ones the first in storage comes first.
    """
    numbers, count = ndimage.label(mask, structure=NEIGHBOURS)
    sizes = np.bincount(numbers.ravel(), minlength=count + 1)[1:]
    return numbers, [int(n) + 1 for n in np.argsort(-sizes, kind="stable")]


def find_ways(lumen: Mask, spacing_mm: Numbers) -> Iterator[Way]:
    """Give the longest way through a lumen, then its branches, the farthest first.

    Parameters
    ----------
    lumen : (X, Y, Z)
        True inside one connected lumen.
    spacing_mm : (3,)
        Voxel edges along X, Y, Z, in mm.

    Yields
    ------
    Way
        The first points of a free end, which lead from a corner of the mask to its middle,
        are left out. A way of which fewer than two points are left is none.
    """
    edge = float(spacing_mm.min())
    cubes = _cubes(lumen, spacing_mm, edge)
    for path, is_branch in _paths(cubes):
        depth = cubes.depth[path]
        first = 0 if is_branch else _corner(depth)
        end = len(path) - _corner(depth[::-1])
        if end - first >= 2:
            points = cubes.index[path[first:end]].astype(np.float64) * edge
            yield Way(points, (not is_branch, True), float(depth[0]) * edge * is_branch)


def _cubes(lumen: Mask, spacing_mm: Numbers, edge: float) -> _Lumen:
    """Bring a lumen to cubes of an edge (shape-based interpolation, Raya and Udupa 1990).

    A voxel whose nearest one is inside is kept as well, so what touched goes on touching.
    """
    padded = np.pad(lumen, 1)
    between = ndimage.distance_transform_edt(padded, sampling=spacing_mm).astype(np.float32)
    between -= ndimage.distance_transform_edt(~padded, sampling=spacing_mm).astype(np.float32)
    nearest = padded
    for axis, spacing in enumerate(spacing_mm):
        if spacing != edge:
            count = int(np.ceil((lumen.shape[axis] - 1) * spacing / edge)) + 3
            at = np.minimum((np.arange(count) - 1) * edge / spacing + 1, padded.shape[axis] - 1)
            between = _between(between, at, axis)
            nearest = nearest.take(np.rint(at).astype(np.intp), axis)
    numbers, order = find_components((between > 0) | nearest)
    cubes = numbers == order[0]
    del between, nearest, numbers
    depth = ndimage.distance_transform_edt(np.pad(cubes, 1))[1:-1, 1:-1, 1:-1]
    return _Lumen(np.argwhere(cubes) - 1, depth[cubes], _steps(cubes))


def _between(array: NDArray[np.float32], at: Numbers, axis: int) -> NDArray[np.float32]:
    """Interpolate linearly along an axis."""
    low = np.floor(at).astype(np.intp)
    part = (at - low).astype(np.float32)
    part = part.reshape([-1 if a == axis else 1 for a in range(array.ndim)])
    high = np.minimum(low + 1, array.shape[axis] - 1)
    found: NDArray[np.float32] = array.take(low, axis) * (1 - part) + array.take(high, axis) * part
    return found


def _steps(cubes: Mask) -> sparse.csr_array:
    """Return the distances between neighbouring voxels, in voxels, each pair once."""
    count = int(np.count_nonzero(cubes))
    number = np.full(cubes.shape, -1, dtype=np.int32)
    number[cubes] = np.arange(count, dtype=np.int32)
    rows, columns, lengths = [], [], []
    for offset in (o for o in itertools.product((-1, 0, 1), repeat=3) if o > (0, 0, 0)):
        ends = [*zip(offset, cubes.shape, strict=True)]
        here = tuple(slice(max(0, -o), n - max(0, o)) for o, n in ends)
        there = tuple(slice(max(0, o), n - max(0, -o)) for o, n in ends)
        both = cubes[here] & cubes[there]
        rows.append(number[here][both])
        columns.append(number[there][both])
        lengths.append(np.full(len(rows[-1]), float(np.linalg.norm(offset))))
    pairs = (np.concatenate(rows), np.concatenate(columns))
    return sparse.csr_array((np.concatenate(lengths), pairs), shape=(count, count))


def _drawn(lumen: _Lumen) -> sparse.csr_array:
    """Return the steps, dear near the wall, so that what is cheap runs in the middle.

    The depth of a voxel counts against the greatest around it: narrow places are not avoided.
    """
    voxels = tuple((lumen.index - lumen.index.min(axis=0)).T)
    depth = np.zeros([int(axis.max()) + 1 for axis in voxels], dtype=np.float32)
    depth[voxels] = lumen.depth
    window = min(2 * int(np.ceil(lumen.depth.max())) + 1, _WINDOW)
    middle = ndimage.maximum_filter(depth, size=window)[voxels]
    wall = 1 + _DRAW * (1 - lumen.depth / middle) ** 2
    steps = lumen.steps.tocoo()
    cost = steps.data * (wall[steps.row] + wall[steps.col]) / 2
    return sparse.csr_array((cost, (steps.row, steps.col)), shape=steps.shape)


def _paths(lumen: _Lumen) -> Iterator[tuple[Index, bool]]:
    """Give the longest way as numbers of voxels, then each branch from the way it leaves."""
    root = int(np.argmax(csgraph.dijkstra(lumen.steps, directed=False, indices=0)))
    far = csgraph.dijkstra(lumen.steps, directed=False, indices=root)
    _, before = csgraph.dijkstra(
        _drawn(lumen), directed=False, indices=root, return_predecessors=True
    )
    left = np.arange(len(far))
    on_way = np.zeros(len(far), dtype=bool)
    while left.size:
        path = [int(left[np.argmax(far[left])])]
        while path[-1] != root and not on_way[path[-1]]:
            path.append(int(before[path[-1]]))
        way = np.array(path[::-1])
        yield way, bool(on_way.any())
        on_way[way] = True
        left = left[~_reached(lumen, way, left)]


def _reached(lumen: _Lumen, way: Index, left: Index) -> Mask:
    """Tell which of the voxels that are left belong to the lumen around a way."""
    radius = _radius(lumen.depth[way])
    distance, nearest = KDTree(lumen.index[way]).query(lumen.index[left])
    return np.asarray((distance <= _BRANCH * radius[nearest] + 1) | (distance == 0))


def _radius(depth: Numbers) -> Numbers:
    """Return the radius of the lumen along a way; at its ends, depth alone says too little."""
    reach = 2 * int(np.ceil(depth.max()))
    widest: Numbers = ndimage.maximum_filter1d(depth, 2 * reach + 1, mode="nearest")
    return widest


def _corner(depth: Numbers) -> int:
    """Count the first points of a way, which lead from a corner of the mask to its middle."""
    return int(np.argmax(depth >= _MIDDLE * _radius(depth)))
