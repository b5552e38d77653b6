"""A head to diffusion weighted volumes of known tensors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drepano.synthetic.contrast import Contrast, mean_signal, with_noise
from drepano.synthetic.raw.head import TISSUES, Field, Head, Seen
from drepano.synthetic.raw.poses import View

B_S_PER_MM2 = 1000.0
DIRECTIONS = 12
B0_VOLUMES = 2

MEAN_MM2_PER_S = {"grey": 0.85e-3, "white": 0.72e-3, "fluid": 3.0e-3, "lesion": 1.1e-3}
ANISOTROPY = {"grey": 0.15, "white": 0.60, "fluid": 0.0, "lesion": 0.25}
"""Mean diffusivity and fractional anisotropy of each pure tissue."""

B0 = Contrast(600, 480, 1200, 700, 150, 20, texture=0, bias=0, noise=8)
VOXEL = (4 / 3, 4 / 3, 4 / 3)
"""Edges of the voxels, in voxels of the head."""

SIDECAR: dict[str, object] = {
    "PulseSequenceType": "Spin echo EPI",
    "EchoTime": 0.085,
    "RepetitionTime": 7.5,
    "FlipAngle": 90,
    "PhaseEncodingDirection": "j",
    "TotalReadoutTime": 0.03,
}


@dataclass(frozen=True, slots=True)
class Dwi:
    """A diffusion series.

    Attributes
    ----------
    series
        (X, Y, Z, 14), arbitrary units.
    bvals
        (14,), in s/mm².
    bvecs
        (14, 3), unit vectors in the scan's world; 0 where b is 0.
    fa, md
        (X, Y, Z), of the tensor in each voxel: 0–1, and mm²/s.
    """

    series: NDArray[np.int16]
    bvals: NDArray[np.float64]
    bvecs: NDArray[np.float64]
    fa: Field
    md: Field


def eigenvalues(mean: float, anisotropy: float) -> tuple[float, float]:
    """Return the diffusivity along and across the axis of a cigar-shaped tensor, in mm²/s.

    With mean + 2d along and mean - d across, FA is 3d / sqrt(3 mean² + 6d²), solved for d.

    References
    ----------
    .. [1] Basser and Pierpaoli, J Magn Reson B 1996, https://doi.org/10.1006/jmrb.1996.0086.
    """
    excess = mean * anisotropy / np.sqrt(3 - 2 * anisotropy**2)
    return mean + 2 * excess, mean - excess


def dwi(head: Head, view: View, seen: Seen, rng: np.random.Generator) -> Dwi:
    """Draw volumes without weighting, then one per direction.

    All tensors point the same way, which the seed draws, and turn with the head. A voxel's
    tensor is the mean of its tissues' tensors, so that its signal decays with one exponent.
    """
    axis = view.scan.pose[:3, :3] @ _unit(rng.standard_normal(3))
    along, across = (seen.blend({name: pair[i] for name, pair in _pairs().items()}) for i in (0, 1))
    bvecs = np.concatenate([np.zeros((B0_VOLUMES, 3)), directions(DIRECTIONS)])
    bvals = np.where(bvecs.any(axis=1), B_S_PER_MM2, 0.0)
    signal = view.mean(mean_signal(head.session.anatomy, head.lesion_numbers > 0, B0))
    volumes = []
    for b, vector in zip(bvals, bvecs, strict=True):
        cosine2 = float(np.dot(vector, axis)) ** 2
        diffusivity = across + (along - across) * np.float32(cosine2)
        volumes.append(with_noise(signal * np.exp(-b * diffusivity), B0.noise, rng))
    md = (along + 2 * across) / 3
    return Dwi(
        series=np.rint(np.stack(volumes, axis=-1)).astype(np.int16),
        bvals=bvals,
        bvecs=bvecs,
        fa=_anisotropy(along, across),
        md=np.asarray(md, np.float32),
    )


def directions(count: int) -> NDArray[np.float64]:
    """Return unit vectors (count, 3) spread over half a sphere by the golden angle."""
    number = np.arange(count)
    z = (number + 0.5) / count
    angle = number * np.pi * (3 - np.sqrt(5))
    across = np.sqrt(1 - z**2)
    return np.stack([across * np.cos(angle), across * np.sin(angle), z], axis=1)


def _pairs() -> dict[str, tuple[float, float]]:
    return {name: eigenvalues(MEAN_MM2_PER_S[name], ANISOTROPY[name]) for name in TISSUES}


def _anisotropy(along: Field, across: Field) -> Field:
    """Return FA of tensors with the eigenvalues (along, across, across)."""
    size = np.sqrt(along**2 + 2 * across**2)
    return np.asarray((along - across) / np.where(size > 0, size, 1), np.float32)


def _unit(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(vector / np.sqrt((vector**2).sum()))
