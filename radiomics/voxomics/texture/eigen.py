"""The largest eigenvalue, by size, of a small symmetric matrix, with its vector."""

# ruff: noqa: C901 - a numerical recipe reads best in one piece
from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voxomics.kernels import kernel

Array = NDArray[Any]


@kernel
def largest_eigenvalue(matrix: Array, vector: Array) -> float:
    """Return the largest absolute eigenvalue; fill in its vector; `matrix` is used up.

    Householder's reduction to three diagonals, bisection with Sturm's count, inverse
    iteration, and the way back.
    """
    n = matrix.shape[0]
    diagonal = np.empty(n)
    beside = np.zeros(n)
    scales = np.zeros(n)
    _reduce(matrix, diagonal, beside, scales)
    best: float = largest_of_diagonals(diagonal, beside, vector)
    if best == 0.0:
        return 0.0
    for k in range(n - 3, -1, -1):
        if scales[k] == 0.0:
            continue
        t = 0.0
        for i in range(k + 1, n):
            t += matrix[i, k] * vector[i]
        t *= scales[k]
        for i in range(k + 1, n):
            vector[i] -= t * matrix[i, k]
    return best


@kernel
def second_eigenvalue(matrix: Array) -> Any:  # noqa: ANN401 - a float64
    """Return the second largest eigenvalue of a symmetric matrix, which is used up."""
    n = matrix.shape[0]
    diagonal = np.empty(n)
    beside = np.zeros(n)
    _reduce(matrix, diagonal, beside, np.zeros(n))
    high = _radius(diagonal, beside) * 1.0000001 + 1e-300
    low = -high
    for _ in range(100):
        middle = 0.5 * (low + high)
        if middle <= low or middle >= high:
            break
        if _count_above(diagonal, beside, middle) > 1:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


@kernel
def largest_of_diagonals(diagonal: Array, beside: Array, vector: Array) -> Any:  # noqa: ANN401
    """Do the same for a matrix of three diagonals, given by two (n,); the last of `beside` is 0."""
    value, _ = extreme_of_diagonals(diagonal, beside)
    if value == 0.0:
        vector[:] = 0.0
        return 0.0
    _iterate(diagonal, beside, value, _radius(diagonal, beside), vector)
    return abs(value)


@kernel
def extreme_of_diagonals(diagonal: Array, beside: Array) -> tuple[float, float]:
    """Return the eigenvalue that is largest by size, and its vector's last part, squared."""
    radius = _radius(diagonal, beside) * 1.0000001 + 1e-300
    if radius < 1e-290:
        return 0.0, 1.0
    best = side = 0.0
    for sign in (1.0, -1.0):
        if _any_above(diagonal, beside, sign, best):
            best = _largest(diagonal, beside, sign, best, radius)
            side = sign
    _, _, slope = _newton_terms(diagonal, beside, side, best)
    return side * best, 1.0 / slope


@kernel
def _radius(diagonal: Array, beside: Array) -> float:
    """Return a bound of all eigenvalues: the largest sum of a row's sizes."""
    n = diagonal.size
    radius = 0.0
    for i in range(n):
        row = abs(diagonal[i])
        if i < n - 1:
            row += abs(beside[i])
        if i:
            row += abs(beside[i - 1])
        radius = max(radius, row)
    return radius


@kernel
def _largest(diagonal: Array, beside: Array, sign: float, low: float, high: float) -> float:
    """Return the largest eigenvalue of the matrix times `sign`, which lies between two bounds.

    Laguerre's iteration comes down from above without passing it; where rounding spoils that,
    Sturm's count tells, and halving goes on.
    """
    n = diagonal.size
    value = high
    for _ in range(40):
        first, second, _ = _newton_terms(diagonal, beside, sign, value)
        if not first > 0:
            break
        root = math.sqrt(max((n - 1) * (n * second - first * first), 0.0))
        step = n / (first + root)
        value -= step
        if step < 4e-16 * value:
            break
    margin = 1e-14 * abs(value)
    if low < value - margin and _any_above(diagonal, beside, sign, value - margin):
        low = value - margin
    if value + margin < high and not _any_above(diagonal, beside, sign, value + margin):
        high = value + margin
    if high - low <= 2.5 * margin:
        return value
    for _ in range(100):
        middle = 0.5 * (low + high)
        if middle <= low or middle >= high or high - low < 2e-16 * high:
            break
        if _any_above(diagonal, beside, sign, middle):
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


@kernel
def _newton_terms(
    diagonal: Array, beside: Array, sign: float, value: float
) -> tuple[float, float, float]:
    """Return (log p)' and -(log p)'' of the characteristic polynomial, and its last factor's slope.

    Of a value above all eigenvalues; else the first is not positive.
    """
    factor = value - sign * diagonal[0]
    slope, bend = 1.0, 0.0
    if factor <= 0:
        return -1.0, 0.0, slope
    first = 1.0 / factor
    second = first * first
    for i in range(1, diagonal.size):
        inverse = 1.0 / factor
        t = beside[i - 1] * inverse
        t *= t
        bend = t * bend - 2 * t * inverse * slope * slope
        slope = 1.0 + t * slope
        factor = value - sign * diagonal[i] - beside[i - 1] * beside[i - 1] * inverse
        if factor <= 0:
            if i < diagonal.size - 1:
                slope = 1.0
            return -1.0, 0.0, slope
        ratio = slope / factor
        first += ratio
        second += ratio * ratio - bend / factor
    return first, second, slope


