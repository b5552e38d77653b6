"""Two images to the linear transform between them: mutual information, coarse to fine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk  # noqa: N813 - the name that everyone knows

from drepano.imaging.preparation.images import coarser

_BINS = 32
_SEED = 1


@dataclass(frozen=True, slots=True)
class Level:
    """One resolution of a registration.

    Attributes
    ----------
    spacing_mm
        Voxel size of both images.
    step_mm
        Length that the first line search starts from.
    sampled
        Fraction (0-1) of the voxels that are looked at.
    iterations
        Most line searches.
    """

    spacing_mm: float
    step_mm: float
    sampled: float = 1.0
    iterations: int = 40


@dataclass(frozen=True, slots=True)
class Pair:
    """What is registered: two images and, where given, the part of the fixed one that counts."""

    fixed: sitk.Image
    moving: sitk.Image
    fixed_mask: sitk.Image | None = None

    def at(self, spacing_mm: float) -> Pair:
        """Return the pair on voxels of about `spacing_mm`."""
        fixed, mask = coarser(self.fixed, spacing_mm), self.fixed_mask
        if mask is not None:
            mask = sitk.Resample(mask, fixed, sitk.Transform(), sitk.sitkNearestNeighbor, 0)
        return Pair(fixed, coarser(self.moving, spacing_mm), mask)


def align(pair: Pair, start: sitk.Transform, level: Level) -> tuple[sitk.Transform, float]:
    """Improve a linear transform by Mattes' mutual information at one resolution.

    Parameters
    ----------
    pair
        Images in float32.
    start
        From points of the fixed image to points of the moving one; left as it is.
    level
        Resolution and steps.

    Returns
    -------
    tuple
        The better transform, and minus the mutual information (lower is better).

    Notes
    -----
    Voxels are sampled at random from a fixed seed, on one thread: two runs give the same
    bits. Regular sampling would meet the same planes of the grid each time.

    References
    ----------
    .. [1] Mattes et al., IEEE Trans Med Imaging 2003, https://doi.org/10.1109/TMI.2003.809072
    """
    return _align(pair.at(level.spacing_mm), start, level)


def _align(pair: Pair, start: sitk.Transform, level: Level) -> tuple[sitk.Transform, float]:
    method = _method(level)
    if pair.fixed_mask is not None:
        method.SetMetricFixedMask(pair.fixed_mask)
    transform = start.__copy__()
    method.SetInitialTransform(transform, inPlace=True)
    try:
        method.Execute(pair.fixed, pair.moving)
    except RuntimeError:  # the images do not overlap: any other start is better
        return start, float("inf")
    return transform, float(method.GetMetricValue())


def _method(level: Level) -> sitk.ImageRegistrationMethod:
    method = sitk.ImageRegistrationMethod()
    method.SetNumberOfThreads(1)
    method.SetMetricAsMattesMutualInformation(_BINS)
    method.SetInterpolator(sitk.sitkLinear)
    if level.sampled < 1:
        method.SetMetricSamplingStrategy(method.RANDOM)
        method.SetMetricSamplingPercentage(level.sampled, _SEED)
    # Line searches only go uphill: with steps of fixed length an affine runs away.
    method.SetOptimizerAsConjugateGradientLineSearch(
        learningRate=level.step_mm,
        numberOfIterations=level.iterations,
        convergenceMinimumValue=1e-6,
        convergenceWindowSize=6,
        lineSearchLowerLimit=0.0,
        lineSearchUpperLimit=3.0,
        lineSearchMaximumIterations=12,
    )
    method.SetOptimizerScalesFromPhysicalShift()
    return method


def best_start(
    pair: Pair, starts: Sequence[sitk.Transform], level: Level
) -> tuple[sitk.Transform, float]:
    """Register from each start at one resolution and return the best; the first wins a tie."""
    small = pair.at(level.spacing_mm)
    found = [_align(small, start, level) for start in starts]
    return found[int(np.argmin([value for _, value in found]))]


def centre_mm(image: sitk.Image) -> tuple[float, float, float]:
    """Return the world point (LPS) in the middle of an image."""
    middle = [(n - 1) / 2 for n in image.GetSize()]
    x, y, z = image.TransformContinuousIndexToPhysicalPoint(middle)
    return x, y, z
