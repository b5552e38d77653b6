"""White matter to lesions of known place and size that never touch each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from drepano.synthetic.anatomy import Anatomy, Grid, Mask

CONNECTED = np.ones((3, 3, 3), bool)
"""26-connectivity: voxels that share a face, an edge or a corner are one lesion."""

_TRIES = 60


@dataclass(frozen=True, slots=True)
class Seed:
    """An ellipsoid along the world's axes that a lesion fills where it is white matter.

    Attributes
    ----------
    centre_mm
        World coordinates of its centre.
    radii_mm
        Half axes along X, Y, Z.
    """

    centre_mm: tuple[float, float, float]
    radii_mm: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Lesion:
    """A lesion as it stands in the mask."""

    seed: Seed
    voxels: int


@dataclass(frozen=True, slots=True)
class Lesions:
    """All lesions of a session: mask (X, Y, Z), and each of them."""

    mask: Mask
    lesions: tuple[Lesion, ...]


def place_lesions(
    anatomy: Anatomy, count: int, rng: np.random.Generator, *, known: tuple[Seed, ...] = ()
) -> Lesions:
    """Put up to `count` new lesions beside the `known` ones of an earlier session.

    A lesion is one 26-connected component, at least one voxel away from every other. A
    known one that no longer fits, because the head lies a little otherwise, is left out.
    """
    placed = Lesions(np.zeros(anatomy.grid.shape, bool), ())
    white = anatomy.white_matter
    for seed in known:
        placed = _with_lesion(placed, seed, white, anatomy.grid)
    wanted = len(placed.lesions) + count
    inner = np.argwhere(ndimage.binary_erosion(white))
    for _ in range(_TRIES * count):
        if len(placed.lesions) == wanted or not len(inner):
            break
        seed = _draw(inner, anatomy.grid, rng)
        placed = _with_lesion(placed, seed, white, anatomy.grid)
    return placed


def tiny_lesion(anatomy: Anatomy, rng: np.random.Generator) -> Lesions:
    """Put one lesion of at most seven voxels: too few for radiomics, a volume all the same."""
    placed = Lesions(np.zeros(anatomy.grid.shape, bool), ())
    inner = np.argwhere(ndimage.binary_erosion(anatomy.white_matter))
    if not len(inner):
        return placed
    centre = _centre_mm(inner[rng.integers(len(inner))], anatomy.grid)
    radius = 1.1 * anatomy.grid.voxel_mm
    seed = Seed(centre, (radius, radius, radius))
    return _with_lesion(placed, seed, anatomy.white_matter, anatomy.grid)


def grown(seed: Seed, factor: float) -> Seed:
    """Return the same lesion with its axes longer by `factor`."""
    x, y, z = (radius * factor for radius in seed.radii_mm)
    return Seed(seed.centre_mm, (x, y, z))


def lesion_voxels(seed: Seed, anatomy: Anatomy) -> Mask:
    """Return the voxels (X, Y, Z) that a lesion fills."""
    return _ellipsoid(seed, anatomy.grid) & anatomy.white_matter


def _draw(inner: NDArray[np.int64], grid: Grid, rng: np.random.Generator) -> Seed:
    centre = _centre_mm(inner[rng.integers(len(inner))], grid)
    # Silent infarcts: from 6 mm across; kept above a voxel so that none vanishes on the grid.
    x, y, z = (round(max(r, grid.voxel_mm), 3) for r in rng.uniform(3.0, 9.0, 3))
    return Seed(centre, (x, y, z))


def _centre_mm(index: NDArray[np.int64], grid: Grid) -> tuple[float, float, float]:
    x, y, z = (float(v) for v in index * grid.voxel_mm + grid.affine[:3, 3])
    return x, y, z


def _with_lesion(placed: Lesions, seed: Seed, white: Mask, grid: Grid) -> Lesions:
    """Add the lesion, or return `placed` as it was when it would split, touch or be empty."""
    voxels = _ellipsoid(seed, grid) & white
    _, components = ndimage.label(voxels, CONNECTED)
    around = ndimage.binary_dilation(voxels, CONNECTED)
    if components != 1 or (around & placed.mask).any():
        return placed
    lesion = Lesion(seed, int(voxels.sum()))
    return Lesions(placed.mask | voxels, (*placed.lesions, lesion))


def _ellipsoid(seed: Seed, grid: Grid) -> Mask:
    distance = np.zeros(grid.shape)
    for axis, place in enumerate(grid.axes):
        part = ((place - seed.centre_mm[axis]) / seed.radii_mm[axis]) ** 2
        shape = [1, 1, 1]
        shape[axis] = -1
        distance = distance + part.reshape(shape)
    return np.asarray(distance <= 1 + 1e-9)
