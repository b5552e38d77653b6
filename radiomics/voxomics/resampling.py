"""What is done to an image before it is filtered: normalised, brought to another voxel size."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import SimpleITK as sitk  # noqa: N813 - the name that everyone knows
from numpy.typing import NDArray

from voxomics.errors import RegionRefused
from voxomics.regions import Region

Key = TypeVar("Key", bound=Hashable)
Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

_NONE_LEFT = "no voxel is left after resampling"

_ORDERS = {
    getattr(sitk, f"sitkBSpline{kind}{order}"): order
    for order in (3, 4, 5)
    for kind in ("", "ResamplerOrder")
}
"""Degree of the splines that reach beyond their nearest neighbours."""


@dataclass(frozen=True, slots=True)
class _Grid:
    """A grid of new voxels that starts at the corner of the image.

    Attributes
    ----------
    image
        What is brought to it.
    spacing_mm : (3,)
        New voxel edges along X, Y, Z.
    """

    image: sitk.Image
    spacing_mm: Floats

    @property
    def ratio(self) -> Floats:
        """New voxels in one old one, along X, Y, Z."""
        return np.asarray(np.array(self.image.GetSpacing()) / self.spacing_mm)

    @property
    def size(self) -> Whole:
        """New voxels along X, Y, Z that cover the image."""
        return np.ceil(np.array(self.image.GetSize()) * self.ratio).astype(np.int64)

    def resample(
        self,
        image: sitk.Image,
        interpolator: Any,  # noqa: ANN401 - SimpleITK's own number
        first: Whole,
        size: Whole,
    ) -> sitk.Image:
        """Return a part of the grid, from its voxel `first` on.

        Raises
        ------
        RegionRefused
            SimpleITK cannot do it, or would read what is no voxel.
        """
        _check_edges(image, interpolator)
        old = np.array(self.image.GetSpacing())
        corner = 0.5 * (self.spacing_mm - old) / old + first / self.ratio
        resampler = sitk.ResampleImageFilter()
        resampler.SetOutputSpacing(self.spacing_mm.tolist())
        resampler.SetOutputDirection(self.image.GetDirection())
        resampler.SetOutputOrigin(
            self.image.TransformContinuousIndexToPhysicalPoint(corner.tolist())
        )
        resampler.SetSize(size.tolist())
        resampler.SetOutputPixelType(image.GetPixelID())
        resampler.SetInterpolator(interpolator)
        try:
            return resampler.Execute(image)
        except RuntimeError as error:
            raise RegionRefused(f"resampling failed: {str(error).splitlines()[-1]}") from error


def _check_edges(image: sitk.Image, interpolator: Any) -> None:  # noqa: ANN401 - as above
    """Refuse splines on an axis so short that ITK mirrors them out of the image's memory."""
    order = _ORDERS.get(interpolator, 0)
    for edge in image.GetSize():
        if 1 < edge < (order + 1) // 2 + 1:
            reason = f"the image is {edge} voxels thin, too few for a spline of degree {order}"
            raise RegionRefused(reason)


def normalise(image: sitk.Image, settings: Mapping[str, Any]) -> sitk.Image:
    """Bring the mean of an image to 0 and its standard deviation to normalizeScale.

    Parameters
    ----------
    image
        All of its voxels count.
    settings
        normalizeScale; removeOutliers, the number of deviations at which values are cut off.
    """
    image = sitk.Normalize(image)
    outliers = settings.get("removeOutliers")
    if outliers is not None:
        clipped = sitk.GetImageFromArray(
            np.clip(sitk.GetArrayViewFromImage(image), -outliers, outliers)
        )
        clipped.CopyInformation(image)
        image = clipped
    return image * settings.get("normalizeScale", 1)


def resample_whole(
    image: sitk.Image, regions: Mapping[Key, Region], settings: Mapping[str, Any]
) -> Iterator[tuple[sitk.Image, dict[Key, Region | RegionRefused]]]:
    """Bring an image to another voxel size, once for all regions.

    pyradiomics does not resample along an axis on which a region is one voxel wide, so regions
    are taken together whose voxels become the same.

    Parameters
    ----------
    image
        Image, resampled with the interpolator of the settings.
    regions
        On its grid; resampled by nearest neighbour.
    settings
        resampledPixelSpacing, interpolator, padDistance.

    Yields
    ------
    image
        The whole image on a new grid.
    regions
        Those that lie on it; for one that cannot be brought there, or has no voxel left, why.
    """
    groups: dict[tuple[float, ...], dict[Key, Region]] = {}
    for key, region in regions.items():
        spacing = tuple(_spacing_for(image, region, settings["resampledPixelSpacing"]).tolist())
        groups.setdefault(spacing, {})[key] = region
    for spacing, members in groups.items():
        if np.allclose(image.GetSpacing(), spacing):
            yield image, {**members}
            continue
        grid = _Grid(image, np.array(spacing))
        nowhere = np.zeros(3, dtype=np.int64)
        try:
            found = grid.resample(image, _interpolator(settings), nowhere, grid.size)
        except RegionRefused as refused:
            yield image, dict.fromkeys(members, refused)
            continue
        pad = settings.get("padDistance", 5)
        yield found, {key: _resampled(grid, one, pad) for key, one in members.items()}


