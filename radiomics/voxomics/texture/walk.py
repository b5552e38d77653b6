"""One walk over a region's voxels that fills the counts of all five texture classes."""

# ruff: noqa: PLR0913, PLR0917 - kernels take plain arrays, and many
from __future__ import annotations

from typing import Any

import numpy as np
from numba import int64, uint16, uint32, uint64
from numpy.typing import NDArray

from voxomics.kernels import count_bits, kernel, lowest_bit
from voxomics.texture.lanes import LANES, count_marks
from voxomics.texture.zones import join_zones

Array = NDArray[Any]

BLOCK = 64
"""Voxels along X that are compared with their neighbours at a time."""

CHAIN = 5
"""Equal voxels in a row that are counted by marks; longer runs are followed one by one."""

REACH = CHAIN + 1
"""Steps back from a voxel that may be read."""

ROWS = 3 + CHAIN
"""Rows of a block: sum of the neighbours' keys, how many of them are inside, which forward
ones have the same key, and for 1 to `CHAIN` steps back whether all on the way have it."""

MARKS = (CHAIN - 1) * LANES
"""Counters of marks for each key."""

_MOST_MARKS = 2**16 - 1 - BLOCK

# Places are unsigned: numba looks at each signed index whether it counts from the end.
_ROW = np.uint64(BLOCK)
_ANGLES = np.uint64(13)
_COUNTS = np.uint64(27)
_MARKS = np.uint64(MARKS)
_LANES = np.uint64(LANES)
_2, _3, _4, _5, _6, _7 = (np.uint64(k) for k in range(2, 8))


@kernel
def compare_block(keys: Array, first: int, offsets: Array, length: int, block: Array) -> None:
    """Compare voxels in a row with the 13 neighbours ahead, and with those behind.

    keys : uint16, 0 outside the region; first, length : uint64, length a multiple of 16;
    offsets : (13,) int64; block : (ROWS * BLOCK,) uint16.

    Written in loops over one array at fixed distances, which compilers turn into vectors.
    """
    for x in range(uint64(ROWS * BLOCK)):
        block[x] = 0
    here = keys[first : first + length]
    for a in range(13):
        o = uint64(offsets[a])
        ahead = keys[first + o : first + o + length]
        behind = keys[first - o : first - o + length]
        bit = uint16(1 << a)
        for x in range(length):
            key = here[x]
            f = ahead[x]
            b = behind[x]
            block[x] += uint16(f + b)
            block[x + _ROW] += uint16(f != 0) + uint16(b != 0)
            block[x + _2 * _ROW] |= bit if f == key else uint16(0)
            block[x + _3 * _ROW] |= bit if b == key else uint16(0)
        second = keys[first - _2 * o : first - _2 * o + length]
        third = keys[first - _3 * o : first - _3 * o + length]
        fourth = keys[first - _4 * o : first - _4 * o + length]
        fifth = keys[first - _5 * o : first - _5 * o + length]
        for x in range(length):
            key = here[x]
            same = bit if behind[x] == key else uint16(0)
            same = same if second[x] == key else uint16(0)
            block[x + _4 * _ROW] |= same
            same = same if third[x] == key else uint16(0)
            block[x + _5 * _ROW] |= same
            same = same if fourth[x] == key else uint16(0)
            block[x + _6 * _ROW] |= same
            same = same if fifth[x] == key else uint16(0)
            block[x + _7 * _ROW] |= same


