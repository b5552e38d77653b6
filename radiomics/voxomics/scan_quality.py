"""A scan, its brain and tissues to measures of image quality, each with its direction.

Definitions are those that MRIQC documents (Esteban 2017, [1]_) unless a docstring says
otherwise; sources stand at each function. None is a verdict: they are for gates within one
protocol, since voxel size, coils and reconstruction move all of them.

References
----------
.. [1] https://doi.org/10.1371/journal.pone.0184661
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import log, sqrt

import numpy as np

from voxomics.air import FEWEST_AIR, NoValue
from voxomics.scan import Scan
from voxomics.tissue_quality import (
    bias_spread,
    contrast_to_noise,
    joint_variation,
    sharpness,
    signal_to_noise,
    signal_to_spread,
    smoothness_mm,
    white_to_max,
)


@dataclass(frozen=True, slots=True)
class ScanQuality:
    """Measures of one scan.

    Attributes
    ----------
    values
        Measure to value.
    undefined
        Measure to the reason why it has no value; no measure is in both.
    """

    values: dict[str, float]
    undefined: dict[str, str]


def entropy_focus(scan: Scan) -> float:
    """Return the entropy of all voxels over the greatest that is possible [1, 0 to 1].

    Lower is better: ghosts and blur of motion spread the energy (Atkinson 1997,
    https://doi.org/10.1109/42.650886). Empty space around the head lowers it as well.
    """
    scan.require_magnitudes()
    share = np.abs(scan.image[scan.finite])
    energy = float(np.sqrt((share**2).sum()))
    if share.size < 2 or energy == 0:
        message = "the scan is zero everywhere"
        raise NoValue(message)
    share = share[share > 0] / energy
    count = int(np.count_nonzero(scan.finite))
    entropy = -float((share * np.log(share)).sum())
    return min(entropy / (sqrt(count) * log(sqrt(count))), 1.0)


def energy_ratio(scan: Scan) -> float:
    """Return the mean energy of the head over that of the air [1].

    Higher is better: ghosts and noise bring energy into the air (Shehzad 2015, FBER).
    """
    head, air = scan.head(), scan.air()
    return float((scan.image[head] ** 2).mean() / (scan.image[air] ** 2).mean())


def ghost_to_signal(scan: Scan) -> float:
    """Return the brightness of the Nyquist ghost over that of the head [1].

    The ghost is the air where the head would lie if moved by half the field of view along an
    axis; from its mean that of the other air is taken, and the median of the head divides it
    (Giannelli 2010, https://doi.org/10.1120/jacmp.v11i4.3237). The axis with the greatest
    ratio counts. Lower is better, 0 is no ghost; noise swings around 0, and a ghost weaker than
    the noise is read too low, since magnitudes do not add up there.
    """
    head, air = scan.head(), scan.air()
    ratios = []
    for axis, length in enumerate(head.shape):
        moved = np.roll(head, length // 2, axis)
        ghost, rest = air & moved, air & ~moved
        if min(np.count_nonzero(ghost), np.count_nonzero(rest)) >= FEWEST_AIR:
            ratios.append(float(scan.image[ghost].mean() - scan.image[rest].mean()))
    if not ratios:
        message = "the head fills the field of view: no place where a ghost would be seen"
        raise NoValue(message)
    return max(ratios) / float(np.median(scan.image[head]))


def clipped_fraction(scan: Scan) -> float:
    """Return the fraction of the head's voxels that have the scan's greatest value [1, 0 to 1].

    Lower is better: a saturated scan has many.
    """
    head = scan.head()
    inside = scan.image[head]
    return float(np.mean(inside == inside.max()))


Term = Callable[[Scan], float]

OF_SCAN: dict[str, Term] = {
    "efc": entropy_focus,
    "fber": energy_ratio,
    "ghost_to_signal": ghost_to_signal,
    "clipped_fraction": clipped_fraction,
}
"""Measures that need the scan alone."""

OF_BRAIN: dict[str, Term] = {
    "snr": lambda scan: signal_to_noise(scan, "brain"),
    "sharpness": sharpness,
    "fwhm": smoothness_mm,
}
"""Measures that need a brain mask."""

OF_TISSUES: dict[str, Term] = {
    "snr_white_matter": lambda scan: signal_to_noise(scan, "white matter"),
    "snr_within_white_matter": signal_to_spread,
    "cnr": contrast_to_noise,
    "cjv": joint_variation,
    "wm2max": white_to_max,
    "bias_spread": bias_spread,
}
"""Measures that need grey and white matter."""


def measure_quality(scan: Scan, terms: dict[str, Term]) -> ScanQuality:
    """Measure the quality of a scan.

    Parameters
    ----------
    scan
        Scan and masks.
    terms
        What to measure, out of `OF_SCAN`, `OF_BRAIN` and `OF_TISSUES`.
    """
    values: dict[str, float] = {}
    undefined: dict[str, str] = {}
    for name, term in terms.items():
        try:
            values[name] = term(scan)
        except NoValue as none:
            undefined[name] = str(none)
    return ScanQuality(values, undefined)
