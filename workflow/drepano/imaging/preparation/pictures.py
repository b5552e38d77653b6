"""A scan and its regions to a small PNG that a person judges at a glance."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk  # noqa: N813 - the name that everyone knows
from numpy.typing import NDArray

from drepano.imaging.preparation.coregistration import resample
from drepano.imaging.preparation.images import coarser, float_image, one_thread, volume_of
from drepano.imaging.preparation.orientation import canonical
from drepano.imaging.volumes import Volume

_PIXEL_MM = 1.25
_CUTS = (0.38, 0.54)
"""Where the slices lie between the ends of what is shown, along each axis."""
_COLUMNS = 3
_GREY_STEP = 8
"""Grey values are rounded to this: noise would make the file large."""
_MARGIN_MM = 12.0

Slice = NDArray[np.uint8]


def draw_regions(path: Path, scan: Volume, labels: Volume) -> None:
    """Write sagittal, coronal and axial slices of a scan with the outlines of labels.

    Parameters
    ----------
    path
        PNG; the folder exists.
    scan
        On any axes.
    labels
        Whole numbers on any grid in the scan's space; 0 is background.

    Notes
    -----
    The patient's left is on the left of the picture, front and top are up.
    """
    with one_thread():
        shown = _shown(scan)
        numbers = resample(labels, shown, sitk.Transform(), labels=True).voxels
        box = _box(numbers > 0 if numbers.any() else shown.voxels > 0, shown)
        grey = _window(shown.voxels)
        tiles = [
            _outlined(g, n) for g, n in zip(_slices(grey, box), _slices(numbers, box), strict=True)
        ]
        _write(path, tiles)


def draw_match(path: Path, fixed: Volume, moved: Volume) -> None:
    """Write slices of the fixed scan with the edges of another one moved to it, in colour.

    Parameters
    ----------
    path
        PNG; the folder exists.
    fixed
        On any axes.
    moved
        The other scan in the space of `fixed`, on any grid.
    """
    with one_thread():
        shown = _shown(fixed)
        other = resample(moved, shown, sitk.Transform(), labels=False)
        edges = _edges(other)
        box = _box(_above(shown.voxels) | _above(other.voxels), shown)
        grey = _window(shown.voxels)
        tiles = [
            _coloured(g, e) for g, e in zip(_slices(grey, box), _slices(edges, box), strict=True)
        ]
        _write(path, tiles)


def _shown(scan: Volume) -> Volume:
    """Return the scan on cubic voxels of the size of a pixel, axes RAS."""
    image = coarser(float_image(canonical(scan)), _PIXEL_MM)
    spacing, size = np.array(image.GetSpacing()), np.array(image.GetSize())
    cubes = np.maximum(np.rint(size * spacing / _PIXEL_MM), 1).astype(int)
    first = image.TransformContinuousIndexToPhysicalPoint(
        (0.5 * _PIXEL_MM / spacing - 0.5).tolist()
    )
    return volume_of(
        sitk.Resample(
            image,
            cubes.tolist(),
            sitk.Transform(),
            sitk.sitkLinear,
            first,
            [_PIXEL_MM] * 3,
            image.GetDirection(),
        )
    )


def _above(voxels: NDArray[Any]) -> NDArray[np.bool_]:
    return np.asarray(voxels > 0.1 * np.percentile(voxels, 99))


def _box(mask: NDArray[np.bool_], shown: Volume) -> tuple[slice, slice, slice]:
    """Return the box around a mask with a margin, within the image."""
    margin = int(_MARGIN_MM / _PIXEL_MM)
    ends = []
    for axis, size in enumerate(shown.voxels.shape):
        others = tuple(a for a in range(3) if a != axis)
        there = np.flatnonzero(mask.any(axis=others))
        low, high = (there[0], there[-1] + 1) if len(there) else (0, size)
        ends.append(slice(max(int(low) - margin, 0), min(int(high) + margin, size)))
    return ends[0], ends[1], ends[2]


def _window(voxels: NDArray[np.float32]) -> Slice:
    low, high = np.percentile(voxels, (1, 99.5))
    scaled = np.clip((voxels - low) / max(float(high - low), 1e-6), 0, 1) * 255
    return np.asarray(scaled // _GREY_STEP * _GREY_STEP, np.uint8)


def _slices(voxels: NDArray[Any], box: tuple[slice, slice, slice]) -> Iterator[NDArray[Any]]:
    """Give the slices (rows, columns): for each cut a sagittal, coronal and axial one."""
    for cut in _CUTS:
        for axis in range(3):
            place = int(box[axis].start + cut * (box[axis].stop - box[axis].start))
            plane = [*box]
            plane[axis] = slice(place, place + 1)
            # Rows from the top down, columns to the right or to the front.
            yield np.ascontiguousarray(voxels[tuple(plane)].squeeze(axis).T[::-1])


def _outlined(grey: Slice, numbers: NDArray[Any]) -> sitk.Image:
    outlines = np.zeros(numbers.shape, np.uint8)
    for number in np.unique(numbers[numbers > 0]):
        mask = sitk.GetImageFromArray((numbers == number).astype(np.uint8))
        outlines[sitk.GetArrayFromImage(sitk.BinaryContour(mask)) > 0] = number % 255 or 255
    return _coloured(grey, outlines)


def _coloured(grey: Slice, lines: Slice) -> sitk.Image:
    return sitk.LabelOverlay(
        sitk.GetImageFromArray(grey), sitk.GetImageFromArray(lines), opacity=0.8
    )


def _edges(volume: Volume) -> Slice:
    """Return 1 on the strongest tenth of the edges where the scan is not air."""
    slope = sitk.GetArrayFromImage(
        sitk.GradientMagnitudeRecursiveGaussian(float_image(volume), 1.5)
    ).T
    if not slope.any():
        return np.zeros(slope.shape, np.uint8)
    return np.asarray(slope > np.percentile(slope[slope > 0], 92), np.uint8)


def _write(path: Path, tiles: list[sitk.Image]) -> None:
    picture = sitk.Tile(tiles, [_COLUMNS, 0])
    sitk.WriteImage(picture, str(path), useCompression=True, compressionLevel=9)
