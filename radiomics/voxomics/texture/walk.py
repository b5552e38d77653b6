"""One walk over a region's voxels that fills the counts of all five texture classes."""

# ruff: noqa: PLR0913, PLR0917, C901, PLR0912, PLR0915 - one pass is what makes it quick
from __future__ import annotations

from typing import Any

import numpy as np
from numba import uint32
from numpy.typing import NDArray

from voxomics.kernels import count_bits, kernel, lowest_bit

Array = NDArray[Any]

BLOCK = 64
"""Voxels along X that are compared with their neighbours at a time."""


@kernel
def find_root(root: Array, place: int) -> int:
    """Follow a zone to its first voxel, halving the way for the next time."""
    while root[place] != place:
        root[place] = root[root[place]]
        place = root[place]
    return place


@kernel
def join_zones(root: Array, place: int, bits: int, offsets: Array) -> None:
    """Join a voxel to the zones of its backward neighbours, one per bit."""
    mine = place
    while bits:
        a = lowest_bit(bits)
        bits &= bits - 1
        other = find_root(root, place - offsets[a])
        if other < mine:
            root[mine] = other
            mine = other
        elif other > mine:
            root[other] = mine


@kernel
def size_zones(root: Array, voxels: Array, sizes: Array) -> None:
    """Point each voxel to its zone's first voxel and count the zone there.

    Voxels come in raster order, so a voxel's parent has found its own root before it.
    """
    for t in range(voxels.size):
        place = voxels[t]
        first = root[root[place]]
        root[place] = first
        if first == place:
            sizes[place] = 1
        else:
            sizes[first] += 1


@kernel
def walk_region(
    keys: Array,
    voxels: Array,
    base: int,
    level: Array,
    offsets: Array,
    links: Array,
    dense: bool,  # noqa: FBT001
    pairs: Array,
    runs: Array,
    dependences: Array,
    differences: Array,
    root: Array,
    sizes: Array,
) -> None:
    """Compare each voxel with its 26 neighbours and count.

    Parameters
    ----------
    keys : (P,)
        Key of each place of the box, 0 outside the regions.
    voxels : (N,)
        Places of the region's voxels, in raster order.
    base, level : (n,)
        The region's first key, and the grey levels of its n keys.
    offsets : (13,)
        Distances to the forward neighbours.
    links : (8192,)
        For each set of backward neighbours of one zone, those that must still be joined.
    dense
        Whether to fill `pairs`.
    pairs : (13, n, n + 1)
        GLCM in one direction; the last column is for neighbours outside the region.
    runs : (13, n, longest + 1)
        GLRLM, runs of two voxels and more, at their length - 1.
    dependences : (n, 27)
        GLDM.
    differences : (n,)
        NGTDM, sum of the differences.
    root, sizes : (P,)
        GLSZM: where ``root[place] == place`` stands a zone of ``sizes[place]`` voxels.
    """
    first = np.int32(base)
    n = uint32(level.size)
    count = np.empty(BLOCK, np.int32)
    total = np.empty(BLOCK, np.int32)
    forward = np.empty(BLOCK, np.int32)
    backward = np.empty(BLOCK, np.int32)
    shift = np.int32(level[0] - base)
    gapless = level[level.size - 1] - level[0] + 1 == level.size
    t = 0
    while t < voxels.size:
        start = voxels[t]
        length = 1
        while length < BLOCK and t + length < voxels.size and voxels[t + length] == start + length:
            length += 1
        here = keys[start : start + length]
        for x in range(length):
            count[x] = 0
            total[x] = 0
            forward[x] = 0
            backward[x] = 0
        for a in range(13):
            o = offsets[a]
            ahead = keys[start + o : start + o + length]
            behind = keys[start - o : start - o + length]
            bit = np.int32(a)
            for x in range(length):
                c = here[x]
                f = ahead[x]
                b = behind[x]
                f_in = np.int32(uint32(f - first) < n)
                b_in = np.int32(uint32(b - first) < n)
                count[x] += f_in + b_in
                total[x] += f * f_in + b * b_in
                forward[x] |= np.int32(f == c) << bit
                backward[x] |= np.int32(b == c) << bit
        if gapless:
            for x in range(length):
                total[x] += count[x] * shift
        else:
            for x in range(length):
                levels = 0
                for a in range(13):
                    f = keys[start + x + offsets[a]]
                    if uint32(f - first) < n:
                        levels += level[f - first]
                    b = keys[start + x - offsets[a]]
                    if uint32(b - first) < n:
                        levels += level[b - first]
                total[x] = levels
        for x in range(length):
            place = start + x
            key = here[x]
            g = key - base
            if dense:
                for a in range(13):
                    d = min(uint32(keys[place + offsets[a]] - first), n)
                    pairs[a, g, d] += uint32(1)
            if count[x] > 0:
                differences[g] += abs(level[g] - total[x] / count[x])
            same_b = np.int64(backward[x])
            same_f = np.int64(forward[x])
            dependences[g, count_bits(same_b) + count_bits(same_f)] += uint32(1)
            ends = same_b & ~same_f
            while ends:
                a = lowest_bit(ends)
                ends &= ends - 1
                o = offsets[a]
                r = 1
                behind_it = place - o - o
                while keys[behind_it] == key:
                    r += 1
                    behind_it -= o
                runs[a, g, r] += uint32(1)
            root[place] = place
            if same_b:
                join_zones(root, place, np.int64(links[same_b]), offsets)
        t += length
    size_zones(root, voxels, sizes)
