"""The default neighbourhood, all regions in a row: walk, then the features of each class."""

# ruff: noqa: PLR0913, PLR0917 - kernels take plain arrays, and many
from __future__ import annotations

from typing import Any

import numpy as np
from numba import uint16, uint64
from numpy.typing import NDArray

from voxomics.kernels import kernel
from voxomics.texture import glcm, gldm, glrlm, glszm, ngtdm
from voxomics.texture.glcm import measure_pairs
from voxomics.texture.gldm import measure_dependences
from voxomics.texture.glrlm import measure_runs
from voxomics.texture.glszm import measure_zones
from voxomics.texture.ngtdm import measure_differences
from voxomics.texture.walk import CHAIN, MARKS, walk_region
from voxomics.texture.zones import number_zones

Array = NDArray[Any]

CLASSES = {
    "glcm": glcm.FEATURES,
    "glrlm": glrlm.FEATURES,
    "glszm": glszm.FEATURES,
    "gldm": gldm.FEATURES,
    "ngtdm": ngtdm.FEATURES,
}
"""Features of each class, in the order of the columns that are measured here."""

COLUMNS = np.cumsum([0, *(len(names) for names in CLASSES.values())])
"""First column of each class."""

_GLCM, _GLRLM, _GLSZM, _GLDM, _NGTDM, _END = (int(c) for c in COLUMNS)

MOST_LEVELS = 700
"""Levels up to which a region's GLCM and GLRLM are tables; above it pairs and runs are sorted."""

MOST_KEYS = 2**16 - 1
"""Levels up to which a region is walked."""

_MOST_SPAN = (2**16 - 1) // 26
"""Keys whose sum over 26 neighbours fits into 16 bits."""


