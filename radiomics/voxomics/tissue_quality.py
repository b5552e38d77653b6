"""Image quality inside the brain: signal, contrast, bias field, sharpness."""

from __future__ import annotations

from math import log, sqrt

import numpy as np
from scipy import ndimage

from voxomics.air import NoValue, block_sizes, grown, in_blocks
from voxomics.scan import FEWEST, Scan

_BLOCK_MM = 4.0
"""The bias field is looked for on blocks of voxels of about this edge: it is smooth."""

_SMOOTH_MM = 10.0
"""Standard deviation of the Gaussian that leaves of white matter the bias field alone."""

_RIM_MM = 3.0
"""The gradient is not looked at so near to the edge of the brain."""

_FWHM = sqrt(8 * log(2))
"""From the standard deviation of a Gaussian to its full width at half maximum."""


def signal_to_noise(scan: Scan, region: str) -> float:
    """Return the mean of a region over the noise in air, Rayleigh corrected [1].

    Higher is better (Dietrich 2007, https://doi.org/10.1002/jmri.20969).
    """
    return scan.mean(region) / scan.noise()


def signal_to_spread(scan: Scan) -> float:
    """Return the mean of white matter over its own standard deviation [1].

    Higher is better. It needs no air; bias field and anatomy count as noise.
    """
    scan.require_magnitudes()
    inside = scan.image[scan.region("white matter")]
    sd = float(inside.std(ddof=1))
    if sd == 0:
        message = "white matter has the same value everywhere"
        raise NoValue(message)
    return float(inside.mean()) / sd


def contrast_to_noise(scan: Scan) -> float:
    """Return the distance of the means of grey and white matter over the noise in air [1].

    Higher is better (Magnotta 2006, https://doi.org/10.1007/s10278-006-0264-x). The noise is
    Rayleigh corrected, where MRIQC takes the plain standard deviation of the air.
    """
    return abs(scan.mean("grey matter") - scan.mean("white matter")) / scan.noise()


def joint_variation(scan: Scan) -> float:
    """Return the sum of the standard deviations of grey and white matter over their distance [1].

    Lower is better: motion, noise and bias field raise it (Ganzetti 2016,
    https://doi.org/10.3389/fninf.2016.00010).
    """
    grey = scan.image[scan.region("grey matter")]
    white = scan.image[scan.region("white matter")]
    distance = abs(float(grey.mean() - white.mean()))
    if distance == 0:
        message = "grey and white matter have the same mean"
        raise NoValue(message)
    return float(grey.std(ddof=1) + white.std(ddof=1)) / distance


def white_to_max(scan: Scan) -> float:
    """Return the median of white matter over the 99.95th percentile of the scan [1].

    Low when vessels, fat or spikes are far brighter than the brain; 0.6 to 0.8 is usual in
    T1w (MRIQC).
    """
    scan.require_magnitudes()
    white = scan.region("white matter")
    top = float(np.percentile(scan.image[scan.finite], 99.95))
    if top <= 0:
        message = "no bright voxel in the scan"
        raise NoValue(message)
    return float(np.median(scan.image[white])) / top


def bias_spread(scan: Scan) -> float:
    """Return the spread of the smooth part of white matter [1].

    White matter smoothed within itself (Gaussian of 10 mm) is the bias field; its 95th less
    its 5th percentile over its median. Lower is better, 0 is a flat field.
    """
    scan.require_magnitudes()
    white = scan.region("white matter")
    blocks = block_sizes(scan.spacing_mm, _BLOCK_MM)
    sums = in_blocks(np.where(white, scan.image, 0.0), blocks)
    counts = in_blocks(white.astype(np.float64), blocks)
    sigma = [_SMOOTH_MM / (edge * n) for edge, n in zip(scan.spacing_mm, blocks, strict=True)]
    smooth = ndimage.gaussian_filter(sums, sigma, mode="constant")
    weight = ndimage.gaussian_filter(counts, sigma, mode="constant")
    field = smooth[counts > 0] / weight[counts > 0]
    low, middle, high = np.percentile(field, [5, 50, 95])
    if middle <= 0:
        message = "white matter is not above zero"
        raise NoValue(message)
    return float((high - low) / middle)


def sharpness(scan: Scan) -> float:
    """Return the root mean square of the gradient over the mean inside the brain, in 1/mm.

    Central differences; what lies within 3 mm of the brain's edge is left out, so that its
    edge does not count. Blur lowers it (the plain mean of the gradient would stay: a blurred
    edge is as high as a sharp one). Higher is sharper; noise raises it too, so read it beside
    the signal to noise.
    """
    scan.require_magnitudes()
    brain = scan.region("brain")
    box = ndimage.find_objects(brain.astype(np.uint8))[0]
    image, outside = scan.image[box], ~np.pad(brain[box], 1)
    inner = ~grown(outside, scan.spacing_mm, _RIM_MM)[1:-1, 1:-1, 1:-1]
    mean = scan.mean("brain")
    if np.count_nonzero(inner) < FEWEST or min(image.shape) < 2 or mean == 0:
        message = "the brain has hardly a voxel away from its edge, or is zero"
        raise NoValue(message)
    square = np.zeros(int(np.count_nonzero(inner)))
    for axis, edge in enumerate(scan.spacing_mm):
        square += np.gradient(image, float(edge), axis=axis)[inner] ** 2
    return float(np.sqrt(square.mean())) / mean


def smoothness_mm(scan: Scan) -> float:
    """Return the full width at half maximum of the brain's point spread, in mm.

    From the variance of neighbours' differences against that of all voxels (Forman 1995,
    https://doi.org/10.1002/mrm.1910330508), the geometric mean of three axes. Lower is sharper;
    noise lowers it too.
    """
    brain = scan.region("brain")
    variance = float(scan.image[brain].var(ddof=1))
    widths = []
    for axis, edge in enumerate(scan.spacing_mm):
        low = tuple(slice(None, -1) if a == axis else slice(None) for a in range(3))
        high = tuple(slice(1, None) if a == axis else slice(None) for a in range(3))
        both = brain[low] & brain[high]
        steps = (scan.image[high] - scan.image[low])[both]
        ratio = 1 - float(steps.var()) / (2 * variance) if variance > 0 and steps.size else 0.0
        if not 0 < ratio < 1:
            message = "neighbours in the brain do not resemble each other, or are all the same"
            raise NoValue(message)
        widths.append(float(edge) * _FWHM * sqrt(-1 / (4 * log(ratio))))
    return float(np.cbrt(np.prod(widths)))