@kernel
def _reduce(matrix: Array, diagonal: Array, beside: Array, scales: Array) -> None:
    """Reduce to three diagonals; the mirrors' vectors stay in the columns of `matrix`."""
    n = matrix.shape[0]
    p = np.empty(n)
    v = np.empty(n)
    for k in range(n - 2):
        rest = 0.0
        for i in range(k + 2, n):
            rest += matrix[i, k] * matrix[i, k]
        x0 = matrix[k + 1, k]
        if rest == 0.0:
            beside[k] = x0
            continue
        alpha = -math.copysign(math.sqrt(rest + x0 * x0), x0)
        beside[k] = alpha
        v0 = x0 - alpha
        scale = 2.0 / (v0 * v0 + rest)
        scales[k] = scale
        matrix[k + 1, k] = v0
        for i in range(k + 1, n):
            v[i] = matrix[i, k]
        half = 0.0
        for i in range(k + 1, n):
            t = 0.0
            for j in range(k + 1, n):
                t += matrix[i, j] * v[j]
            p[i] = scale * t
            half += p[i] * v[i]
        half *= 0.5 * scale
        for i in range(k + 1, n):
            p[i] -= half * v[i]
        for i in range(k + 1, n):
            vi, pi = v[i], p[i]
            for j in range(k + 1, n):
                matrix[i, j] -= vi * p[j] + pi * v[j]
    for i in range(n):
        diagonal[i] = matrix[i, i]
    if n > 1:
        beside[n - 2] = matrix[n - 1, n - 2]


@kernel
def _any_above(diagonal: Array, beside: Array, sign: float, bound: float) -> bool:
    """Tell whether the matrix, times `sign`, has an eigenvalue above the bound."""
    q = sign * diagonal[0] - bound
    if q > 0:
        return True
    for i in range(1, diagonal.size):
        if q == 0:
            q = -1e-300
        q = sign * diagonal[i] - bound - beside[i - 1] * beside[i - 1] / q
        if q > 0:
            return True
    return False


@kernel
def _count_above(diagonal: Array, beside: Array, bound: float) -> Any:  # noqa: ANN401
    """Count the eigenvalues above the bound, by Sturm's sequence."""
    count = 0
    q = 1.0
    for i in range(diagonal.size):
        before = beside[i - 1] * beside[i - 1] / q if i else 0.0
        q = diagonal[i] - bound - before
        if q == 0:
            q = -1e-300
        count += q > 0
    return count


@kernel
def _iterate(diagonal: Array, beside: Array, value: float, radius: float, x: Array) -> None:
    """Find the vector of an eigenvalue by inverse iteration with row exchanges."""
    n = diagonal.size
    a0 = np.empty(n)
    a1 = np.empty(n)
    a2 = np.empty(n)
    tiny = 1e-18 * radius
    for i in range(n):
        x[i] = 1.0 + 0.1 * (i % 7)
    for _ in range(3):
        u0 = diagonal[0] - value
        u1 = beside[0] if n > 1 else 0.0
        u2 = 0.0
        b = x[0]
        for i in range(n - 1):
            l0 = beside[i]
            l1 = diagonal[i + 1] - value
            l2 = beside[i + 1] if i + 1 < n - 1 else 0.0
            c = x[i + 1]
            if abs(l0) > abs(u0):
                a0[i], a1[i], a2[i] = l0, l1, l2
                f = u0 / l0
                x[i] = c
                u0, u1 = u1 - f * l1, u2 - f * l2
                b -= f * c
            else:
                if u0 == 0.0:
                    u0 = tiny
                a0[i], a1[i], a2[i] = u0, u1, u2
                f = l0 / u0
                x[i] = b
                u0, u1 = l1 - f * u1, l2 - f * u2
                b = c - f * b
            u2 = 0.0
        if abs(u0) < tiny:
            u0 = tiny
        a0[n - 1], a1[n - 1], a2[n - 1] = u0, 0.0, 0.0
        x[n - 1] = b
        largest = 0.0
        for i in range(n - 1, -1, -1):
            t = x[i]
            if i + 1 < n:
                t -= a1[i] * x[i + 1]
            if i + 2 < n:
                t -= a2[i] * x[i + 2]
            x[i] = t / a0[i]
            largest = max(largest, abs(x[i]))
        square = 0.0
        for i in range(n):
            x[i] /= largest
            square += x[i] * x[i]
        for i in range(n):
            x[i] /= math.sqrt(square)
