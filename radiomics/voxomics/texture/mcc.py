"""Maximal correlation coefficient of a symmetric co-occurrence matrix.

With ``eps = 0`` the reference's matrix Q is similar to the square of M = D^-1/2 P D^-1/2,
whose first eigenvector, sqrt(px), is known and taken out. The largest eigenvalue that is left
is the coefficient. The reference's eps is put back by a two-sided Rayleigh quotient, where the
left vector of v is P v; its error is of second order.
"""

# ruff: noqa: PLR0917, C901, PLR0912, PLR0915 - a numerical recipe reads best in one piece
from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voxomics.kernels import kernel
from voxomics.texture.eigen import (
    extreme_of_diagonals,
    largest_eigenvalue,
    largest_of_diagonals,
    second_eigenvalue,
)

Array = NDArray[Any]

EPSILON = float(np.spacing(1.0))

FEW_LEVELS = 16
"""Up to so many levels the whole matrix is reduced, above it Lanczos' iteration is quicker."""

_DENSE = 128
"""Levels up to which a whole matrix is multiplied faster than the cells that are filled."""

_MOST_STEPS = 240
_SMALL_EPSILON = 1e-6
"""Of eps to the rarest cell, up to which its square is no matter."""

_MOST_SOLVED = 128
"""Levels up to which the reference's matrix is solved where its second eigenvalue is nearly 1."""

_RESIDUAL = 1e-7
"""Of the vector; that of the value is its square over the gap to the next one."""


@kernel
def correlate_levels(
    rows: Array, columns: Array, cells: Array, marginal: Array, total: float, level: Array
) -> Any:  # noqa: ANN401
    """Return the coefficient of one matrix.

    Parameters
    ----------
    rows, columns, cells : (m,)
        The cells that are not empty, row >= column, as counts; twice the pairs on the diagonal.
    marginal : (n,)
        Probability of each level.
    total
        Sum of the whole matrix.
    level : (n,)
        Grey levels.
    """
    if marginal.size > FEW_LEVELS:
        return _by_lanczos(rows, columns, cells, marginal, total, level)
    return _by_reduction(rows, columns, cells, marginal, total)


@kernel
def _by_reduction(rows: Array, columns: Array, cells: Array, marginal: Array, total: float) -> Any:  # noqa: ANN401
    n = marginal.size
    place = np.full(n, -1, np.int64)
    roots = np.empty(n)
    m = 0
    rarest = 1.0
    for i in range(n):
        if marginal[i] > 0:
            place[i] = m
            roots[m] = math.sqrt(marginal[i])
            rarest = min(rarest, marginal[i])
            m += 1
    if m == 1:
        return 0.0
    matrix = np.empty((m, m))
    for i in range(m):
        for j in range(m):
            matrix[i, j] = -roots[i] * roots[j]
    for k in range(rows.size):
        i, j = place[rows[k]], place[columns[k]]
        value = cells[k] / total / (roots[i] * roots[j])
        matrix[i, j] += value
        if i != j:
            matrix[j, i] += value
    vector = np.empty(m)
    value = largest_eigenvalue(matrix, vector)
    if EPSILON / (rarest * rarest) < 1e-11 or value < 1e-8:
        return value
    right = np.zeros(n)
    for i in range(n):
        if place[i] >= 0:
            right[i] = vector[place[i]] / roots[place[i]]
    square = _with_epsilon(rows, columns, cells, marginal, total, right)
    # The quotient's error is the square of what eps moves, over the gap to the known 1.
    moved = square / (value * value) - 1
    if moved * moved < 1e-11 * (1 - value):
        return math.sqrt(square)
    return _solve_with_epsilon(rows, columns, cells, marginal, total)


@kernel
def _with_epsilon(
    rows: Array, columns: Array, cells: Array, marginal: Array, total: float, right: Array
) -> Any:  # noqa: ANN401
    """Return the Rayleigh quotient of the reference's matrix, or NaN."""
    left = np.zeros(right.size)
    for k in range(rows.size):
        i, j = rows[k], columns[k]
        p = cells[k] / total
        left[i] += p * right[j]
        if i != j:
            left[j] += p * right[i]
    above = below = 0.0
    for i in range(right.size):
        below += right[i] * left[i]
    for k in range(rows.size):
        i, j = rows[k], columns[k]
        part = cells[k] / total / (marginal[i] * marginal[j] + EPSILON) * left[i] * left[j]
        above += part if i == j else 2 * part
    return abs(above / below)


@kernel
def _as_the_reference(
    rows: Array, columns: Array, cells: Array, marginal: Array, total: float
) -> Any:  # noqa: ANN401
    """Solve the reference's own matrix, where eps matters much: very rare levels."""
    n = marginal.size
    p = np.zeros((n, n))
    w = np.zeros((n, n))
    for k in range(rows.size):
        i, j = rows[k], columns[k]
        p[i, j] = p[j, i] = cells[k] / total
        w[i, j] = w[j, i] = p[i, j] / (marginal[i] * marginal[j] + EPSILON)
    values = np.sort(np.real(np.linalg.eigvals(np.dot(w, p).astype(np.complex128))))
    return math.sqrt(max(values[n - 2], 0.0))


