"""A head and a haematocrit to arterial spin labelling of a known blood flow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drepano.synthetic.contrast import Contrast, mean_signal, with_noise
from drepano.synthetic.raw.head import Field, Head, Seen
from drepano.synthetic.raw.poses import View

PARTITION_ML_PER_G = 0.9
EFFICIENCY = 0.85
DELAY_S = 1.8
DURATION_S = 1.8
PAIRS = 4

M0 = Contrast(850, 700, 1000, 780, 500, 80, texture=0, bias=0, noise=1.5)
"""Equilibrium magnetisation, as the M0 scan shows it."""

VOXEL = (4 / 3, 4 / 3, 2.0)
"""Edges of the voxels, in voxels of the head."""

_SATURATION = 0.85

SIDECAR: dict[str, object] = {
    "ArterialSpinLabelingType": "PCASL",
    "PostLabelingDelay": DELAY_S,
    "LabelingDuration": DURATION_S,
    "LabelingEfficiency": EFFICIENCY,
    "BackgroundSuppression": False,
    "VascularCrushing": False,
    "M0Type": "Separate",
    "TotalAcquiredPairs": PAIRS,
    "RepetitionTimePreparation": 4.5,
    "EchoTime": 0.012,
    "FlipAngle": 90,
    "MRAcquisitionType": "3D",
    "PulseSequenceType": "3D GRASE",
}
M0_SIDECAR: dict[str, object] = {
    "RepetitionTimePreparation": 10.0,
    "EchoTime": 0.012,
    "FlipAngle": 90,
    "MRAcquisitionType": "3D",
    "PulseSequenceType": "3D GRASE",
}


@dataclass(frozen=True, slots=True)
class Flow:
    """Blood flow of one session, in mL/100 g/min, and the blood that carries the label.

    Attributes
    ----------
    grey, white, lesion
        Flow in the left hemisphere; fluid has none.
    right_to_left
        The right hemisphere's flow is that of the left one times this.
    haematocrit
        Volume of red cells in blood, 0–1.
    """

    grey: float
    white: float
    lesion: float
    right_to_left: float
    haematocrit: float

    @property
    def blood_t1_s(self) -> float:
        """T1 of arterial blood at 3 T, in seconds; longer in anaemia.

        References
        ----------
        .. [1] Lu et al., Magn Reson Med 2004, https://doi.org/10.1002/mrm.20178:
           1/T1 = 0.52 Hct + 0.38 1/s.
        """
        return 1 / (0.52 * self.haematocrit + 0.38)


@dataclass(frozen=True, slots=True)
class Asl:
    """An ASL series.

    Attributes
    ----------
    series
        (X, Y, Z, 2 * PAIRS), arbitrary units.
    m0
        (X, Y, Z), in the same units.
    context
        `control` or `label` of each volume.
    cbf
        (X, Y, Z), the flow that the formula gives without noise, in mL/100 g/min.
    """

    series: Field
    m0: Field
    context: tuple[str, ...]
    cbf: Field


def draw_flow(rng: np.random.Generator, haematocrit: float, *, lopsided: bool) -> Flow:
    """Draw a session's flow around 90 in grey and 43 in white matter (Helton 2009)."""
    return Flow(
        grey=round(float(rng.uniform(82, 98)), 1),
        white=round(float(rng.uniform(39, 47)), 1),
        lesion=round(float(rng.uniform(14, 22)), 1),
        right_to_left=0.8 if lopsided else 1.0,
        haematocrit=haematocrit,
    )


def label_signal(blood_t1_s: float) -> float:
    """Return what 1 mL/100 g/min takes from the label image, as a share of M0.

    References
    ----------
    .. [1] Alsop et al., Magn Reson Med 2015, https://doi.org/10.1002/mrm.25197, equation 1:
       the consensus formula for PCASL, solved for the difference of control and label.
    """
    decay = np.exp(-DELAY_S / blood_t1_s)
    filled = 1 - np.exp(-DURATION_S / blood_t1_s)
    return float(2 * EFFICIENCY * blood_t1_s * decay * filled / (6000 * PARTITION_ML_PER_G))


def asl(head: Head, view: View, seen: Seen, flow: Flow, rng: np.random.Generator) -> Asl:
    """Draw control and label volumes in turn, and an M0 scan."""
    m0 = view.mean(mean_signal(head.session.anatomy, head.lesion_numbers > 0, M0))
    side = 1 + (flow.right_to_left - 1) * view.mean(head.right)
    weights = np.asarray([flow.grey, flow.white, 0, flow.lesion], np.float32)
    cbf = np.einsum("t,txyz->xyz", weights, seen.fractions) * side.astype(np.float32)
    taken = cbf * m0 * label_signal(flow.blood_t1_s)
    # Sites differ in what comes first; a reader that does not look negates the flow.
    first_label = head.session.person.index % 2 == 1
    context = (("label", "control") if first_label else ("control", "label")) * PAIRS
    volumes = [
        with_noise(m0 * _SATURATION - (taken if kind == "label" else 0), M0.noise, rng)
        for kind in context
    ]
    return Asl(
        series=np.stack(volumes, axis=-1).astype(np.float32),
        m0=with_noise(m0.astype(np.float64), M0.noise, rng).astype(np.float32),
        context=context,
        cbf=np.asarray(cbf, np.float32),
    )
