"""A label map, listed once: what depends on the regions alone and serves every image."""

# ruff: noqa: PLR0917 - kernels take plain arrays, and many
from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voxomics.extents import measure_extents
from voxomics.kernels import kernel

Array = NDArray[Any]

STEPS = np.array(
    [(z, y, x) for z in (1, 0, -1) for y in (1, 0, -1) for x in (1, 0, -1)][:13], dtype=np.int64
)
"""The 13 forward steps to a neighbour, along Z, Y, X; their negatives are the other 13."""

_LARGEST = 2**31 - 1


class Geometry:
    """Voxels of all regions, label by label, inside the box around them.

    Parameters
    ----------
    labels : (Z, Y, X)
        0 is background, 1..`count` the regions.
    spacing_mm : (3,)
        Voxel edges along Z, Y, X.
    count
        Number of regions; a region may have no voxel.

    Attributes
    ----------
    start : (count + 1,)
        Voxels of region `r` (from 0) stand at ``start[r]:start[r + 1]`` of the lists.
    voxels : (N,)
        Place of each voxel in the box, which is one voxel of background wider on each side.
    source : (N,)
        Place of each voxel in the whole image, listed when asked for. Both rise inside a region.
    boxes : (count, 3, 2)
        First and last index of each region along Z, Y, X; first > last if it has no voxel.
    origin : (3,)
        Index in the image of the box's voxel (1, 1, 1).
    shape : (3,)
        Size of the box with its rim.
    """

    def __init__(self, labels: NDArray[np.int32], spacing_mm: Sequence[float], count: int) -> None:
        labels = np.ascontiguousarray(labels, dtype=np.int32)
        self.count = count
        self.spacing_mm = np.asarray(spacing_mm, dtype=np.float64)
        extents = measure_extents(labels, count)
        self.boxes = np.stack([extents.lower, extents.upper], axis=2)
        starts = np.zeros((count + 1, 2), dtype=np.int64)
        np.cumsum(np.stack([extents.count, extents.runs], axis=1), axis=0, out=starts[1:])
        self.start = np.ascontiguousarray(starts[:, 0])
        filled = self.boxes[self.sizes > 0]
        if not len(filled):
            filled = np.zeros((1, 3, 2), dtype=np.int64)
        lower, upper = filled[:, :, 0].min(axis=0), filled[:, :, 1].max(axis=0)
        self.origin: tuple[int, ...] = tuple(int(v) for v in lower)
        self.shape: tuple[int, ...] = tuple(int(v) for v in upper - lower + 3)
        if np.prod(np.array(self.shape, dtype=object)) > _LARGEST:
            msg = f"the box around the regions is too large: {self.shape} voxels"
            raise ValueError(msg)
        self._runs, self.voxels = _list_runs(labels, starts, lower, upper)

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Number of voxels of each region (count,)."""
        return np.diff(self.start)

    @property
    def voxel_mm3(self) -> float:
        """Volume of one voxel, in mm³."""
        return float(np.multiply.reduce(self.spacing_mm))

    @functools.cached_property
    def source(self) -> NDArray[np.int64]:
        """Place of each voxel in the whole image (N,)."""
        lengths = np.diff(self._runs[:, 0])
        first = self._runs[:-1, 1] - self._runs[:-1, 0]
        return np.asarray(np.arange(len(self.voxels)) + np.repeat(first, lengths))

    @functools.cached_property
    def longest(self) -> NDArray[np.int64]:
        """Longest edge of each region's box, in voxels (count,): no run is longer."""
        edges = self.boxes[:, :, 1] - self.boxes[:, :, 0] + 1
        return np.asarray(np.maximum(edges.max(axis=1), 1), dtype=np.int64)

    @functools.cached_property
    def lines(self) -> NDArray[np.bool_]:
        """Whether any line along each of `STEPS` holds two voxels of a region (count, 13)."""
        kept = np.zeros((self.count, len(STEPS)), dtype=np.bool_)
        _find_lines(self.voxels, self.start, STEPS, *self.shape[1:], kept)
        return kept

    def offsets(self, steps: NDArray[np.int64] = STEPS) -> NDArray[np.int64]:
        """Return the distance in the box, in places, that each step (A, 3) makes."""
        _, rows, columns = self.shape
        return np.asarray((steps[:, 0] * rows + steps[:, 1]) * columns + steps[:, 2])

    def gather(self, image: Array) -> Array:
        """Return the values of an image (Z, Y, X) at the voxels, region by region."""
        flat = image.reshape(-1)
        if flat.dtype not in (np.float32, np.float64):
            return np.asarray(np.take(flat, self.source))
        # What is read-only would be a kernel of its own: so all are.
        flat = flat.view()
        flat.flags.writeable = False
        values = np.empty(len(self.voxels), dtype=flat.dtype)
        _copy_runs(flat, self._runs, values)
        return values


