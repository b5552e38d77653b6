"""A vessel mask to its measures: volume, length, radius, smallest lumen, tortuosity.

The radius of a lumen is that of a circle of the same area, not the distance to the nearest
wall voxel: on tubes of known radius the former is off by 1 %, the latter by -10 to -15 %
(docs/vessels.md has the tables).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import isfinite, nan

import numpy as np
from scipy import ndimage
from scipy.spatial import KDTree

from voxomics.centrelines import Centreline, trace_centrelines
from voxomics.lumen import NEIGHBOURS, Numbers, find_components
from voxomics.regions import Mask

_WINDOW = 0.75
"""Standard deviation of the window along the line in which a lumen's area is taken, in edges of
the longest voxel. Narrower, single voxels are counted; wider, a short stenosis is hidden."""

_NO_CHORD = 1e-9


@dataclass(frozen=True, slots=True)
class VesselMeasures:
    """What is measured of a vessel; NaN is undefined.

    Attributes
    ----------
    volume_mm3
        Voxels times the volume of one, in mm³. Higher means larger.
    components
        Number of 26-connected components. More than one is a vessel with gaps: a flow void,
        or a segmentation that broke off.
    length_mm
        Length of all centrelines, branches included, in mm. Undefined when no component is
        longer than wide.
    radius_mm
        Mean along the centrelines of the radius of a circle of the lumen's area, in mm.
        Undefined as `length_mm`.
    smallest_lumen_mm
        Smallest diameter of a circle of the lumen's area along the longest line of the
        largest component, away from its ends, in mm. Lower means a tighter stenosis.
        Undefined also when nothing is left between the ends.
    tortuosity
        Length over straight distance between the ends of the longest line of the largest
        component [1, from 1]. Higher means more winding. Undefined also for a closed loop.
    """

    volume_mm3: float
    components: int
    length_mm: float
    radius_mm: float
    smallest_lumen_mm: float
    tortuosity: float


def measure_vessel(mask: Mask, spacing_mm: Numbers, *, end_radii: float = 1.0) -> VesselMeasures:
    """Measure a vessel, or a tree of vessels.

    Parameters
    ----------
    mask : (X, Y, Z)
        True where a voxel is vessel.
    spacing_mm : (3,)
        Voxel edges along X, Y, Z, in mm.
    end_radii
        The smallest lumen is not looked for within this many mean radii of the ends, where a
        vessel tapers off, or was cut by its segmentation.

    Returns
    -------
    VesselMeasures
        Of an empty mask, volume and components are 0, all others undefined.
    """
    volume = float(np.count_nonzero(mask)) * float(np.prod(spacing_mm))
    _, components = find_components(mask)
    lines = trace_centrelines(mask, spacing_mm)
    if not lines:
        return VesselMeasures(volume, len(components), nan, nan, nan, nan)
    radii = [np.sqrt(area / np.pi) for area in lumen_areas(mask, spacing_mm, lines)]
    own = [r[_first_own(line) :] for r, line in zip(radii, lines, strict=True)]
    chord = lines[0].chord_mm if lines[0].component == 0 else nan
    return VesselMeasures(
        volume_mm3=volume,
        components=len(components),
        length_mm=float(sum(line.length_mm for line in lines)),
        radius_mm=float(np.mean(np.concatenate(own))),
        smallest_lumen_mm=_smallest(lines[0], radii[0], end_radii) if isfinite(chord) else nan,
        # A straight line sums up to a hair less than its chord.
        tortuosity=max(1.0, lines[0].length_mm / chord) if chord > _NO_CHORD else nan,
    )


def lumen_areas(mask: Mask, spacing_mm: Numbers, lines: list[Centreline]) -> list[Numbers]:
    """Return the area of the lumen at each point of each centreline, in mm².

    Every voxel counts for the nearest point of its component's lines; the volume per mm of
    line, in a Gaussian window along it, is the area. It needs no interpolation of the mask,
    and a tube's areas add up to its volume. Beyond the ends nothing is taken to be there.

    Parameters
    ----------
    mask : (X, Y, Z)
        True where a voxel is vessel.
    spacing_mm : (3,)
        Voxel edges along X, Y, Z, in mm.
    lines
        Centrelines of this mask.
    """
    numbers, order = find_components(mask)
    voxel_mm3 = float(np.prod(spacing_mm))
    sigma_mm = _WINDOW * float(spacing_mm.max())
    areas: list[Numbers] = []
    for component in sorted({line.component for line in lines}):
        of_it = [line.points for line in lines if line.component == component]
        voxels = np.argwhere(numbers == order[component]) * spacing_mm
        _, nearest = KDTree(np.concatenate(of_it)).query(voxels)
        ends = [0, *np.cumsum([len(points) for points in of_it])]
        counts = np.bincount(nearest, minlength=ends[-1]).astype(np.float64)
        for points, (low, high) in zip(of_it, pairwise(ends), strict=True):
            step = float(np.linalg.norm(points[1] - points[0]))
            window = sigma_mm / step
            areas.append(_windowed(counts[low:high], window) * voxel_mm3 / step)
    return areas


def _windowed(counts: Numbers, window: float) -> Numbers:
    """Return the mean of counts in a Gaussian window, of which only the part on the line counts."""
    weighted = ndimage.gaussian_filter1d(counts, window, mode="constant")
    weight = ndimage.gaussian_filter1d(np.ones_like(counts), window, mode="constant")
    mean: Numbers = weighted / weight
    return mean


def _first_own(line: Centreline) -> int:
    """Return the first point of a branch beyond the lumen that it leaves."""
    step = line.length_mm / (len(line.points) - 1)
    return min(int(line.inside_mm / step), len(line.points) - 1)


def _smallest(line: Centreline, radii: Numbers, end_radii: float) -> float:
    step = line.length_mm / (len(line.points) - 1)
    margin = int(np.ceil(end_radii * float(radii.mean()) / step))
    between = radii[margin : len(radii) - margin]
    return 2 * float(between.min()) if between.size else nan


def touch(a: Mask, b: Mask) -> bool:
    """Tell whether two masks (X, Y, Z) of one grid share a voxel, or voxels that are neighbours.

    Neighbours share a face, an edge or a corner. Two empty masks do not touch.
    """
    return bool((ndimage.binary_dilation(a, structure=NEIGHBOURS) & b).any())
