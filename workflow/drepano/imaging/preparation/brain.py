"""A registered T1w to its brain mask: the template's brain, corrected by what the scan shows."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk  # noqa: N813 - the name that everyone knows
from numpy.typing import NDArray
from scipy import ndimage

from drepano.errors import UnitError
from drepano.imaging.preparation.images import float_image, one_thread
from drepano.imaging.preparation.mixture import Maps, posterior
from drepano.imaging.preparation.template import TemplateMaps
from drepano.imaging.preparation.template_registration import TemplateWarp
from drepano.imaging.volumes import Volume, to_image

Mask = NDArray[np.bool_]

_UNCERTAIN_MM = 2.0
"""How far the warped surface may be off: the blur of the prior at the brain's edge."""
_OPENING_MM = 2.0
_CLOSING_MM = 5.0


def find_brain(scan: Volume, warp: TemplateWarp, template: TemplateMaps) -> Mask:
    """Tell the brain from all else.

    Parameters
    ----------
    scan
        T1w, bias field corrected.
    warp
        Where the template lies in it, and what its tissues look like.
    template
        The template.

    Returns
    -------
    (X, Y, Z)
        Brain with the fluid in and around it: one piece without holes.

    Raises
    ------
    UnitError
        `brain_empty`: no voxel is brain.
    """
    priors = prior_maps(scan, warp, template, blur_mm=_UNCERTAIN_MM)
    values = np.nan_to_num(scan.voxels.astype(np.float32), posinf=0.0, neginf=0.0)
    near = priors[3] < 0.95
    brain = np.zeros(values.shape, bool)
    if near.any():
        outside = posterior(warp.mixture.densities(values[near]), priors[:, near])[3]
        brain[near] = outside < 0.5
    brain = _one_piece(brain, scan.spacing_mm)
    if not brain.any():
        raise UnitError(
            "brain_empty",
            "no voxel of the scan looks like brain where the template has it",
            "Look at the picture of the registration; deliver a brain mask if it is wrong.",
        )
    return brain


def prior_maps(scan: Volume, warp: TemplateWarp, template: TemplateMaps, *, blur_mm: float) -> Maps:
    """Bring the priors to a scan: fluid, grey, white, outside (4, X, Y, Z), summing to 1.

    Parameters
    ----------
    scan, warp, template
        Whose grid counts, and what is brought to it how.
    blur_mm
        Standard deviation of the blur that stands for what the warp may be off.
    """
    with one_thread():
        maps = [float_image(template.volume(t)) for t in _of(template)]
        if blur_mm:
            maps = [sitk.SmoothingRecursiveGaussian(m, blur_mm) for m in maps]
        # Three values a point: where the point lies is worked out once.
        moved = sitk.Resample(
            sitk.Compose(maps), to_image(scan), warp.to_template, sitk.sitkLinear, 0.0
        )
    tissues = np.clip(sitk.GetArrayFromImage(moved).T, 0, 1)
    return np.concatenate([tissues, np.clip(1 - tissues.sum(axis=0, keepdims=True), 0, 1)])


def _of(template: TemplateMaps) -> tuple[Maps, Maps, Maps]:
    return template.fluid, template.grey, template.white


def _one_piece(brain: Mask, spacing_mm: NDArray[np.float64]) -> Mask:
    """Cut thin bridges, keep the largest piece, close sulci and fill holes."""
    core = _within(brain, spacing_mm, _OPENING_MM)
    parts, count = ndimage.label(core)
    if not count:
        return core
    core = np.asarray(parts == 1 + np.bincount(parts.ravel())[1:].argmax())
    opened = _grown(core, spacing_mm, _OPENING_MM) & brain
    closed = _within(_grown(opened, spacing_mm, _CLOSING_MM), spacing_mm, _CLOSING_MM)
    return np.asarray(ndimage.binary_fill_holes(closed | opened))


def _grown(mask: Mask, spacing_mm: NDArray[np.float64], by_mm: float) -> Mask:
    return np.asarray(ndimage.distance_transform_edt(~mask, sampling=spacing_mm) <= by_mm)


def _within(mask: Mask, spacing_mm: NDArray[np.float64], by_mm: float) -> Mask:
    return np.asarray(ndimage.distance_transform_edt(mask, sampling=spacing_mm) > by_mm)
