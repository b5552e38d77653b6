"""A head to a multi-echo gradient echo of known decay."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drepano.synthetic.contrast import Contrast, mean_signal, with_noise
from drepano.synthetic.raw.head import Field, Head, Seen
from drepano.synthetic.raw.poses import View

ECHO_TIMES_S = (0.005, 0.012, 0.020, 0.030)
R2STAR_PER_S = {"grey": 17.0, "white": 21.0, "fluid": 2.5, "lesion": 13.0}
"""Decay of each pure tissue at 3 T."""

START = Contrast(800, 650, 900, 820, 500, 50, texture=0, bias=0, noise=5)
"""Signal at an echo time of 0."""

VOXEL = (4 / 3, 4 / 3, 4 / 3)
"""Edges of the voxels, in voxels of the head."""


@dataclass(frozen=True, slots=True)
class MultiEcho:
    """A multi-echo scan.

    Attributes
    ----------
    echoes
        One (X, Y, Z) per time of `ECHO_TIMES_S`, arbitrary units.
    r2star
        (X, Y, Z), decay in each voxel, 1/s.
    """

    echoes: tuple[NDArray[np.int16], ...]
    r2star: Field


def multi_echo(head: Head, view: View, seen: Seen, rng: np.random.Generator) -> MultiEcho:
    """Draw the echoes; a voxel decays with the mean rate of its tissues."""
    start = view.mean(mean_signal(head.session.anatomy, head.lesion_numbers > 0, START))
    rate = seen.blend(R2STAR_PER_S)
    echoes = (
        np.rint(with_noise(start * np.exp(-time * rate), START.noise, rng)).astype(np.int16)
        for time in ECHO_TIMES_S
    )
    return MultiEcho(tuple(echoes), rate)


def sidecar(echo: int) -> dict[str, object]:
    """Return the sequence's part of an echo's side file; echoes count from 1."""
    return {
        "PulseSequenceType": "Multi-echo gradient echo",
        "EchoNumber": echo,
        "EchoTime": ECHO_TIMES_S[echo - 1],
        "RepetitionTime": 0.04,
        "FlipAngle": 15,
    }
