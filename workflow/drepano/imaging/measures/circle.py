"""Which parts of the circle of Willis are there, by the rules of TopCoW.

An artery is there when its label has a voxel. The first segments have no label: A1 is there
when the anterior cerebral artery touches the carotid, P1 when the posterior one touches the
basilar.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from drepano.errors import UnitError
from voxomics import Region
from voxomics.vessels import touch

PARTS = {
    "l_a1": "the left ACA touches the left ICA",
    "acom": "the anterior communicating artery is there",
    "third_a2": "a third A2 segment is there",
    "r_a1": "the right ACA touches the right ICA",
    "l_pcom": "the left posterior communicating artery is there",
    "l_p1": "the left PCA touches the basilar artery",
    "r_p1": "the right PCA touches the basilar artery",
    "r_pcom": "the right posterior communicating artery is there",
}
"""Part of the circle, anterior from left to right and then posterior, to what is counted."""

_TOUCH = {
    "l_a1": ("l_ica", "l_aca"),
    "r_a1": ("r_ica", "r_aca"),
    "l_p1": ("ba", "l_pca"),
    "r_p1": ("ba", "r_pca"),
}

Found = Mapping[str, Region | UnitError | None]


def presence(arteries: Found, shape: tuple[int, ...]) -> dict[str, bool | UnitError]:
    """Tell which parts of the circle are there.

    Parameters
    ----------
    arteries
        Role in the circle to its region; None: it is not there; an error: nobody knows.
    shape
        Shape (X, Y, Z) of the label map.

    Returns
    -------
    dict
        Each of `PARTS`: there or not, or why nobody knows.
    """
    return {part: _there(part, arteries, shape) for part in PARTS}


def _there(part: str, arteries: Found, shape: tuple[int, ...]) -> bool | UnitError:
    roles = _TOUCH.get(part, (part,))
    regions: list[Region | None] = []
    for role in roles:
        region = arteries[role]
        if isinstance(region, UnitError):
            return region
        regions.append(region)
    masks = [_whole(region, shape) for region in regions if region]
    if len(masks) < len(roles):
        return False
    return touch(*masks) if len(masks) == 2 else True


def _whole(region: Region, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return a region on the grid of the label map."""
    mask = np.zeros(shape, dtype=bool)
    box = zip(region.lower, region.voxels.shape, strict=True)
    mask[tuple(slice(low, low + n) for low, n in box)] = region.voxels
    return mask
