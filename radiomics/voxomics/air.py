"""A scan to its head and the air around it, and the noise that the air shows."""

from __future__ import annotations

from math import pi, sqrt

import numpy as np
import SimpleITK as sitk  # noqa: N813 - the name that everyone knows
from numpy.typing import NDArray
from scipy import ndimage

from voxomics.lumen import find_components
from voxomics.regions import Mask

Voxels = NDArray[np.float64]

FEWEST_AIR = 1000
"""Noise and ghosts are not taken from fewer voxels of air than this."""

_GAP_MM = 5.0
"""Air begins this far from the head: nearer, skin and the point spread reach out."""

_MOST_ZEROS = 0.5
"""With a greater fraction of exact zeros, the background was set to zero."""

_BRIGHTEST = 0.25
"""Air is darker than this fraction of the head; of a worse scan nothing could be read."""

_MOST_NEGATIVE = 0.01
"""A magnitude image resampled by splines may swing below zero by this fraction of its sum."""

_RAYLEIGH = sqrt(2 / (4 - pi))
"""From the standard deviation of a magnitude image in air to that of its two channels."""


_BLOCK_MM = 3.0
"""The head is looked for on blocks of voxels of about this edge."""


class NoValue(Exception):  # noqa: N818 - says what is the case
    """A measure has no meaning for this scan; the message says why."""


def is_magnitude(image: Voxels) -> bool:
    """Tell whether an image (X, Y, Z) can be one of magnitudes: hardly below zero anywhere."""
    size = np.abs(image)
    return bool(size[image < 0].sum() <= _MOST_NEGATIVE * size.sum())


def find_head(image: Voxels, spacing_mm: Voxels, brain: Mask | None = None) -> tuple[Mask, Mask]:
    """Find the head: what is bright (Otsu 1979) in one piece, closed, its holes filled.

    Parameters
    ----------
    image : (X, Y, Z)
        Finite intensities.
    spacing_mm : (3,)
        Voxel edges along X, Y, Z, in mm.
    brain : (X, Y, Z)
        Voxels that belong to the head in any case.

    Returns
    -------
    tuple
        Head (X, Y, Z), and head with all that is near it (X, Y, Z); both as coarse as blocks of
        about 3 mm.

    Raises
    ------
    NoValue
        The image has one value throughout, so there is no head.
    """
    if image.min() == image.max():
        message = "the scan has the same value everywhere"
        raise NoValue(message)
    blocks = block_sizes(spacing_mm, _BLOCK_MM)
    edges = spacing_mm * blocks
    size = in_blocks(np.ones(image.shape), blocks)
    coarse = in_blocks(image, blocks) / size
    bright = sitk.GetArrayFromImage(sitk.OtsuThreshold(sitk.GetImageFromArray(coarse), 0, 1)) > 0
    if brain is not None:
        bright |= in_blocks(brain.astype(np.float64), blocks) > size / 2
    head = _closed(bright, edges)
    near = grown(head, edges, _GAP_MM)
    return _spread(head, blocks, image.shape), _spread(near, blocks, image.shape)


def _closed(bright: Mask, spacing_mm: Voxels) -> Mask:
    """Close the scalp over skull and cavities, which are dark, and fill what is inside.

    Slice by slice: where the field of view cuts the head, it is open.
    """
    numbers, order = find_components(grown(bright, spacing_mm, _GAP_MM))
    closed = numbers == order[0]
    for axis in range(3):
        planes = np.moveaxis(closed, axis, 0)
        for number, plane in enumerate(planes):
            planes[number] = ndimage.binary_fill_holes(plane)
    head: Mask = ~grown(~closed, spacing_mm, _GAP_MM) | (bright & closed)
    return head


def find_air(image: Voxels, finite: Mask, head: Mask, near_head: Mask) -> Mask:
    """Find the air (X, Y, Z) that was measured: finite, not zero, away from the head.

    Raises
    ------
    NoValue
        The background was set to zero, hardly any of it is in the field of view, or what is
        around the head is not dark: the field of view lies inside it.
    """
    around = finite & ~near_head
    count = int(np.count_nonzero(around))
    air: Mask = around & (image != 0)
    if count < FEWEST_AIR:
        message = f"{count} voxels of air in the field of view, at least {FEWEST_AIR} are needed"
        raise NoValue(message)
    if np.count_nonzero(air) < (1 - _MOST_ZEROS) * count:
        message = "the background was set to zero"
        raise NoValue(message)
    if np.median(image[air]) > _BRIGHTEST * np.median(image[head]):
        message = "what is around the head is not dark: the field of view lies inside it"
        raise NoValue(message)
    return air


def noise_sd(image: Voxels, air: Mask) -> float:
    """Return the standard deviation of the noise of each channel, from magnitudes in air.

    In air the magnitude of two channels of Gaussian noise has a Rayleigh distribution, whose
    standard deviation is smaller by sqrt((4 - pi) / 2) (Dietrich 2007, equation A.12,
    https://doi.org/10.1002/jmri.20969). Parallel imaging and filters make noise differ
    from place to place; it is that of the air.

    Raises
    ------
    NoValue
        The air has one value throughout.
    """
    sd = float(image[air].std(ddof=1))
    if sd == 0:
        message = "the air has the same value everywhere"
        raise NoValue(message)
    return sd * _RAYLEIGH


def grown(mask: Mask, spacing_mm: Voxels, by_mm: float) -> Mask:
    """Return a mask (X, Y, Z) with all voxels that lie at most so far from it, in mm."""
    if not mask.any():
        return mask
    return np.asarray(ndimage.distance_transform_edt(~mask, sampling=spacing_mm) <= by_mm)


def block_sizes(spacing_mm: Voxels, edge_mm: float) -> list[int]:
    """Return how many voxels along each axis make a block of about an edge, at least one."""
    return [max(1, round(edge_mm / edge)) for edge in spacing_mm]


def in_blocks(array: Voxels, blocks: list[int]) -> Voxels:
    """Add up the voxels (X, Y, Z) of each block; the last ones may be smaller."""
    for axis, size in enumerate(blocks):
        array = np.add.reduceat(array, np.arange(0, array.shape[axis], size), axis=axis)
    return array


def _spread(mask: Mask, blocks: list[int], shape: tuple[int, ...]) -> Mask:
    """Give each voxel what its block has."""
    for axis, size in enumerate(blocks):
        mask = mask.repeat(size, axis=axis)
    return mask[tuple(slice(n) for n in shape)]
