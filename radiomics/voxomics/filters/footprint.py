"""Where values of a filtered image are needed: the voxels of regions, seen along each axis."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voxomics.kernels import kernel

Array = NDArray[Any]
Bools = NDArray[np.bool_]
Box = tuple[slice, slice, slice]


class Footprint:
    """Voxels that are read of each filtered image; all others may hold anything.

    Attributes
    ----------
    shape : (3,)
        Size of the image along Z, Y, X.
    shadows
        What is seen of the voxels along Z, Y and X: (Y, X), (Z, X) and (Z, Y).
    box
        The smallest box around them, as slices (start, stop) along Z, Y, X; empty without voxels.
    """

    def __init__(self, shape: Sequence[int], places: Iterable[NDArray[np.int64]]) -> None:
        """List the voxels as places in the image's memory; a voxel may stand there twice."""
        nz, ny, nx = self.shape = (int(shape[0]), int(shape[1]), int(shape[2]))
        self._places = tuple(places)
        self.shadows: tuple[Bools, Bools, Bools] = (
            np.zeros((ny, nx), dtype=np.bool_),
            np.zeros((nz, nx), dtype=np.bool_),
            np.zeros((nz, ny), dtype=np.bool_),
        )
        for part in self._places:
            _cast_shadows(part, *self.shadows)

    @classmethod
    def within(cls, shape: Sequence[int], box: Box | None = None) -> Footprint:
        """Take all voxels of a box, as slices (start, stop) along Z, Y, X; None takes all."""
        made = cls(shape, ())
        z, y, x = box or tuple(slice(0, n) for n in made.shape)
        for shadow, part in zip(made.shadows, ((y, x), (z, x), (z, y)), strict=True):
            shadow[part] = True
        return made

    @functools.cached_property
    def box(self) -> Box:
        """Return the box from the shadows."""
        along_z, along_y, _ = self.shadows
        return _span(along_y), _span(along_z), _span(along_z.T)

    def inside(self) -> Bools:
        """Return the voxels (Z, Y, X)."""
        inside = np.zeros(self.shape, dtype=np.bool_)
        if not self._places:
            inside[self.box] = True
        for part in self._places:
            inside.reshape(-1)[part] = True
        return inside

    def shadow(self, first: int, second: int) -> Bools:
        """Return what is seen along the third axis, as (first, second)."""
        seen = self.shadows[3 - first - second]
        return seen if first < second else seen.T


def _span(shadow: Bools) -> slice:
    """Return the slice from the first row to the last that holds anything."""
    found = np.flatnonzero(shadow.any(axis=1))
    return slice(int(found[0]), int(found[-1]) + 1) if len(found) else slice(0, 0)


@kernel
def _cast_shadows(places: Array, along_z: Array, along_y: Array, along_x: Array) -> None:
    """Mark each voxel in the three planes; neighbours in a list mostly share a row."""
    ny, nx = along_z.shape
    z, y, row = 0, 0, -nx
    for place in places:
        x = place - row
        if x < 0 or x >= nx:
            z, y = place // (ny * nx), (place // nx) % ny
            row = (z * ny + y) * nx
            x = place - row
            along_x[z, y] = True
        along_z[y, x] = True
        along_y[z, x] = True