@kernel
def walk_region(
    keys: Array,
    margin: int,
    voxels: Array,
    span: int,
    offsets: Array,
    links: Array,
    values: Array,
    with_pairs: bool,  # noqa: FBT001
    with_runs: bool,  # noqa: FBT001
    pairs: Array,
    chains: Array,
    runs: Array,
    dependences: Array,
    differences: Array,
    root: Array,
) -> None:
    """Compare each voxel with its 26 neighbours and count.

    Parameters
    ----------
    keys : (P + 2 * margin,)
        uint16 key of each place, 1..span; 0 outside this region.
    margin
        Places before the first and behind the last that may be read.
    voxels : (N,)
        Places of the region's voxels, in raster order.
    offsets : (13,)
        Distances to the forward neighbours.
    links : (8192,)
        For each set of backward neighbours of one zone, those that must still be joined.
    values : (span + 1,) or (0,)
        Grey level of each key; none where levels are keys plus a constant, and 26 of them fit
        into 16 bits.
    with_pairs, with_runs
        Whether to fill `pairs`, and `chains` and `runs`.
    pairs : (span + 1, 13, span + 1)
        GLCM in one direction; column 0 is for neighbours outside the region.
    chains : (span + 1, 4, 16)
        How many voxels have 1, 2, 3, 4 equal ones behind them in a row, along each step.
    runs : (13, span + 1, longest + 1)
        GLRLM, runs of more than `CHAIN` voxels, at their length - 1.
    dependences : (span + 1, 27)
        GLDM.
    differences : (span + 1, 27)
        NGTDM: for each number of neighbours inside, the sum of the distances between that number
        of times the level and the neighbours' sum.
    root : (P,)
        GLSZM: a place on the way to the zone's first voxel.
    """
    block = np.empty(ROWS * BLOCK, np.uint16)
    marks = np.zeros((span + 1) * MARKS, np.uint16)
    width = uint64(span + 1)
    counted = 0
    t = 0
    while t < voxels.size:
        start = int64(voxels[t])
        length = 1
        while length < BLOCK and t + length < voxels.size and voxels[t + length] == start + length:
            length += 1
        filled = (length + LANES - 1) // LANES * LANES
        first = uint64(start + margin)
        compare_block(keys, first, offsets, uint64(filled), block)
        for x in range(uint64(length)):
            place = uint64(start) + x
            at = first + x
            key = uint64(keys[at])
            if with_pairs:
                _count_pairs(keys, at, key, offsets, pairs, width)
            inside = uint64(block[x + _ROW])
            ahead = block[x + _2 * _ROW]
            behind = block[x + _3 * _ROW]
            alike = count_bits(int64(ahead)) + count_bits(int64(behind))
            row = key * _COUNTS
            dependences[row + uint64(alike)] += uint32(1)
            if values.size:
                apart = _difference(keys, at, offsets, values, int64(inside))
            else:
                apart = abs(int64(key * inside) - int64(block[x]))
            differences[row + inside] += apart
            if with_runs:
                _count_runs(keys, at, key, offsets, block, x, marks, runs)
            if behind:
                join_zones(root, place, uint64(links[behind]), offsets)
            else:
                root[place] = uint32(place)
        t += length
        if with_runs and (t - counted > _MOST_MARKS or t == voxels.size):
            counted = t
            _add_marks(marks, chains)


@kernel
def _count_pairs(keys: Array, at: int, key: int, offsets: Array, pairs: Array, width: int) -> None:
    row = key * _ANGLES * width
    for a in range(_ANGLES):
        other = uint64(keys[at + uint64(offsets[a])])
        pairs[row + a * width + other] += uint32(1)


@kernel
def _count_runs(
    keys: Array,
    at: int,
    key: int,
    offsets: Array,
    block: Array,
    x: int,
    marks: Array,
    runs: Array,
) -> None:
    """Mark how many equal voxels lie behind one, and count the longer runs that end there."""
    row = key * _MARKS
    count_marks(marks, row, block[x + _3 * _ROW])
    count_marks(marks, row + _LANES, block[x + _4 * _ROW])
    count_marks(marks, row + _2 * _LANES, block[x + _5 * _ROW])
    count_marks(marks, row + _3 * _LANES, block[x + _6 * _ROW])
    ends = uint64(block[x + _7 * _ROW]) & ~uint64(block[x + _2 * _ROW])
    while ends:
        a = uint64(lowest_bit(int64(ends)))
        ends &= ends - uint64(1)
        runs[a, key, _follow(keys, at, key, uint64(offsets[a]))] += uint32(1)


@kernel
def _add_marks(marks: Array, chains: Array) -> None:
    """Move the counters of 16 bits, before any is full, to those of 32."""
    for k in range(uint64(marks.size)):
        chains[k] += uint32(marks[k])
        marks[k] = 0


@kernel
def _difference(keys: Array, at: int, offsets: Array, values: Array, inside: int) -> Any:  # noqa: ANN401
    """Return the distance of inside x level to the neighbours' sum; ``values[0]`` is 0."""
    total = int64(0)
    for a in range(13):
        o = uint64(offsets[a])
        total += int64(values[keys[at + o]]) + int64(values[keys[at - o]])
    return abs(inside * int64(values[keys[at]]) - total)


@kernel
def _follow(keys: Array, at: int, key: int, offset: int) -> Any:  # noqa: ANN401
    """Return the length - 1 of a run that ends here and has more than `CHAIN` voxels."""
    longer = uint64(CHAIN)
    behind = at - _6 * offset
    while keys[behind] == key:
        longer += uint64(1)
        behind -= offset
    return longer
