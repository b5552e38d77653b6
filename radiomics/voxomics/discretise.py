"""Grey values to grey levels: pyradiomics' bins, region by region."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voxomics.geometry import Geometry
from voxomics.kernels import kernel

Array = NDArray[Any]

LANES = 256
"""Sums and extremes are kept for so many values at a time, place by place.

Their order is then the same on every machine, whatever the width of its vectors.
"""

MOST_BINS = 2**22
"""Bins of one region; more would be an error of the bin width, and fill the memory."""


@dataclass(frozen=True, slots=True)
class Levels:
    """Grey levels of all regions: each pair of region and level that occurs has a key.

    Keys rise with the region and, inside it, with the level; 0 is nobody's key. Keys of
    region `r` (from 0) are ``base[r]`` to ``base[r + 1] - 1``.

    Attributes
    ----------
    keys : (N,)
        Key of each voxel, in the order of the geometry's lists; 0 in a refused region.
    base : (count + 1,)
        First key of each region.
    level : (K,)
        Grey level of each key, from 1; gaps are levels that no voxel has.
    voxels : (K,)
        Number of voxels of each key.
    bins : (count,)
        Number of bins, whether a voxel is in them or not.
    refused : dict
        Regions (from 0) that have no levels, and the reason.
    extremes : (count, 2)
        Least and largest value of each region.
    """

    keys: NDArray[np.int32]
    base: NDArray[np.int64]
    level: NDArray[np.int32]
    voxels: NDArray[np.int64]
    bins: NDArray[np.int64]
    refused: dict[int, str]
    extremes: NDArray[np.float64]


def as_floats(values: Array) -> Array:
    """Return the values as float32 if that is exact for their type, else as float64."""
    if values.dtype in (np.float32, np.float64):
        return values
    exact = values.dtype.itemsize <= 2 and values.dtype.kind in "iub"
    return values.astype(np.float32 if exact else np.float64)


def discretise(
    values: Array,
    geometry: Geometry,
    *,
    bin_width: float = 25,
    bin_count: int | None = None,
) -> Levels:
    """Sort the values of each region into bins.

    Parameters
    ----------
    values : (N,)
        Values as `Geometry.gather` gives them, in the image's own type: the edges of the
        bins are computed in that type, integers in int64.
    bin_width
        Width of a bin; edges are multiples of it.
    bin_count
        Number of bins between a region's minimum and maximum, in place of a width.

    Returns
    -------
    Levels
        A region with a value that is not finite, without a voxel, or with more than
        `MOST_BINS` bins is refused there.
    """
    floats = as_floats(values)
    lows, highs, finite = _ranges(floats, geometry.start)
    extremes = np.stack([lows, highs], axis=1).astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        spans = extremes[:, 1] - extremes[:, 0]
        many = spans / bin_width > MOST_BINS if bin_count is None else spans < 0
    if values.dtype.kind in "iub":
        lows, highs = lows.astype(np.int64), highs.astype(np.int64)
    bins = np.zeros(geometry.count, dtype=np.int64)
    edges = [np.zeros(0)]
    refused: dict[int, str] = {}
    for region, voxels in enumerate(geometry.sizes.tolist()):
        if not voxels:
            refused[region] = "the region has no voxel"
        elif not finite[region]:
            refused[region] = "the region holds values that are not finite"
        elif many[region]:
            refused[region] = f"a bin width of {bin_width} makes more than {MOST_BINS} bins"
        else:
            try:
                edges.append(_bin_edges(lows[region], highs[region], bin_width, bin_count))
            except ValueError:  # NumPy's, of a range too narrow for its bins
                refused[region] = f"{bin_count} bins are too narrow for the region's values"
                continue
            bins[region] = len(edges[-1]) - 1
    keys, base, level, counts = _find_keys(floats, geometry.start, np.concatenate(edges), bins)
    return Levels(keys, base, level, counts, bins, refused, extremes)


def _bin_edges(low: Any, high: Any, width: float, count: int | None) -> Array:  # noqa: ANN401
    """Return the edges, with the arithmetic and the type of pyradiomics' getBinEdges."""
    if count is not None:
        edges = np.histogram_bin_edges(np.array([low, high]), count)
        edges[-1] += 1
        return edges.astype(np.float64)
    edges = np.arange(low - (low % width), high + 2 * width, width)
    if len(edges) == 1:
        edges = np.array([edges[0] - 0.5, edges[0] + 0.5])
    return edges.astype(np.float64)


def _ranges(values: Array, start: Array) -> tuple[Array, Array, Array]:
    """Return least and largest value of each region, and whether all its values are finite."""
    whole = np.dtype(f"i{values.dtype.itemsize}").type
    last = whole(np.iinfo(whole).max)
    codes = _find_ranges(values.view(whole), start, last)
    infinity = np.array(np.inf, dtype=values.dtype).view(whole)
    finite = (codes[0] > ~infinity) & (codes[1] < infinity)
    lows, highs = np.where(codes < 0, codes ^ last, codes).view(values.dtype)
    return lows, highs, finite


@kernel
def _find_ranges(codes: Array, start: Array, last: Any) -> Array:  # noqa: ANN401 - a whole number
    """Find the extremes of each region as whole numbers, which need no order to be exact.

    Bits of floats, read as whole numbers with the sign's complement, are in the floats' order;
    NaN is beyond infinity.
    """
    found = np.zeros((2, start.size - 1), codes.dtype)
    for region in range(start.size - 1):
        part = codes[start[region] : start[region + 1]]
        low, high = last, ~last
        for t in range(part.size):
            code = part[t]
            code = code ^ last if code < 0 else code
            low = min(low, code)
            high = max(high, code)
        if part.size:
            found[0, region], found[1, region] = low, high
    return found


