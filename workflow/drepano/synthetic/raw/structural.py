"""A head to its T1w and FLAIR, shaded by a known field, and to those that no one can use."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from drepano.synthetic.contrast import FLAIR, T1W, Contrast, mean_signal, shading, with_noise
from drepano.synthetic.raw.head import Field, Head
from drepano.synthetic.raw.poses import View

CONTRASTS: dict[str, Contrast] = {
    "T1w": replace(T1W, bias=0.18),
    "FLAIR": replace(FLAIR, bias=0.15),
}
"""How the scans look; the field is stronger than in a delivered cohort, to be corrected."""

SLICES = (1.0, 1.0, 2.0)
"""Edges of the FLAIR's voxels along X, Y, Z, in voxels of the head."""

_BIAS_NODE_MM = 95.0
_NAN_VOXELS = (4, 4, 2)
_NOISE_SIGNAL = 300.0


@dataclass(frozen=True, slots=True)
class Shaded:
    """A scan (X, Y, Z) in arbitrary units, and the field that shades it.

    Attributes
    ----------
    voxels
        Signal times field, with Rician noise, rounded.
    field
        Factor by which the signal is multiplied, about 1.
    """

    voxels: NDArray[np.int16]
    field: Field


def structural(head: Head, view: View, suffix: str, rng: np.random.Generator) -> Shaded:
    """Draw a T1w or a FLAIR."""
    contrast = CONTRASTS[suffix]
    lesions = head.hypointense if suffix == "T1w" else head.lesion_numbers > 0
    signal = mean_signal(head.session.anatomy, lesions, contrast)
    seen = signal if view.on_own_voxels else view.mean(signal).astype(np.float64)
    smooth = shading(view.scan.axes, rng, node_mm=_BIAS_NODE_MM)
    field = np.exp(smooth * contrast.bias).astype(np.float32)
    noisy = with_noise(seen * field, contrast.noise, rng)
    return Shaded(np.asarray(np.rint(noisy), np.int16), field)


def without_head(shape: tuple[int, int, int], rng: np.random.Generator) -> NDArray[np.int16]:
    """Draw a scan that shows noise and no head, so that nothing can be registered to it."""
    noise = with_noise(np.zeros(shape), _NOISE_SIGNAL, rng)
    return np.asarray(np.rint(noise), np.int16)


def with_nan(voxels: NDArray[np.int16]) -> Field:
    """Return the scan as floats, a block in its middle not a number."""
    holed = voxels.astype(np.float32)
    middle = (slice(n // 2, n // 2 + k) for n, k in zip(voxels.shape, _NAN_VOXELS, strict=True))
    holed[tuple(middle)] = np.nan
    return holed
