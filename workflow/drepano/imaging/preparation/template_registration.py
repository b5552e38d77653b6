"""A T1w and the template to the warp between them: affine, then diffeomorphic on tissues."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk  # noqa: N813 - the name that everyone knows
from scipy import ndimage

from drepano.errors import UnitError
from drepano.imaging.preparation.coregistration import resample
from drepano.imaging.preparation.deformation import deform
from drepano.imaging.preparation.images import (
    array_of,
    check_contrast,
    coarser,
    float_image,
    one_thread,
)
from drepano.imaging.preparation.mixture import Maps, Mixture, fit_mixture, posterior
from drepano.imaging.preparation.template import TemplateMaps
from drepano.imaging.preparation.template_affine import affine_to_template
from drepano.imaging.volumes import Volume, to_image
from drepano.settings.preparation import Template

_AFFINE_GRID_MM = 4.0
_GREYS = np.array([0.3, 0.7, 1.0, 0.0], np.float32)
"""Grey values at which fluid, grey, white matter and outside are matched to each other."""


@dataclass(frozen=True, slots=True)
class TemplateWarp:
    """Where the template lies in the space of a scan.

    Attributes
    ----------
    to_scan
        From points of the template to points of the scan (LPS, mm).
    to_template
        The other way.
    overlap
        Mean Dice (0-1) of grey and white matter told by intensities and by the template.
    mixture
        What the tissues look like in the scan.
    """

    to_scan: sitk.Transform
    to_template: sitk.Transform
    overlap: float
    mixture: Mixture

    def to_subject(self, volume: Volume, like: Volume, *, labels: bool) -> Volume:
        """Bring a volume in the template's space to the grid of a scan of the subject.

        Parameters
        ----------
        volume
            Map or label map in the space of the template, on any grid.
        like
            Whose grid counts; in the space of the registered scan.
        labels
            Whole numbers by nearest neighbour; else linear, in float32. Outside: 0.
        """
        with one_thread():
            image = to_image(volume) if labels else float_image(volume)
            how = sitk.sitkNearestNeighbor if labels else sitk.sitkLinear
            moved = sitk.Resample(image, to_image(like), self.to_template, how, 0)
        return Volume(array_of(moved), like.affine)

    def to_template_grid(self, volume: Volume, like: Volume, *, labels: bool) -> Volume:
        """Bring a scan or label map of the subject to a grid in the template's space."""
        return resample(volume, like, self.to_scan, labels=labels)


def register_to_template(scan: Volume, template: TemplateMaps, settings: Template) -> TemplateWarp:
    """Register a whole head or a brain, T1w, to the template.

    First the affine that makes intensities of scan and template tell most of each other,
    around the template's brain. Then tissues are told apart by intensities and the priors,
    and the map of tissues, which has no shading and no scalp, is deformed to that of the
    template.

    Parameters
    ----------
    scan
        T1w, bias field corrected.
    template, settings
        The template; at which resolution the registration ends, and whether it deforms.

    Raises
    ------
    UnitError
        `registration_failed` or `not_finite`: nothing can be seen in the scan.
    """
    check_contrast(scan, "the reference scan")
    with one_thread():
        image = float_image(scan)
        affine = affine_to_template(image, template, _judge(image, template))
        grid = coarser(float_image(template.volume(template.t1w)), settings.resolution_mm)
        priors = _priors(template, grid)
        values = array_of(sitk.Resample(image, grid, affine, sitk.sitkLinear, 0.0))
        mixture, posteriors = _tissues(values, priors, settings.resolution_mm)
        if not settings.deformable:
            overlap = _agreement(values, mixture, priors)
            return TemplateWarp(affine, affine.GetInverse(), overlap, mixture)
        forward, backward = deform(
            _as_image(_greys(priors), grid), _as_image(_greys(posteriors), grid)
        )
        to_scan = sitk.CompositeTransform([affine, forward])
        to_template = sitk.CompositeTransform([backward, affine.GetInverse()])
        values = array_of(sitk.Resample(image, grid, to_scan, sitk.sitkLinear, 0.0))
        mixture, _ = _tissues(values, priors, settings.resolution_mm)
        return TemplateWarp(to_scan, to_template, _agreement(values, mixture, priors), mixture)


