"""A head and its vessels to a time-of-flight angiography."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drepano.synthetic.contrast import Contrast, mean_signal, with_noise
from drepano.synthetic.raw.head import Head
from drepano.synthetic.raw.poses import View
from drepano.synthetic.raw.vessels import Lumen, Tube, fill

VOXEL_MM = (0.7, 0.7, 0.7)
BOX_MM = ((-54.0, 54.0), (-48.0, 36.0), (-62.0, 12.0))
"""The slab around the circle of Willis, in the world of the scan."""

STILL = Contrast(170, 150, 70, 160, 140, 20, texture=0.3, bias=0, noise=12)
"""Tissue that does not move; blood that flows in is bright."""

_BLOOD = 600.0

SIDECAR: dict[str, object] = {
    "PulseSequenceType": "3D time of flight",
    "MRAcquisitionType": "3D",
    "EchoTime": 0.0036,
    "RepetitionTime": 0.022,
    "FlipAngle": 18,
}


@dataclass(frozen=True, slots=True)
class Angiography:
    """An angiography (X, Y, Z) in arbitrary units, and its vessels."""

    voxels: NDArray[np.int16]
    lumen: Lumen


def angiography(
    head: Head, view: View, tubes: dict[str, Tube], rng: np.random.Generator
) -> Angiography:
    """Draw the slab; the vessels are tubes, whatever the head around them looks like."""
    lumen = fill(tubes, view.scan)
    still = view.mean(mean_signal(head.session.anatomy, head.lesion_numbers > 0, STILL))
    signal = still * (1 - lumen.share) + _BLOOD * lumen.share
    noisy = with_noise(signal.astype(np.float64), STILL.noise, rng)
    return Angiography(np.rint(noisy).astype(np.int16), lumen)
