"""Recursive filters along lines, many lines side by side: the kernels of the Laplacian.

A filter is a sum of two recursions of fourth order, one along the line and one against it, in
double precision; the sum is kept in single precision, as ITK keeps it.
"""

# ruff: noqa: PLR0917 - kernels take plain arrays, and many
from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from voxomics.kernels import kernel

Array = NDArray[Any]
Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

LANES = 104
"""Lines filtered side by side, so that one line's wait for its last value is another's work.

More would crowd the second cache; fewer read too little of each row of an image at a time.
"""

_TILE = 8
"""Lines that are read together where lines are not neighbours in memory."""

_CUT = 16
"""Single numbers in a line of the cache."""

_U = np.uint64
"""Indices without a sign need no wrapping, which would keep loops over lanes from SIMD."""


@kernel
def filter_volume(
    image: Array, sizes: Array, strides: Array, wanted: Array, first: int, taps: Floats, work: Array
) -> None:
    """Filter an image along its line axis and keep some of the planes across it.

    Parameters
    ----------
    image : (N,)
        The image's memory.
    sizes, strides : (3,)
        Of its axes: the one outside, the lanes, the lines.
    wanted : (lines,)
        Whether a plane across the lines is kept.
    first
        The first plane that is kept.
    taps
        Of the filter.
    work : (planes, outside * lanes)
        What was filtered, from plane `first` on.
    """
    length = sizes[2]
    data, out = _buffers(length)
    stop = first + work.shape[0]
    plane = work.shape[1]
    flat = work.reshape(-1)
    width = _even_width(sizes[1])
    for p in range(sizes[0]):
        for q in range(0, sizes[1], width):
            lanes = min(width, sizes[1] - q)
            base = p * strides[0] + q * strides[1]
            _load(image, base, strides[2], strides[1], lanes, length, data)
            _filter(data, out, length, first, stop, width, taps)
            for i in range(first, stop):
                if wanted[i]:
                    _write(out, data, i, flat, (i - first) * plane + p * sizes[1] + q, lanes)


@kernel
def filter_planes(
    work: Array,
    sizes: Array,
    strides: Array,
    lines: Array,
    depths: Array,
    taps_b: Floats,
    taps_c: Floats,
) -> None:
    """Filter each plane along its axis b and then along c, only where it is needed.

    Parameters
    ----------
    work : (planes, N)
        Planes, which are overwritten by what was filtered, c by c with b running fastest.
    sizes, strides : (2,)
        Of the axes b and c of a plane as it is given.
    lines : (planes, b)
        Lines along c that are needed.
    depths : (planes, c)
        Where along c some of them is needed.
    taps_b, taps_c
        Of the two filters.
    """
    nb, nc = sizes[0], sizes[1]
    data, out = _buffers(max(nb, nc))
    kept = np.empty(nb * nc, np.float32)
    chosen = np.empty(nb, np.int64)
    width_c = _even_width(nc)
    for a in range(work.shape[0]):
        count = 0
        for b in range(nb):
            if lines[a, b]:
                chosen[count] = b
                count += 1
        if count == 0:
            continue
        plane = work[a]
        first, stop = chosen[0], chosen[count - 1] + 1
        for q in range(0, nc, width_c):
            lanes = min(width_c, nc - q)
            _load(plane, q * strides[1], strides[0], strides[1], lanes, nb, data)
            _filter(data, out, nb, first, stop, width_c, taps_b)
            for slot in range(count):
                _write(out, data, chosen[slot], kept, slot * nc + q, lanes)
        first, stop = 0, nc
        while not depths[a, first]:
            first += 1
        while not depths[a, stop - 1]:
            stop -= 1
        width = _even_width(count)
        for q in range(0, count, width):
            lanes = min(width, count - q)
            _load(kept, q * nc, 1, nc, lanes, nc, data)
            _filter(data, out, nc, first, stop, width, taps_c)
            _spread(out, data, first, stop, chosen[q : q + lanes], plane, nb)


@kernel
def _write(out: Floats, data: Floats, i: int, target: Singles, to: int, lanes: int) -> None:
    """Write the sum of both recursions at place `i` of the lines."""
    start, one, other = _U(to), _U((i + 4) * LANES), _U((i + 8) * LANES)
    for w in range(_U(lanes)):
        target[start + w] = out[one + w] + data[other + w]