def check_registered(warp: TemplateWarp, settings: Template) -> None:
    """Refuse a registration that failed; apart, so that a picture comes first.

    Raises
    ------
    UnitError
        `registration_failed`, with the overlap.
    """
    if not warp.mixture.is_t1w:
        found = "fluid, grey and white matter do not follow each other as in a T1w"
    elif warp.overlap < settings.min_overlap:
        found = f"overlap of tissues {warp.overlap:.2f} (at least {settings.min_overlap:g})"
    else:
        return
    raise UnitError(
        "registration_failed",
        f"{found} after registration to {settings.name}",
        "Look at the picture of the registration: is the scan a T1w of a whole head?",
    )


def _judge(image: sitk.Image, template: TemplateMaps) -> Callable[[sitk.Transform], float]:
    """Return what tells how well tissues agree under a transform, at 4 mm."""
    grid = coarser(float_image(template.volume(template.t1w)), _AFFINE_GRID_MM)
    priors = _priors(template, grid)
    smooth = coarser(image, _AFFINE_GRID_MM)

    def agreement(transform: sitk.Transform) -> float:
        values = array_of(sitk.Resample(smooth, grid, transform, sitk.sitkLinear, 0.0))
        mixture, _ = _tissues(values, priors, _AFFINE_GRID_MM)
        return _agreement(values, mixture, priors)

    return agreement


def _priors(template: TemplateMaps, grid: sitk.Image) -> Maps:
    """Return fluid, grey, white, outside (4, X, Y, Z) on a grid in the template's space."""
    spacing = float(max(grid.GetSpacing()))
    maps = [
        array_of(
            sitk.Resample(
                coarser(float_image(template.volume(m)), spacing),
                grid,
                sitk.Transform(),
                sitk.sitkLinear,
                0.0,
            )
        )
        for m in (template.fluid, template.grey, template.white)
    ]
    tissues = np.clip(np.stack(maps), 0, 1)
    return np.concatenate([tissues, np.clip(1 - tissues.sum(axis=0, keepdims=True), 0, 1)])


def _tissues(values: Maps, priors: Maps, spacing_mm: float) -> tuple[Mixture, Maps]:
    """Tell tissues apart near the template's brain; priors blurred by what may be off."""
    blurred = np.stack([ndimage.gaussian_filter(p, 3.0 / spacing_mm) for p in priors])
    near = (blurred[3] < 0.98) & (values > 0)
    posteriors = np.zeros_like(priors)
    posteriors[3] = 1.0
    if near.any():
        mixture = fit_mixture(values[near], blurred[:, near])
        posteriors[:, near] = posterior(mixture.densities(values[near]), blurred[:, near])
    else:
        mixture = fit_mixture(np.zeros(1, np.float32), np.ones((4, 1), np.float32))
    return mixture, posteriors


def _greys(maps: Maps) -> Maps:
    return np.asarray(np.tensordot(_GREYS, maps, axes=1), np.float32)


def _as_image(voxels: Maps, grid: sitk.Image) -> sitk.Image:
    image = sitk.GetImageFromArray(np.ascontiguousarray(voxels.T))
    image.CopyInformation(grid)
    return image


def _agreement(values: Maps, mixture: Mixture, priors: Maps) -> float:
    """Return the mean Dice of grey and white matter told by intensities alone and by priors."""
    inside = priors[3] < 0.5
    if not inside.any():
        return 0.0
    told = mixture.densities(values[inside])[:3].argmax(axis=0)
    expected = priors[:3, inside].argmax(axis=0)
    shares = [
        2.0
        * float(((told == k) & (expected == k)).sum())
        / max(float((told == k).sum() + (expected == k).sum()), 1.0)
        for k in (1, 2)
    ]
    return float(np.mean(shares))
