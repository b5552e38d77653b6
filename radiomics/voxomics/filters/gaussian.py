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

from voxomics.filters.footprint import Footprint
from voxomics.filters.recursive import add_columns, add_rows, filter_planes, filter_volume

Array = NDArray[Any]
Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

_W = (0.6681, 2.0787)
_L = (-1.3932, -1.3732)
_A = ((1.3530, -0.3531), (-1.3563, 0.3446))
_B = ((1.8151, 0.0902), (5.2318, -2.2355))
"""Frequencies, decays, and amplitudes of cosine and sine: the Gaussian, its second derivative."""


def laplacian_of_gaussian(
    image: Array, spacing_mm: Sequence[float], sigma_mm: float, need: Footprint
) -> Singles:
    """Filter an image, scaled by sigma² as pyradiomics asks ITK to.

    Parameters
    ----------
    image : (Z, Y, X)
        At least four voxels along each axis; float32 or float64.
    spacing_mm : (3,)
        Voxel edges along Z, Y, X.
    sigma_mm
        Width of the Gaussian.
    need
        Where values are needed.

    Returns
    -------
    ndarray : (Z, Y, X)
        Values where they are needed; all others are undefined.
    """
    flat = np.ascontiguousarray(image).reshape(-1).view()
    # SimpleITK's memory is read-only. With one kind of image there is one kernel.
    flat.flags.writeable = False
    total = np.empty(image.shape, dtype=np.float32)
    sizes = [
        (part.stop - part.start, image.size // n)
        for part, n in zip(need.box, image.shape, strict=True)
    ]
    memory = np.empty(max(planes * area for planes, area in sizes), dtype=np.float32)
    for axis in (2, 1, 0):
        taps = [_coefficients(sigma_mm, mm, second=k == axis) for k, mm in enumerate(spacing_mm)]
        work = memory[: math.prod(sizes[axis])].reshape(sizes[axis])
        factor = 1.0 / (spacing_mm[axis] * spacing_mm[axis])
        _add_derivative(flat, total, axis, need, work=work, taps=taps, factor=factor)
    return total


def _add_derivative(
    image: Array,
    total: Singles,
    axis: int,
    need: Footprint,
    *,
    work: Singles,
    taps: Sequence[Floats],
    factor: float,
) -> None:
    """Filter along an axis, in planes across it along the other two, and add to the total.

    ITK filters along X before Y before Z. Planes are laid in memory as the first filter gives
    them, lanes fastest: along X where it can, so that whole lines of the cache are read.
    """
    shape, rows = total.shape, np.array(total.strides) // total.itemsize
    b, c = (other for other in (2, 1, 0) if other != axis)
    part = need.box[axis]
    lines, depths = need.shadow(axis, b), need.shadow(axis, c)
    outside, lanes = (b, c) if axis == 2 else (c, b)
    order = [outside, lanes, axis]
    filter_volume(
        image,
        np.array([shape[k] for k in order]),
        rows[order],
        lines.any(axis=1),
        part.start,
        taps[axis],
        work,
    )
    lines, depths = np.ascontiguousarray(lines[part]), np.ascontiguousarray(depths[part])
    sizes = np.array([shape[b], shape[c]])
    strides = np.array([shape[c], 1] if axis == 2 else [1, shape[b]])
    filter_planes(work, sizes, strides, lines, depths, taps[b], taps[c])
    flat = total.reshape(-1)[part.start * rows[axis] :]
    if axis == 2:
        add_columns(work, need.shadow(c, b), rows[[c, b]], factor, flat)
    else:
        span = np.array([shape[b], need.box[b].start, need.box[b].stop])
        add_rows(work, span, depths, rows[[axis, c]], factor, flat)


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
