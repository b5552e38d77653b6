"""Area, volume and diameters of a region's surface mesh: pyradiomics' values, in less time.

pyradiomics compares every mesh point with every other one, and that takes most of its time on
a region of a brain's size. Here its own compiled mesh is asked once about each of the 256 cubes
of two by two by two voxels; area and volume of a region are sums over its cubes. A diameter
lies between points that no line of the grid passes beyond, so only the ends of lines are compared.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull
from scipy.spatial.distance import pdist

from voxomics.reference import pyradiomics

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]
Points = NDArray[np.int64]

_CORNERS = [(z, y, x) for z in (0, 1) for y in (0, 1) for x in (0, 1)]


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
    area, volume : (256,)
        Area, and volume towards the origin with the cube at the origin.
    shift : (3, 256)
        What a step of one voxel along Z, Y, X adds to that volume.
    """

    area: Floats
    volume: Floats
    shift: Floats


def measure_mesh(mask: Mask, spacing_mm: tuple[float, ...]) -> Mesh:
    """Measure the surface mesh of a region.

    Parameters
    ----------
    mask : (Z, Y, X)
        True inside the region; the outermost layer is False.
    spacing_mm : (3,)
        Voxel edges along Z, Y, X.
    """
    cubes = _learn_cubes(spacing_mm)
    codes = _cube_codes(mask)
    where = np.nonzero((codes > 0) & (codes < 255))
    found = codes[where]
    counts = np.bincount(found, minlength=256)
    volume = float(counts @ cubes.volume)
    for shift, index in zip(cubes.shift, where, strict=True):
        volume += float(np.bincount(found, weights=index, minlength=256) @ shift)
    points = _mesh_points(mask)
    planes = [_largest_in_planes(points, axis, spacing_mm) for axis in range(3)]
    diameters = (planes[0], planes[1], planes[2], _largest_in_space(points, spacing_mm))
    return Mesh(float(counts @ cubes.area), volume, diameters)


@functools.lru_cache(maxsize=8)
def _learn_cubes(spacing_mm: tuple[float, ...]) -> _Cubes:
    """Ask pyradiomics' mesh about each cube alone, and with one empty layer before it."""
    area, volume, shift = np.zeros(256), np.zeros(256), np.zeros((3, 256))
    blocks = [_cube_of(code) for code in range(256)]
    for code, block in enumerate(blocks):
        area[code], volume[code] = _engine_mesh(block, spacing_mm)
    for code, block in enumerate(blocks):
        for axis in range(3):
            first = np.take(block, [0], axis=axis)
            empty = np.zeros_like(first)
            _, both = _engine_mesh(np.concatenate([empty, block], axis=axis), spacing_mm)
            face = int(_cube_codes(np.concatenate([empty, first], axis=axis))[0, 0, 0])
            shift[axis, code] = both - volume[face] - volume[code]
    return _Cubes(area, volume, shift)


def _engine_mesh(block: Mask, spacing_mm: tuple[float, ...]) -> tuple[float, float]:
    area, volume, _ = pyradiomics().cShape.calculate_coefficients(block, np.array(spacing_mm))
    return float(area), float(volume)


def _cube_of(code: int) -> Mask:
    block = np.zeros((2, 2, 2), dtype=np.bool_)
    for bit, corner in enumerate(_CORNERS):
        block[corner] = bool(code >> bit & 1)
    return block


def _cube_codes(mask: Mask) -> NDArray[np.uint8]:
    """Return for each cube of 2 x 2 x 2 voxels which of its corners are inside, as bits."""
    size = [n - 1 for n in mask.shape]
    codes = np.zeros(size, dtype=np.uint8)
    for bit, corner in enumerate(_CORNERS):
        at = tuple(slice(c, c + n) for c, n in zip(corner, size, strict=True))
        codes |= mask[at].view(np.uint8) << np.uint8(bit)
    return codes


def _mesh_points(mask: Mask) -> Points:
    """Return the mesh's points (N, 3) in half voxels: the middles between inside and outside."""
    points = []
    for axis in range(3):
        crossing = np.argwhere(np.diff(mask, axis=axis)) * 2
        crossing[:, axis] += 1
        points.append(crossing)
    return np.concatenate(points).astype(np.int64)


def _line_ends(points: Points, axes: tuple[int, int, int]) -> tuple[Points, Points, Points]:
    """Return plane, row, and first and last position (N, 2) of the points on each line."""
    plane, row, along = (points[:, axis] for axis in axes)
    order = np.lexsort((along, row, plane))
    plane, row, along = plane[order], row[order], along[order]
    new = np.flatnonzero(np.r_[True, (np.diff(plane) != 0) | (np.diff(row) != 0)])
    last = np.r_[new[1:], len(plane)] - 1
    return plane[new], row[new], np.stack([along[new], along[last]], axis=1)


def _largest_in_planes(points: Points, axis: int, spacing_mm: tuple[float, ...]) -> float:
    """Return the largest distance between two points of one plane across `axis`, in mm."""
    across, along = [a for a in range(3) if a != axis]
    plane, row, ends = _line_ends(points, (axis, across, along))
    rows = row * spacing_mm[across] / 2
    first, last = (ends * spacing_mm[along] / 2).T
    starts = np.flatnonzero(np.r_[True, np.diff(plane) != 0])
    largest = 0.0
    for start, stop in zip(starts, [*starts[1:], len(plane)], strict=True):
        one = slice(start, stop)
        apart = np.subtract.outer(rows[one], rows[one]) ** 2
        # Both orders of a pair of rows are in the matrix: from the last of one to the first of
        # the other is the longer way in one of them.
        apart += np.subtract.outer(last[one], first[one]) ** 2
        largest = max(largest, float(apart.max()))
    return float(np.sqrt(largest))


def _largest_in_space(points: Points, spacing_mm: tuple[float, ...]) -> float:
    """Return the largest distance between two points, in mm."""
    plane, row, ends = _line_ends(points, (0, 1, 2))
    halves = [np.column_stack([plane, row, ends[:, k]]) for k in (0, 1)]
    ends_mm = np.concatenate(halves) * (np.array(spacing_mm) / 2)
    corners = ends_mm[ConvexHull(ends_mm).vertices]
    return float(pdist(corners).max())
