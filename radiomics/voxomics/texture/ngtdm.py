"""Neighbouring grey tone difference matrix: features out of the sums of differences."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from voxomics.kernels import kernel

Array = NDArray[Any]

FEATURES = ("Busyness", "Coarseness", "Complexity", "Contrast", "Strength")
"""Names in pyradiomics' order."""

NO_DIFFERENCE = 1e6
"""Coarseness where no voxel differs from its neighbours."""


@kernel
def measure_differences(differences: Array, voxels: Array, level: Array, out: Array) -> None:
    """Measure one matrix.

    Parameters
    ----------
    differences, voxels, level : (n,)
        Of each level: the sum of its voxels' differences to the mean of their neighbours, the
        number of its voxels, with neighbours or without, and the grey level.
    out : (5,)
        Features.
    """
    n = level.size
    total = 0.0
    for g in range(n):
        total += voxels[g]
    weighted = plain = 0.0
    p = np.empty(n)
    for g in range(n):
        p[g] = voxels[g] / total
        weighted += p[g] * differences[g]
        plain += differences[g]
    contrast = busyness = complexity = strength = 0.0
    for i in range(n):
        for j in range(i):
            apart = np.float64(level[i] - level[j])
            both = p[i] + p[j]
            contrast += p[i] * p[j] * apart * apart
            busyness += abs(level[i] * p[i] - level[j] * p[j])
            complexity += apart * (p[i] * differences[i] + p[j] * differences[j]) / both
            strength += both * apart * apart
    # Each pair stands for both its orders.
    out[0] = weighted / (2 * busyness) if busyness != 0 else 0.0
    out[1] = 1 / weighted if weighted != 0 else NO_DIFFERENCE
    out[2] = 2 * complexity / total
    out[3] = 2 * contrast * plain / total / (n * (n - 1.0)) if n > 1 else 0.0
    out[4] = 2 * strength / plain if plain != 0 else 0.0
