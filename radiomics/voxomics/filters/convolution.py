"""Convolution along X, Y and Z in one walk over the rows of an image: the wavelets' kernels."""

# ruff: noqa: PLR0913, PLR0917 - kernels take plain arrays, and many
from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from voxomics.kernels import kernel

Array = NDArray[Any]
Bools = NDArray[np.bool_]

_U = np.uint64
"""Indices without a sign need no wrapping, which would keep loops over rows from SIMD."""


@kernel
def transform_rows(
    image: Array,
    zs: Array,
    ys: Array,
    xs: Array,
    taps_x: Array,
    taps_y: Array,
    taps_z: Array,
    past_end: Array,
    rows: Bools,
    corner: Array,
    first: Array,
    second: Array,
    shape: Array,
) -> None:
    """Filter rows along X, then Y, then Z; a few planes are in memory at a time.

    Parameters
    ----------
    image : (Z, Y, X)
        What is filtered, in the precision of the taps.
    zs, ys, xs
        Planes, rows and columns that are read for the box that is needed.
    taps_x, taps_y : (taps,)
        Of the filters along X and Y. A single 1 leaves an axis as it is.
    taps_z : (1 or 2, taps)
        Of the filters along Z, of which each gives an image.
    past_end : (3,)
        Where the box begins, less the length of the line that goes round.
    rows : (Z, Y)
        Which rows of the box are needed.
    corner : (3,)
        Where the box begins in the result.
    first, second : (N,)
        Memory of the results; `second` is that of the last filter along Z.
    shape : (3,)
        Of the results.
    """
    wx, wy, wz = taps_x.size, taps_y.size, taps_z.shape[1]
    ny = rows.shape[1]
    nx = xs.size - wx + 1
    planes, lines = _reach(rows, wz, wy)
    ring = np.empty(wz * ny * nx, image.dtype)
    flat = np.empty(ys.size * nx, image.dtype)
    row = np.empty(xs.size, image.dtype)
    places, weights = np.empty(max(wx, wy, wz), np.int64), np.empty(max(wx, wy, wz), image.dtype)
    for s in range(zs.size):
        for r in range(ys.size):
            if lines[s, r]:
                _read(image[zs[s], ys[r]], xs, row)
                _filter_row(row, taps_x, past_end[2], flat, r * nx, nx)
        at = s % wz * ny
        for y in range(ny):
            if planes[s, y]:
                over = max(y + past_end[1] + wy // 2, 0)
                _arrange(taps_y, over, y, ys.size, nx, places, weights)
                _weigh(flat, places, weights, wy, ring, (at + y) * nx, nx)
        z = s - wz + 1
        if z < 0:
            continue
        over = max(z + past_end[0] + wz // 2, 0)
        for y in range(ny):
            if rows[z, y]:
                to = ((z + corner[0]) * shape[1] + y + corner[1]) * shape[2] + corner[2]
                for k in range(taps_z.shape[0]):
                    _arrange(taps_z[k], over, z, wz, ny * nx, places, weights)
                    _weigh(ring[y * nx :], places, weights, wz, second if k else first, to, nx)


@kernel
def _tap(q: int, over: int) -> int:
    """Return which tap is summed at turn `q`.

    Of taps that reach over the end of the line by `over`, PyWavelets takes the last one first.
    """
    return over - q if q <= over else q


@kernel
def _arrange(
    taps: Array, over: int, first: int, around: int, apart: int, places: Array, weights: Array
) -> None:
    """List what is summed, in its order: rows `apart` in memory that `around` of them go round."""
    for q in range(taps.size):
        j = _tap(q, over)
        places[q], weights[q] = (first + taps.size - 1 - j) % around * apart, taps[j]


@kernel
def _reach(rows: Bools, wz: int, wy: int) -> tuple[Bools, Bools]:
    """Return which rows are read along Z for those that are needed, and along Y for these."""
    nz, ny = rows.shape
    planes = np.zeros((nz + wz - 1, ny), np.bool_)
    lines = np.zeros((nz + wz - 1, ny + wy - 1), np.bool_)
    for z in range(nz):
        for y in range(ny):
            if rows[z, y]:
                planes[z : z + wz, y] = True
    for z in range(nz + wz - 1):
        for y in range(ny):
            if planes[z, y]:
                lines[z, y : y + wy] = True
    return planes, lines


@kernel
def _read(line: Array, xs: Array, row: Array) -> None:
    """Copy columns of a line, mostly one piece."""
    if xs[-1] - xs[0] == xs.size - 1:
        first = _U(xs[0])
        for x in range(_U(xs.size)):
            row[x] = line[first + x]
    else:
        for x in range(xs.size):
            row[x] = line[xs[x]]


@kernel
def _filter_row(row: Array, taps: Array, past_end: int, target: Array, to: int, size: int) -> None:
    """Filter a row along itself; its last outputs again, in the order of those at the end."""
    width = taps.size
    places = np.arange(width - 1, -1, -1)
    _weigh(row, places, taps, width, target, to, size)
    for x in range(max(0, -past_end - width // 2 + 1), size):
        over = x + past_end + width // 2
        value = taps[over] * row[x + width - 1 - over]
        for q in range(1, width):
            j = _tap(q, over)
            value += taps[j] * row[x + width - 1 - j]
        target[to + x] = value


@kernel
def _weigh(
    source: Array, places: Array, weights: Array, count: int, target: Array, to: int, size: int
) -> None:
    """Write a sum of weighted pieces of the source, added one after the other."""
    start, length = _U(to), _U(size)
    a, p = weights[0], _U(places[0])
    if count == 1:
        for x in range(length):
            target[start + x] = a * source[p + x]
        return
    b, q = weights[1], _U(places[1])
    for x in range(length):
        target[start + x] = a * source[p + x] + b * source[q + x]
    for k in range(2, count, 2):
        a, p = weights[k], _U(places[k])
        b, q = weights[k + 1], _U(places[k + 1])
        for x in range(length):
            target[start + x] = target[start + x] + a * source[p + x] + b * source[q + x]
