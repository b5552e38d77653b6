"""A scan and the reference scan of its session to the rigid move between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import SimpleITK as sitk  # noqa: N813 - the name that everyone knows
from numpy.typing import NDArray
from scipy import ndimage

from drepano.errors import UnitError
from drepano.imaging.preparation.alignment import Level, Pair, align, best_start, centre_mm
from drepano.imaging.preparation.heads import head_of, share_inside
from drepano.imaging.preparation.images import (
    array_of,
    check_contrast,
    coarser,
    float_image,
    one_thread,
)
from drepano.imaging.volumes import Volume, to_image
from drepano.settings.preparation import Coregistration

_SEARCH = Level(spacing_mm=8.0, step_mm=4.0, iterations=8)
_COARSE = Level(spacing_mm=4.0, step_mm=2.0, iterations=15)
_FINE = Level(spacing_mm=2.0, step_mm=0.5, sampled=0.2, iterations=12)
_TURNS_DEGREES = (-12.0, 0.0, 12.0)
"""Nods of the head that are tried: of the three turns the one that scans differ in most."""


@dataclass(frozen=True, slots=True)
class Coregistered:
    """Where a scan lies in the space of the reference.

    Attributes
    ----------
    transform
        From points of the fixed scan to points of the moving one, LPS, mm: what
        `resample(moving, fixed, transform)` needs. Its inverse is needed for the other way.
    overlap
        Fraction (0-1) of the smaller head that lies inside the other one.
    information
        Mutual information of the two scans where both are, in nats; 0: one tells nothing of
        the other.
    """

    transform: sitk.Transform
    overlap: float
    information: float


def coregister(moving: Volume, fixed: Volume, settings: Coregistration) -> Coregistered:
    """Find the rigid move from the fixed scan to the moving one.

    Tried first, at 8 mm: the scanner's coordinates as they are, the centres of the images and
    the centres of the heads, each with the head nodded by some degrees; the best goes on to
    4 mm and to the resolution of the settings.

    Parameters
    ----------
    moving, fixed
        Scans of one subject, of any contrast.
    settings
        At which resolution the registration ends; its gates are those of `check_coregistered`.

    Raises
    ------
    UnitError
        `registration_failed` for a scan in which nothing can be seen, `not_finite` for one
        full of NaN.
    """
    check_contrast(moving, "the scan")
    check_contrast(fixed, "the reference scan")
    with one_thread():
        finest = settings.resolution_mm
        pair = Pair(coarser(float_image(fixed), finest), coarser(float_image(moving), finest))
        heads = head_of(pair.fixed), head_of(pair.moving)
        transform, value = best_start(pair, [*_starts(pair, *heads)], _SEARCH)
        for level in (_COARSE, replace(_FINE, spacing_mm=finest)):
            transform, value = align(pair, transform, level)
        return Coregistered(transform, share_inside(*heads, transform), max(-value, 0.0))


def check_coregistered(found: Coregistered, settings: Coregistration) -> None:
    """Refuse a registration that failed; apart from `coregister`, so that a picture comes first.

    Raises
    ------
    UnitError
        `registration_failed`, with the overlap and the mutual information.
    """
    if found.overlap < settings.min_overlap or found.information < settings.min_information:
        raise UnitError(
            "registration_failed",
            f"overlap of the heads {found.overlap:.2f} (at least {settings.min_overlap:g}), "
            f"mutual information {found.information:.3f} (at least {settings.min_information:g})",
            "Look at the picture of the registration and at both scans.",
        )


def _starts(
    pair: Pair, fixed_head: sitk.Image, moving_head: sitk.Image
) -> Iterator[sitk.Transform]:
    centre = _centroid(fixed_head)
    shifts = [
        np.zeros(3),
        np.subtract(centre_mm(pair.moving), centre_mm(pair.fixed)),
        _centroid(moving_head) - centre,
    ]
    for shift, turn in product(shifts, _TURNS_DEGREES):
        yield sitk.Euler3DTransform(
            centre.tolist(), float(np.deg2rad(turn)), 0.0, 0.0, shift.tolist()
        )


def _centroid(head: sitk.Image) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return the centre of a head in the world (LPS), of the image if there is no head."""
    index = np.argwhere(array_of(head))
    if not len(index):
        return np.array(centre_mm(head))
    return np.array(head.TransformContinuousIndexToPhysicalPoint(index.mean(axis=0).tolist()))


def resample(volume: Volume, like: Volume, transform: sitk.Transform, *, labels: bool) -> Volume:
    """Bring a volume to the grid of another one.

    Parameters
    ----------
    volume
        What is moved.
    like
        Whose grid counts.
    transform
        From points of `like` to points of `volume`: for a scan onto the reference that of
        `Coregistered`, for the reference's labels onto the scan its inverse.
    labels
        Whole numbers by nearest neighbour, in their own type; else intensities by cubic
        B-spline, in float32. Outside of `volume`: 0; near NaN and infinite voxels: NaN.
    """
    with one_thread():
        if labels:
            image, interpolator = to_image(volume), sitk.sitkNearestNeighbor
        else:
            image, interpolator = float_image(volume), sitk.sitkBSpline
        moved = array_of(sitk.Resample(image, to_image(like), transform, interpolator, 0))
        if not labels and not np.isfinite(volume.voxels).all():
            moved = np.where(_near_holes(volume, like, transform), np.float32(np.nan), moved)
    return Volume(moved, like.affine)


def _near_holes(volume: Volume, like: Volume, transform: sitk.Transform) -> NDArray[np.bool_]:
    """Return the voxels (X, Y, Z) of `like` whose value would draw on a hole of the volume.

    Holes are NaN and infinite voxels. A cubic spline reaches two voxels far.
    """
    holes = ndimage.binary_dilation(~np.isfinite(volume.voxels), iterations=2)
    image = float_image(Volume(holes.astype(np.float32), volume.affine))
    moved = sitk.Resample(image, to_image(like), transform, sitk.sitkLinear, 0.0)
    return np.asarray(array_of(moved) > 0)
