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
    plane: int,
    links: Array,
    with_pairs: bool,  # noqa: FBT001
    with_runs: bool,  # noqa: FBT001
    pairs: Array,
    runs: Array,
    dependences: Array,
    differences: Array,
    root: Array,
    sizes: Array,
    lengths: Array,
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
    plane
        Places of a plane; the first 9 steps lead to the next plane.
    links : (8192,)
        For each set of backward neighbours of one zone, those that must still be joined.
    with_pairs, with_runs
        Whether to fill `pairs` and `runs`.
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
    lengths : (2, 13, plane)
        Working space: how many voxels of the same key lie behind a voxel, along each step, in
        the planes of even and odd number. Only those are read that this walk has written.
    """
    first = np.int32(base)
    n = uint32(level.size)
    # Bits 0-12: forward neighbour has the same key; 13-25: backward; above: neighbours inside.
    found = np.empty(BLOCK, np.int32)
    total = np.empty(BLOCK, np.int32)
    shift = np.int32(level[0] - base)
    gapless = level[level.size - 1] - level[0] + 1 == level.size
    t = 0
    while t < voxels.size:
        start = np.int64(voxels[t])
        length = 1
        while length < BLOCK and t + length < voxels.size and voxels[t + length] == start + length:
            length += 1
        here = keys[start : start + length]
        for x in range(length):
            found[x] = 0
            total[x] = 0
        odd = (start // plane) & 1
        column = start % plane
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
                total[x] += f * f_in + b * b_in
                found[x] += (
                    ((f_in + b_in) << np.int32(26))
                    + (np.int32(f == c) << bit)
                    + (np.int32(b == c) << (bit + np.int32(13)))
                )
            if a < 9:
                before = lengths[1 - odd, a, column - o + plane : column - o + plane + length]
            else:
                before = lengths[odd, a, column - o : column - o + length]
            so_far = lengths[odd, a, column : column + length]
            for x in range(length):
                so_far[x] = (before[x] + np.uint16(1)) * np.uint16(behind[x] == here[x])
        if gapless:
            for x in range(length):
                total[x] += (found[x] >> np.int32(26)) * shift
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
            g = here[x] - base
            if with_pairs:
                for a in range(13):
                    d = min(uint32(keys[place + offsets[a]] - first), n)
                    pairs[a, g, d] += uint32(1)
            bits = np.int64(found[x])
            count = bits >> 26
            same_f = bits & 0x1FFF
            same_b = (bits >> 13) & 0x1FFF
            if count > 0:
                differences[g] += abs(level[g] - total[x] / count)
            dependences[g, count_bits(bits & 0x3FFFFFF)] += uint32(1)
            ends = same_b & ~same_f if with_runs else np.int64(0)
            while ends:
                a = lowest_bit(ends)
                ends &= ends - 1
                runs[a, g, lengths[odd, a, column + x]] += uint32(1)
            root[place] = place
            if same_b:
                join_zones(root, place, np.int64(links[same_b]), offsets)
        t += length
    size_zones(root, voxels, sizes)
