"""Tissues and lesions to the intensities of a T1w or a FLAIR scan."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drepano.synthetic.anatomy import Anatomy, Mask
from drepano.synthetic.warp import Axes, lattice_shape, spread


@dataclass(frozen=True, slots=True)
class Contrast:
    """Mean intensities of a sequence, in arbitrary units, and its faults.

    Attributes
    ----------
    grey, white, fluid, lesion, scalp, skull
        Mean intensity of each.
    texture
        Share of the template's own texture, times grey to white contrast.
    bias
        Strength of the slow shading: standard deviation of its logarithm.
    noise
        Standard deviation of the noise in each of the two channels.
    """

    grey: float
    white: float
    fluid: float
    lesion: float
    scalp: float
    skull: float
    texture: float
    bias: float
    noise: float


T1W = Contrast(520, 780, 170, 480, 640, 60, texture=0.5, bias=0.07, noise=14)
FLAIR = Contrast(430, 350, 60, 720, 330, 40, texture=0.5, bias=0.09, noise=16)

_SKULL_MM = (0.0, 4.0)
_SCALP_MM = (4.0, 11.0)
_BIAS_NODE_MM = 75.0


def scan(
    anatomy: Anatomy, lesions: Mask, contrast: Contrast, rng: np.random.Generator
) -> NDArray[np.int16]:
    """Draw a scan (X, Y, Z) in arbitrary integer units, with shading and Rician noise.

    References
    ----------
    .. [1] Gudbjartsson and Patz, Magn Reson Med 1995,
       https://doi.org/10.1002/mrm.1910340618: noise of magnitude images is Rician.
    """
    signal = mean_signal(anatomy, lesions, contrast)
    signal *= np.exp(shading(anatomy.grid.axes, rng, node_mm=_BIAS_NODE_MM) * contrast.bias)
    return np.asarray(np.rint(with_noise(signal, contrast.noise, rng)), np.int16)


def with_noise(
    signal: NDArray[np.float64], noise: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return the magnitude of a signal with normal noise in its two channels."""
    real, imaginary = rng.normal(0, noise, (2, *signal.shape))
    return np.asarray(np.hypot(signal + real, imaginary))


def mean_signal(anatomy: Anatomy, lesions: Mask, contrast: Contrast) -> NDArray[np.float64]:
    """Return the signal (X, Y, Z) of a head before shading and noise."""
    texture = anatomy.texture * contrast.texture * (contrast.white - contrast.grey)
    brain = (
        anatomy.grey * contrast.grey
        + anatomy.white * contrast.white
        + anatomy.fluid * contrast.fluid
        + texture
    )
    outside = -anatomy.brain_depth_mm
    head = _shell(outside, _SKULL_MM, anatomy) * contrast.skull
    head += _shell(outside, _SCALP_MM, anatomy) * contrast.scalp
    signal = np.asarray(np.clip(brain, 0, None) + head, np.float64)
    signal[lesions] = contrast.lesion
    return signal


def _shell(
    outside_mm: NDArray[np.float32], limits_mm: tuple[float, float], anatomy: Anatomy
) -> NDArray[np.float32]:
    """Return the fraction of each voxel that lies between two distances from the brain."""
    low, high = limits_mm
    edge = anatomy.grid.voxel_mm
    after = np.clip(0.5 + (outside_mm - low) / edge, 0, 1)
    before = np.clip(0.5 + (high - outside_mm) / edge, 0, 1)
    return np.asarray(after * before, np.float32)


def shading(axes: Axes, rng: np.random.Generator, *, node_mm: float) -> NDArray[np.float64]:
    """Return a smooth field (X, Y, Z) of mean 0 and standard deviation 1 at its nodes."""
    nodes = rng.standard_normal((1, *lattice_shape(node_mm)))
    return np.asarray(spread(nodes, axes)[0])
