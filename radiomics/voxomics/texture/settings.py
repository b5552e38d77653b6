"""Settings of the texture classes, and the neighbours that follow from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

NORMS = ("manhattan", "euclidean", "infinity", "no_weighting")
"""Values of weightingNorm; pyradiomics takes any other for no_weighting."""


@dataclass(frozen=True, slots=True)
class TextureSettings:
    """What pyradiomics' settings of the same names say.

    Attributes
    ----------
    distances
        Distances to neighbours for GLCM, GLDM and NGTDM, in voxels, the largest step counting.
    symmetrical_glcm
        Whether a pair counts in both orders.
    weighting_norm
        How angles of GLCM and GLRLM are weighted before they are summed; None averages the
        features over the angles.
    force_2d, force_2d_dimension
        Whether steps along one dimension (0 is Z) are left out, and which.
    gldm_a
        Largest difference of grey levels that counts as alike in GLDM.
    """

    distances: tuple[int, ...] = (1,)
    symmetrical_glcm: bool = True
    weighting_norm: str | None = None
    force_2d: bool = False
    force_2d_dimension: int = 0
    gldm_a: int = 0

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> TextureSettings:
        """Read pyradiomics' mapping `setting`; keys of others are not looked at."""
        return cls(
            distances=tuple(int(d) for d in settings.get("distances", (1,))),
            symmetrical_glcm=bool(settings.get("symmetricalGLCM", True)),
            weighting_norm=settings.get("weightingNorm"),
            force_2d=bool(settings.get("force2D", False)),
            force_2d_dimension=int(settings.get("force2Ddimension", 0)),
            gldm_a=int(settings.get("gldm_a", 0)),
        )

    @property
    def near(self) -> bool:
        """Whether neighbours are the 26 around a voxel."""
        return self.distances == (1,) and not self.force_2d

    def steps(self, distances: tuple[int, ...] | None = None) -> NDArray[np.int64]:
        """Return the forward steps (A, 3) along Z, Y, X, in pyradiomics' order."""
        wanted = set(self.distances if distances is None else distances)
        most = max(wanted)
        reach = range(most, -most - 1, -1)
        every = [(z, y, x) for z in reach for y in reach for x in reach]
        found = [
            step
            for step in every[: len(every) // 2]
            if max(abs(s) for s in step) in wanted
            and not (self.force_2d and step[self.force_2d_dimension])
        ]
        return np.array(found, dtype=np.int64).reshape(-1, 3)


def pair_weights(
    norm: str | None, steps: NDArray[np.int64], spacing_mm: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the weights exp(-d²) of the steps (A, 3) for GLCM; empty without weighting."""
    if norm is None:
        return np.zeros(0)
    if norm not in NORMS or norm == "no_weighting":
        return np.ones(len(steps))
    return np.asarray(np.exp(-(_lengths(norm, steps, spacing_mm) ** 2)))


def run_weights(
    norm: str | None, steps: NDArray[np.int64], spacing_mm: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the weights d of the steps (A, 3) for GLRLM; empty without weighting."""
    if norm is None:
        return np.zeros(0)
    if norm not in NORMS or norm == "no_weighting":
        return np.ones(len(steps))
    return _lengths(norm, steps, spacing_mm)


def _lengths(
    norm: str, steps: NDArray[np.int64], spacing_mm: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return how far each step goes, in mm, by a norm."""
    far = np.abs(steps) * spacing_mm
    if norm == "infinity":
        return np.asarray(far.max(axis=1))
    if norm == "euclidean":
        return np.asarray(np.sqrt((far**2).sum(axis=1)))
    return np.asarray(far.sum(axis=1))
