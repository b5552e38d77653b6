"""What was found against what is true: overlap, motion, shading, detection."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from drepano.synthetic.anatomy import Mask
from drepano.synthetic.lesions import CONNECTED
from drepano.synthetic.raw.poses import Matrix

_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


def dice(found: Mask, true: Mask) -> float:
    """Return the Dice overlap of two masks (X, Y, Z) on one grid: 1 is the same, 0 disjoint.

    NaN where both are empty.
    """
    size = int(found.sum()) + int(true.sum())
    return 2 * int((found & true).sum()) / size if size else float("nan")


def in_lps(motion: Matrix) -> Matrix:
    """Return a motion (4, 4) of RAS points as one of LPS points, as SimpleITK has them.

    Its own inverse: LPS to RAS is the same.
    """
    return np.asarray(_LPS @ motion @ _LPS)


def registration_error_mm(found: Matrix, true: Matrix, brain: Mask, affine: Matrix) -> float:
    """Return how far two motions bring the farthest voxel of the brain apart, in mm.

    Parameters
    ----------
    found, true
        (4, 4), both from the world of `affine`, in the same axes.
    brain
        (X, Y, Z), True inside; `affine` brings its voxels to the world.
    """
    inside = np.argwhere(brain)
    points = np.concatenate([inside, np.ones((len(inside), 1))], axis=1)
    apart = np.einsum("ij,nj->ni", (found - true) @ affine, points)[:, :3]
    return float(np.sqrt((apart**2).sum(axis=1)).max())


def variation(image: NDArray[np.floating], region: Mask) -> float:
    """Return standard deviation by mean of an image's voxels in a region; lower is flatter."""
    values = np.asarray(image[region], np.float64)
    return float(values.std() / values.mean())


@dataclass(frozen=True, slots=True)
class Detection:
    """Lesions found.

    Attributes
    ----------
    hit, missed
        Numbers of the true lesions that some found voxel touches, and of the others.
    false
        Count of found components (26-connected) that touch no true lesion.
    """

    hit: tuple[int, ...]
    missed: tuple[int, ...]
    false: int

    @property
    def sensitivity(self) -> float:
        """Share of true lesions that were hit, 0-1; NaN where there are none."""
        count = len(self.hit) + len(self.missed)
        return len(self.hit) / count if count else float("nan")


def detection(found: Mask, true: NDArray[np.integer]) -> Detection:
    """Compare found lesions with the numbered true ones, both (X, Y, Z) on one grid."""
    components, count = ndimage.label(found, CONNECTED)
    numbers = np.unique(true[true > 0])
    met = {int(n) for n in np.unique(true[found])} - {0}
    touching = np.unique(components[(true > 0) & found])
    return Detection(
        hit=tuple(sorted(met)),
        missed=tuple(int(n) for n in numbers if int(n) not in met),
        false=int(count) - len(touching),
    )