@kernel
def _spread(
    out: Floats, data: Floats, first: int, stop: int, chosen: Array, plane: Singles, nb: int
) -> None:
    """Write lanes to their lines in a plane (c, b); neighbours as a piece."""
    lanes = chosen.size
    together = chosen[lanes - 1] - chosen[0] == lanes - 1
    for c in range(first, stop):
        if together:
            _write(out, data, c, plane, c * nb + chosen[0], lanes)
        else:
            for w in range(lanes):
                both = out[(c + 4) * LANES + w] + data[(c + 8) * LANES + w]
                plane[c * nb + chosen[w]] = both


@kernel
def add_rows(
    work: Array, rows: Array, depths: Array, strides: Array, factor: float, total: Array
) -> None:
    """Add filtered planes to the total, where their axis b is that of the total's rows.

    Parameters
    ----------
    work : (planes, N)
        As `filter_planes` leaves them.
    rows : (3,)
        Length of axis b, and where it begins and ends to be needed.
    depths : (planes, c)
        Where along c anything is needed.
    strides : (2,)
        Of planes and c in the total.
    factor
        Of the planes, in double precision.
    total : (N,)
        The total's memory from the first plane on, in single precision.
    """
    size, first, stop = rows[0], rows[1], rows[2]
    for a in range(work.shape[0]):
        plane = work[a]
        for c in range(depths.shape[1]):
            if depths[a, c]:
                at, to = _U(c * size), _U(a * strides[0] + c * strides[1])
                for b in range(_U(first), _U(stop)):
                    total[to + b] += plane[at + b] * factor


@kernel
def add_columns(work: Array, lines: Array, strides: Array, factor: float, total: Array) -> None:
    """Begin a total with filtered planes that stand across its rows.

    Parameters
    ----------
    work : (planes, N)
        As `filter_planes` leaves them.
    lines : (c, b)
        Rows of the total that are needed.
    strides : (2,)
        Of c and b in the total.
    factor
        Of the planes, in double precision.
    total : (N,)
        The total's memory from the first plane on, in single precision.
    """
    nc, nb = lines.shape
    planes, size = work.shape
    flat, apart = work.reshape(-1), _U(strides[1])
    for c in range(nc):
        for tile in range(0, nb, _CUT):
            end = min(tile + _CUT, nb)
            if not lines[c, tile:end].any():
                continue
            for cut in range(0, planes, _CUT):
                for a in range(cut, min(cut + _CUT, planes)):
                    at, to = _U(a * size + c * nb), _U(c * strides[0] + a)
                    for b in range(_U(tile), _U(end)):
                        # 0 is added so that it has no sign.
                        total[to + b * apart] = 0.0 + flat[at + b] * factor


