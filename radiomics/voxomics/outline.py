"""Perimeter and surface of the outline of every label in a plane: marching squares.

The outline joins the middles between inside and outside: it cuts off a corner of a square of
2 x 2 pixels, or runs along two of them. So each square adds half a diagonal for each corner
that differs from its two neighbours, and an eighth of a pixel less or more for each corner.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from voxomics.kernels import kernel

Labels = NDArray[np.int32]
Floats = NDArray[np.float64]

_SURFACE = np.array([0, 1, 1, 4, 1, 4, 2, 7, 1, 2, 4, 7, 4, 7, 7, 8])
"""Eighths of a pixel inside the outline, by the bits 2y + x of the pixels inside."""

_STEPS = np.array(
    [
        [0, 1, 1, 0, 1, 0, 2, 1, 1, 2, 0, 1, 0, 1, 1, 0],
        [0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0],
        [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0],
    ]
)
"""Pieces of the outline in each square: half diagonals, edges along the first axis, the second."""


def outline(
    labels: Labels, spacing_mm: tuple[float, ...], count: int, *, across: int
) -> tuple[Floats, Floats]:
    """Return perimeter (L,) in mm and surface (L,) in mm² of labels that lie in one plane each.

    Parameters
    ----------
    labels : (Z, Y, X)
        Labels 1 to L; the outermost layer is 0.
    spacing_mm : (3,)
        Voxel edges along Z, Y, X.
    count
        Number of labels, L.
    across
        Axis that the planes stand on.
    """
    found = np.zeros((count, 16), dtype=np.int64)
    _count_squares(np.moveaxis(labels, across, 0), found)
    first, second = (spacing_mm[axis] for axis in range(3) if axis != across)
    lengths = np.array([np.hypot(first, second) / 2, first, second])
    # Not `@ lengths`: BLAS adds in another order for another number of regions.
    perimeters = ((found @ _STEPS.T) * lengths).sum(axis=1)
    return perimeters, (found @ _SURFACE) * (first * second) / 8


@kernel
def _count_squares(labels: Labels, found: NDArray[np.int64]) -> None:
    """Count for each label each square of 2 x 2 pixels of a plane that holds some of it."""
    planes, ny, nx = labels.shape
    for p in range(planes):
        for y in range(ny - 1):
            for x in range(nx - 1):
                a, b = labels[p, y, x], labels[p, y, x + 1]
                c, d = labels[p, y + 1, x], labels[p, y + 1, x + 1]
                if (a | b | c | d) == 0:
                    continue
                for k, label in enumerate((a, b, c, d)):
                    before = (k > 0 and a == label) or (k > 1 and b == label)
                    if label == 0 or before or (k > 2 and c == label):
                        continue
                    code = (a == label) | (b == label) << 1 | (c == label) << 2 | (d == label) << 3
                    found[label - 1, code] += 1