@kernel
def _with_epsilon_of_all(
    rows: Array, columns: Array, cells: Array, marginal: Array, total: float
) -> Any:  # noqa: ANN401
    """Solve the reference's matrix where several of its values are near 1 and eps is small.

    It is similar to S M, where S is M but for eps. Its symmetric part has the same values to
    second order in eps, also of those that are equal without it.
    """
    n = marginal.size
    s = np.zeros((n, n))
    m = np.zeros((n, n))
    for k in range(rows.size):
        i, j = rows[k], columns[k]
        both = marginal[i] * marginal[j]
        p = cells[k] / total
        root = math.sqrt(both)
        m[i, j] = m[j, i] = p / root
        s[i, j] = s[j, i] = p / (both + EPSILON) * root
    matrix = np.zeros((n, n))
    for i in range(n):
        for k in range(n):
            part = 0.5 * s[i, k]
            if part != 0:
                for j in range(n):
                    matrix[i, j] += part * m[k, j]
    for i in range(n):
        for j in range(i + 1):
            matrix[i, j] += matrix[j, i]
            matrix[j, i] = matrix[i, j]
    return math.sqrt(max(second_eigenvalue(matrix), 0.0))


@kernel
def _solve_with_epsilon(
    rows: Array, columns: Array, cells: Array, marginal: Array, total: float
) -> Any:  # noqa: ANN401
    rarest = 1.0
    for p in marginal:
        if p > 0:
            rarest = min(rarest, p)
    if EPSILON / (rarest * rarest) < _SMALL_EPSILON:
        return _with_epsilon_of_all(rows, columns, cells, marginal, total)
    return _as_the_reference(rows, columns, cells, marginal, total)


@kernel
def _by_lanczos(
    rows: Array, columns: Array, cells: Array, marginal: Array, total: float, level: Array
) -> Any:  # noqa: ANN401
    """Lanczos' iteration, each step made orthogonal to all before, and sqrt(px) kept out.

    It starts near the level itself, which is the answer where levels are normally distributed;
    the sine lets it find any other. The quotient at the end squares what error is left.
    """
    n = marginal.size
    known = np.sqrt(marginal)
    weights = np.empty(rows.size)
    for k in range(rows.size):
        weights[k] = cells[k] / total / (known[rows[k]] * known[columns[k]])
    dense = n if n <= _DENSE else 0
    table = np.zeros((dense, dense))
    if dense:
        for k in range(rows.size):
            table[rows[k], columns[k]] = table[columns[k], rows[k]] = weights[k]
    most = min(n, _MOST_STEPS)
    basis = np.empty((most + 1, n))
    diagonal = np.zeros(most)
    beside = np.zeros(most)
    mean = 0.0
    square = 0.0
    for i in range(n):
        mean += marginal[i] * level[i]
        square += marginal[i] * level[i] * level[i]
    deviation = math.sqrt(max(square - mean * mean, 1e-12))
    for i in range(n):
        linear = (level[i] - mean) / deviation
        basis[0, i] = (linear + 0.03 * math.sin(1.0 + 37.0 * i)) * known[i]
    _take_out(basis[0], known)
    norm = math.sqrt(np.sum(basis[0] * basis[0]))
    if norm < 1e-12:
        return 0.0
    basis[0] /= norm
    used = 0
    short = np.empty(most + 1)
    r = np.empty(n)
    for k in range(most):
        v = basis[k]
        r[:] = 0.0
        if n <= _DENSE:
            for j in range(n):
                part = v[j]
                row = table[j]
                for i in range(n):
                    r[i] += row[i] * part
        else:
            for t in range(rows.size):
                i, j = rows[t], columns[t]
                r[i] += weights[t] * v[j]
                if i != j:
                    r[j] += weights[t] * v[i]
        for i in range(n):
            diagonal[k] += r[i] * v[i]
        # Twice: where many values are near 1, once leaves a part of `known` that grows.
        for _ in range(2):
            _take_out(r, known)
            for j in range(k + 1):
                _take_out(r, basis[j])
        rest = 0.0
        for i in range(n):
            rest += r[i] * r[i]
        rest = math.sqrt(rest)
        used = k + 1
        done = rest < 1e-13 or used == most
        beside[k] = 0.0
        if done or (k > 5 and k % 3 == 0):
            found, last = extreme_of_diagonals(diagonal[:used], beside[:used])
            if done or rest * math.sqrt(last) < _RESIDUAL * abs(found):
                break
        beside[k] = rest
        for i in range(n):
            basis[k + 1, i] = r[i] / rest
    value = largest_of_diagonals(diagonal[:used], beside[:used], short[:used])
    right = np.zeros(n)
    for j in range(used):
        for i in range(n):
            right[i] += short[j] * basis[j, i]
    for i in range(n):
        right[i] = right[i] / known[i] if known[i] > 0 else 0.0
    square = _with_epsilon(rows, columns, cells, marginal, total, right)
    moved = square / (value * value) - 1
    if n <= _MOST_SOLVED and 1 - value < 1e-3 and moved * moved > 1e-11 * (1 - value):
        return _solve_with_epsilon(rows, columns, cells, marginal, total)
    return math.sqrt(square) if np.isfinite(square) else value


@kernel
def _take_out(vector: Array, direction: Array) -> None:
    """Make a vector orthogonal to a direction of length 1."""
    n = vector.size
    a = b = c = d = 0.0
    whole = n - n % 4
    # Four sums, so that one need not wait for another.
    for i in range(0, whole, 4):
        a += vector[i] * direction[i]
        b += vector[i + 1] * direction[i + 1]
        c += vector[i + 2] * direction[i + 2]
        d += vector[i + 3] * direction[i + 3]
    for i in range(whole, n):
        a += vector[i] * direction[i]
    part = (a + b) + (c + d)
    for i in range(n):
        vector[i] -= part * direction[i]