@kernel
def _even_width(count: int) -> int:
    """Return how many lanes to take at a time: at most all, evenly, in whole vectors."""
    blocks = (count + LANES - 1) // LANES
    return ((count + blocks - 1) // blocks + 7) // 8 * 8


@kernel
def _buffers(length: int) -> tuple[Floats, Floats]:
    """Return rows of lanes for data, with four rows before and eight behind, and for results.

    Rows before and behind hold the first and the last value: the image goes on there.
    """
    return np.zeros((length + 12) * LANES), np.zeros((length + 4) * LANES)


@kernel
def _load(
    source: Array, base: int, step: int, apart: int, lanes: int, length: int, data: Floats
) -> None:
    """Read lines that begin `apart` from each other, a row of lanes at a time."""
    if apart == 1:
        for i in range(length):
            at, to = _U(base + i * step), _U((i + 4) * LANES)
            for w in range(_U(lanes)):
                data[to + w] = source[at + w]
        return
    for tile in range(0, lanes, _TILE):
        for i in range(length):
            at, to = _U(base + i * step), _U((i + 4) * LANES)
            for w in range(_U(tile), _U(min(tile + _TILE, lanes))):
                data[to + w] = source[at + w * _U(apart)]


@kernel
def _filter(
    data: Floats, out: Floats, length: int, first: int, stop: int, width: int, taps: Floats
) -> None:
    """Filter lanes: place `i` is the sum of row ``i + 4`` of `out` and ``i + 8`` of `data`.

    It is right from `first` to `stop`. The data are used up.
    """
    _forward(data, out, stop, width, taps)
    _backward(data, length, first, width, taps)


@kernel
def _forward(data: Floats, out: Floats, stop: int, width: int, taps: Floats) -> None:
    """Run along the lines; before the first voxel, its value goes on for ever."""
    n0, n1, n2, n3 = taps[0], taps[1], taps[2], taps[3]
    d1, d2, d3, d4 = taps[8], taps[9], taps[10], taps[11]
    lanes = _U(width)
    for k in range(4):
        for w in range(lanes):
            data[_U(k * LANES) + w] = data[_U(4 * LANES) + w]
    for i in range(4, 8):
        r0, r1, r2, r3 = _rows(i, -1)
        for w in range(lanes):
            edge = data[_U(4 * LANES) + w]
            past = out[r1 + w] * d1 if i > 4 else edge * taps[12]
            past += out[r2 + w] * d2 if i > 5 else edge * taps[13]
            past += out[r3 + w] * d3 if i > 6 else edge * taps[14]
            past += edge * taps[15]
            now = data[r0 + w] * n0 + data[r1 + w] * n1 + data[r2 + w] * n2
            out[r0 + w] = (now + data[r3 + w] * n3) - past
    for i in range(8, stop + 4):
        r0, r1, r2, r3 = _rows(i, -1)
        r4 = _U((i - 4) * LANES)
        for w in range(lanes):
            past = out[r1 + w] * d1 + out[r2 + w] * d2 + out[r3 + w] * d3
            now = data[r0 + w] * n0 + data[r1 + w] * n1 + data[r2 + w] * n2
            out[r0 + w] = (now + data[r3 + w] * n3) - (past + out[r4 + w] * d4)


@kernel
def _backward(data: Floats, length: int, first: int, width: int, taps: Floats) -> None:
    """Run against the lines; behind the last voxel, its value goes on for ever.

    Row `i` of the result takes the place of row ``i + 4`` of the data, which is read no more.
    One array alone, since LLVM's checks of overlap always fail where rows descend: no SIMD.
    """
    m1, m2, m3, m4 = taps[4], taps[5], taps[6], taps[7]
    d1, d2, d3, d4 = taps[8], taps[9], taps[10], taps[11]
    lanes = _U(width)
    last = length + 3
    end = _U(last * LANES)
    for k in range(1, 5):
        for w in range(lanes):
            data[_U((last + k) * LANES) + w] = data[end + w]
    for i in range(last, last - 4, -1):
        _, r1, r2, r3 = _rows(i, 1)
        s0, s1, s2, s3 = _rows(i + 4, 1)
        for w in range(lanes):
            edge = data[end + w]
            past = data[s1 + w] * d1 if i < last else edge * taps[16]
            past += data[s2 + w] * d2 if i < last - 1 else edge * taps[17]
            past += data[s3 + w] * d3 if i < last - 2 else edge * taps[18]
            past += edge * taps[19]
            now = data[r1 + w] * m1 + data[r2 + w] * m2 + data[r3 + w] * m3
            data[s0 + w] = (now + data[s0 + w] * m4) - past
    for i in range(last - 4, first + 3, -1):
        _, r1, r2, r3 = _rows(i, 1)
        s0, s1, s2, s3 = _rows(i + 4, 1)
        s4 = _U((i + 8) * LANES)
        for w in range(lanes):
            past = data[s1 + w] * d1 + data[s2 + w] * d2 + data[s3 + w] * d3
            now = data[r1 + w] * m1 + data[r2 + w] * m2 + data[r3 + w] * m3
            data[s0 + w] = (now + data[s0 + w] * m4) - (past + data[s4 + w] * d4)


@kernel
def _rows(i: int, way: int) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Return where row `i` and the three next ones begin, one way or the other."""
    return (
        _U(i * LANES),
        _U((i + way) * LANES),
        _U((i + 2 * way) * LANES),
        _U((i + 3 * way) * LANES),
    )