@kernel
def _find_keys(
    values: Array, start: Array, edges: Array, bins: Array
) -> tuple[Array, Array, Array, Array]:
    """Find the level of each voxel as numpy.digitize does, and give those that occur keys."""
    count = start.size - 1
    most, room = np.int64(0), np.int64(1)
    for region in range(count):
        most = max(most, bins[region])
        room += min(bins[region] + 2, start[region + 1] - start[region])
    all_keys = np.empty(values.size, np.int32)
    base = np.zeros(count + 1, np.int64)
    level = np.zeros(room, np.int32)
    voxels = np.zeros(room, np.int64)
    # Neighbours share a level: counts in turn spare each the wait for the one before.
    found = np.zeros(4 * (most + 2), np.int32)
    first_edge = 0
    key = 1
    for region in range(count):
        base[region] = key
        inside = values[start[region] : start[region + 1]]
        keys = all_keys[start[region] : start[region + 1]]
        if bins[region] == 0:
            keys[:] = 0
            continue
        own = edges[first_edge : first_edge + bins[region] + 1]
        first_edge += own.size
        _find_levels(inside, own, keys, found)
        lowest = own.size
        for g in range(own.size, -1, -1):
            found[4 * g] += found[4 * g + 1] + found[4 * g + 2] + found[4 * g + 3]
            if found[4 * g]:
                lowest = g
        first_key = key
        for g in range(lowest, own.size + 1):
            n = found[4 * g]
            found[4 * g] = key
            if n:
                level[key] = g
                voxels[key] = n
                key += 1
        if key - first_key == level[key - 1] - lowest + 1:
            keys += np.int32(first_key - lowest)
        else:
            for t in range(keys.size):
                keys[t] = found[4 * np.uint32(keys[t])]
        found[: 4 * (own.size + 1)] = 0
    base[count] = key
    return all_keys, base, level[:key], voxels[:key]


@kernel
def _find_levels(values: Array, edges: Array, levels: Array, found: Array) -> None:
    """Count for each value the edges that are not above it, and the voxels of each level.

    A value's place among evenly spaced edges tells the edge that is nearest, and so the level
    unless it lies at that edge: then the comparison decides. Rounding keeps the order of values
    and edges, so this is exact as long as no edge is far from where it should be.
    """
    per_unit, astray = _edges_per_unit(edges)
    if per_unit == 0:
        for t in range(values.size):
            levels[t] = bisect(edges, np.float64(values[t]))
            found[4 * levels[t]] += 1
        return
    clear = True  # until a value lies at an edge: so do many, where values are whole numbers
    for first in range(0, values.size, LANES):
        block, new = values[first : first + LANES], levels[first : first + LANES]
        clear = clear and _place(block, edges, per_unit, astray, new)
        if not clear:
            _compare(block, edges, per_unit, new)
        for j in range(block.size):
            found[4 * np.uint32(new[j]) + (np.uint32(j) & np.uint32(3))] += 1


@kernel
def _place(block: Array, edges: Array, per_unit: float, astray: float, levels: Array) -> bool:
    """Find levels by place alone; return whether that decides them all."""
    lowest, last = edges[0], np.int32(edges.size - 1)
    doubts: Any = 0
    for j in range(block.size):
        exact = (np.float64(block[j]) - lowest) * per_unit
        place = exact + 0.5 if exact > -0.5 else 0.0
        nearest = np.int32(place if place < last else np.float64(last))
        beyond = exact - nearest
        levels[j] = nearest + np.int32(beyond > 0)
        doubts += np.int32((abs(beyond) <= astray) | (nearest == last))
    return not doubts


@kernel
def _compare(block: Array, edges: Array, per_unit: float, levels: Array) -> None:
    """Find levels by comparing each value with the edge that is nearest."""
    lowest, last = edges[0], edges.size - 1
    for j in range(block.size):
        value = np.float64(block[j])
        exact = (value - lowest) * per_unit
        place = exact + 0.5 if exact > -0.5 else 0.0
        nearest = np.int32(place if place < last else np.float64(last))
        levels[j] = nearest + np.int32(value >= edges[np.uint32(nearest)])


@kernel
def _edges_per_unit(edges: Array) -> tuple[float, float]:
    """Return how many edges a unit has (0 if they are too uneven), and how far one goes astray.

    The latter is twice the largest distance of an edge from its place, in edges.
    """
    # The last edge may lie further out than the others (binCount).
    even = max(edges.size - 2, 1)
    span = edges[even] - edges[0]
    per_unit = even / span if span > 0 else 0.0
    astray = 0.0
    if not np.isfinite(per_unit):
        return 0.0, astray
    for i in range(edges.size):
        beyond = (edges[i] - edges[0]) * per_unit - i
        if beyond < -0.25 or (beyond > 0.25 and i <= even):
            return 0.0, astray
        if i <= even:
            astray = max(astray, 2 * abs(beyond))
    return per_unit, astray


@kernel
def bisect(edges: Array, value: float) -> int:
    """Count the edges, which rise, that are not above a value."""
    low, high = 0, edges.size
    while low < high:
        middle = (low + high) // 2
        if value < edges[middle]:
            high = middle
        else:
            low = middle + 1
    return low