@kernel
def _list_runs(labels: Array, starts: Array, lower: Array, upper: Array) -> tuple[Array, Array]:
    """Sort the runs by label, in raster order inside a label; list the voxels of each."""
    _, ny, nx = labels.shape
    rows, columns = upper[1] - lower[1] + 3, upper[2] - lower[2] + 3
    nexts = starts.copy()
    total = starts[-1]
    runs = np.empty((total[1] + 1, 2), np.int64)
    voxels = np.empty(total[0], np.int32)
    runs[total[1], 0], runs[total[1], 1] = total[0], 0
    for z in range(lower[0], upper[0] + 1):
        for y in range(lower[1], upper[1] + 1):
            row = labels[z, y]
            in_box = ((z - lower[0] + 1) * rows + y - lower[1] + 1) * columns + 1 - lower[2]
            x = lower[2]
            while x <= upper[2]:
                label = row[x]
                first = x
                x += 1
                while x <= upper[2] and row[x] == label:
                    x += 1
                if label == 0:
                    continue
                at, number = nexts[label - 1]
                nexts[label - 1, 0] += x - first
                nexts[label - 1, 1] += 1
                runs[number, 0] = at
                runs[number, 1] = (z * ny + y) * nx + first
                inside = voxels[at : at + x - first]
                for t in range(x - first):
                    inside[t] = in_box + first + t
    return runs, voxels


@kernel
def _copy_runs(image: Array, runs: Array, values: Array) -> None:
    """Copy the image's values run by run."""
    for r in range(len(runs) - 1):
        at, source = runs[r]
        n = runs[r + 1, 0] - at
        old, new = image[source : source + n], values[at : at + n]
        for t in range(n):
            new[t] = old[t]


@kernel
def _find_lines(
    voxels: Array, start: Array, steps: Array, rows: int, columns: int, kept: Array
) -> None:
    """Mark the steps whose lines hold two voxels of a region, next to each other or not."""
    for region in range(start.size - 1):
        first, last = start[region], start[region + 1]
        for a in range(steps.shape[0]):
            offset = (steps[a, 0] * rows + steps[a, 1]) * columns + steps[a, 2]
            # A neighbour within reach is the rule and is found at once.
            for t in range(first, min(first + 256, last)):
                at = np.searchsorted(voxels[first:last], voxels[t] + offset)
                if first + at < last and voxels[first + at] == voxels[t] + offset:
                    kept[region, a] = True
                    break
            if not kept[region, a]:
                kept[region, a] = _share_line(voxels[first:last], steps[a], rows, columns)


@kernel
def _share_line(voxels: Array, step: Array, rows: int, columns: int) -> bool:
    """Tell whether two voxels lie on one line: both reach the same point of a plane."""
    reach = 2 * (voxels[-1] // (rows * columns) + rows + columns + 3)
    points = np.empty(voxels.size, np.int64)
    for t in range(voxels.size):
        place = np.int64(voxels[t])
        x = place % columns
        y = (place // columns) % rows
        z = place // (columns * rows)
        if step[0] != 0:
            times = z * step[0]
        elif step[1] != 0:
            times = y * step[1]
        else:
            times = x * step[2]
        z -= times * step[0]
        y -= times * step[1]
        x -= times * step[2]
        points[t] = (z * 2 * reach + y + reach) * 2 * reach + x + reach
    points.sort()
    for t in range(1, points.size):  # noqa: SIM110 - compiled, without generators
        if points[t] == points[t - 1]:
            return True
    return False
