"""A vessel mask to its centrelines: smooth lines from one end of the lumen to the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.interpolate import make_splprep

from voxomics.lumen import Numbers, Way, find_components, find_ways
from voxomics.regions import Mask

STEP_MM = 0.1
"""Distance between the points of a centreline: far below a voxel of any angiography."""

_SLACK = 0.25
"""Mean square distance of a line to the voxels of its way, in voxels²: a straight line is off
the nearest voxel centres by a twelfth of a voxel² along each axis."""

_FINE = 20
"""Points of the spline for each voxel of the way, before they are spread evenly."""

_FEWEST = 5
"""A way of fewer voxels than this stays a chain of straight pieces."""

_HEADING_MM = 1.0
"""The last piece of a line whose direction leads it on to the surface."""


@dataclass(frozen=True, slots=True)
class Centreline:
    """One unbranched line through the middle of a vessel.

    Attributes
    ----------
    points : (N, 3)
        Points about `STEP_MM` apart, in mm from the centre of the mask's first voxel.
    component
        Its component: 0 is the largest.
    inside_mm
        For a branch, the first piece that lies within the lumen that it leaves, in mm; 0 for
        the longest line of a component.
    main
        True for the longest line of its component.
    """

    points: Numbers
    component: int
    inside_mm: float
    main: bool

    @property
    def length_mm(self) -> float:
        """Length along the line, in mm."""
        return float(_along(self.points)[-1])

    @property
    def chord_mm(self) -> float:
        """Straight distance between its ends, in mm."""
        return float(np.linalg.norm(self.points[-1] - self.points[0]))


def trace_centrelines(mask: Mask, spacing_mm: Numbers) -> list[Centreline]:
    """Find the centrelines of a vessel mask.

    A spline takes the steps of the voxels out of each way; its free ends are led straight on
    to the surface of the mask, so a tube has the length between its two faces.

    Parameters
    ----------
    mask : (X, Y, Z)
        True where a voxel is vessel.
    spacing_mm : (3,)
        Voxel edges along X, Y, Z, in mm.

    Returns
    -------
    list of Centreline
        Of each component, from the largest to the smallest, the longest line and then its
        branches. A component that is no longer than wide has none. A loop is cut where its
        two ways meet.
    """
    numbers, order = find_components(mask)
    boxes = ndimage.find_objects(numbers)
    lines: list[Centreline] = []
    for rank, number in enumerate(order):
        box = boxes[number - 1]
        lower = np.array([s.start for s in box]) * spacing_mm
        part = numbers[box] == number
        first = len(lines)
        for way in find_ways(part, spacing_mm):
            points = _line(way, part, spacing_mm)
            main = len(lines) == first
            lines.append(Centreline(points + lower, rank, way.inside_mm, main))
    return lines


def _line(way: Way, part: Mask, spacing_mm: Numbers) -> Numbers:
    line = _even(_smoothed(way.points, float(spacing_mm.min())))
    if way.free[1]:
        line = _led_on(line, part, spacing_mm)
    if way.free[0]:
        line = _led_on(line[::-1], part, spacing_mm)[::-1]
    return line


def _smoothed(points: Numbers, edge: float) -> Numbers:
    """Lay a cubic spline along a way, as far from its voxels as a straight line would be."""
    if len(points) < _FEWEST:
        return points
    spline, _ = make_splprep(points.T, s=len(points) * _SLACK * edge**2, k=3)
    on_line: Numbers = spline(np.linspace(0, 1, _FINE * len(points))).T
    return on_line


def _even(line: Numbers) -> Numbers:
    """Spread points evenly along a line."""
    along = _along(line)
    count = max(round(float(along[-1]) / STEP_MM), 1) + 1
    at = np.linspace(0, along[-1], count)
    return np.stack([np.interp(at, along, axis) for axis in line.T], axis=1)


def _along(line: NDArray[np.float64]) -> Numbers:
    return np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])


def _led_on(line: Numbers, part: Mask, spacing_mm: Numbers) -> Numbers:
    """Lead a line straight on until it leaves the mask, half way between voxels in and out."""
    back = min(len(line) - 1, round(_HEADING_MM / STEP_MM))
    heading = line[-1] - line[-1 - back]
    heading /= np.linalg.norm(heading)
    farthest = float(np.linalg.norm((np.array(part.shape) + 2) * spacing_mm))
    steps = np.arange(1, int(farthest / STEP_MM) + 2)
    on = line[-1] + heading * STEP_MM * steps[:, None]
    padded = np.pad(part, 1).astype(np.float64)
    inside = ndimage.map_coordinates(padded, (on / spacing_mm + 1).T, order=1, mode="constant")
    return np.concatenate([line, on[: int(np.argmax(inside < 0.5))]])