@kernel
def measure_regions(
    keys: Array,
    own_keys: Array,
    margin: int,
    voxels: Array,
    start: Array,
    base: Array,
    level: Array,
    counts: Array,
    offsets: Array,
    links: Array,
    lines: Array,
    longest: Array,
    wanted: Array,
    pair_weights: Array,
    run_weights: Array,
    root: Array,
    out: Array,
) -> None:
    """Fill the columns of the wanted classes, region by region.

    Parameters
    ----------
    keys : (N,)
        Key of each voxel; see `Levels`.
    own_keys, margin, root
        See `Workspace`.
    voxels, start, lines, longest
        See `Geometry`.
    base, level, counts
        See `Levels`.
    offsets, links
        See `walk_region`.
    wanted : (6,)
        Whether glcm, glrlm, glszm, gldm, ngtdm are wanted, and MCC. GLCM and GLRLM of a region
        with more than `MOST_LEVELS` levels are left out, and one with more than `MOST_KEYS`.
    pair_weights, run_weights : (13,)
        Weights of the angles, or empty.
    out : (count, 75)
        Features of all classes.
    """
    most = 0
    for region in range(start.size - 1):
        most = max(most, start[region + 1] - start[region])
    zone_sizes = np.empty(most + 1, np.int32)
    zone_levels = np.empty(most + 1, np.uint16)
    for region in range(start.size - 1):
        n = base[region + 1] - base[region]
        if n == 0 or n > MOST_KEYS:
            continue
        places = voxels[start[region] : start[region + 1]]
        levels = level[base[region] : base[region + 1]]
        voxels_of = counts[base[region] : base[region + 1]]
        own = np.empty(places.size, np.uint16)
        rows, values = _choose_keys(levels)
        _fill(keys[start[region] : start[region + 1]], base[region], rows, places, own)
        _put(own_keys, margin, places, own)
        span = np.int64(rows[n - 1])
        with_pairs = wanted[0] and n <= MOST_LEVELS
        with_runs = wanted[1] and n <= MOST_LEVELS
        pairs = np.zeros((span + 1) * 13 * (span + 1) if with_pairs else 0, np.uint32)
        chains = np.zeros((span + 1) * MARKS if with_runs else 0, np.uint32)
        longest_run = max(longest[region], CHAIN) + 1 if with_runs else 0
        runs = np.zeros((13, span + 1, longest_run), np.uint32)
        dependences = np.zeros((span + 1) * 27, np.uint32)
        differences = np.zeros((span + 1) * 27, np.int64)
        walk_region(
            own_keys, margin, places, span, offsets, links, values, with_pairs, with_runs,
            pairs, chains, runs, dependences, differences, root,
        )  # fmt: skip
        own_row = out[region]
        if with_pairs:
            table = pairs.reshape((span + 1, 13, span + 1))
            measure_pairs(table, rows, levels, pair_weights, wanted[5], own_row[_GLCM:_GLRLM])
        if with_runs:
            table = chains.reshape((span + 1, CHAIN - 1, MARKS // (CHAIN - 1)))
            _complete_runs(table, runs)
            measure_runs(
                runs, rows, levels, voxels_of, lines[region], run_weights, own_row[_GLRLM:_GLSZM]
            )
        if wanted[2]:
            zones = number_zones(root, places, own, zone_sizes, zone_levels)
            measure_zones(
                zone_sizes[:zones], zone_levels[:zones], rows, levels, own_row[_GLSZM:_GLDM]
            )
        if wanted[3]:
            table = dependences.reshape((span + 1, 27))
            measure_dependences(table, rows, levels, own_row[_GLDM:_NGTDM])
        if wanted[4]:
            mean = _mean_differences(differences.reshape((span + 1, 27)), rows)
            measure_differences(mean, voxels_of, levels, own_row[_NGTDM:_END])
        own[:] = 0
        _put(own_keys, margin, places, own)


@kernel
def _choose_keys(level: Array) -> tuple[Array, Array]:
    """Return the key of each level (n,), and the level of each key, or nothing.

    Keys are levels less a constant where few are missing between, so that sums of keys stand
    for sums of levels; else they count the levels.
    """
    n = level.size
    rows = np.empty(n, np.uint16)
    span = level[n - 1] - level[0] + 1
    if span <= min(_MOST_SPAN, 2 * n + 16):
        for g in range(n):
            rows[g] = level[g] - level[0] + 1
        return rows, np.zeros(0, np.int32)
    values = np.zeros(n + 1, np.int32)
    for g in range(n):
        rows[g] = g + 1
        values[g + 1] = level[g]
    return rows, values


@kernel
def _fill(keys: Array, base: int, rows: Array, voxels: Array, own: Array) -> None:
    """Turn keys among all regions into the region's own."""
    for t in range(uint64(voxels.size)):
        own[t] = rows[keys[t] - base]


@kernel
def _put(volume: Array, margin: int, voxels: Array, values: Array) -> None:
    """Write each voxel's value to its place."""
    for t in range(uint64(voxels.size)):
        volume[uint64(voxels[t]) + uint64(margin)] = uint16(values[t])


@kernel
def _complete_runs(chains: Array, runs: Array) -> None:
    """Work out the runs of 2 to `CHAIN` voxels from marks and from the longer runs.

    Marks of k count the voxels with k equal ones behind them: of each run its length less k.
    """
    for key in range(chains.shape[0]):
        for a in range(13):
            left = np.empty(CHAIN + 2, np.int64)
            left[CHAIN] = left[CHAIN + 1] = 0
            for k in range(1, CHAIN):
                left[k] = chains[key, k - 1, a]
                for r in range(CHAIN, runs.shape[2]):
                    left[k] -= np.int64(runs[a, key, r]) * (r + 1 - k)
            for k in range(1, CHAIN):
                runs[a, key, k] = left[k] - 2 * left[k + 1] + left[k + 2]


@kernel
def _mean_differences(differences: Array, rows: Array) -> Array:
    """Return of each level the sum of differences to the neighbours' mean (n,)."""
    mean = np.zeros(rows.size)
    for g in range(rows.size):
        for inside in range(1, 27):
            mean[g] += differences[rows[g], inside] / inside
    return mean
