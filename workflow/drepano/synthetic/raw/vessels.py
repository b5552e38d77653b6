"""Tubes of known course and width to the label map of a circle of Willis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.spatial import KDTree

from drepano.synthetic.anatomy import Mask
from drepano.synthetic.raw.head import Field, Labels
from drepano.synthetic.raw.poses import Matrix, ScanGrid

Course = tuple[tuple[float, float, float], ...]

VESSELS = {
    "BA": 1, "R-PCA": 2, "L-PCA": 3, "R-ICA": 4, "R-MCA": 5, "L-ICA": 6, "L-MCA": 7,
    "R-Pcom": 8, "L-Pcom": 9, "Acom": 10, "R-ACA": 11, "L-ACA": 12,
    "3rd-A2": 15,
}  # fmt: skip
"""Names and numbers of the TopCoW challenge (Yang et al. 2023, arXiv:2312.17670)."""

NEVER = frozenset({"3rd-A2"})
"""Vessels that nobody here has: their label stands in the table and in no voxel."""

# Points in the head's space in mm, of the midline and of the right side; the left one mirrors.
_MIDDLE: dict[str, Course] = {
    "BA": ((0, -29, -48), (1.5, -26, -40), (-1, -21, -31), (0, -16, -22)),
    "Acom": ((3, 10, -12), (0, 10.5, -12), (-3, 10, -12)),
}
_RIGHT: dict[str, Course] = {
    "PCA": ((0, -16, -22), (8, -16, -21), (18, -23, -18), (25, -34, -12)),
    "ICA": ((17, -9, -52), (20, -6, -44), (14, 0, -37), (18, 4, -30), (13, 3, -23), (14, 2, -16)),
    "MCA": ((14, 2, -16), (24, 2, -17), (34, 3, -14), (42, 4, -8)),
    "Pcom": ((14, 2, -19), (12, -8, -20), (8, -16, -21)),
    "ACA": ((14, 2, -16), (8, 6, -14), (3, 10, -12), (3, 16, -8), (3, 22, 0)),
}
_RADIUS_MM = {
    "BA": 1.7, "PCA": 1.1, "ICA": 2.2, "MCA": 1.4, "Pcom": 0.9, "Acom": 1.0, "ACA": 1.1,
}  # fmt: skip
_STEP_MM = 0.1
_NARROW_LENGTH_MM = 2.5


@dataclass(frozen=True, slots=True)
class Tube:
    """One vessel.

    Attributes
    ----------
    points_mm
        (N, 3), the centreline in the head's space, 0.1 mm apart.
    radii_mm
        (N,), radius of the lumen at each point.
    """

    points_mm: NDArray[np.float64]
    radii_mm: NDArray[np.float64]

    @property
    def length_mm(self) -> float:
        """Length of the centreline; the tube ends in half spheres beyond it."""
        return float(np.sqrt((np.diff(self.points_mm, axis=0) ** 2).sum(axis=1)).sum())

    @property
    def tortuosity(self) -> float:
        """Length by the distance of the ends: 1 is straight, higher is more winding."""
        chord = self.points_mm[-1] - self.points_mm[0]
        return self.length_mm / float(np.sqrt((chord**2).sum()))


def draw_tubes(
    rng: np.random.Generator, *, absent: frozenset[str], narrowed: frozenset[str]
) -> dict[str, Tube]:
    """Draw a circle of Willis.

    Parameters
    ----------
    absent
        Names of `VESSELS` that the subject never had.
    narrowed
        Names of those whose lumen is half as wide in the middle of their course.
    """
    width = float(rng.uniform(0.92, 1.12))
    tubes = {}
    for name in (name for name in VESSELS if name not in NEVER):
        side, _, kind = name.rpartition("-")
        course = _MIDDLE[kind] if not side else _RIGHT[kind]
        points = np.asarray(course, float) * ((-1 if side == "L" else 1), 1, 1)
        # Drawn for absent ones, too: what one subject lacks never shifts another vessel.
        moved = points + rng.uniform(-0.4, 0.4, (1, 3))
        if name not in absent:
            radius = _RADIUS_MM[kind] * width
            tubes[name] = _tube(moved, radius, narrowed=name in narrowed)
    return tubes


def _tube(course: NDArray[np.float64], radius_mm: float, *, narrowed: bool) -> Tube:
    steps = np.sqrt((np.diff(course, axis=0) ** 2).sum(axis=1))
    along = np.concatenate([[0.0], np.cumsum(steps)])
    curve = CubicSpline(along, course)
    points = curve(np.linspace(0, along[-1], int(np.ceil(along[-1] / _STEP_MM)) + 1))
    travelled = np.linspace(-0.5, 0.5, len(points)) * along[-1]
    narrowing = 0.5 * np.exp(-0.5 * (travelled / _NARROW_LENGTH_MM) ** 2) if narrowed else 0.0
    return Tube(points, radius_mm * (1 - narrowing) * np.ones(len(points)))


@dataclass(frozen=True, slots=True)
class Lumen:
    """Vessels on the voxels of a scan.

    Attributes
    ----------
    labels
        (X, Y, Z), numbers of `VESSELS`: those whose tube holds the voxel's centre; where two
        do, the one whose centreline is nearer in radii.
    share
        (X, Y, Z), about the fraction of the voxel that is lumen, 0-1.
    """

    labels: Labels
    share: Field


def fill(tubes: Mapping[str, Tube], scan: ScanGrid) -> Lumen:
    """Fill the tubes on a scan of cubic voxels."""
    labels = np.zeros(scan.shape, np.uint8)
    share = np.zeros(scan.shape, np.float32)
    depth = np.full(scan.shape, np.inf)
    edge = scan.voxel_mm[0]
    for name, tube in tubes.items():
        course = _moved(tube.points_mm, scan.pose)
        box, centres = _around(course, float(tube.radii_mm.max()) + edge, scan)
        distance, nearest = KDTree(course).query(centres)
        radius = tube.radii_mm[nearest]
        extent = labels[box].shape
        outside = np.reshape(distance - radius, extent)
        relative = np.reshape(distance / radius, extent)
        inside: Mask = (outside < 0) & (relative < depth[box])
        labels[box][inside] = VESSELS[name]
        depth[box][inside] = relative[inside]
        share[box] = np.maximum(share[box], np.clip(0.5 - outside / edge, 0, 1))
    return Lumen(labels, share)


def _moved(points_mm: NDArray[np.float64], pose: Matrix) -> NDArray[np.float64]:
    return np.asarray(np.einsum("ij,nj->ni", pose[:3, :3], points_mm) + pose[:3, 3])


def _around(
    course: NDArray[np.float64], margin_mm: float, scan: ScanGrid
) -> tuple[tuple[slice, ...], NDArray[np.float64]]:
    """Return the voxels around a course as slices, and their centres (N, 3) in mm."""
    start, edges = scan.affine[:3, 3], np.asarray(scan.voxel_mm)
    low = np.floor((course.min(axis=0) - margin_mm - start) / edges).astype(int)
    high = np.ceil((course.max(axis=0) + margin_mm - start) / edges).astype(int) + 1
    low, high = np.clip(low, 0, scan.shape), np.clip(high, 0, scan.shape)
    box = tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    index = np.stack(np.meshgrid(*(np.arange(s.start, s.stop) for s in box), indexing="ij"), -1)
    return box, np.asarray(index.reshape(-1, 3) * edges + start)
