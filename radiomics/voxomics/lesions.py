"""A mask to its lesions: how many, how large, how long, where, and by which definition.

Everything here works on arrays whose axes are turned alike (the caller's business), so that
the numbering of lesions does not depend on how a file stores its voxels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from voxomics.diameters import largest_distances
from voxomics.extents import measure_extents
from voxomics.regions import Region

Mask = NDArray[np.bool_]
Labels = NDArray[np.int32]
Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Dimension = Literal["space", "in_plane"]

NEIGHBOURS = np.ones((3, 3, 3), dtype=bool)
"""26-connected: voxels that share a face, an edge or a corner are one lesion."""

LENGTH_TOLERANCE_MM = 0.01
"""A lesion shorter than a threshold by less than this still reaches it: headers store float32,
so three voxels of 1 mm may be 2.9999998 mm long."""

_SAME_EDGE = 0.99
"""Voxel edges of at least this share of the longest one count as equally long."""


class RegionsOverlap(ValueError):  # noqa: N818 - says what is the case, as the others do
    """Two regions share voxels, so that a lesion's voxels cannot be split over them."""


@dataclass(frozen=True, slots=True)
class Lesion:
    """One 26-connected component.

    Attributes
    ----------
    voxels
        How many, at least 1.
    volume_ml
        Voxels times the volume of one, in mL; higher means larger.
    diameter_mm
        Largest distance in space between two points of the outline, in mm. The outline's points
        are the middles of the faces between the lesion's voxels and others, so the voxels'
        extents count: one voxel of 1 mm is 1 mm long, three in a row are 3 mm, two that share
        only a corner are 2.45 mm. It is Maximum3DDiameter of pyradiomics.
    in_plane_diameter_mm
        The same between points of one slice across the longest voxel edge, in mm; over the slices
        of all directions whose edge is (within 1 %) the longest, so over all three when voxels
        are cubes. At 1 x 1 x 5 mm it is the largest length in an acquired slice.
    centroid_mm
        Mean of the voxels' centres in the world of the affine, in mm.
    """

    voxels: int
    volume_ml: float
    diameter_mm: float
    in_plane_diameter_mm: float
    centroid_mm: tuple[float, float, float]

    def length_mm(self, dimension: Dimension) -> float:
        """Return the largest length in space, or in a slice."""
        return self.diameter_mm if dimension == "space" else self.in_plane_diameter_mm


@dataclass(frozen=True, slots=True)
class Burden:
    """Some lesions together.

    Attributes
    ----------
    count
        How many; higher means more injury.
    volume_ml
        Their volume, in mL; higher means more injury.
    largest_diameter_mm
        Length of the longest, in mm; 0 without lesions.
    """

    count: int
    volume_ml: float
    largest_diameter_mm: float


@dataclass(frozen=True, slots=True)
class Places:
    """Where lesions lie.

    Attributes
    ----------
    voxels : (L, R + 1)
        Voxels of each lesion in each region; the last column: in none.
    home : (L,)
        Region that holds most of the lesion: 0 to R - 1, or R for none of them. Of equals the
        first.
    """

    voxels: Counts
    home: Counts


def label_lesions(mask: Mask) -> tuple[Labels, int]:
    """Give the 26-connected components of a mask numbers, the largest first.

    Components of equal size are in the order of their first voxels, X slowest.

    Parameters
    ----------
    mask : (X, Y, Z)
        True where a voxel is lesion.

    Returns
    -------
    labels : (X, Y, Z)
        0 outside, 1 to `count` inside.
    count
        Number of lesions; 0 for an empty mask.
    """
    found, count = ndimage.label(mask, structure=NEIGHBOURS, output=np.int32)
    sizes = np.bincount(found.ravel(), minlength=count + 1)[1:]
    number = np.zeros(count + 1, dtype=np.int32)
    number[1 + np.argsort(-sizes, kind="stable")] = np.arange(1, count + 1)
    return number[found], int(count)


