"""Label maps: the labels in them, and the region of each."""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from typing import Any

import numpy as np
import SimpleITK as sitk  # noqa: N813 - the name that everyone knows
from numpy.typing import NDArray

from voxomics.errors import ImageRefused
from voxomics.extents import measure_extents
from voxomics.regions import Region

_ABSENT = "the label is not in the mask"
_BACKGROUND = "0 is the background: labels are whole numbers above it"
_NOT_WHOLE = "a label is a whole number, without quotes"
_NEGATIVE = "the label is below 0: labels are whole numbers above it"
_FEW = 1 << 16
"""Labels up to this are looked up in a table of so many places."""


def label_array(mask: sitk.Image) -> NDArray[Any]:
    """Return the labels (Z, Y, X) as whole numbers; those stored as floats are rounded.

    Raises
    ------
    ImageRefused
        A voxel of the mask is not finite.
    """
    labels: NDArray[Any] = sitk.GetArrayViewFromImage(mask)
    if labels.dtype.kind in "iu":
        return labels
    if not np.isfinite(labels).all():
        raise ImageRefused("the mask holds voxels that are not finite")
    return np.asarray(np.rint(labels), dtype=np.int64)


def cut_regions(
    labels: NDArray[Any], wanted: Sequence[int] | None
) -> tuple[dict[int, Region], dict[int, str]]:
    """Return the region of each label that is asked, and the labels that have none.

    Parameters
    ----------
    labels : (Z, Y, X)
        Whole numbers.
    wanted
        Labels; None takes all but 0.

    Returns
    -------
    regions
        In rising order, or in the order of `wanted`.
    refused
        Labels without a region, and the reason.
    """
    present, compact = _compacted(labels)
    extents = measure_extents(compact, len(present))
    places = {label: place for place, label in enumerate(present)}
    regions: dict[int, Region] = {}
    refused: dict[int, str] = {}
    for label in present if wanted is None else wanted:
        if not isinstance(label, numbers.Real) or label != label // 1:
            refused[label] = _NOT_WHOLE
            continue
        place = places.get(int(label))
        if label < 0:
            refused[label] = _NEGATIVE
        elif label == 0:
            refused[label] = _BACKGROUND
        elif place is None or not extents.count[place]:
            refused[label] = _ABSENT
        else:
            lower, upper = extents.lower[place].tolist(), extents.upper[place].tolist()
            box = tuple(slice(a, b + 1) for a, b in zip(lower, upper, strict=True))
            regions[label] = Region(tuple(lower[::-1]), (compact[box] == place + 1).T)
    if wanted is None:
        refused = {label: why for label, why in refused.items() if why != _ABSENT}
    return regions, refused


def _compacted(labels: NDArray[Any]) -> tuple[list[int], NDArray[np.int32]]:
    """Return labels, and a map of 1 for the first of them and so on; 0 stays 0.

    The labels may be more than there are in the map.
    """
    least, most = int(labels.min()), int(labels.max())
    if least >= 0 and most <= _FEW:
        return [*range(1, most + 1)], np.ascontiguousarray(labels, dtype=np.int32)
    present = np.unique(labels)
    present = present[present != 0]
    compact = np.searchsorted(present, labels) + 1
    return present.tolist(), np.where(labels == 0, 0, compact).astype(np.int32)
