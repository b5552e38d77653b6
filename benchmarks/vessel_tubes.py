"""Tubes of known length and lumen as masks, in any direction and of any voxel size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

Numbers = NDArray[np.float64]
Curve = Callable[[Numbers], Numbers]

SPACINGS = {"tof": (0.3, 0.3, 0.6), "mra": (0.5, 0.5, 0.75), "cubes": (0.5, 0.5, 0.5)}
"""Voxels of angiographies, in mm."""

_POINTS = 801


@dataclass(frozen=True)
class Tube:
    """A tube with flat ends: its mask (X, Y, Z), voxel edges, length and chord in mm."""

    mask: NDArray[np.bool_]
    spacing_mm: Numbers
    length_mm: float
    chord_mm: float


def straight(length: float) -> Curve:
    """Give a straight line along Z."""
    return lambda t: np.stack([0 * t, 0 * t, length * t], axis=1)


def helix(radius: float, rise: float, turns: float) -> Curve:
    """Give a helix around Z."""

    def curve(t: Numbers) -> Numbers:
        angle = 2 * np.pi * turns * t
        return np.stack([radius * np.cos(angle), radius * np.sin(angle), rise * t], axis=1)

    return curve


def even(radius: float) -> Callable[[Numbers], Numbers]:
    """Give a lumen of one radius."""
    return lambda t: radius + 0 * t


def narrowed(
    radius: float, by: float, length: float, width: float = 1.5
) -> Callable[[Numbers], Numbers]:
    """Give a lumen that is narrower in the middle, by a Gaussian of a standard deviation."""
    return lambda t: radius - by * np.exp(-((length * (t - 0.5)) ** 2) / (2 * width**2))


def grid_of(points: Numbers, reach: float, spacing_mm: Numbers, seed: int) -> Numbers:
    """Give voxel centres (X, Y, Z, 3) around points, off by a part of a voxel."""
    rng = np.random.default_rng(seed)
    low = points.min(axis=0) - reach - spacing_mm * rng.uniform(1, 2, 3)
    count = np.ceil((points.max(axis=0) + reach + spacing_mm - low) / spacing_mm).astype(int) + 1
    axes = [low[k] + spacing_mm[k] * np.arange(count[k]) for k in range(3)]
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)


def tube(
    curve: Curve,
    radius: Callable[[Numbers], Numbers],
    spacing: tuple[float, float, float],
    seed: int,
    *,
    grid: Numbers | None = None,
) -> Tube:
    """Make a tube; the seed turns it and moves the grid, seed 0 does not turn."""
    turn, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    t = np.linspace(0, 1, _POINTS)
    points = curve(t) @ (turn if seed else np.eye(3)).T
    radii, spacing_mm = radius(t), np.array(spacing)
    grid = grid_of(points, radii.max(), spacing_mm, seed) if grid is None else grid
    centres = grid.reshape(-1, 3)
    distance, nearest = KDTree(points).query(centres, distance_upper_bound=radii.max() + 0.1)
    nearest = np.minimum(nearest, _POINTS - 1)
    heading = np.gradient(points, axis=0)
    heading /= np.linalg.norm(heading, axis=1)[:, None]
    ahead = ((centres - points[nearest]) * heading[nearest]).sum(axis=1)
    beyond = ((nearest == 0) & (ahead < -1e-3)) | ((nearest == _POINTS - 1) & (ahead > 1e-3))
    mask = ((distance <= radii[nearest]) & ~beyond).reshape(grid.shape[:3])
    length = float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())
    return Tube(mask, spacing_mm, length, float(np.linalg.norm(points[-1] - points[0])))
