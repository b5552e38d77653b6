"""Zones of equal level, grown voxel by voxel in raster order, and then numbered."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import int64, uint32, uint64
from numpy.typing import NDArray

from voxomics.kernels import count_bits, kernel, lowest_bit

Array = NDArray[Any]

# Places are unsigned: numba looks at each signed index whether it counts from the end.


@kernel
def find_root(root: Array, start: int) -> Any:  # noqa: ANN401 - a uint32
    """Follow a zone to its first voxel, halving the way for the next time."""
    place = uint32(start)
    while root[place] != place:
        root[place] = root[root[place]]
        place = root[place]
    return place


@kernel
def join_zones(root: Array, place: Any, bits: Any, offsets: Array) -> None:  # noqa: ANN401
    """Join a voxel to the zones of its backward neighbours, one per bit; there is at least one.

    root : (P,) uint32, place and bits : uint64, offsets : (A,) int64.
    """
    neighbour = place - uint64(offsets[lowest_bit(int64(bits))])
    bits &= bits - uint64(1)
    if bits == 0:
        root[place] = root[neighbour]
        return
    mine = find_root(root, neighbour)
    while bits:
        neighbour = place - uint64(offsets[lowest_bit(int64(bits))])
        bits &= bits - uint64(1)
        other = find_root(root, neighbour)
        if other < mine:
            root[mine] = other
            mine = other
        elif other > mine:
            root[other] = mine
    root[place] = mine


@kernel
def number_zones(root: Array, voxels: Array, keys: Array, sizes: Array, levels: Array) -> Any:  # noqa: ANN401
    """Give numbers to the zones, in raster order, and count their voxels.

    A voxel's root comes before it, and so has its zone's number already.

    Parameters
    ----------
    root : (P,)
        A place that leads to the zone's first voxel; replaced by the zone's number.
    voxels, keys : (N,)
        Places of the region's voxels in raster order, and their keys.
    sizes, levels : (N + 1,)
        Filled with each zone's number of voxels, and its key.

    Returns
    -------
    int
        Number of zones.
    """
    zones = uint64(0)
    for t in range(uint64(voxels.size)):
        place = uint64(voxels[t])
        before = uint64(root[place])
        new = before == place
        # Written for the next zone in any case, which is quicker than to ask.
        sizes[zones] = 0
        levels[zones] = keys[t]
        number = zones if new else uint64(root[before])
        root[place] = uint32(number)
        sizes[number] += np.int32(1)
        zones += uint64(new)
    return zones


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
