"""Grey level size zone matrix: features out of the zones, never out of the whole matrix."""

# ruff: noqa: C901, PLR0912, PLR0915 - kernels take plain arrays, in one pass
from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voxomics.kernels import kernel

Array = NDArray[Any]

FEATURES = (
    "GrayLevelNonUniformity",
    "GrayLevelNonUniformityNormalized",
    "GrayLevelVariance",
    "HighGrayLevelZoneEmphasis",
    "LargeAreaEmphasis",
    "LargeAreaHighGrayLevelEmphasis",
    "LargeAreaLowGrayLevelEmphasis",
    "LowGrayLevelZoneEmphasis",
    "SizeZoneNonUniformity",
    "SizeZoneNonUniformityNormalized",
    "SmallAreaEmphasis",
    "SmallAreaHighGrayLevelEmphasis",
    "SmallAreaLowGrayLevelEmphasis",
    "ZoneEntropy",
    "ZonePercentage",
    "ZoneVariance",
)
"""Names in pyradiomics' order."""

EPSILON = float(np.spacing(1.0))

SMALL = 64
"""Zones below this size are counted in a table, larger ones are sorted; below less, if a
region's levels are so many that the table had more than `_MOST_CELLS`."""

_MOST_CELLS = 2**22


@kernel
def measure_zones(sizes: Array, keys: Array, places: Array, level: Array, out: Array) -> None:
    """Measure the zones of a region.

    Parameters
    ----------
    sizes, keys : (Z,)
        Number of voxels of each zone, and its key.
    places, level : (n,)
        Key of each level, and its grey level.
    out : (16,)
        Features.
    """
    n = level.size
    small = min(SMALL, max(2, _MOST_CELLS // n))
    table, large = _count_zones(sizes, keys, places, small)
    many = large.size
    by_level = np.zeros(n)
    voxels: Any = 0
    for g in range(n):
        for few in range(small):
            by_level[g] += table[g, few]
            voxels += np.int64(table[g, few]) * few
    for code in large:
        by_level[code & 0xFFFFFFFF] += 1
        voxels += code >> 32
    gln = mean = hgze = lgze = zones = 0.0
    for g in range(n):
        c = by_level[g]
        i = np.float64(level[g])
        zones += c
        gln += c * c
        mean += c * i
        hgze += c * i * i
        lgze += c / (i * i)
    mean /= zones
    variance = 0.0
    for g in range(n):
        variance += by_level[g] / zones * (level[g] - mean) * (level[g] - mean)
    mean_size = np.float64(voxels) / zones
    sae = lae = szn = zone_variance = entropy = salg = sahg = lalg = lahg = 0.0
    t = 0
    size: Any = np.int64(1)
    while size < small or t < many:
        if size >= small:
            size = large[t] >> 32
        j2 = np.float64(size) * size
        of_size = 0.0
        g = 0
        while True:
            if size < small:
                if g == n:
                    break
                c = np.float64(table[g, size])
                row = g
                g += 1
                if c == 0:
                    continue
            else:
                if t == many or (large[t] >> 32) != size:
                    break
                code = large[t]
                row = code & 0xFFFFFFFF
                c = 0.0
                while t < many and large[t] == code:
                    c += 1
                    t += 1
            of_size += c
            i2 = np.float64(level[row]) * level[row]
            p = c / zones
            entropy -= p * math.log2(p + EPSILON)
            salg += c / (i2 * j2)
            sahg += c * i2 / j2
            lalg += c * j2 / i2
            lahg += c * i2 * j2
        sae += of_size / j2
        lae += of_size * j2
        szn += of_size * of_size
        zone_variance += of_size / zones * (size - mean_size) * (size - mean_size)
        size += 1
    out[0] = gln / zones
    out[1] = gln / (zones * zones)
    out[2] = variance
    out[3] = hgze / zones
    out[4] = lae / zones
    out[5] = lahg / zones
    out[6] = lalg / zones
    out[7] = lgze / zones
    out[8] = szn / zones
    out[9] = szn / (zones * zones)
    out[10] = sae / zones
    out[11] = sahg / zones
    out[12] = salg / zones
    out[13] = entropy
    out[14] = zones / voxels
    out[15] = zone_variance


@kernel
def _count_zones(sizes: Array, keys: Array, places: Array, small: int) -> tuple[Array, Array]:
    """Count zones below a size for each level (n, small); list the others, sorted: size, level."""
    n = places.size
    row_of = np.empty(places[n - 1] + 1, np.int32)
    for g in range(n):
        row_of[places[g]] = g
    table = np.zeros((n, small), np.uint32)
    large = np.empty(sizes.size, np.int64)
    many = 0
    for z in range(sizes.size):
        g = row_of[keys[z]]
        size = np.int64(sizes[z])
        if size < small:
            table[g, size] += np.uint32(1)
        else:
            large[many] = (size << 32) | g
            many += 1
    large = large[:many].copy()
    large.sort()
    return table, large
