"""Grey level dependence matrix: features out of the counts of alike neighbours."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voxomics.kernels import kernel

Array = NDArray[Any]

FEATURES = (
    "DependenceEntropy",
    "DependenceNonUniformity",
    "DependenceNonUniformityNormalized",
    "DependenceVariance",
    "GrayLevelNonUniformity",
    "GrayLevelVariance",
    "HighGrayLevelEmphasis",
    "LargeDependenceEmphasis",
    "LargeDependenceHighGrayLevelEmphasis",
    "LargeDependenceLowGrayLevelEmphasis",
    "LowGrayLevelEmphasis",
    "SmallDependenceEmphasis",
    "SmallDependenceHighGrayLevelEmphasis",
    "SmallDependenceLowGrayLevelEmphasis",
)
"""Names in pyradiomics' order."""

EPSILON = float(np.spacing(1.0))


@kernel
def measure_dependences(counts: Array, places: Array, level: Array, out: Array) -> None:
    """Measure one matrix.

    Parameters
    ----------
    counts : (rows, D)
        Voxels of each level with 0..D-1 alike neighbours; other rows are 0.
    places, level : (n,)
        Row of each level, and its grey level.
    out : (14,)
        Features.
    """
    n, most = level.size, counts.shape[1]
    total = np.float64(counts.sum())
    entropy = gln = mean = hgle = lgle = ldhg = ldlg = sdhg = sdlg = 0.0
    by_size = np.zeros(most)
    by_level = np.zeros(n)
    for g in range(n):
        i2 = np.float64(level[g]) * level[g]
        of_level = 0.0
        for d in range(most):
            c = np.float64(counts[places[g], d])
            if c > 0:
                of_level += c
                by_size[d] += c
                p = c / total
                entropy -= p * math.log2(p + EPSILON)
                j2 = np.float64(d + 1) * (d + 1)
                sdlg += c / (i2 * j2)
                sdhg += c * i2 / j2
                ldlg += c * j2 / i2
                ldhg += c * i2 * j2
        by_level[g] = of_level
        gln += of_level * of_level
        mean += of_level / total * level[g]
        hgle += of_level * i2
        lgle += of_level / i2
    variance = 0.0
    for g in range(n):
        variance += by_level[g] / total * (level[g] - mean) * (level[g] - mean)
    dn = mean_size = sde = lde = size_variance = 0.0
    for d in range(most):
        j = np.float64(d + 1)
        dn += by_size[d] * by_size[d]
        mean_size += by_size[d] / total * j
        sde += by_size[d] / (j * j)
        lde += by_size[d] * j * j
    for d in range(most):
        size_variance += by_size[d] / total * (d + 1 - mean_size) * (d + 1 - mean_size)
    out[0] = entropy
    out[1] = dn / total
    out[2] = dn / (total * total)
    out[3] = size_variance
    out[4] = gln / total
    out[5] = variance
    out[6] = hgle / total
    out[7] = lde / total
    out[8] = ldhg / total
    out[9] = ldlg / total
    out[10] = lgle / total
    out[11] = sde / total
    out[12] = sdhg / total
    out[13] = sdlg / total
