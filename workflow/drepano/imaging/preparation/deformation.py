"""Two images of one contrast on one grid to the smooth invertible warp between them."""

from __future__ import annotations

import SimpleITK as sitk  # noqa: N813 - the name that everyone knows

from drepano.imaging.preparation.images import coarser

_LEVELS = ((8.0, 30), (4.0, 30), (2.0, 20))
"""Voxel size in mm and iterations; a level finer than the images is left out."""
_SMOOTH_VOXELS = 1.5
_INVERSE_ITERATIONS = 20


def deform(
    fixed: sitk.Image, moving: sitk.Image
) -> tuple[sitk.DisplacementFieldTransform, sitk.DisplacementFieldTransform]:
    """Find the diffeomorphism between two images by demons.

    Parameters
    ----------
    fixed, moving
        Images of one grid in which the same tissue has the same value.

    Returns
    -------
    tuple
        From points of `fixed` to points of `moving`, and back.

    References
    ----------
    .. [1] Vercauteren et al., NeuroImage 2009,
       https://doi.org/10.1016/j.neuroimage.2008.10.040
    """
    field: sitk.Image | None = None
    finest = min(fixed.GetSpacing())
    levels = [(mm, n) for mm, n in _LEVELS if mm > 1.3 * finest] + [(finest, _LEVELS[-1][1])]
    for spacing, iterations in levels:
        field = _level(coarser(fixed, spacing), coarser(moving, spacing), field, iterations)
    inverse = sitk.InvertDisplacementField(
        field, maximumNumberOfIterations=_INVERSE_ITERATIONS, enforceBoundaryCondition=True
    )
    return _transform(field), _transform(inverse)


def _level(
    fixed: sitk.Image, moving: sitk.Image, start: sitk.Image | None, iterations: int
) -> sitk.Image:
    demons = sitk.DiffeomorphicDemonsRegistrationFilter()
    demons.SetNumberOfIterations(iterations)
    demons.SetStandardDeviations(_SMOOTH_VOXELS)
    demons.SmoothDisplacementFieldOn()
    if start is None:
        return demons.Execute(fixed, moving)
    start = sitk.Resample(start, fixed, sitk.Transform(), sitk.sitkLinear, 0.0)
    return demons.Execute(fixed, moving, start)


def _transform(field: sitk.Image) -> sitk.DisplacementFieldTransform:
    return sitk.DisplacementFieldTransform(sitk.Cast(field, sitk.sitkVectorFloat64))
