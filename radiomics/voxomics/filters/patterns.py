"""Local binary patterns: how a voxel's surroundings stand to it, in planes and on spheres.

In planes: T. Ojala, M. Pietikäinen, T. Mäenpää, IEEE PAMI 24 (2002), as scikit-image computes it.
On spheres: J. Banerjee et al., LNCS 7728 (2013), as pyradiomics computes it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voxomics.kernels import kernel

Array = NDArray[Any]
Floats = NDArray[np.float64]
Box = tuple[slice, slice, slice]

_METHODS = ("default", "ror", "uniform", "var")
_CHUNK = 20_000
"""Voxels whose spheres are sampled at a time."""


def circle_patterns(image: Array, settings: Mapping[str, Any], box: Box) -> Array:
    """Compare each voxel with points on a circle around it, plane by plane.

    Parameters
    ----------
    image : (Z, Y, X)
        Float32 or float64.
    settings
        lbp2DRadius in voxels, lbp2DSamples, lbp2DMethod, and force2Ddimension, the axis that the
        planes stand on.
    box
        What is needed.

    Returns
    -------
    ndarray : (Z, Y, X)
        Values inside the box; what lies outside is undefined.
    """
    radius, samples = settings.get("lbp2DRadius", 1), settings.get("lbp2DSamples", 8)
    method = _METHODS.index(settings.get("lbp2DMethod", "uniform"))
    across = settings.get("force2Ddimension", 0)
    turns = 2 * np.pi * np.arange(samples, dtype=np.float64) / samples
    # To five decimals, so that points on the grid are on the grid.
    points = np.round(np.stack([-radius * np.sin(turns), radius * np.cos(turns)]), 5)
    found = np.empty_like(image)
    planes, out = image.swapaxes(0, across), found.swapaxes(0, across)
    for plane in range(box[across].start, box[across].stop):
        values = np.ascontiguousarray(planes[plane], dtype=np.float64)
        patterns = np.empty_like(values)
        _match_plane(values, points, method, patterns)
        out[plane] = patterns
    return found


@kernel
def _match_plane(values: Floats, points: Floats, method: int, patterns: Floats) -> None:
    rows, columns = values.shape
    samples = points.shape[1]
    around = np.empty(samples)
    for r in range(rows):
        for c in range(columns):
            for p in range(samples):
                around[p] = _between(values, r + points[0, p], c + points[1, p])
            if method == 3:
                patterns[r, c] = _variance(around)
            else:
                patterns[r, c] = _pattern(around, values[r, c], method)


@kernel
def _between(values: Floats, r: float, c: float) -> float:
    """Interpolate linearly; 0 outside the plane."""
    top, left = math.floor(r), math.floor(c)
    down, right = r - top, c - left
    bottom, far = math.ceil(r), math.ceil(c)
    above = (1 - right) * _pixel(values, top, left) + right * _pixel(values, top, far)
    below = (1 - right) * _pixel(values, bottom, left) + right * _pixel(values, bottom, far)
    between: float = (1 - down) * above + down * below
    return between


@kernel
def _pixel(values: Floats, r: int, c: int) -> float:
    if r < 0 or c < 0 or r >= values.shape[0] or c >= values.shape[1]:
        return 0.0
    value: float = values[r, c]
    return value


@kernel
def _variance(around: Floats) -> float:
    total, squares = 0.0, 0.0
    for value in around:
        total += value
        squares += value * value
    variance = (squares - total * total / around.size) / around.size
    return variance if variance != 0 else np.nan


@kernel
def _pattern(around: Floats, middle: float, method: int) -> int:
    """Return the code of the points that are not below the middle: 0 default, 1 ror, 2 uniform."""
    n = around.size
    code, count, changes = 0, 0, 0
    for p in range(n):
        if around[p] - middle >= 0:
            code |= 1 << p
            count += 1
        if p > 0 and (around[p] - middle >= 0) != (around[p - 1] - middle >= 0):
            changes += 1
    if method == 2:
        return count if changes <= 2 else n + 1
    if method == 1:
        turned = code
        for _ in range(1, n):
            turned = (turned >> 1) | ((turned & 1) << (n - 1))
            code = min(code, turned)
    return code


def sphere_patterns(
    image: Array, settings: Mapping[str, Any], inside: NDArray[np.bool_], stored: np.dtype[Any]
) -> Iterator[tuple[str, Array]]:
    """Compare voxels with points on a sphere around them, by spherical harmonics.

    Parameters
    ----------
    image : (Z, Y, X)
        Float32 or float64.
    settings
        lbp3DLevels, lbp3DIcosphereRadius in voxels, lbp3DIcosphereSubdivision.
    inside : (Z, Y, X)
        Where patterns are needed.
    stored
        Type of the numbers before they were widened: points between voxels are rounded to it,
        as by pyradiomics.

    Yields
    ------
    name
        ``m1`` and so on for the power of each level, ``k`` for the kurtosis.
    image : (Z, Y, X)
        Values where `inside` is true, 0 elsewhere.
    """
    # scipy takes longer to import than all else here, and no other filter needs it.
    from scipy import ndimage  # noqa: PLC0415
    from scipy.stats import kurtosis  # noqa: PLC0415

    levels = settings.get("lbp3DLevels", 2)
    radius = settings.get("lbp3DIcosphereRadius", 1)
    points = icosphere(settings.get("lbp3DIcosphereSubdivision", 1)) * radius
    degree, harmonics = _harmonics(points, radius, levels)
    spline = ndimage.spline_filter(image, order=3, output=np.float64, mode="constant")
    places = np.flatnonzero(inside)
    found = np.empty((levels + 1, len(places)))
    for start in range(0, len(places), _CHUNK):
        part = np.unravel_index(places[start : start + _CHUNK], image.shape)
        # The points' x is added to the index along Z, as pyradiomics does.
        at = np.stack(part, axis=1)[:, None, :] + points
        around = ndimage.map_coordinates(
            spline, np.moveaxis(at, 2, 0), order=3, prefilter=False, output=stored
        )
        above = (around >= image[part][:, None]).astype(int)
        power = _power(above, degree, harmonics, levels)
        with np.errstate(divide="ignore", invalid="ignore"):
            flat = kurtosis(around, axis=1)
        found[:, start : start + _CHUNK] = np.vstack([power.T, flat])
    # An image is measured while the next one is asked for: what is large goes first.
    del spline
    names = [*(f"m{level + 1}" for level in range(levels)), "k"]
    for name, values in zip(names, found, strict=True):
        full = np.zeros(image.shape)
        full.reshape(-1)[places] = values
        yield name, full


def _power(above: Array, degree: Array, harmonics: Array, levels: int) -> Floats:
    """Return the root of the summed squares (N, levels) of the pattern's part of each degree.

    The parts are complex and squared as such; their real part is kept.
    """
    # Not matmul, whose last bits depend on how many voxels there are.
    coefficients = np.einsum("np,pk->nk", above, harmonics)
    parts = [
        np.einsum("nk,pk->np", coefficients[:, degree == level], harmonics[:, degree == level])
        for level in range(levels)
    ]
    return np.stack([np.sqrt((part**2).sum(axis=1)) for part in parts], axis=1).real


def _harmonics(points: Floats, radius: float, levels: int) -> tuple[Array, Array]:
    """Return degree (K,) and value (points, K) of each spherical harmonic.

    The angle from the pole is taken for the azimuth and the other way round, as in pyradiomics.
    """
    from scipy.special import gammaln, lpmv  # noqa: PLC0415

    azimuth = np.arccos(points[:, 2] / radius)
    polar = np.arctan2(points[:, 1], points[:, 0])
    degree, columns = [], []
    for n in range(levels):
        for m in range(-n, n + 1):
            k = abs(m)
            scale = (2 * n + 1) / (4 * np.pi) * np.exp(gammaln(n - k + 1) - gammaln(n + k + 1))
            sign = (-1) ** k if m < 0 else 1
            value = sign * np.sqrt(scale) * lpmv(k, n, np.cos(polar)) * np.exp(1j * m * azimuth)
            degree.append(n)
            columns.append(value)
    return np.array(degree), np.stack(columns, axis=1)


def icosphere(subdivisions: int) -> Floats:
    """Return the corners (N, 3) of an icosahedron, its faces cut in four, on the unit sphere."""
    golden = (1 + math.sqrt(5)) / 2
    pairs = [(a, b * golden) for b in (-1, 1) for a in (-1, 1)]
    corners = np.array([np.roll([a, b, 0], turn) for turn in range(3) for a, b in pairs])
    corners = corners / np.linalg.norm(corners[0])
    edge = np.linalg.norm(corners[0] - corners, axis=1)
    edge_length = np.sort(edge)[1]
    for _ in range(subdivisions):
        apart = np.linalg.norm(corners[:, None] - corners[None], axis=2)
        near = np.argwhere(np.triu((apart > 0) & (apart < 1.3 * edge_length)))
        middles = corners[near[:, 0]] + corners[near[:, 1]]
        middles /= np.linalg.norm(middles, axis=1)[:, None]
        corners = np.concatenate([corners, middles])
        edge_length /= 2
    return corners
