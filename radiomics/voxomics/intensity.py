"""Intensities of a scan in units that mean the same in every scan: z-score, WhiteStripe, Nyul.

Each takes the scan and the intensities of a tissue, and maps the whole scan by a function that
never falls, so that brighter stays brighter. A gain and an offset of the scanner are undone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Numbers = NDArray[np.float64]

PERCENTILES = (1.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0, 99.0)
"""Landmarks of Nyul & Udupa: the ends without outliers, and the deciles."""

_BINS = 2048
_ENDS = (0.1, 99.9)
"""Percentiles between which the histogram is drawn: outliers would make its bins coarse."""


class FlatTissue(ValueError):  # noqa: N818 - says what is the case
    """The tissue has too few different intensities to measure a scale."""


class EmptyTissue(ValueError):  # noqa: N818
    """The tissue has no voxel with a finite intensity."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Where a scan's intensities lie, and how far apart.

    Attributes
    ----------
    centre
        Intensity that becomes 0.
    spread
        Difference of intensity that becomes 1; above 0.
    """

    centre: float
    spread: float

    def apply(self, voxels: NDArray[Any]) -> Numbers:
        """Return (voxels - centre) / spread; 1, without a dimension."""
        return (voxels.astype(np.float64) - self.centre) / self.spread


def zscore(tissue: NDArray[Any]) -> Scale:
    """Return mean and standard deviation of a tissue.

    Parameters
    ----------
    tissue : (n,)
        Its intensities; those that are not finite are left out.

    Raises
    ------
    EmptyTissue, FlatTissue
        No intensity, or all the same.
    """
    values = _finite(tissue)
    return _scale(float(values.mean()), values)


def whitestripe(white_matter: NDArray[Any], width: float = 0.05) -> Scale:
    """Return mean and standard deviation of the stripe around the peak of white matter.

    Parameters
    ----------
    white_matter : (n,)
        Intensities of white matter; those that are not finite are left out.
    width
        Half width of the stripe, as a quantile: 0.05 takes the tenth of the voxels whose
        intensities lie around the peak.

    Raises
    ------
    EmptyTissue, FlatTissue
        No intensity, or those of the stripe are all the same.

    Notes
    -----
    The peak is that of the smoothed histogram, so lesions, darker or brighter than normal-
    appearing white matter and fewer than it, do not move it. Shinohara 2014 looks for it in the
    whole brain's histogram; here the segmentation says what white matter is.

    References
    ----------
    .. [1] Shinohara et al., NeuroImage Clin 2014;6:9, https://doi.org/10.1016/j.nicl.2014.08.008
    """
    values = _finite(white_matter)
    peak = histogram_peak(values)
    at = float(np.count_nonzero(values <= peak)) / values.size
    low, high = np.quantile(values, [max(at - width, 0.0), min(at + width, 1.0)])
    stripe = values[(values >= low) & (values <= high)]
    return _scale(float(stripe.mean()), stripe)


def histogram_peak(values: NDArray[Any]) -> float:
    """Return the intensity at which the smoothed histogram is highest.

    Parameters
    ----------
    values : (n,)
        Finite intensities.

    Returns
    -------
    float
        In the unit of the intensities; moves with their gain and offset.

    Raises
    ------
    FlatTissue
        All or nearly all intensities are the same.

    Notes
    -----
    A normal kernel with Silverman's bandwidth [1]_, at least the mean step between different
    intensities, so that the comb of whole numbers is no peak; a parabola through the highest
    bin and its neighbours.

    References
    ----------
    .. [1] Silverman, Density Estimation for Statistics and Data Analysis, 1986, eq. 3.31
    """
    low, high = np.percentile(values, _ENDS)
    if not high > low:
        raise FlatTissue("all or nearly all intensities are the same")
    inside = values[(values >= low) & (values <= high)]
    quarters = np.percentile(inside, [25, 75])
    spreads = [s for s in (inside.std(), (quarters[1] - quarters[0]) / 1.349) if s > 0]
    if not spreads:
        raise FlatTissue("all or nearly all intensities are the same")
    step = (high - low) / max(len(np.unique(inside)) - 1, 1)
    bandwidth = max(0.9 * min(spreads) * inside.size**-0.2, step)
    bin_width = (high - low) / _BINS
    counts, edges = np.histogram(inside, bins=_BINS, range=(low, high))
    heights = ndimage.gaussian_filter1d(
        counts.astype(np.float64), bandwidth / bin_width, mode="constant"
    )
    top = int(heights.argmax())
    left, middle, right = (heights[min(max(top + k, 0), _BINS - 1)] for k in (-1, 0, 1))
    bend = left - 2 * middle + right
    offset = 0.5 * (left - right) / bend if bend < 0 else 0.0
    return float(edges[0] + (top + 0.5 + offset) * bin_width)


def landmarks(tissue: NDArray[Any], percentiles: Sequence[float] = PERCENTILES) -> Numbers:
    """Return the intensities at percentiles of a tissue, rising.

    Raises
    ------
    EmptyTissue, FlatTissue
        No intensity, or two percentiles have the same one: no line leads through them.
    """
    found: Numbers = np.percentile(_finite(tissue), list(percentiles))
    if not (np.diff(found) > 0).all():
        raise FlatTissue("two of the percentiles have the same intensity")
    return found


def standard_scale(found: Sequence[Numbers], ends: tuple[float, float] = (0.0, 100.0)) -> Numbers:
    """Learn standard landmarks from those of some scans.

    Parameters
    ----------
    found
        For each scan, what `landmarks` returns.
    ends
        Standard intensities of the first and of the last landmark.

    Returns
    -------
    (percentiles,)
        Standard intensities, rising: each scan's landmarks are stretched to the ends, then
        averaged.

    References
    ----------
    .. [1] Nyul, Udupa & Zhang, IEEE Trans Med Imaging 2000;19:143,
       https://doi.org/10.1109/42.836373
    """
    if not found:
        raise EmptyTissue("no scan")
    low, high = ends
    stretched = [low + (own - own[0]) * ((high - low) / (own[-1] - own[0])) for own in found]
    return np.asarray(np.mean(stretched, axis=0), dtype=np.float64)


def nyul(voxels: NDArray[Any], tissue: NDArray[Any], standard: Mapping[float, float]) -> Numbers:
    """Move the landmarks of a scan's histogram to standard ones.

    Parameters
    ----------
    voxels : (X, Y, Z)
        The scan.
    tissue : (n,)
        Intensities of the tissue.
    standard
        Percentile of the tissue to its standard intensity; both rise.

    Returns
    -------
    (X, Y, Z)
        In the unit of the standard; straight lines between landmarks, and beyond the last ones
        the lines next to them go on.

    Raises
    ------
    EmptyTissue, FlatTissue
        As `landmarks` does.
    ValueError
        The standard has fewer than two landmarks, or does not rise.

    References
    ----------
    .. [1] Nyul, Udupa & Zhang, IEEE Trans Med Imaging 2000;19:143,
       https://doi.org/10.1109/42.836373
    """
    percentiles = sorted(standard)
    wanted = np.array([standard[p] for p in percentiles], dtype=np.float64)
    if len(wanted) < 2 or not (np.diff(wanted) > 0).all():
        msg = "standard landmarks are at least two, and rise with their percentiles"
        raise ValueError(msg)
    own = landmarks(tissue, percentiles)
    slopes = np.diff(wanted) / np.diff(own)
    values = voxels.astype(np.float64)
    part = np.clip(np.searchsorted(own, values, side="right") - 1, 0, len(slopes) - 1)
    return np.asarray(wanted[part] + (values - own[part]) * slopes[part])


def _finite(tissue: NDArray[Any]) -> Numbers:
    values: Numbers = tissue[np.isfinite(tissue)].astype(np.float64)
    if not values.size:
        raise EmptyTissue("no voxel with a finite intensity")
    return values


def _scale(centre: float, values: Numbers) -> Scale:
    if values.min() == values.max():  # their standard deviation may round to above 0
        raise FlatTissue("all intensities are the same")
    return Scale(centre, float(values.std()))
