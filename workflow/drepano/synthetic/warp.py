"""A seed to the shape of one head: pose, and a smooth deformation without folds."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

Points = NDArray[np.float64]
Axes = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]
"""World coordinates in mm along X, Y, Z: a grid is their product."""

# Extent of a head in MNI millimetres, scalp and tilt included.
BOX_MM = ((-96.0, 96.0), (-130.0, 98.0), (-86.0, 106.0))
LARGEST_DISPLACEMENT_MM = 6.0
SMALLEST_JACOBIAN = 0.2
_NODE_MM = 38.0
_CHECK_MM = 6.0


@dataclass(frozen=True, slots=True)
class Warp:
    """Map from points of a subject to points of the template, both in mm.

    Attributes
    ----------
    matrix
        (3, 3), rotation and scale about the origin.
    shift_mm
        (3,), added after the matrix.
    nodes_mm
        (3, I, J, K), displacement at lattice nodes over `BOX_MM`, between them cubic splines.
    """

    matrix: NDArray[np.float64]
    shift_mm: NDArray[np.float64]
    nodes_mm: NDArray[np.float64]

    def pull(self, axes: Axes) -> Points:
        """Return the template's points (3, X, Y, Z), in mm, of all points of a grid."""
        turned = np.zeros((3, *(len(axis) for axis in axes)))
        for source, axis in enumerate(axes):
            column = self.matrix[:, source].reshape(3, 1, 1, 1)
            turned += column * axis.reshape([-1 if i == source else 1 for i in range(3)])
        return np.asarray(turned + self.shift_mm.reshape(3, 1, 1, 1) + spread(self.nodes_mm, axes))


def head_warp(rng: np.random.Generator) -> Warp:
    """Draw the shape of a head: up to 5 degrees, 4 mm, 5 % of size, 6 mm of deformation."""
    angles = np.deg2rad(rng.uniform(-5, 5, 3))
    scale = np.diag(rng.uniform(0.95, 1.05, 3))
    warp = Warp(
        matrix=rotation(angles) @ scale,
        shift_mm=rng.uniform(-4, 4, 3),
        nodes_mm=_noise_nodes(rng, LARGEST_DISPLACEMENT_MM),
    )
    return _without_folds(warp)


def later_warp(warp: Warp, rng: np.random.Generator) -> Warp:
    """Draw the same head at a later session: laid down anew, and changed by under 1 mm."""
    turned = rotation(np.deg2rad(rng.uniform(-1.5, 1.5, 3))) @ warp.matrix
    nodes = warp.nodes_mm + _noise_nodes(rng, 0.8)
    moved = warp.shift_mm + rng.uniform(-1, 1, 3)
    return _without_folds(Warp(matrix=turned, shift_mm=moved, nodes_mm=nodes))


def spread(nodes: NDArray[np.float64], axes: Axes) -> NDArray[np.float64]:
    """Evaluate lattice values (C, I, J, K) over `BOX_MM` on a grid: (C, X, Y, Z)."""
    x, y, z = (
        _weights(n, axis, box) for n, axis, box in zip(nodes.shape[1:], axes, BOX_MM, strict=True)
    )
    # One axis after the other, and no BLAS: the same sums in the same order everywhere.
    along_x = np.einsum("xi,cijk->cxjk", x, nodes)
    along_y = np.einsum("yj,cxjk->cxyk", y, along_x)
    return np.asarray(np.einsum("zk,cxyk->cxyz", z, along_y))


def lattice_shape(node_mm: float) -> tuple[int, int, int]:
    """Return the number of nodes along X, Y, Z, about `node_mm` apart."""
    i, j, k = (int(np.ceil((high - low) / node_mm)) + 1 for low, high in BOX_MM)
    return i, j, k


def jacobian(warp: Warp, step_mm: float = _CHECK_MM) -> NDArray[np.float64]:
    """Return the determinant of the map's derivative, on a lattice of `step_mm`.

    1 where volume is kept; 0 or less where the map folds, so that a tissue could vanish.
    """
    pulled = warp.pull(_axes(step_mm))
    derivative = np.stack([np.stack(np.gradient(p, step_mm)) for p in pulled])
    return np.asarray(np.linalg.det(np.moveaxis(derivative, (0, 1), (-2, -1))))


def _without_folds(warp: Warp) -> Warp:
    while jacobian(warp).min() < SMALLEST_JACOBIAN:
        warp = replace(warp, nodes_mm=warp.nodes_mm * 0.8)
    return warp


def _noise_nodes(rng: np.random.Generator, largest_mm: float) -> NDArray[np.float64]:
    noise = rng.standard_normal((3, *lattice_shape(_NODE_MM)))
    # Between the nodes a spline goes further than at them.
    longest = np.sqrt((spread(noise, _axes(_CHECK_MM)) ** 2).sum(axis=0)).max()
    return np.asarray(noise * (largest_mm / longest))


def _axes(step_mm: float) -> Axes:
    x, y, z = (np.arange(low, high, step_mm) for low, high in BOX_MM)
    return x, y, z


def _weights(
    nodes: int, axis: NDArray[np.float64], box_mm: tuple[float, float]
) -> NDArray[np.float64]:
    """Return (X, I): the share of each node in the cubic spline at each coordinate."""
    spline = CubicSpline(np.linspace(*box_mm, nodes), np.eye(nodes))
    return np.asarray(spline(np.clip(axis, *box_mm)))


def rotation(angles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the matrix (3, 3) that rotates about X, then Y, then Z, by radians."""
    matrix = np.eye(3)
    for axis, angle in enumerate(angles):
        turn = np.eye(3)
        i, j = (axis + 1) % 3, (axis + 2) % 3
        turn[i, i] = turn[j, j] = np.cos(angle)
        turn[i, j], turn[j, i] = -np.sin(angle), np.sin(angle)
        matrix = turn @ matrix
    return matrix
