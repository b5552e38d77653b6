"""Largest distances across each label: between points of its surface mesh, in planes and in space.

A mesh point lies halfway between a voxel of the label and a neighbour that is not. Positions
are whole numbers of half voxels from one voxel before the label's box. Of the points on a line
of the grid only the first and the last can end a diameter; of these only the corners of the
convex hull of their plane; and of those only pairs that are far enough from the middle.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from voxomics.kernels import kernel

Labels = NDArray[np.int32]
Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Ends = NDArray[np.int32]

_ABSENT = np.int32(2**31 - 1)

_TABLE_CELLS = 2**24
"""Lines kept at a time (8 bytes each): labels with larger boxes together take several sweeps."""


def largest_distances(
    labels: Labels, spacing_mm: tuple[float, ...], lower: Counts, upper: Counts
) -> Floats:
    """Return the largest distances of each label (L, 4), in mm.

    Parameters
    ----------
    labels : (Z, Y, X)
        Labels 1 to L; the outermost layer is 0.
    spacing_mm : (3,)
        Voxel edges along Z, Y, X.
    lower, upper : (L, 3)
        First and last index of each label along Z, Y, X; lower above upper if it has no voxel.

    Returns
    -------
    ndarray
        In a plane of equal z, of equal y, of equal x, and in space; NaN for a label without voxels.
    """
    count = len(lower)
    there = upper[:, 0] >= 0
    size = np.where(there[:, None], 2 * (upper - np.where(there[:, None], lower, 0)) + 3, 0)
    cells = size[:, 0] * (size[:, 1] + size[:, 2])
    found = np.full((count, 4), np.nan)
    half = np.array(spacing_mm) / 2
    first = 0
    while first < count:
        total = np.cumsum(cells[first:])
        last = first + max(1, int(np.searchsorted(total, _TABLE_CELLS, side="right")))
        start = np.zeros(last - first + 1, dtype=np.int64)
        start[1:] = total[: last - first]
        ends = np.empty((int(start[-1]), 2), dtype=np.int32)
        ends[:, 0] = _ABSENT
        ends[:, 1] = -1
        _line_ends(labels, first, lower[first:last], size[first:last], start, ends)
        _distances(size[first:last], start, ends, half, found[first:last])
        first = last
    return found


@kernel
def _widen(ends: Ends, line: int, place: int) -> None:
    ends[line, 0] = min(ends[line, 0], place)
    ends[line, 1] = max(ends[line, 1], place)


@kernel
def _compare_neighbours(  # noqa: PLR0917 - a kernel takes plain arrays
    row: Labels, up: Labels, down: Labels, back: Labels, front: Labels, differs: Labels
) -> None:
    """Tell for each voxel whether a neighbour differs: few do, so without branches."""
    for x in range(1, row.size - 1):
        across = (up[x] ^ row[x]) | (down[x] ^ row[x]) | (back[x] ^ row[x])
        along = (front[x] ^ row[x]) | (row[x - 1] ^ row[x]) | (row[x + 1] ^ row[x])
        differs[x] = across | along


@kernel
def _line_ends(  # noqa: PLR0917 - a kernel takes plain arrays
    labels: Labels, base: int, lower: Counts, size: Counts, start: Counts, ends: Ends
) -> None:
    """Find first and last mesh point on each line along X (by z, y) and along Y (by z, x)."""
    nz, ny, nx = labels.shape
    count = len(lower)
    differs = np.empty(nx, dtype=np.int32)
    for z in range(1, nz - 1):
        for y in range(1, ny - 1):
            row = labels[z, y]
            up, down = labels[z - 1, y], labels[z + 1, y]
            back, front = labels[z, y - 1], labels[z, y + 1]
            _compare_neighbours(row, up, down, back, front, differs)
            for x in range(1, nx - 1):
                if differs[x] == 0:
                    continue
                label = row[x]
                k = label - 1 - base
                if label == 0 or k < 0 or k >= count:
                    continue
                ly, lx = size[k, 1], size[k, 2]
                pz = 2 * (z - lower[k, 0]) + 1
                py = 2 * (y - lower[k, 1]) + 1
                px = 2 * (x - lower[k, 2]) + 1
                rows = start[k]
                columns = rows + size[k, 0] * ly
                for step in (-1, 1):
                    if labels[z + step, y, x] != label:
                        _widen(ends, rows + (pz + step) * ly + py, px)
                        _widen(ends, columns + (pz + step) * lx + px, py)
                    if labels[z, y + step, x] != label:
                        _widen(ends, rows + pz * ly + py + step, px)
                        _widen(ends, columns + pz * lx + px, py + step)
                    if row[x + step] != label:
                        _widen(ends, rows + pz * ly + py, px + step)
                        _widen(ends, columns + pz * lx + px + step, py)


@kernel
def _distances(size: Counts, start: Counts, ends: Ends, half: Floats, found: Floats) -> None:
    """Find the largest distances of each label from the ends of its lines."""
    longest = 0
    for k in range(len(size)):
        longest = max(longest, size[k, 0], size[k, 1], size[k, 2])
    hull = np.empty((2 * longest + 4, 2), dtype=np.int64)
    for k in range(len(size)):
        nz, ny, nx = size[k]
        if nz == 0:
            continue
        rows = start[k]
        columns = rows + nz * ny
        most = np.zeros(3)
        room = 0
        for z in range(nz):
            corners = _hull(ends, rows + z * ny, 1, ny, hull)
            room += corners
            most[0] = _farthest(hull, corners, half[1], half[2], most[0])
        for y in range(ny):
            corners = _hull(ends, rows + y, ny, nz, hull)
            most[1] = _farthest(hull, corners, half[0], half[2], most[1])
        for x in range(nx):
            corners = _hull(ends, columns + x, nx, nz, hull)
            most[2] = _farthest(hull, corners, half[0], half[1], most[2])
        points = np.empty((room, 3))
        n = 0
        for z in range(nz):
            corners = _hull(ends, rows + z * ny, 1, ny, hull)
            for i in range(corners):
                points[n, 0] = z * half[0]
                points[n, 1] = hull[i, 0] * half[1]
                points[n, 2] = hull[i, 1] * half[2]
                n += 1
        for axis in range(3):
            found[k, axis] = np.sqrt(most[axis])
        longest_flat = max(most[0], most[1], most[2])
        found[k, 3] = np.sqrt(_farthest_in_space(points, longest_flat))


@kernel
def _hull(ends: Ends, first: int, stride: int, lines: int, hull: Counts) -> int:
    """Collect the corners (line, place) of the hull of one plane's points; return how many."""
    n = 0
    for side in range(2):
        sign = 1 - 2 * side
        bottom = n
        for line in range(lines):
            place = ends[first + line * stride, side]
            if place < 0 or place == _ABSENT:
                continue
            while n - bottom >= 2:
                ahead = hull[n - 1, 0] - hull[n - 2, 0]
                turn = ahead * (place - hull[n - 2, 1])
                turn -= (line - hull[n - 2, 0]) * (hull[n - 1, 1] - hull[n - 2, 1])
                if turn * sign > 0:
                    break
                n -= 1
            hull[n, 0] = line
            hull[n, 1] = place
            n += 1
    return n


