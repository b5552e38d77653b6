"""The default neighbourhood, all regions in a row: walk, then the features of each class."""

# ruff: noqa: PLR0913, PLR0917 - kernels take plain arrays, and many
from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from voxomics.kernels import count_bits, kernel, lowest_bit
from voxomics.texture import glcm, gldm, glrlm, glszm, ngtdm
from voxomics.texture.glcm import measure_pairs
from voxomics.texture.gldm import measure_dependences
from voxomics.texture.glrlm import measure_runs
from voxomics.texture.glszm import measure_zones
from voxomics.texture.ngtdm import measure_differences
from voxomics.texture.walk import walk_region

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


@kernel
def fill_keys(keys: Array, voxels: Array, values: Array) -> None:
    """Write each voxel's key to its place in the box."""
    for t in range(voxels.size):
        keys[voxels[t]] = values[t]


@kernel
def measure_regions(
    keys: Array,
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
    dense: Array,
    pair_weights: Array,
    run_weights: Array,
    root: Array,
    sizes: Array,
    lengths: Array,
    out: Array,
) -> None:
    """Fill the columns of the wanted classes, region by region.

    Parameters
    ----------
    keys, root, sizes, lengths
        See `Workspace`.
    voxels, start, lines, longest
        See `Geometry`.
    base, level, counts
        See `Levels`.
    offsets, links
        See `walk_region`.
    wanted : (6,)
        Whether glcm, glrlm, glszm, gldm, ngtdm are wanted, and MCC.
    dense : (count,)
        Whether a region has few enough levels for tables: GLCM and GLRLM are measured here.
    pair_weights, run_weights : (13,)
        Weights of the angles, or empty.
    out : (count, 75)
        Features of all classes.
    """
    for region in range(start.size - 1):
        first = base[region]
        n = base[region + 1] - first
        if n == 0:
            continue
        places = voxels[start[region] : start[region + 1]]
        levels = level[first : first + n]
        voxels_of = counts[first : first + n]
        pairs_here = wanted[0] and dense[region]
        runs_here = wanted[1] and dense[region]
        rows = n if pairs_here else 1
        longest_run = longest[region] if runs_here else 0
        pairs = np.zeros((13, rows, rows + 1), np.uint32)
        runs = np.zeros((13, n, longest_run + 1), np.uint32)
        dependences = np.zeros((n, 27), np.uint32)
        differences = np.zeros(n)
        walk_region(
            keys, places, first, levels, offsets, lengths.shape[2], links, pairs_here, runs_here,
            pairs, runs, dependences, differences, root, sizes, lengths,
        )  # fmt: skip
        row = out[region]
        if pairs_here:
            measure_pairs(pairs, levels, pair_weights, wanted[5], row[_GLCM:_GLRLM])
        if runs_here:
            measure_runs(runs, levels, voxels_of, lines[region], run_weights, row[_GLRLM:_GLSZM])
        if wanted[2]:
            measure_zones(root, sizes, keys, places, first, levels, row[_GLSZM:_GLDM])
        if wanted[3]:
            measure_dependences(dependences, levels, row[_GLDM:_NGTDM])
        if wanted[4]:
            measure_differences(differences, voxels_of, levels, row[_NGTDM:_END])


@kernel
def find_links(steps: Array) -> Array:  # noqa: C901 - a search in one piece
    """Return for each set of backward neighbours one of each group that touch each other.

    Neighbours of the same key that touch were joined when the walk passed them, so that one
    of them stands for all.
    """
    n = steps.shape[0]
    touch = np.zeros(n, np.int64)
    for a in range(n):
        for b in range(n):
            near = True
            for d in range(3):
                near = near and abs(steps[a, d] - steps[b, d]) <= 1
            if near:
                touch[a] |= 1 << b
    links = np.zeros(1 << n, np.int16)
    for bits in range(1 << n):
        left: Any = bits
        while left:
            # The nearest in memory is kept: later steps lead less far.
            best = 0
            while left >> (best + 1):
                best += 1
            group = np.int64(1) << best
            while True:
                grown = group
                rest = group
                while rest:
                    grown |= touch[lowest_bit(rest)] & left
                    rest &= rest - 1
                if count_bits(grown) == count_bits(group):
                    break
                group = grown
            links[bits] |= np.int16(1 << best)
            left &= ~group
    return links
