"""Counts in other neighbourhoods than the default: any steps, one class at a time."""

# ruff: noqa: PLR0913, PLR0917 - kernels take plain arrays, and many
from __future__ import annotations

from typing import Any

import numpy as np
from numba import uint32, uint64
from numpy.typing import NDArray

from voxomics.kernels import kernel
from voxomics.texture.zones import join_zones

Array = NDArray[Any]


@kernel
def place_keys(keys: Array, voxels: Array, values: Array) -> None:
    """Write each voxel's key to its place in the box."""
    for t in range(voxels.size):
        keys[voxels[t]] = values[t]


@kernel
def list_pairs(
    keys: Array,
    voxels: Array,
    base: int,
    n: int,
    step: Array,
    shape: Array,
    symmetric: bool,  # noqa: FBT001
    codes: Array,
) -> int:
    """List the pairs that one step makes inside a region.

    Parameters
    ----------
    keys, voxels, base, n
        See `walk_region`; n is the number of the region's keys.
    step, shape : (3,)
        The step, which may be longer than the box's rim, and the size of the box.
    symmetric
        Whether both orders of a pair are one: row >= column.
    codes : (N,)
        Filled with ``row * n + column`` of each pair.

    Returns
    -------
    int
        Number of pairs.
    """
    offset = (step[0] * shape[1] + step[1]) * shape[2] + step[2]
    # The box has a rim of one voxel.
    far = max(abs(step[0]), abs(step[1]), abs(step[2])) > 1
    found = 0
    for t in range(voxels.size):
        place = np.int64(voxels[t])
        if far and not _in_box(place, step[0], step[1], step[2], shape):
            continue
        other = np.int64(keys[place + offset] - base)
        if 0 <= other < n:
            g = np.int64(keys[place] - base)
            if symmetric and g < other:
                codes[found] = other * n + g
            else:
                codes[found] = g * n + other
            found += 1
    return found


@kernel
def count_codes(
    codes: Array,
    n: int,
    symmetric: bool,  # noqa: FBT001
    rows: Array,
    columns: Array,
    counts: Array,
) -> int:
    """Count equal codes, sorted; twice on the diagonal if `symmetric`; return their number."""
    cell = -1
    last = np.int64(-1)
    for t in range(codes.size):
        if codes[t] != last:
            last = codes[t]
            cell += 1
            rows[cell] = last // n
            columns[cell] = last % n
            counts[cell] = 0.0
        counts[cell] += 2.0 if symmetric and rows[cell] == columns[cell] else 1.0
    return cell + 1


@kernel
def count_neighbours(
    keys: Array,
    voxels: Array,
    base: int,
    level: Array,
    steps: Array,
    shape: Array,
    alike: int,
    dependences: Array,
    differences: Array,
) -> None:
    """Fill the counts of GLDM (n, 2 A + 1) and the sums of NGTDM (n,) over steps (A, 3).

    `alike` is the largest difference of levels of two dependent voxels.
    """
    n = level.size
    for t in range(voxels.size):
        place = np.int64(voxels[t])
        g = keys[place] - base
        count = total = dependent = 0
        for a in range(steps.shape[0]):
            offset = (steps[a, 0] * shape[1] + steps[a, 1]) * shape[2] + steps[a, 2]
            for side in (1, -1):
                if not _in_box(
                    place, side * steps[a, 0], side * steps[a, 1], side * steps[a, 2], shape
                ):
                    continue
                other = keys[place + side * offset] - base
                if 0 <= other < n:
                    count += 1
                    total += level[other]
                    dependent += abs(level[other] - level[g]) <= alike
        dependences[g, dependent] += np.uint32(1)
        if count:
            differences[g] += abs(level[g] - total / count)


@kernel
def list_runs(
    keys: Array, voxels: Array, base: int, offset: int, longest: int, codes: Array
) -> int:
    """List the runs of two voxels and more along one step that stays inside the rim.

    Fills `codes` (N,) with ``level's place * (longest + 1) + length``; returns their number.
    """
    found = 0
    for t in range(voxels.size):
        place = np.int64(voxels[t])
        key = keys[place]
        if keys[place + offset] == key or keys[place - offset] != key:
            continue
        length = 2
        behind = place - 2 * offset
        while keys[behind] == key:
            length += 1
            behind -= offset
        codes[found] = np.int64(key - base) * (longest + 1) + length
        found += 1
    return found


@kernel
def join_region(keys: Array, voxels: Array, offsets: Array, root: Array) -> None:
    """Find the zones of a region for GLSZM; see `walk_region`."""
    for t in range(voxels.size):
        place = np.int64(voxels[t])
        same = 0
        for a in range(offsets.size):
            if keys[place - offsets[a]] == keys[place]:
                same |= 1 << a
        if same:
            join_zones(root, uint64(place), uint64(same), offsets)
        else:
            root[place] = uint32(place)


@kernel
def _in_box(place: int, dz: int, dy: int, dx: int, shape: Array) -> Any:  # noqa: ANN401
    x = place % shape[2] + dx
    if x < 0 or x >= shape[2]:
        return False
    y = (place // shape[2]) % shape[1] + dy
    if y < 0 or y >= shape[1]:
        return False
    z = place // (shape[2] * shape[1]) + dz
    return 0 <= z < shape[0]