def measure_lesions(labels: Labels, count: int, affine: Floats) -> list[Lesion]:
    """Measure each lesion.

    Parameters
    ----------
    labels : (X, Y, Z)
        As `label_lesions` gives them; each of 1 to `count` has voxels.
    count
        Number of lesions.
    affine : (4, 4)
        From voxel index to world coordinates in mm; its axes are at right angles.

    Returns
    -------
    list of Lesion
        In the order of the labels; empty without lesions.
    """
    if count == 0:
        return []
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    box = ndimage.find_objects((labels > 0).view(np.uint8))[0]
    # Axes Z, Y, X and a layer of zeros around, as the kernels want them.
    padded = np.pad(np.ascontiguousarray(labels[box].T), 1)
    extents = measure_extents(padded, count)
    edges = (float(spacing[2]), float(spacing[1]), float(spacing[0]))
    across = largest_distances(padded, edges, extents.lower, extents.upper)
    flat = across[:, [e >= _SAME_EDGE * max(edges) for e in edges] + [False]].max(axis=1)
    first = np.array([s.start for s in box]) - 1
    centre = extents.sums[:, ::-1] / extents.count[:, None] + first
    world = centre @ affine[:3, :3].T + affine[:3, 3]
    voxel_ml = float(np.prod(spacing)) / 1000
    return [
        Lesion(
            voxels=int(voxels),
            volume_ml=int(voxels) * voxel_ml,
            diameter_mm=float(longest),
            in_plane_diameter_mm=float(in_plane),
            centroid_mm=(float(x), float(y), float(z)),
        )
        for voxels, longest, in_plane, (x, y, z) in zip(
            extents.count, across[:, 3], flat, world, strict=True
        )
    ]


def burden(lesions: Sequence[Lesion], dimension: Dimension = "space") -> Burden:
    """Sum up lesions; none give zeros. `dimension` says which length is meant."""
    return Burden(
        count=len(lesions),
        volume_ml=sum(lesion.volume_ml for lesion in lesions),
        largest_diameter_mm=max((x.length_mm(dimension) for x in lesions), default=0.0),
    )


def burden_at(
    lesions: Sequence[Lesion],
    taken: Mask,
    places: Places,
    place: int,
    dimension: Dimension = "space",
) -> Burden:
    """Sum up what lies in one place.

    Parameters
    ----------
    lesions, taken : (L,)
        All lesions; True where a lesion is meant.
    places
        Where they lie.
    place
        Number of the region from 0, or R for no region.
    dimension
        Which length is meant.

    Returns
    -------
    Burden
        Count and largest diameter are of lesions most of which lies there, the volume is that
        of all meant lesions' voxels there: it may be above 0 where the count is 0.
    """
    own = [x for x, t, home in zip(lesions, taken, places.home, strict=True) if t and home == place]
    shares = zip(lesions, taken, places.voxels[:, place], strict=True)
    return Burden(
        count=len(own),
        volume_ml=sum(int(n) * x.volume_ml / x.voxels for x, t, n in shares if t),
        largest_diameter_mm=burden(own, dimension).largest_diameter_mm,
    )


def reaches(length_mm: float, threshold_mm: float) -> bool:
    """Tell whether a length is at least a threshold, within `LENGTH_TOLERANCE_MM`."""
    return length_mm >= threshold_mm - LENGTH_TOLERANCE_MM


def locate(labels: Labels, lesions: Sequence[Lesion], regions: Sequence[Region | None]) -> Places:
    """Split the voxels of each lesion over regions, and name the region that holds most of it.

    Parameters
    ----------
    labels : (X, Y, Z)
        Lesions 1 to L.
    lesions : (L,)
        The same lesions, measured.
    regions : (R,)
        Regions on the same grid that share no voxel; None has none.

    Raises
    ------
    RegionsOverlap
        Two regions share voxels.
    """
    count = len(lesions)
    voxels = np.zeros((count, len(regions) + 1), dtype=np.int64)
    taken = np.zeros(labels.shape, dtype=bool)
    for place, region in enumerate(regions):
        if region is None:
            continue
        ends = zip(region.lower, region.voxels.shape, strict=True)
        box = taken[tuple(slice(low, low + size) for low, size in ends)]
        if (box & region.voxels).any():
            message = f"region {place + 1} of {len(regions)} shares voxels with one before it"
            raise RegionsOverlap(message)
        box |= region.voxels
        voxels[:, place] = np.bincount(region.values(labels), minlength=count + 1)[1:]
    total = np.array([lesion.voxels for lesion in lesions], dtype=np.int64)
    voxels[:, -1] = total - voxels.sum(axis=1)
    return Places(voxels, voxels.argmax(axis=1) if count else np.zeros(0, dtype=np.int64))
