"""A template and a warp to the tissues of one head on the grid of a scan."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from drepano.synthetic.template import Maps, Template
from drepano.synthetic.warp import BOX_MM, Axes, Points, Warp

Mask = NDArray[np.bool_]

LABELS = {
    "grey matter left": 1,
    "grey matter right": 2,
    "white matter left": 3,
    "white matter right": 4,
    "ventricles": 5,
}
"""Names and numbers of the dseg's label table."""

_AIR_MM = -60.0


@dataclass(frozen=True, slots=True)
class Grid:
    """A grid along MNI axes, RAS order.

    Attributes
    ----------
    shape
        Voxels along X, Y, Z.
    affine
        (4, 4), voxel to world millimetres.
    voxel_mm
        Edge of the cubic voxels.
    """

    shape: tuple[int, int, int]
    affine: NDArray[np.float64]
    voxel_mm: float

    @property
    def voxel_mm3(self) -> float:
        """Volume of a voxel."""
        return self.voxel_mm**3

    @property
    def axes(self) -> Axes:
        """World coordinates of the voxel centres along X, Y, Z, in mm."""
        x, y, z = (
            self.affine[axis, 3] + self.voxel_mm * np.arange(size)
            for axis, size in enumerate(self.shape)
        )
        return x, y, z


@dataclass(frozen=True, slots=True)
class Anatomy:
    """Tissues of a head, all (X, Y, Z) on `grid`.

    Attributes
    ----------
    grey, white, fluid
        Fractions of the brain's tissues, 0–1; fluid includes the ventricles.
    texture
        See `Template.texture`.
    brain_depth_mm
        Distance to the brain's surface, positive inside.
    labels
        Numbers out of `LABELS`; 0 elsewhere, fluid outside of the ventricles included.
    """

    grid: Grid
    grey: Maps
    white: Maps
    fluid: Maps
    texture: Maps
    brain_depth_mm: Maps
    labels: NDArray[np.uint8]

    @property
    def white_matter(self) -> Mask:
        """Voxels labelled as white matter of either side."""
        sides = (LABELS["white matter left"], LABELS["white matter right"])
        return np.isin(self.labels, sides)


def grid_of(voxel_mm: float) -> Grid:
    """Return the grid over the head's box with cubic voxels of `voxel_mm`."""
    x, y, z = (int(np.ceil((high - low) / voxel_mm)) for low, high in BOX_MM)
    affine = np.diag([voxel_mm, voxel_mm, voxel_mm, 1.0])
    affine[:3, 3] = [low + voxel_mm / 2 for low, _ in BOX_MM]
    return Grid(shape=(x, y, z), affine=affine, voxel_mm=voxel_mm)


def shape_head(template: Template, warp: Warp, grid: Grid, *, ventricle_mm: float) -> Anatomy:
    """Bring the template to the subject's space.

    Parameters
    ----------
    template, warp, grid
        What is deformed, how, and where to.
    ventricle_mm
        Growth of the ventricles at their surface, in mm; negative shrinks them.
    """
    points = warp.pull(grid.axes)
    index = (points - template.affine[:3, 3].reshape(3, 1, 1, 1)) / template.affine[0, 0]
    depth = _sample(template.brain_depth_mm, index, outside=_AIR_MM)
    swollen = _sample(template.ventricle_depth_mm, index, outside=_AIR_MM) + ventricle_mm
    ventricle = np.clip(0.5 + swollen / grid.voxel_mm, 0, 1)
    brain = np.clip(0.5 + depth / grid.voxel_mm, 0, 1)
    grey = _sample(template.grey, index) * (1 - ventricle)
    white = _sample(template.white, index) * (1 - ventricle)
    fluid = np.clip(brain - grey - white, 0, 1)
    return Anatomy(
        grid=grid,
        grey=grey,
        white=white,
        fluid=fluid,
        texture=_sample(template.texture, index) * (1 - ventricle),
        brain_depth_mm=depth,
        labels=_labels(np.stack([fluid, grey, white]), swollen > 0, depth > 0, left=points[0] < 0),
    )


def _sample(values: Maps, index: Points, *, outside: float = 0.0) -> Maps:
    sampled = ndimage.map_coordinates(values, index, order=1, mode="constant", cval=outside)
    return np.asarray(sampled, np.float32)


def _labels(fractions: Maps, ventricle: Mask, brain: Mask, *, left: Mask) -> NDArray[np.uint8]:
    """Give each voxel the tissue that fills most of it; sides split at MNI x = 0."""
    labels = np.zeros(brain.shape, np.uint8)
    tissue = fractions.argmax(axis=0)
    for number, name in ((1, "grey matter"), (2, "white matter")):
        inside = brain & (tissue == number)
        labels[inside & left] = LABELS[f"{name} left"]
        labels[inside & ~left] = LABELS[f"{name} right"]
    labels[brain & ventricle] = LABELS["ventricles"]
    return labels
