"""A scan with slow shading to the scan without: N4."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk  # noqa: N813 - the name that everyone knows
from numpy.typing import NDArray

from drepano.errors import UnitError
from drepano.imaging.preparation.heads import head_of
from drepano.imaging.preparation.images import array_of, float_image, mask_image, one_thread
from drepano.imaging.volumes import Volume
from drepano.settings.preparation import BiasField

_SPLINE_ORDER = 3


def correct_bias(scan: Volume, mask: NDArray[np.bool_] | None, settings: BiasField) -> Volume:
    """Estimate the field by which a scan is shaded, and divide it out.

    Parameters
    ----------
    scan
        Voxels (X, Y, Z); NaN and infinite ones stay NaN, values at or below 0 are not looked at.
    mask : (X, Y, Z)
        Voxels in which the field is estimated, such as the brain; None: the head.
    settings
        Grid, iterations and spline of the field.

    Returns
    -------
    Volume
        float32. The field has mean 1 in the mask, so that intensities keep their scale.

    Raises
    ------
    UnitError
        `brain_empty`: the mask has no voxel with a value above 0.

    References
    ----------
    .. [1] Tustison et al., IEEE Trans Med Imaging 2010, https://doi.org/10.1109/TMI.2010.2046908
    """
    with one_thread():
        image = float_image(scan)
        inside = _inside(image, mask, scan)
        field = _field(image, inside, settings)
    corrected = array_of(image) / field
    # A hole is not a value: as a zero it would pass for air.
    corrected[~np.isfinite(scan.voxels)] = np.nan
    return Volume(corrected.astype(np.float32), scan.affine)


def _inside(image: sitk.Image, mask: NDArray[np.bool_] | None, scan: Volume) -> sitk.Image:
    if mask is None:
        inside = sitk.Resample(head_of(image), image, sitk.Transform(), sitk.sitkNearestNeighbor, 0)
    else:
        inside = mask_image(mask, scan)
    inside = sitk.Cast(image > 0, sitk.sitkUInt8) * inside
    if not array_of(inside).any():
        raise UnitError(
            "brain_empty",
            "no voxel of the mask has a value above 0",
            "Look at the scan and at the brain mask.",
        )
    return inside


def shrink_factors(image: sitk.Image, shrink: int) -> list[int]:
    """Return by how much each axis is shortened: thick slices less than fine pixels."""
    spacing = np.array(image.GetSpacing())
    wanted = np.floor(shrink * spacing.min() / spacing + 0.5)
    return [int(n) for n in np.clip(wanted, 1, np.array(image.GetSize()) // 4 + 1)]


def _field(image: sitk.Image, inside: sitk.Image, settings: BiasField) -> NDArray[np.float32]:
    """Return the field (X, Y, Z) at full resolution, with mean 1 in the mask."""
    factors = shrink_factors(image, settings.shrink)
    small, small_inside = sitk.Shrink(image, factors), sitk.Shrink(inside, factors)
    if not array_of(small_inside).any():
        small, small_inside = image, inside
    n4 = sitk.N4BiasFieldCorrectionImageFilter()
    n4.SetMaximumNumberOfIterations(settings.iterations)
    n4.SetConvergenceThreshold(settings.convergence)
    n4.SetSplineOrder(_SPLINE_ORDER)
    n4.SetNumberOfControlPoints(_control_points(image, settings.control_point_mm))
    n4.Execute(small, small_inside)
    log_field = array_of(n4.GetLogBiasFieldAsImage(image))
    field: NDArray[np.float32] = np.exp(log_field, dtype=np.float32)
    return field / np.float32(field[array_of(inside) > 0].mean(dtype=np.float64))


def _control_points(image: sitk.Image, distance_mm: float) -> list[int]:
    extent = np.array(image.GetSize()) * np.array(image.GetSpacing())
    return [int(np.ceil(mm / distance_mm)) + _SPLINE_ORDER for mm in extent]
