"""A scan to the head in it: what is not air, without holes."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk  # noqa: N813 - the name that everyone knows
from numpy.typing import NDArray
from scipy import ndimage

from drepano.imaging.preparation.images import array_of, coarser

_HEAD_MM = 4.0
_CLIP_PERCENTILE = 99.0


def head_of(image: sitk.Image) -> sitk.Image:
    """Return the head in a scan as 0 and 1 on a grid of about 4 mm.

    Air ends at Otsu's threshold of the values below their 99th percentile, so that fat and
    vessels do not set it. The largest component counts, holes and the dark skull filled.

    References
    ----------
    .. [1] Otsu, IEEE Trans Syst Man Cybern 1979, https://doi.org/10.1109/TSMC.1979.4310076
    """
    small = coarser(image, _HEAD_MM)
    values = array_of(small)
    top = float(np.percentile(values, _CLIP_PERCENTILE))
    clipped = sitk.Clamp(small, small.GetPixelID(), float(values.min()), top)
    above = array_of(sitk.OtsuThreshold(clipped, 0, 1, 128)).astype(bool)
    head = sitk.GetImageFromArray(np.ascontiguousarray(_whole(above).astype(np.uint8).T))
    head.CopyInformation(small)
    return head


def _whole(above: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Close gaps of the size of the skull, keep the largest part, fill what it encloses."""
    reach = 3
    padded = np.pad(above, reach)
    closed = ndimage.binary_closing(padded, ndimage.generate_binary_structure(3, 1), reach)
    inside = closed[reach:-reach, reach:-reach, reach:-reach] | above
    parts, count = ndimage.label(inside)
    if count > 1:
        inside = parts == 1 + np.bincount(parts.ravel())[1:].argmax()
    return np.asarray(ndimage.binary_fill_holes(inside))


def share_inside(
    fixed_head: sitk.Image, moving_head: sitk.Image, transform: sitk.Transform
) -> float:
    """Return which fraction (0-1) of the smaller of two heads lies inside the other one.

    Parameters
    ----------
    fixed_head, moving_head
        0 and 1, each on its own grid.
    transform
        From points of the fixed scan to points of the moving one.
    """
    moved = sitk.Resample(moving_head, fixed_head, transform, sitk.sitkNearestNeighbor, 0)
    fixed, both = array_of(fixed_head) > 0, array_of(moved) > 0
    smaller = min(
        float(fixed.sum()) * float(np.prod(fixed_head.GetSpacing())),
        float((array_of(moving_head) > 0).sum()) * float(np.prod(moving_head.GetSpacing())),
    )
    shared = float((fixed & both).sum()) * float(np.prod(fixed_head.GetSpacing()))
    return min(shared / smaller, 1.0) if smaller else 0.0
