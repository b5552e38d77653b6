"""Where a head lies in each scan, and how a map of the head is seen on the scan's own voxels."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from drepano.synthetic.anatomy import Grid
from drepano.synthetic.warp import BOX_MM, Axes, rotation

Matrix = NDArray[np.float64]
"""(4, 4), world to world or voxel to world, in millimetres, axes right, anterior, superior."""

Voxel = TypeVar("Voxel", np.float32, np.uint8)

_TURN_DEG = 4.0
_SHIFT_MM = 5.0


def draw_pose(rng: np.random.Generator, strength: float = 1.0) -> Matrix:
    """Draw the rigid motion from the head's own space to the world of a scan.

    At most 4 degrees about each axis and 5 mm along it, both times `strength`.
    """
    pose = np.eye(4)
    pose[:3, :3] = rotation(np.deg2rad(rng.uniform(-_TURN_DEG, _TURN_DEG, 3) * strength))
    pose[:3, 3] = rng.uniform(-_SHIFT_MM, _SHIFT_MM, 3) * strength
    return pose


def between(first: Matrix, second: Matrix) -> Matrix:
    """Return the motion from the world of one pose to that of another: `second` of `first`⁻¹."""
    return np.asarray(second @ inverse(first))


def inverse(pose: Matrix) -> Matrix:
    """Return the inverse of a rigid motion, exact but for rounding."""
    turned = np.eye(4)
    turned[:3, :3] = pose[:3, :3].T
    turned[:3, 3] = -np.einsum("ij,j->i", pose[:3, :3].T, pose[:3, 3])
    return turned


@dataclass(frozen=True, slots=True)
class ScanGrid:
    """The voxels of one scan, and the head in its world.

    Attributes
    ----------
    shape
        Voxels along X, Y, Z.
    affine
        Voxel to the scan's world.
    pose
        The head's own space to the scan's world.
    voxel_mm
        Edges of the voxels along X, Y, Z.
    """

    shape: tuple[int, int, int]
    affine: Matrix
    pose: Matrix
    voxel_mm: tuple[float, float, float]

    @property
    def voxel_mm3(self) -> float:
        """Volume of a voxel."""
        return float(np.prod(self.voxel_mm))

    @property
    def axes(self) -> Axes:
        """Millimetres along the grid's own axes, from the lower corner of the head's box."""
        x, y, z = (
            low + edge * (np.arange(size, dtype=np.float64) + 0.5)
            for (low, _), edge, size in zip(BOX_MM, self.voxel_mm, self.shape, strict=True)
        )
        return x, y, z

    @classmethod
    def along_head(cls, grid: Grid, pose: Matrix) -> ScanGrid:
        """Lay the head's own grid into the world: the scan is planned along the head."""
        edges = (grid.voxel_mm, grid.voxel_mm, grid.voxel_mm)
        return cls(grid.shape, np.asarray(pose @ grid.affine), pose, edges)

    @classmethod
    def along_world(
        cls,
        voxel_mm: tuple[float, float, float],
        pose: Matrix,
        box_mm: tuple[tuple[float, float], ...] = BOX_MM,
    ) -> ScanGrid:
        """Fill a box of the scan's world with voxels along its axes."""
        x, y, z = (
            int(np.ceil((high - low) / edge))
            for (low, high), edge in zip(box_mm, voxel_mm, strict=True)
        )
        affine = np.diag([*voxel_mm, 1.0])
        affine[:3, 3] = [low + edge / 2 for (low, _), edge in zip(box_mm, voxel_mm, strict=True)]
        return cls((x, y, z), affine, pose, voxel_mm)


@dataclass(frozen=True, slots=True)
class View:
    """Maps of a head as the voxels of one scan see them.

    A voxel sees the mean over its volume: a thick slice blurs what it holds.
    """

    head: Grid
    scan: ScanGrid

    @property
    def on_own_voxels(self) -> bool:
        """The scan's voxels are those of the head: nothing has to be interpolated."""
        same = np.array_equal(self.scan.affine, self.scan.pose @ self.head.affine)
        return same and self.scan.shape == self.head.shape

    def mean(self, values: NDArray[np.generic], outside: float = 0.0) -> NDArray[np.float32]:
        """Return the mean of a map (X, Y, Z) in each voxel of the scan, trilinear in between."""
        source = np.asarray(values, np.float32)
        total = np.zeros(self.scan.shape, np.float32)
        places = self._places()
        for place in places:
            total += self._at(source, place, order=1, outside=outside)
        return np.asarray(total / np.float32(len(places)))

    def nearest(self, values: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the value of a map (X, Y, Z) at the centre of each voxel of the scan."""
        return np.asarray(self._at(values, (0.0, 0.0, 0.0), order=0, outside=0.0))

    def _places(self) -> list[tuple[float, ...]]:
        """Return points of a voxel, in voxels from its centre, about a voxel of the head apart."""
        counts = (max(1, round(edge / self.head.voxel_mm)) for edge in self.scan.voxel_mm)
        return [*product(*(((np.arange(n) + 0.5) / n - 0.5).tolist() for n in counts))]

    def _at(
        self, values: NDArray[Voxel], place: tuple[float, ...], *, order: int, outside: float
    ) -> NDArray[Voxel]:
        to_head = np.linalg.inv(self.head.affine) @ inverse(self.scan.pose) @ self.scan.affine
        offset = to_head[:3, 3] + np.einsum("ij,j->i", to_head[:3, :3], np.asarray(place))
        return np.asarray(
            ndimage.affine_transform(
                values,
                to_head[:3, :3],
                offset,
                output_shape=self.scan.shape,
                order=order,
                mode="constant",
                cval=outside,
            )
        )
