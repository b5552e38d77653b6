"""Regions made ready: checked, resegmented, and laid on label maps where none overlaps another."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from voxomics.errors import RegionRefused
from voxomics.regions import Region

Key = TypeVar("Key", bound=Hashable)
Array = NDArray[Any]
Labels = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Piece:
    """A region that passed the checks.

    Attributes
    ----------
    region
        What the filtered images are measured in.
    shape
        What shape is measured of; the same object unless resegmentation parts them.
    """

    region: Region
    shape: Region


def prepare(image: Array, region: Region, settings: Mapping[str, Any]) -> Piece:
    """Check a region, and resegment it if the settings say so.

    Parameters
    ----------
    image : (Z, Y, X)
        Intensities that resegmentation looks at.
    region
        On the image's grid.
    settings
        minimumROIDimensions, minimumROISize, resegmentRange, resegmentMode, resegmentShape.

    Raises
    ------
    RegionRefused
        The region is too small, before or after resegmentation.
    """
    whole = check_size(region, settings)
    if settings.get("resegmentRange") is None:
        return Piece(whole, whole)
    left = check_size(_resegment(image, whole, settings), settings)
    if settings.get("resegmentShape"):
        return Piece(left, left)
    # As pyradiomics does: shape is that of the whole region, in the box of what is left.
    return Piece(left, _cut(whole, left))


def check_size(region: Region | None, settings: Mapping[str, Any]) -> Region:
    """Return the region in the smallest box, if it is as large as the settings ask for.

    Raises
    ------
    RegionRefused
        It has not, or it has no voxel (None).
    """
    region = region and _tight(region)
    if region is None:
        raise RegionRefused("the region has no voxel")
    least, size = settings.get("minimumROIDimensions", 2), settings.get("minimumROISize")
    dimensions = sum(n > 1 for n in region.voxels.shape)
    if dimensions == 0:
        raise RegionRefused("the mask only contains 1 segmented voxel, which has no features")
    if dimensions < least:
        raise RegionRefused(f"the region has {dimensions} dimensions, at least {least} are asked")
    if size is not None and region.count <= size:
        raise RegionRefused(f"the region has {region.count} voxels, more than {size} are asked")
    return region


def _tight(region: Region) -> Region | None:
    """Return the region in the smallest box around it."""
    voxels = region.voxels
    # Slices, because numpy.take copies the whole array where axes are turned.
    faces = [
        part[end].any() for part in (voxels, voxels.swapaxes(0, 1), voxels.T) for end in (0, -1)
    ]
    if all(faces):
        return region
    inner = Region.of(region.voxels)
    if inner is None:
        return None
    return Region(
        tuple(a + b for a, b in zip(region.lower, inner.lower, strict=True)), inner.voxels
    )


def _resegment(image: Array, region: Region, settings: Mapping[str, Any]) -> Region | None:
    """Leave out the voxels whose intensity lies outside the range."""
    part = _view(image, region)
    # Raster order and the image's own type: sums round as in pyradiomics.
    inside = part.T[region.voxels.T]
    limits = sorted(settings["resegmentRange"])
    mode = settings.get("resegmentMode", "absolute")
    if mode == "relative":
        most = np.max(inside)
        limits = [most * limit for limit in limits]
    elif mode == "sigma":
        mean, deviation = np.mean(inside), np.std(inside)
        limits = [mean + deviation * limit for limit in limits]
    kept = region.voxels & (part >= limits[0])
    if len(limits) == 2:
        kept &= part <= limits[1]
    count = int(np.count_nonzero(kept))
    if count <= 1:
        raise RegionRefused(f"resegmentation left {count} of {region.count} voxels")
    return _tight(Region(region.lower, kept))


def _cut(region: Region, box: Region) -> Region:
    """Return what of a region lies in the box of another, which lies inside its own."""
    first = [b - a for a, b in zip(region.lower, box.lower, strict=True)]
    part = tuple(slice(a, a + n) for a, n in zip(first, box.voxels.shape, strict=True))
    return Region(box.lower, region.voxels[part])


def lay(
    pieces: Mapping[Key, Piece], shape: tuple[int, ...]
) -> Iterator[tuple[list[Key], Labels, Labels]]:
    """Sort pieces into label maps without overlap, each into the first where it fits.

    Parameters
    ----------
    pieces
        Regions by key.
    shape : (3,)
        Size of the image along Z, Y, X.

    Yields
    ------
    keys
        Label 1 stands for the first of them.
    labels, shapes : (Z, Y, X)
        Label maps of the regions and of what shape is measured of; one array where
        resegmentation does not part them.
    """
    left = dict(pieces)
    while left:
        shapes = np.zeros(shape, dtype=np.int32)
        keys: list[Key] = []
        for key, piece in left.items():
            if _fits(shapes, piece.shape):
                keys.append(key)
                _paint(shapes, piece.shape, len(keys))
        labels = shapes
        if any(left[key].region is not left[key].shape for key in keys):
            labels = np.zeros(shape, dtype=np.int32)
            for number, key in enumerate(keys, start=1):
                _paint(labels, left[key].region, number)
        yield keys, labels, shapes
        laid = set(keys)
        left = {key: piece for key, piece in left.items() if key not in laid}


def _view(array: Array, region: Region) -> Array:
    """Return an array's part in the box of a region, as (X, Y, Z)."""
    box = zip(region.lower, region.voxels.shape, strict=True)
    part: Array = array.T[tuple(slice(low, low + n) for low, n in box)]
    return part


def _fits(taken: Labels, region: Region) -> bool:
    return not np.logical_and(_view(taken, region), region.voxels).any()


def _paint(labels: Labels, region: Region, number: int) -> None:
    np.copyto(_view(labels, region), number, where=region.voxels)
