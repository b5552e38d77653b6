"""Laplacian of Gaussian: ITK's recursive filter, bit for bit, inside the box that is needed.

Each of the three second derivatives is one recursive filter along its axis and two smoothing
ones along the others, every result kept in single precision as ITK keeps it. Filters along an
axis need whole lines, so only what no later filter reads is left out.

The coefficients are those of G. Farnebäck and C.-F. Westin, "Improving Deriche-style recursive
Gaussian filters", J Math Imaging Vis 26 (2006), with the constants of R. Deriche (1992).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voxomics.kernels import kernel

Array = NDArray[Any]
Floats = NDArray[np.float64]
Box = tuple[slice, slice, slice]

_LANES = 64
"""Lines filtered side by side, so that one line's wait for its last value is another's work."""

_TILE = 8
"""Lines that are read and written together: eight doubles are one cache line."""

_W = (0.6681, 2.0787)
_L = (-1.3932, -1.3732)
_A = ((1.3530, -0.3531), (-1.3563, 0.3446))
_B = ((1.8151, 0.0902), (5.2318, -2.2355))
"""Frequencies, decays, and amplitudes of cosine and sine: the Gaussian, its second derivative."""


def laplacian_of_gaussian(
    image: Array, spacing_mm: Sequence[float], sigma_mm: float, box: Box
) -> NDArray[np.float32]:
    """Filter an image, scaled by sigma² as pyradiomics asks ITK to.

    Parameters
    ----------
    image : (Z, Y, X)
        At least four voxels along each axis; float32 or float64.
    spacing_mm : (3,)
        Voxel edges along Z, Y, X.
    sigma_mm
        Width of the Gaussian.
    box
        What is needed.

    Returns
    -------
    ndarray : (Z, Y, X)
        Values inside the box; what lies outside is undefined.
    """
    flat = np.ascontiguousarray(image).reshape(-1)
    work = np.empty(image.shape, dtype=np.float32)
    total = np.empty(image.shape, dtype=np.float32)
    inside = np.array([[part.start, part.stop] for part in box])
    total[box] = 0
    for axis in (2, 1, 0):
        bounds = np.array([[0, n] for n in image.shape])
        source = flat
        for along in [axis, *(other for other in (2, 1, 0) if other != axis)]:
            taps = _coefficients(sigma_mm, spacing_mm[along], second=along == axis)
            lines, across = (other for other in range(3) if other != along)
            order = [lines, along, across]
            strides = np.array([work.strides[k] // work.itemsize for k in order])
            _filter_lines(source, work.reshape(-1), strides, bounds[order], inside[along], taps)
            bounds[along] = inside[along]
            source = work.reshape(-1)
        _accumulate(total[box], work[box], 1.0 / (spacing_mm[axis] * spacing_mm[axis]))
    return total


def _accumulate(total: Array, part: Array, factor: float) -> None:
    """Add in double precision, keep in single, plane by plane to stay in the cache."""
    for plane, more in zip(total, part, strict=True):
        plane[...] = plane + more.astype(np.float64) * factor


def _coefficients(sigma_mm: float, edge_mm: float, *, second: bool) -> Floats:
    """Return N0-N3, M1-M4, D1-D4 and the boundary's BN1-BN4, BM1-BM4."""
    sigma = sigma_mm / edge_mm
    decay = _recursion(sigma)
    sums_d = _moments((1.0, *decay))
    if second:
        smooth, bend = _numerator(sigma, 0), _numerator(sigma, 1)
        sums_0, sums_2 = _moments(smooth), _moments(bend)
        beta = -(2 * sums_2[0] - sums_d[0] * bend[0]) / (2 * sums_0[0] - sums_d[0] * smooth[0])
        taps = [b + beta * s for b, s in zip(bend, smooth, strict=True)]
        n, dn, en = (b + beta * s for b, s in zip(sums_2, sums_0, strict=True))
        d, dd, ed = sums_d
        alpha = en * d * d - ed * n * d - 2 * dn * dd * d + 2 * dd * dd * n
        alpha /= d * d * d
        # Of a Gaussian far thinner than a voxel nothing is left: NaN, as ITK gives.
        gain = sigma_mm * sigma_mm / alpha if alpha else math.nan
    else:
        taps = [*_numerator(sigma, 0)]
        gain = 1.0 / (2 * _moments(taps)[0] / sums_d[0] - taps[0])
    forward = [tap * gain for tap in taps]
    backward = [forward[k] - decay[k - 1] * forward[0] for k in (1, 2, 3)]
    backward.append(-decay[3] * forward[0])
    sum_n, sum_m = (sum(part[1:], start=part[0]) for part in (forward, backward))
    edges = [d * total / sums_d[0] for total in (sum_n, sum_m) for d in decay]
    return np.array([*forward, *backward, *decay, *edges])


def _recursion(sigma: float) -> tuple[float, float, float, float]:
    """Return the coefficients of the recursion, which all orders share."""
    cos1, cos2 = (math.cos(w / sigma) for w in _W)
    exp1, exp2 = (math.exp(decay / sigma) for decay in _L)
    third = -2 * cos1 * exp1 * exp2 * exp2
    third += -2 * cos2 * exp2 * exp1 * exp1
    second = 4 * cos2 * cos1 * exp1 * exp2
    second += exp1 * exp1 + exp2 * exp2
    return -2 * (exp2 * cos2 + exp1 * cos1), second, third, exp1 * exp1 * exp2 * exp2


