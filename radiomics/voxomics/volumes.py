"""Masks to volumes, to their share of the head, and to the asymmetry of two sides."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]


def union(masks: Sequence[Mask]) -> Mask:
    """Return the voxels of any of the masks (X, Y, Z), each counted once.

    Raises
    ------
    ValueError
        There is no mask, or their shapes differ.
    """
    if len({mask.shape for mask in masks}) != 1:
        message = f"masks of one shape are needed, got {[mask.shape for mask in masks]}"
        raise ValueError(message)
    together: Mask = np.logical_or.reduce(masks)
    return together


def volume_ml(mask: Mask, voxel_mm3: float) -> float:
    """Return voxels times the volume of one voxel, in mL; higher means larger.

    A voxel counts whole or not at all: partial volumes are the segmentation's business.
    """
    return int(np.count_nonzero(mask)) * voxel_mm3 / 1000


def fraction(part_ml: float, whole_ml: float) -> float:
    """Return part over whole [1]; NaN when the whole is empty.

    The share of the intracranial volume corrects for the size of the head [1]_.

    References
    ----------
    .. [1] Whitwell et al., AJNR 2001;22:1483: normalisation by total intracranial volume.
    """
    return part_ml / whole_ml if whole_ml > 0 else np.nan


def asymmetry_index(left: float, right: float) -> float:
    """Return (left - right) over their mean [1, -2 to 2]; NaN when both are 0.

    Positive: the left is larger. 0: equal. -2 or 2: one side is empty.

    References
    ----------
    .. [1] Kurth, Gaser and Luders, Nat Protoc 2015;10:293, for the difference over the mean.
    """
    total = left + right
    return (left - right) / (0.5 * total) if total > 0 else np.nan
