"""A T1w and the template to the affine between them, whether the scan has a skull or not."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np
import SimpleITK as sitk  # noqa: N813 - the name that everyone knows
from numpy.typing import NDArray
from scipy import ndimage

from drepano.imaging.preparation.alignment import Level, Pair, align, best_start, centre_mm
from drepano.imaging.preparation.heads import head_of
from drepano.imaging.preparation.images import array_of, coarser, float_image
from drepano.imaging.preparation.template import TemplateMaps

_GRID_MM = 2.0
_RING_MM = 8.0
"""Around a brain without skull: this far out the scan is empty."""
_SKULL_FROM_MM = 1.0
_SCALP_MM = (7.0, 14.0)
_HEAD_MM = 20.0
_SCALP_VALUE = 1.15
"""Of the drawn scalp, as a fraction of the brightest voxel of the brain."""
_BELOW_CENTRE_MM = 10.0
"""Under this level beside the brain lie face and neck, of which the template knows nothing."""

_SEARCH = Level(spacing_mm=8.0, step_mm=4.0, iterations=8)
_RIGID = Level(spacing_mm=6.0, step_mm=2.0, iterations=15)
_COARSE = Level(spacing_mm=6.0, step_mm=1.0, iterations=30)
_FINE = Level(spacing_mm=3.0, step_mm=1.0, sampled=0.3, iterations=25)

_BRAIN_BELOW_TOP_MM = 150.0
_TURNS_DEGREES = (-15.0, 0.0, 15.0)
_SIZE_LIMITS = (0.5, 2.0)
"""Of the volume of a subject's brain in that of the template: beyond, a registration ran away."""


def affine_to_template(
    image: sitk.Image, template: TemplateMaps, agreement: Callable[[sitk.Transform], float]
) -> sitk.Transform:
    """Find the affine from points of the template to points of a scan.

    The template is brain only. A scan may be the same, or have skull and scalp; so it is
    registered to the template as it is and to the template with a skull and a scalp drawn
    around it, and what the tissues agree with more goes on.

    Parameters
    ----------
    image
        T1w, float32.
    template
        The template.
    agreement
        How well (0-1) the tissues of scan and template agree under a transform.
    """
    starts = _starts(image, template)
    small = coarser(image, _GRID_MM)
    found = []
    t1w, distance = _coarse(template)
    for fixed, counted in (_brain_only(t1w, distance), _with_head(t1w, distance)):
        pair = Pair(fixed, small, counted)
        rigid, _ = best_start(pair, starts, _SEARCH)
        rigid, _ = align(pair, rigid, _RIGID)
        affine = _refined(pair, _affine_of(rigid), _COARSE)
        found.append((agreement(affine), pair, affine))
    _, pair, affine = max(found, key=lambda f: f[0])
    return _refined(pair, affine, _FINE)


def _affine_of(rigid: sitk.Transform) -> sitk.AffineTransform:
    affine = sitk.AffineTransform(3)
    affine.SetCenter(rigid.GetCenter())
    affine.SetMatrix(rigid.GetMatrix())
    affine.SetTranslation(rigid.GetTranslation())
    return affine


def _refined(pair: Pair, start: sitk.AffineTransform, level: Level) -> sitk.AffineTransform:
    """Improve an affine, or keep it where the better one has no size that a brain can have."""
    affine, _ = align(pair, start, level)
    size = float(np.linalg.det(np.array(affine.GetMatrix()).reshape(3, 3)))
    return affine if _SIZE_LIMITS[0] <= size <= _SIZE_LIMITS[1] else start


def _brain_only(t1w: sitk.Image, distance: sitk.Image) -> tuple[sitk.Image, sitk.Image]:
    """Return the template as it is, and 1 where it counts."""
    brain = sitk.Mask(t1w, sitk.Cast(distance < 0, sitk.sitkUInt8))
    return brain, sitk.Cast(distance < _RING_MM, sitk.sitkUInt8)


def _with_head(t1w: sitk.Image, distance: sitk.Image) -> tuple[sitk.Image, sitk.Image]:
    """Return the template with a skull and a scalp drawn, and 1 where it counts."""
    values, outside_mm = array_of(t1w), array_of(distance)
    inside = outside_mm < 0
    middle = ndimage.center_of_mass(inside)[2]
    z = (np.arange(values.shape[2]) - middle) * t1w.GetSpacing()[2]
    scalp = (outside_mm >= _SCALP_MM[0]) & (outside_mm < _SCALP_MM[1])
    head = np.where(outside_mm < _SKULL_FROM_MM, values, np.float32(0))
    head[scalp] = _SCALP_VALUE * values.max()
    counted = inside | ((z > -_BELOW_CENTRE_MM) & (outside_mm < _HEAD_MM))
    return _like(ndimage.gaussian_filter(head, 0.5), t1w), _like(counted.astype(np.uint8), t1w)


def _coarse(template: TemplateMaps) -> tuple[sitk.Image, sitk.Image]:
    """Return T1w and distance to the brain's surface in mm, negative inside, with room around."""
    room = [int(np.ceil(_HEAD_MM / _GRID_MM))] * 3
    t1w, brain = (
        sitk.ConstantPad(coarser(float_image(template.volume(voxels)), _GRID_MM), room, room, 0.0)
        for voxels in (template.t1w, template.brain)
    )
    distance = sitk.SignedMaurerDistanceMap(
        brain > 0.5, squaredDistance=False, useImageSpacing=True
    )
    return t1w, distance


def _like(voxels: NDArray[np.generic], image: sitk.Image) -> sitk.Image:
    made = sitk.GetImageFromArray(np.ascontiguousarray(voxels.T))
    made.CopyInformation(image)
    return made


def _starts(image: sitk.Image, template: TemplateMaps) -> list[sitk.Transform]:
    """Put the middle of the template's brain under the top of the head, and other places."""
    middle = _middle(_points(coarser(float_image(template.volume(template.brain)), 4.0) > 0.5))
    places = [_below_top(head_of(image)), np.array(centre_mm(image)), middle]
    return [
        sitk.Euler3DTransform(
            middle.tolist(), float(np.deg2rad(turn)), 0.0, 0.0, (place - middle).tolist()
        )
        for place, turn in product(places, _TURNS_DEGREES)
    ]


def _below_top(head: sitk.Image) -> NDArray[np.float64]:
    """Return the middle (LPS) of the part of a head that lies within 150 mm of its top."""
    points = _points(head)
    if not len(points):
        return np.array(centre_mm(head))
    top = np.percentile(points[:, 2], 99.5)
    return _middle(points[points[:, 2] > top - _BRAIN_BELOW_TOP_MM])


def _points(mask: sitk.Image) -> NDArray[np.float64]:
    """Return the world points (N, 3), LPS, of the voxels of a mask."""
    axes = np.array(mask.GetDirection()).reshape(3, 3) * np.array(mask.GetSpacing())
    points: NDArray[np.float64] = np.argwhere(array_of(mask)) @ axes.T + mask.GetOrigin()
    return points


def _middle(points: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray((points.min(axis=0) + points.max(axis=0)) / 2)
