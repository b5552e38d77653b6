"""Grey values to grey levels: pyradiomics' bins, region by region."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voxomics.geometry import Geometry
from voxomics.kernels import kernel

Array = NDArray[Any]

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
    """

    keys: NDArray[np.int32]
    base: NDArray[np.int64]
    level: NDArray[np.int32]
    voxels: NDArray[np.int64]
    bins: NDArray[np.int64]
    refused: dict[int, str]


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
    whole = values.dtype.kind in "iub"
    lows, highs, finite = _find_ranges(floats, geometry.start)
    levels = np.zeros(len(values), dtype=np.int32)
    bins = np.zeros(geometry.count, dtype=np.int64)
    refused: dict[int, str] = {}
    for region in range(geometry.count):
        first, last = geometry.start[region : region + 2]
        low, high = lows[region], highs[region]
        if whole:
            low, high = np.int64(low), np.int64(high)
        reason = _reason_to_refuse(int(last - first), bool(finite[region]))
        span = float(high) - float(low)
        if not reason and bin_count is None and span / bin_width > MOST_BINS:
            reason = f"a bin width of {bin_width} makes more than {MOST_BINS} bins"
        if reason:
            refused[region] = reason
            continue
        try:
            edges = _bin_edges(low, high, bin_width, bin_count)
        except ValueError:
            refused[region] = f"{bin_count} bins are too many for values so close together"
            continue
        bins[region] = len(edges) - 1
        per_unit = _bins_per_unit(edges)
        _find_bins(floats[first:last], edges, per_unit, levels[first:last])
    base, level, counts = _rank_levels(geometry.start, levels, bins)
    return Levels(levels, base, level, counts, bins, refused)


def _reason_to_refuse(voxels: int, finite: bool) -> str:  # noqa: FBT001
    if not voxels:
        return "the region has no voxel"
    if not finite:
        return "the region holds values that are not finite"
    return ""


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


def _bins_per_unit(edges: Array) -> float:
    """Return a first guess for the bins' slope; the kernel corrects what it misses."""
    if len(edges) < 3 or edges[-2] <= edges[0]:
        return 0.0
    return float((len(edges) - 2) / (edges[-2] - edges[0]))


@kernel
def _find_ranges(values: Array, start: Array) -> tuple[Array, Array, Array]:
    count = start.size - 1
    lows = np.zeros(count, values.dtype)
    highs = np.zeros(count, values.dtype)
    finite = np.ones(count, np.bool_)
    for region in range(count):
        first, last = start[region], start[region + 1]
        if first == last:
            continue
        low = high = values[first]
        bad = 0
        for t in range(first, last):
            value = values[t]
            low = min(low, value)
            high = max(high, value)
            bad += not np.isfinite(value)
        lows[region], highs[region], finite[region] = low, high, bad == 0
    return lows, highs, finite


@kernel
def _find_bins(values: Array, edges: Array, per_unit: float, levels: Array) -> None:
    """Count the edges that are not above each value, as numpy.digitize does."""
    last = edges.size
    lowest = edges[0]
    for t in range(values.size):
        value = np.float64(values[t])
        level: Any = np.int64((value - lowest) * per_unit) + 1
        level = min(max(level, 0), last)
        while level > 0 and value < edges[level - 1]:
            level -= 1
        while level < last and value >= edges[level]:
            level += 1
        levels[t] = level


@kernel
def _rank_levels(start: Array, levels: Array, bins: Array) -> tuple[Array, Array, Array]:
    """Replace each level by its key; levels that occur in a region get keys in a row."""
    count = start.size - 1
    most, room = np.int64(0), np.int64(1)
    for region in range(count):
        most = max(most, bins[region])
        room += min(bins[region] + 2, start[region + 1] - start[region])
    base = np.zeros(count + 1, np.int64)
    level = np.zeros(room, np.int32)
    voxels = np.zeros(room, np.int64)
    found = np.zeros(most + 2, np.int64)
    keys = np.zeros(most + 2, np.int32)
    key = 1
    for region in range(count):
        base[region] = key
        if bins[region] == 0:
            continue
        found[: bins[region] + 2] = 0
        for t in range(start[region], start[region + 1]):
            found[levels[t]] += 1
        for g in range(bins[region] + 2):
            if found[g]:
                keys[g] = key
                level[key] = g
                voxels[key] = found[g]
                key += 1
        for t in range(start[region], start[region + 1]):
            levels[t] = keys[levels[t]]
    base[count] = key
    return base, level[:key], voxels[:key]