def _numerator(sigma: float, order: int) -> tuple[float, float, float, float]:
    """Return the taps of the forward filter: of the Gaussian, or of its second derivative."""
    (a1, a2), (b1, b2) = _A[order], _B[order]
    sin1, sin2 = (math.sin(w / sigma) for w in _W)
    cos1, cos2 = (math.cos(w / sigma) for w in _W)
    exp1, exp2 = (math.exp(decay / sigma) for decay in _L)
    n1 = exp2 * (b2 * sin2 - (a2 + 2 * a1) * cos2)
    n1 += exp1 * (b1 * sin1 - (a1 + 2 * a2) * cos1)
    n2 = (a1 + a2) * cos2 * cos1
    n2 -= b1 * cos2 * sin1 + b2 * cos1 * sin2
    n2 *= 2 * exp1 * exp2
    n2 += a2 * exp1 * exp1 + a1 * exp2 * exp2
    n3 = exp2 * exp1 * exp1 * (b2 * sin2 - a2 * cos2)
    n3 += exp1 * exp2 * exp2 * (b1 * sin1 - a1 * cos1)
    return a1 + a2, n1, n2, n3


def _moments(taps: Sequence[float]) -> tuple[float, float, float]:
    """Return the sums of the taps, of taps times place, and of taps times place squared."""
    places = range(1, len(taps))
    return (
        sum(taps[1:], start=taps[0]),
        sum((k * taps[k] for k in places[1:]), start=taps[1]),
        sum((k * k * taps[k] for k in places[1:]), start=taps[1]),
    )


@kernel
def _filter_lines(  # noqa: PLR0917 - a kernel takes plain arrays
    source: Array, target: Array, strides: Array, bounds: Array, kept: Array, taps: Floats
) -> None:
    """Filter all lines along the middle axis inside the bounds; write what is kept of them."""
    length = bounds[1, 1]
    # Four rows before and behind hold the first and the last value: the image goes on there.
    data = np.zeros((length + 8, _LANES))
    out = np.zeros((length + 8, _LANES))
    back = np.zeros((length + 8, _LANES))
    for p in range(bounds[0, 0], bounds[0, 1]):
        for q in range(bounds[2, 0], bounds[2, 1], _LANES):
            lanes = min(_LANES, bounds[2, 1] - q)
            base = p * strides[0] + q * strides[2]
            for tile in range(0, lanes, _TILE):
                for i in range(length):
                    at = base + i * strides[1]
                    for w in range(tile, min(tile + _TILE, lanes)):
                        data[i + 4, w] = source[at + w * strides[2]]
            _forward(data, out, taps)
            _backward(data, back, taps)
            for tile in range(0, lanes, _TILE):
                for i in range(kept[0], kept[1]):
                    at = base + i * strides[1]
                    for w in range(tile, min(tile + _TILE, lanes)):
                        target[at + w * strides[2]] = out[i + 4, w] + back[i + 4, w]


@kernel
def _forward(data: Floats, out: Floats, taps: Floats) -> None:
    """Run along the lines; before the first voxel, its value goes on for ever."""
    n0, n1, n2, n3 = taps[0], taps[1], taps[2], taps[3]
    d1, d2, d3, d4 = taps[8], taps[9], taps[10], taps[11]
    for k in range(4):
        data[k] = data[4]
    for i in range(4, 8):
        for w in range(_LANES):
            past = out[i - 1, w] * d1 if i > 4 else data[4, w] * taps[12]
            past += out[i - 2, w] * d2 if i > 5 else data[4, w] * taps[13]
            past += out[i - 3, w] * d3 if i > 6 else data[4, w] * taps[14]
            past += data[4, w] * taps[15]
            now = data[i, w] * n0 + data[i - 1, w] * n1 + data[i - 2, w] * n2
            out[i, w] = (now + data[i - 3, w] * n3) - past
    for i in range(8, len(data) - 4):
        for w in range(_LANES):
            past = out[i - 1, w] * d1 + out[i - 2, w] * d2 + out[i - 3, w] * d3
            now = data[i, w] * n0 + data[i - 1, w] * n1 + data[i - 2, w] * n2
            out[i, w] = (now + data[i - 3, w] * n3) - (past + out[i - 4, w] * d4)


@kernel
def _backward(data: Floats, back: Floats, taps: Floats) -> None:
    """Run against the lines; behind the last voxel, its value goes on for ever."""
    m1, m2, m3, m4 = taps[4], taps[5], taps[6], taps[7]
    d1, d2, d3, d4 = taps[8], taps[9], taps[10], taps[11]
    last = len(data) - 5
    for k in range(4):
        data[last + 1 + k] = data[last]
    for i in range(last, last - 4, -1):
        for w in range(_LANES):
            past = back[i + 1, w] * d1 if i < last else data[last, w] * taps[16]
            past += back[i + 2, w] * d2 if i < last - 1 else data[last, w] * taps[17]
            past += back[i + 3, w] * d3 if i < last - 2 else data[last, w] * taps[18]
            past += data[last, w] * taps[19]
            now = data[i + 1, w] * m1 + data[i + 2, w] * m2 + data[i + 3, w] * m3
            back[i, w] = (now + data[i + 4, w] * m4) - past
    for i in range(last - 4, 3, -1):
        for w in range(_LANES):
            past = back[i + 1, w] * d1 + back[i + 2, w] * d2 + back[i + 3, w] * d3
            now = data[i + 1, w] * m1 + data[i + 2, w] * m2 + data[i + 3, w] * m3
            back[i, w] = (now + data[i + 4, w] * m4) - (past + back[i + 4, w] * d4)
