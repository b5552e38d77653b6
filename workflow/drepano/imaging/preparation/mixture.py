"""Intensities and prior maps to the probability of each tissue: a mixture fitted by EM."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Maps = NDArray[np.float32]

_BINS = 256
_OUTSIDE_SMOOTHING_BINS = 3.0
_LEAST_SPREAD = 0.01
"""Smallest standard deviation of a tissue, as a fraction of the range of values."""
_LEAST_PRIOR = 1e-4
_FLUID_SPREAD = 0.8
"""Largest standard deviation of fluid, in that of grey matter. Voxels that fluid shares with
grey matter would else widen it until it takes grey matter's own."""


@dataclass(frozen=True, slots=True)
class Mixture:
    """What each tissue looks like in a scan.

    Attributes
    ----------
    means, deviations : (3,)
        Of fluid, grey, white matter, in units of the scan.
    outside : (256,)
        Density of what is not brain over `edges`.
    edges : (257,)
        Edges of the bins, in units of the scan.
    """

    means: NDArray[np.float64]
    deviations: NDArray[np.float64]
    outside: NDArray[np.float64]
    edges: NDArray[np.float64]

    @property
    def is_t1w(self) -> bool:
        """Fluid is darker than grey, grey darker than white matter."""
        return bool(np.all(np.diff(self.means) > 0))

    def densities(self, values: Maps) -> Maps:
        """Return the density of each value in fluid, grey, white and outside, (4, N)."""
        return self.table()[:, bins_of(values, self.edges)]

    def table(self) -> Maps:
        """Return the density of each bin in fluid, grey, white and outside, (4, 256)."""
        centres = (self.edges[1:] + self.edges[:-1]) / 2
        scaled = (centres - self.means[:, None]) / self.deviations[:, None]
        tissues = np.exp(-0.5 * scaled**2) / (self.deviations[:, None] * np.sqrt(2 * np.pi))
        return np.vstack([tissues, self.outside]).astype(np.float32)


def bins_of(values: Maps, edges: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the bin of each value; those beyond the ends go to the first or last."""
    width = edges[1] - edges[0]
    bins: NDArray[np.intp] = np.clip((values - edges[0]) / width, 0, _BINS - 1).astype(np.intp)
    return bins


def fit_mixture(values: Maps, priors: Maps, *, iterations: int = 20) -> Mixture:
    """Fit three Gaussian tissues and a free density of all else.

    Parameters
    ----------
    values : (N,)
        Intensities of a T1w.
    priors : (4, N)
        Prior probability of fluid, grey matter, white matter and outside; sums to 1.
    iterations
        Rounds of expectation and maximisation.

    Notes
    -----
    Densities are looked up in 256 bins between the smallest value and the 99.9th percentile.

    References
    ----------
    .. [1] Ashburner and Friston, NeuroImage 2005,
       https://doi.org/10.1016/j.neuroimage.2005.02.018: priors and intensities in one mixture.
    """
    low, high = (float(v) for v in np.percentile(values, (0.0, 99.9)))
    edges = np.linspace(low, max(high, low + 1e-6), _BINS + 1)
    bins = bins_of(values, edges)
    posteriors = priors
    for _ in range(iterations):
        mixture = _maximise(bins, posteriors, edges)
        posteriors = posterior(mixture.table()[:, bins], priors)
    return _maximise(bins, posteriors, edges)


def posterior(densities: Maps, priors: Maps) -> Maps:
    """Return the probability of each class, (4, ...), summing to 1."""
    joint = densities * np.maximum(priors, _LEAST_PRIOR)
    total = joint.sum(axis=0)
    return np.asarray(joint / np.where(total > 0, total, 1), np.float32)


def _maximise(bins: NDArray[np.intp], posteriors: Maps, edges: NDArray[np.float64]) -> Mixture:
    centres = (edges[1:] + edges[:-1]) / 2
    span = edges[-1] - edges[0]
    counts = np.stack([np.bincount(bins, weights=p, minlength=_BINS) for p in posteriors])
    totals = np.maximum(counts.sum(axis=1), 1e-12)
    means = counts[:3] @ centres / totals[:3]
    spread = ((centres - means[:, None]) ** 2 * counts[:3]).sum(axis=1) / totals[:3]
    deviations = np.maximum(np.sqrt(spread), _LEAST_SPREAD * span)
    deviations[0] = min(deviations[0], _FLUID_SPREAD * deviations[1])
    outside = ndimage.gaussian_filter1d(counts[3], _OUTSIDE_SMOOTHING_BINS, mode="nearest")
    return Mixture(
        means=means,
        deviations=deviations,
        outside=outside / max(float(outside.sum()), 1e-12) / (edges[1] - edges[0]),
        edges=edges,
    )