def _resampled(grid: _Grid, region: Region, pad: int) -> Region | RegionRefused:
    try:
        return _resample_region(grid, region, pad)
    except RegionRefused as refused:
        return refused


def crop_each(
    image: sitk.Image, region: Region, settings: Mapping[str, Any]
) -> tuple[sitk.Image, Region]:
    """Cut an image to the box around one region, resampled if the settings say so.

    Parameters
    ----------
    image, region
        On one grid.
    settings
        padDistance, by which the box is wider on each side; resampledPixelSpacing, interpolator.

    Returns
    -------
    image
        As pyradiomics filters it.
    region
        On its grid.

    Raises
    ------
    RegionRefused
        It cannot be resampled, or no voxel of it is left.
    """
    pad = settings.get("padDistance", 5)
    spacing = settings.get("resampledPixelSpacing")
    wanted = np.array(image.GetSpacing())
    if spacing is not None and settings.get("interpolator") is not None:
        wanted = _spacing_for(image, region, spacing)
    if np.allclose(image.GetSpacing(), wanted):
        return _crop(image, region, pad)
    grid = _Grid(image, wanted)
    first, size = _part(grid, region, pad)
    found = grid.resample(image, _interpolator(settings), first, size)
    kept = _resample_region(grid, region, pad)
    lower = tuple(int(a - b) for a, b in zip(kept.lower, first, strict=True))
    return found, Region(lower, kept.voxels)


def _spacing_for(image: sitk.Image, region: Region, asked: Sequence[float]) -> Floats:
    """Return the new voxel edges: old ones where 0 is asked, or the region is one voxel wide."""
    old = np.array(image.GetSpacing())
    new = np.where(np.array(asked) == 0, old, np.array(asked, dtype=np.float64))
    return np.asarray(np.where(np.array(region.voxels.shape) != 1, new, old))


def _interpolator(settings: Mapping[str, Any]) -> Any:  # noqa: ANN401 - SimpleITK's number or name
    named = settings.get("interpolator", sitk.sitkBSpline)
    return getattr(sitk, named) if isinstance(named, str) else named


def _part(grid: _Grid, region: Region, pad: int) -> tuple[Whole, Whole]:
    """Return first voxel and size of the part of a grid around a region."""
    lower, edges = np.array(region.lower), np.array(region.voxels.shape)
    first = np.maximum(np.floor((lower - 0.5) * grid.ratio - pad), 0)
    last = np.minimum(np.ceil((lower + edges - 0.5) * grid.ratio + pad), grid.size - 1)
    return first.astype(np.int64), (last - first + 1).astype(np.int64)


def _resample_region(grid: _Grid, region: Region, pad: int) -> Region:
    """Bring a region to a grid, as pyradiomics does: from the same point, in the same steps."""
    first, size = _part(grid, region, pad)
    mask = _as_mask(grid.image, region)
    found = sitk.GetArrayFromImage(grid.resample(mask, sitk.sitkNearestNeighbor, first, size))
    kept = Region.of(found.T == 1)
    if kept is None:
        raise RegionRefused(_NONE_LEFT)
    lower = tuple(int(a + b) for a, b in zip(kept.lower, first, strict=True))
    return Region(lower, kept.voxels)


def _as_mask(image: sitk.Image, region: Region) -> sitk.Image:
    """Return a region as a mask on the whole image's grid: of a part, ties would round apart."""
    voxels = np.zeros(image.GetSize()[::-1], dtype=np.uint8)
    box = zip(region.lower, region.voxels.shape, strict=True)
    voxels.T[tuple(slice(low, low + n) for low, n in box)] = region.voxels
    mask = sitk.GetImageFromArray(voxels)
    mask.CopyInformation(image)
    return mask


def _crop(image: sitk.Image, region: Region, pad: int) -> tuple[sitk.Image, Region]:
    size = image.GetSize()
    lower = [max(a - pad, 0) for a in region.lower]
    upper = [
        min(a + n + pad, most)
        for a, n, most in zip(region.lower, region.voxels.shape, size, strict=True)
    ]
    edges = [b - a for a, b in zip(lower, upper, strict=True)]
    moved = tuple(a - b for a, b in zip(region.lower, lower, strict=True))
    return sitk.RegionOfInterest(image, edges, lower), Region(moved, region.voxels)
