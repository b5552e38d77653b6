"""Regions made of other regions: grown, without others, along a border.

All distances are those from the centre of a voxel to the surface of a region: to the nearest
point of one of its voxels, which are boxes. So a border between two touching regions lies where
the boxes meet, on thick slices as on cubes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Box = tuple[slice, ...]

_SLACK_MM = 1e-3
"""Headers keep voxel sizes as float32: a distance that is met exactly stays met."""


def grow(mask: Mask, spacing_mm: Sequence[float], by_mm: float) -> Mask:
    """Grow or shrink a region.

    Parameters
    ----------
    mask : (X, Y, Z)
        True where a voxel belongs to the region.
    spacing_mm : (3,)
        Voxel edges along X, Y, Z, in mm.
    by_mm
        Voxels whose centre lies within this distance of the region's surface join it, so that
        voxels of 1 mm need 0.5 mm for the first layer. Below 0, voxels within this distance
        of what is not the region leave it; what lies beyond the image takes none.

    Returns
    -------
    (X, Y, Z)
        A new mask; larger for a greater `by_mm`, or equal.

    Notes
    -----
    Exact for any voxel size: growing by `by_mm` is a dilation by the set of offsets whose
    boxes reach so far. Its squared distance is a sum over the axes, so the least one is found
    axis by axis.
    """
    if by_mm < 0:
        return _shrink(mask, spacing_mm, -by_mm)
    reach = by_mm + _SLACK_MM
    box = _box_of(mask, [int(reach / edge + 0.5) for edge in spacing_mm])
    grown = mask.copy()
    if box is not None:
        grown[box] = _distance_squared(mask[box], spacing_mm, reach) <= reach**2
    return grown


def without(of: Mask, minus: Mask, spacing_mm: Sequence[float], margin_mm: float = 0.0) -> Mask:
    """Take a region away from another one, with a margin.

    Normal-appearing white matter is white matter without its lesions and their surroundings.

    Parameters
    ----------
    of, minus : (X, Y, Z)
        The region, and what is taken away; on one grid.
    spacing_mm : (3,)
        Voxel edges along X, Y, Z, in mm.
    margin_mm
        Voxels whose centre lies within this distance of the surface of `minus` go too, in mm.

    Returns
    -------
    (X, Y, Z)
        A part of `of`; all of it where `minus` is empty.
    """
    taken = grow(minus, spacing_mm, margin_mm) if margin_mm > 0 else minus
    return of & ~taken


def border_zone(
    regions: Sequence[Mask],
    spacing_mm: Sequence[float],
    width_mm: float,
    within: Mask | None = None,
) -> Mask:
    """Return the zone along the borders between regions.

    A voxel belongs to it when two different regions lie within half the width of its centre:
    the one that it is part of, and another one. Regions with a gap between them have a zone
    where the gap is narrower than the width; `within` says whether the gap itself belongs to it.

    Parameters
    ----------
    regions : sequence of (X, Y, Z)
        Regions on one grid, such as territories of arteries; at least two.
    spacing_mm : (3,)
        Voxel edges along X, Y, Z, in mm.
    width_mm
        Width of the zone across a border, in mm; half of it lies on each side.
    within : (X, Y, Z)
        Limits the zone, such as white matter; None: to the regions themselves.

    Returns
    -------
    (X, Y, Z)
        The zone; larger for a greater width, or equal. Empty where no regions are so near.

    Notes
    -----
    Cortical and internal border zones between the territories of the large arteries are where
    flow falls first; there is no agreed width, so the study states one.
    """
    near = np.zeros(regions[0].shape, dtype=np.uint8)
    limit = np.zeros_like(near, dtype=np.bool_) if within is None else within
    for region in regions:
        limit = limit | region if within is None else limit
        # Two are enough: counting on would overflow with 256 regions.
        near += (near < 2) & grow(region, spacing_mm, width_mm / 2)
    zone: Mask = (near >= 2) & limit
    return zone


def _shrink(mask: Mask, spacing_mm: Sequence[float], by_mm: float) -> Mask:
    """Take the voxels within a distance of what is not the region.

    The nearest of that is found in the region's own box or one voxel around it.
    """
    shrunk = mask.copy()
    box = _box_of(mask, [1, 1, 1])
    if box is not None:
        shrunk[box] &= ~grow(~mask[box], spacing_mm, by_mm)
    return shrunk


def _box_of(mask: Mask, steps: Sequence[int]) -> Box | None:
    """Return the box around a mask, wider by some voxels on each side; None if it is empty."""
    box = []
    for axis, wider in enumerate(steps):
        others = tuple(a for a in range(mask.ndim) if a != axis)
        found = np.flatnonzero(mask.any(axis=others))
        if not found.size:
            return None
        box.append(slice(max(int(found[0]) - wider, 0), int(found[-1]) + 1 + wider))
    return tuple(box)


def _distance_squared(
    mask: Mask, spacing_mm: Sequence[float], reach_mm: float
) -> NDArray[np.float32]:
    """Return the squared distance of each centre to the region's surface; right up to `reach_mm`.

    0 inside; infinite, or too large, where the region is farther away.
    """
    found = np.where(mask, np.float32(0), np.float32(np.inf))
    for axis, edge in enumerate(spacing_mm):
        nearest = found.copy()
        ahead, before = np.moveaxis(nearest, axis, 0), np.moveaxis(found, axis, 0)
        for step in range(1, min(int(reach_mm / edge + 0.5), mask.shape[axis] - 1) + 1):
            cost = np.float32(((step - 0.5) * edge) ** 2)
            np.minimum(ahead[step:], before[:-step] + cost, out=ahead[step:])
            np.minimum(ahead[:-step], before[step:] + cost, out=ahead[:-step])
        found = nearest
    return found
