"""A FLAIR and white matter to places that are brighter than white matter is: unread candidates.

No reader has seen them. They say where to look, and are never to be taken for lesions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from voxomics.hypointensity import Spread, spread
from voxomics.lesions import NEIGHBOURS
from voxomics.margins import grow, shrink

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]

_SLACK_MM3 = 1e-6
"""Volumes of voxels are products of rounded edges."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateRules:
    """What makes a candidate.

    Attributes
    ----------
    closing_mm
        Holes and dents of white matter up to about twice this wide are filled first.
    rim_mm
        Depth of the rim of the filled white matter that is left out.
    ventricle_mm
        White matter at most this far from a ventricle is left out.
    smoothing_mm
        Standard deviation of the Gaussian that smooths within the filled white matter; 0: none.
    seed_deviations, grow_deviations
        A candidate holds a voxel above the first, and consists of connected voxels above the
        second: robust standard deviations above the median of white matter.
    min_mm3
        Smaller ones are left out.
    """

    closing_mm: float
    rim_mm: float
    ventricle_mm: float
    smoothing_mm: float
    seed_deviations: float
    grow_deviations: float
    min_mm3: float


@dataclass(frozen=True, slots=True)
class Candidates:
    """What was found.

    Attributes
    ----------
    mask : (X, Y, Z)
        True in candidates.
    searched : (X, Y, Z)
        True where candidates were looked for.
    white_matter
        Spread of the smoothed scan where candidates were looked for.
    """

    mask: Mask
    searched: Mask
    white_matter: Spread


def find_candidates(
    flair: NDArray[np.generic],
    white_matter: Mask,
    ventricles: Mask,
    spacing_mm: Floats,
    rules: CandidateRules,
) -> Candidates:
    """Find what is brighter in white matter than white matter is.

    The median and 1.4826 times the median absolute deviation of the searched white matter give
    each voxel a robust z-score: few lesions do not move them, as they would move mean and
    standard deviation. A threshold on such scores is the usual baseline of lesion
    finders [1]_; white matter near cortex and ventricles is bright without lesions.

    Parameters
    ----------
    flair : (X, Y, Z)
        Intensities; without bias field if more than the brightest lesions are to be found.
    white_matter, ventricles : (X, Y, Z)
        Masks on the same grid; ventricles may be empty.
    spacing_mm : (3,)
        Voxel edges along X, Y, Z, in mm.
    rules
        Thresholds and margins.

    Returns
    -------
    Candidates
        An empty mask when nothing is bright; also when no white matter is deep enough to be
        searched: `searched` tells.

    References
    ----------
    .. [1] Caligiuri et al., Neuroinformatics 2015, https://doi.org/10.1007/s12021-015-9260-y
    """
    searched = np.zeros(white_matter.shape, dtype=bool)
    mask = np.zeros(white_matter.shape, dtype=bool)
    if not white_matter.any():
        return Candidates(mask, searched, spread(np.zeros(0)))
    reach = np.ceil(rules.ventricle_mm / spacing_mm).astype(int)
    # Nothing outside of this box is filled, searched, or near enough to matter.
    box = tuple(
        slice(max(0, s.start - r), s.stop + r)
        for s, r in zip(ndimage.find_objects(white_matter.view(np.uint8))[0], reach, strict=True)
    )
    filled = _filled(white_matter[box], spacing_mm, rules.closing_mm) & ~ventricles[box]
    filled &= np.isfinite(flair[box])
    searched[box] = shrink(filled, spacing_mm, rules.rim_mm)
    searched[box] &= ~grow(ventricles[box], spacing_mm, rules.ventricle_mm)
    smooth = _smoothed(flair[box], filled, rules.smoothing_mm / spacing_mm)
    around = spread(smooth[searched[box]])
    if around.voxels:
        mask[box] = _bright(smooth - around.median, searched[box], around, spacing_mm, rules)
    return Candidates(mask, searched, around)


def _filled(mask: Mask, spacing_mm: Floats, closing_mm: float) -> Mask:
    """Fill dents up to twice the radius wide, and all that is enclosed."""
    if not mask.any():
        return mask.copy()
    reach = np.ceil(closing_mm / spacing_mm).astype(int) + 1
    padded = np.pad(mask, [(int(r), int(r)) for r in reach])
    closed = shrink(grow(padded, spacing_mm, closing_mm), spacing_mm, closing_mm) | padded
    inner = tuple(slice(int(r), -int(r)) for r in reach)
    return np.asarray(ndimage.binary_fill_holes(closed)[inner])


def _smoothed(flair: NDArray[np.generic], inside: Mask, sigma: Floats) -> Floats:
    """Smooth within a mask alone (X, Y, Z), so that nothing leaks in from beside it."""
    weight = inside.astype(np.float64)
    values = np.where(inside, flair, 0).astype(np.float64)
    if not sigma.any():
        return values
    total = ndimage.gaussian_filter(weight, sigma, mode="constant")
    summed = ndimage.gaussian_filter(values, sigma, mode="constant")
    smooth: Floats = np.divide(summed, total, out=np.zeros_like(summed), where=inside)
    return smooth


def _bright(
    excess: Floats, searched: Mask, around: Spread, spacing_mm: Floats, rules: CandidateRules
) -> Mask:
    """Keep the bright components that hold a seed and are large enough."""
    bright = searched & (excess > rules.grow_deviations * around.deviation)
    seeds = bright & (excess > rules.seed_deviations * around.deviation)
    labels, count = ndimage.label(bright, structure=NEIGHBOURS)
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    kept = sizes * float(np.prod(spacing_mm)) >= rules.min_mm3 - _SLACK_MM3
    seeded = np.zeros(count + 1, dtype=bool)
    seeded[np.unique(labels[seeds])] = True
    kept &= seeded
    kept[0] = False
    found: Mask = kept[labels]
    return found
