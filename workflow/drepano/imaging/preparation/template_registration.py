"""A T1w and the template to the warp between them: affine, then diffeomorphic on tissues."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk  # noqa: N813 - the name that everyone knows
from numpy.typing import NDArray
from scipy import ndimage

from drepano.errors import UnitError
from drepano.imaging.preparation.alignment import Level, Pair, align, best_start, centre_mm
from drepano.imaging.preparation.coregistration import resample
from drepano.imaging.preparation.deformation import deform
from drepano.imaging.preparation.heads import head_of
from drepano.imaging.preparation.images import (
    array_of,
    check_contrast,
    coarser,
    float_image,
    mask_image,
    one_thread,
)
from drepano.imaging.preparation.mixture import Maps, Mixture, fit_mixture, posterior
from drepano.imaging.preparation.template import TemplateMaps
from drepano.imaging.volumes import Volume, to_image
from drepano.settings.preparation import Template

_AROUND_MM = 8.0
"""How far around the template's brain the metric looks: the dark skull, not the scalp."""
_SEARCH = Level(spacing_mm=8.0, step_mm=6.0, iterations=40)
_RIGID = Level(spacing_mm=4.0, step_mm=2.0, iterations=40)
_AFFINE = (
    Level(spacing_mm=6.0, step_mm=3.0, iterations=80),
    Level(spacing_mm=3.0, step_mm=1.0, sampled=0.3, iterations=60),
)
_BRAIN_BELOW_TOP_MM = 150.0
_TURNS_DEGREES = (-15.0, 0.0, 15.0)
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
        affine = _affine(image, template)
        grid = coarser(float_image(template.volume(template.t1w)), settings.resolution_mm)
        priors = _priors(template, grid)
        values = array_of(sitk.Resample(image, grid, affine, sitk.sitkLinear, 0.0))
        mixture, posteriors = _tissues(values, priors, settings.resolution_mm)
        if not settings.deformable:
            overlap = _agreement(posteriors, priors)
            return TemplateWarp(affine, affine.GetInverse(), overlap, mixture)
        forward, backward = deform(
            _as_image(_greys(priors), grid), _as_image(_greys(posteriors), grid)
        )
        to_scan = sitk.CompositeTransform([affine, forward])
        to_template = sitk.CompositeTransform([backward, affine.GetInverse()])
        values = array_of(sitk.Resample(image, grid, to_scan, sitk.sitkLinear, 0.0))
        mixture, posteriors = _tissues(values, priors, settings.resolution_mm)
        return TemplateWarp(to_scan, to_template, _agreement(posteriors, priors), mixture)


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


def _affine(image: sitk.Image, template: TemplateMaps) -> sitk.Transform:
    fixed = float_image(template.volume(template.t1w))
    grid = coarser(fixed, 4.0)
    brain = coarser(
        sitk.Cast(mask_image(template.brain, template.volume(template.t1w)), sitk.sitkFloat32), 4.0
    )
    near = sitk.Cast(
        sitk.SignedMaurerDistanceMap(
            brain > 0.5, insideIsPositive=False, squaredDistance=False, useImageSpacing=True
        )
        < _AROUND_MM,
        sitk.sitkUInt8,
    )
    pair = Pair(fixed, image, near)
    del grid
    rigid, _ = best_start(pair, _starts(pair), _SEARCH)
    rigid, _ = align(pair, rigid, _RIGID)
    affine = sitk.AffineTransform(3)
    affine.SetCenter(rigid.GetCenter())
    affine.SetMatrix(rigid.GetMatrix())
    affine.SetTranslation(rigid.GetTranslation())
    for level in _AFFINE:
        affine, _ = align(pair, affine, level)
    return affine


def _starts(pair: Pair) -> list[sitk.Transform]:
    """Put the template's middle to the brain under the top of the head, and other places."""
    middle = np.array(centre_mm(pair.fixed))
    head = head_of(pair.moving)
    places = [_below_top(head), np.array(centre_mm(pair.moving)), middle]
    return [
        sitk.Euler3DTransform(
            middle.tolist(), float(np.deg2rad(turn)), 0.0, 0.0, (place - middle).tolist()
        )
        for place in places
        for turn in _TURNS_DEGREES
    ]


def _below_top(head: sitk.Image) -> NDArray[np.float64]:
    """Return the centre (LPS) of the part of a head that lies within 150 mm of its top."""
    index = np.argwhere(array_of(head))
    if not len(index):
        return np.array(centre_mm(head))
    direction = np.array(head.GetDirection()).reshape(3, 3) * np.array(head.GetSpacing())
    points = index @ direction.T + np.array(head.GetOrigin())
    top = np.percentile(points[:, 2], 99.5)
    near: NDArray[np.float64] = points[points[:, 2] > top - _BRAIN_BELOW_TOP_MM]
    return np.asarray((near.min(axis=0) + near.max(axis=0)) / 2)


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


def _agreement(posteriors: Maps, priors: Maps) -> float:
    """Return the mean Dice of grey and white matter of two sets of maps."""
    a, b = posteriors.argmax(axis=0), priors.argmax(axis=0)
    shares = [
        2.0 * float(((a == k) & (b == k)).sum()) / max(float((a == k).sum() + (b == k).sum()), 1.0)
        for k in (1, 2)
    ]
    return float(np.mean(shares))
