"""A label map, listed once: what depends on the regions alone and serves every image."""

# ruff: noqa: PLR0917 - kernels take plain arrays, and many
from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
        Place of each voxel in the whole image. Both rise inside a region.
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
        sizes, self.boxes = _measure_boxes(labels, count)
        self.start = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        filled = self.boxes[sizes > 0]
        if not len(filled):
            filled = np.zeros((1, 3, 2), dtype=np.int64)
        lower, upper = filled[:, :, 0].min(axis=0), filled[:, :, 1].max(axis=0)
        self.origin: tuple[int, ...] = tuple(int(v) for v in lower)
        self.shape: tuple[int, ...] = tuple(int(v) for v in upper - lower + 3)
        if np.prod(np.array(self.shape, dtype=object)) > _LARGEST:
            msg = f"the box around the regions is too large: {self.shape} voxels"
            raise ValueError(msg)
        self.voxels, self.source = _list_voxels(labels, self.start, lower, upper)

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Number of voxels of each region (count,)."""
        return np.diff(self.start)

    @property
    def voxel_mm3(self) -> float:
        """Volume of one voxel, in mm³."""
        return float(np.multiply.reduce(self.spacing_mm))

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
        return np.asarray(np.take(image.reshape(-1), self.source))


@kernel
def _measure_boxes(labels: Array, count: int) -> tuple[Array, Array]:
    """Count the voxels of each label and find its box, run by run along X."""
    nz, ny, nx = labels.shape
    sizes = np.zeros(count, np.int64)
    boxes = np.empty((count, 3, 2), np.int64)
    boxes[:, :, 0] = 1 << 40
    boxes[:, :, 1] = -1
    for z in range(nz):
        for y in range(ny):
            x = 0
            while x < nx:
                label = labels[z, y, x]
                if label == 0:
                    x += 1
                    continue
                first = x
                while x < nx and labels[z, y, x] == label:
                    x += 1
                box = boxes[label - 1]
                sizes[label - 1] += x - first
                box[0, 0] = min(box[0, 0], z)
                box[0, 1] = max(box[0, 1], z)
                box[1, 0] = min(box[1, 0], y)
                box[1, 1] = max(box[1, 1], y)
                box[2, 0] = min(box[2, 0], first)
                box[2, 1] = max(box[2, 1], x - 1)
    return sizes, boxes


@kernel
def _list_voxels(labels: Array, start: Array, lower: Array, upper: Array) -> tuple[Array, Array]:
    """Sort the voxels by label; raster order inside a label."""
    _, ny, nx = labels.shape
    rows, columns = upper[1] - lower[1] + 3, upper[2] - lower[2] + 3
    place = start.copy()
    voxels = np.empty(start[-1], np.int32)
    source = np.empty(start[-1], np.int64)
    for z in range(lower[0], upper[0] + 1):
        for y in range(lower[1], upper[1] + 1):
            in_box = ((z - lower[0] + 1) * rows + y - lower[1] + 1) * columns + 1 - lower[2]
            in_image = (z * ny + y) * nx
            for x in range(lower[2], upper[2] + 1):
                label = labels[z, y, x]
                if label:
                    at = place[label - 1]
                    place[label - 1] = at + 1
                    voxels[at] = in_box + x
                    source[at] = in_image + x
    return voxels, source


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
