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
from voxomics.texture.eigen import largest_eigenvalue, largest_of_diagonals

Array = NDArray[Any]

EPSILON = float(np.spacing(1.0))

FEW_LEVELS = 16
"""Up to so many levels the whole matrix is reduced, above it Lanczos' iteration is quicker."""

_MOST_STEPS = 240
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
    return _as_the_reference(rows, columns, cells, marginal, total)


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
def _by_lanczos(
    rows: Array, columns: Array, cells: Array, marginal: Array, total: float, level: Array
) -> Any:  # noqa: ANN401
    """Lanczos' iteration with full reorthogonalisation, sqrt(px) kept out.

    It starts near the level itself, which is the answer where levels are normally distributed;
    the sine lets it find any other. The quotient at the end squares what error is left.
    """
    n = marginal.size
    known = np.sqrt(marginal)
    weights = np.empty(rows.size)
    for k in range(rows.size):
        weights[k] = cells[k] / total / (known[rows[k]] * known[columns[k]])
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
    value = 0.0
    used = 0
    short = np.empty(most + 1)
    r = np.empty(n)
    for k in range(most):
        v = basis[k]
        r[:] = 0.0
        for t in range(rows.size):
            i, j = rows[t], columns[t]
            r[i] += weights[t] * v[j]
            if i != j:
                r[j] += weights[t] * v[i]
        for i in range(n):
            diagonal[k] += r[i] * v[i]
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
        if done or (k > 5 and k % 3 == 0):
            beside[k] = 0.0
            value = largest_of_diagonals(diagonal[:used], beside[:used], short[:used])
            if done or abs(rest * short[k]) < _RESIDUAL * value:
                break
        beside[k] = rest
        for i in range(n):
            basis[k + 1, i] = r[i] / rest
    right = np.zeros(n)
    for j in range(used):
        for i in range(n):
            right[i] += short[j] * basis[j, i]
    for i in range(n):
        right[i] = right[i] / known[i] if known[i] > 0 else 0.0
    square = _with_epsilon(rows, columns, cells, marginal, total, right)
    moved = square / (value * value) - 1
    if n <= _MOST_SOLVED and 1 - value < 1e-3 and moved * moved > 1e-11 * (1 - value):
        return _as_the_reference(rows, columns, cells, marginal, total)
    return math.sqrt(square) if np.isfinite(square) else value


@kernel
def _take_out(vector: Array, direction: Array) -> None:
    """Make a vector orthogonal to a direction of length 1."""
    part = 0.0
    for i in range(vector.size):
        part += vector[i] * direction[i]
    for i in range(vector.size):
        vector[i] -= part * direction[i]
