"""A volume on any storage axes to the nearest right, anterior, superior ones."""

from __future__ import annotations

import numpy as np

from drepano.imaging.volumes import Volume, turn

_RAS = np.eye(4)


def canonical(volume: Volume) -> Volume:
    """Flip and permute the axes to the closest canonical orientation, values unchanged.

    Parameters
    ----------
    volume
        Voxels (X, Y, Z) on any right-angled axes.

    Returns
    -------
    Volume
        The same voxels in the same places of the world, X to the right, Y to the front, Z up.
    """
    return turn(volume, _RAS)