@kernel
def _farthest(hull: Counts, corners: int, across: float, along: float, most: float) -> float:
    """Return the largest squared distance of two of a plane's corners, or `most` if larger."""
    for i in range(corners):
        for j in range(i):
            a = (hull[i, 0] - hull[j, 0]) * across
            b = (hull[i, 1] - hull[j, 1]) * along
            most = max(most, a * a + b * b)
    return most


@kernel
def _farthest_in_space(points: Floats, most: float) -> float:
    """Return the largest squared distance of two points; `most` is known to be reached.

    Points are used up. No pair is farther apart than their distances from the middle together.
    """
    reach = np.sqrt(most) * (1 - 1e-12)
    p, r = _outermost(points, reach)
    _sort_falling(r, p)
    for i in range(r.size):
        if 2 * r[i] <= reach:
            break
        for j in range(i + 1, r.size):
            if r[i] + r[j] <= reach:
                break
            d = (p[i, 0] - p[j, 0]) ** 2 + (p[i, 1] - p[j, 1]) ** 2 + (p[i, 2] - p[j, 2]) ** 2
            if d > most:
                most = d
                reach = np.sqrt(most) * (1 - 1e-12)
    return most


@kernel
def _outermost(points: Floats, reach: float) -> tuple[Floats, Floats]:
    """Keep the points that may be one of a pair farther apart than `reach`; return their radii."""
    n = len(points)
    middle = np.empty(3)
    for axis in range(3):
        least = most = points[0, axis]
        for i in range(n):
            least, most = min(least, points[i, axis]), max(most, points[i, axis])
        middle[axis] = (least + most) / 2
    radius = np.empty(n)
    largest = 0.0
    for i in range(n):
        z, y, x = points[i, 0] - middle[0], points[i, 1] - middle[1], points[i, 2] - middle[2]
        radius[i] = np.sqrt(z * z + y * y + x * x)
        largest = max(largest, radius[i])
    kept = 0
    for i in range(n):
        if radius[i] + largest > reach:
            radius[kept] = radius[i]
            for axis in range(3):
                points[kept, axis] = points[i, axis]
            kept += 1
    return points[:kept], radius[:kept]


@kernel
def _sort_falling(radius: Floats, points: Floats) -> None:
    """Sort points by their radius, the largest first (Shell's sort: numpy's compiles long)."""
    gap = radius.size // 2
    while gap > 0:
        for i in range(gap, radius.size):
            r, z, y, x = radius[i], points[i, 0], points[i, 1], points[i, 2]
            j = i
            while j >= gap and radius[j - gap] < r:
                radius[j] = radius[j - gap]
                for axis in range(3):
                    points[j, axis] = points[j - gap, axis]
                j -= gap
            radius[j], points[j, 0], points[j, 1], points[j, 2] = r, z, y, x
        gap = gap * 5 // 11 if gap > 2 else gap // 2
