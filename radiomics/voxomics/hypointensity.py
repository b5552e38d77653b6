"""Lesions and a T1w scan to which lesions are dark on it.

Studies of silent infarcts read this by eye; here it is a rule: a lesion is dark when its mean
intensity lies below the median of white matter without lesions by more than a stated number of
robust standard deviations (1.4826 times the median absolute deviation).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from voxomics.margins import grow

Mask = NDArray[np.bool_]
Labels = NDArray[np.int32]
Floats = NDArray[np.float64]

MAD_TO_DEVIATION = 1.4826
"""Standard deviation of a normal distribution over its median absolute deviation."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Where the intensities of a tissue lie.

    Attributes
    ----------
    voxels
        Finite voxels that were looked at.
    median
        Their median, in the scan's unit; NaN without voxels.
    deviation
        1.4826 times their median absolute deviation; NaN without voxels, 0 if most are equal.
    """

    voxels: int
    median: float
    deviation: float


def spread(values: NDArray[np.generic]) -> Spread:
    """Return the robust spread of intensities (N,); what is not finite is left out."""
    finite = np.asarray(values, dtype=np.float64)
    finite = finite[np.isfinite(finite)]
    if not finite.size:
        return Spread(0, np.nan, np.nan)
    median = float(np.median(finite))
    deviation = MAD_TO_DEVIATION * float(np.median(np.abs(finite - median)))
    return Spread(int(finite.size), median, deviation)


def lesion_means(scan: NDArray[np.generic], labels: Labels, count: int) -> Floats:
    """Return the mean intensity of each lesion (L,); NaN if any of its voxels is not finite.

    Parameters
    ----------
    scan, labels : (X, Y, Z)
        Intensities, and lesions 1 to `count`.
    count
        Number of lesions, L.
    """
    inside = labels > 0
    numbers = labels[inside]
    values = scan[inside].astype(np.float64)
    sums = np.bincount(numbers, weights=values, minlength=count + 1)[1:]
    return np.asarray(sums / np.bincount(numbers, minlength=count + 1)[1:])


def normal_white_matter(
    white_matter: Mask, lesions: Mask, spacing_mm: Floats, margin_mm: float
) -> Mask:
    """Return white matter (X, Y, Z) farther than `margin_mm` from every lesion."""
    return white_matter & ~grow(lesions, spacing_mm, margin_mm)


def reference_everywhere(scan: NDArray[np.generic], normal: Mask, count: int) -> list[Spread]:
    """Return for each of `count` lesions the spread of all normal white matter."""
    return [spread(scan[normal])] * count


def reference_around(
    scan: NDArray[np.generic],
    normal: Mask,
    labels: Labels,
    count: int,
    *,
    spacing_mm: Floats,
    shell_mm: float,
) -> list[Spread]:
    """Return for each lesion the spread of the normal white matter around it.

    Parameters
    ----------
    scan, normal, labels : (X, Y, Z)
        Intensities; normal white matter; lesions 1 to `count`.
    count
        Number of lesions.
    spacing_mm : (3,)
        Voxel edges along X, Y, Z, in mm.
    shell_mm
        Normal white matter up to this distance from the lesion counts.
    """
    reach = np.ceil(shell_mm / spacing_mm).astype(int)
    found: list[Spread] = []
    for number, own in enumerate(ndimage.find_objects(labels, max_label=count), start=1):
        box = tuple(slice(max(0, s.start - r), s.stop + r) for s, r in zip(own, reach, strict=True))
        shell = grow(labels[box] == number, spacing_mm, shell_mm) & normal[box]
        found.append(spread(scan[box][shell]))
    return found


def is_dark(mean: float, reference: Spread, deviations: float) -> bool:
    """Tell whether a lesion's mean lies more than `deviations` below the reference's median."""
    return mean < reference.median - deviations * reference.deviation
