"""Cerebral blood flow from ASL."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from drepano.settings.base import FileChoice, Name, Settings
from drepano.settings.measures.in_regions import InRegions, Positive

Efficiency = Annotated[float, Field(gt=0, le=1)]


class LabellingEfficiency(Settings):
    """Labelling efficiency where the sidecar gives none."""

    pcasl: Efficiency = 0.85
    """Pseudo-continuous labelling (Alsop 2015)."""
    casl: Efficiency = 0.68
    """Continuous labelling with an amplitude-modulated control (Wang 2005)."""
    pasl: Efficiency = 0.98
    """Pulsed labelling (Alsop 2015)."""


class Perfusion(InRegions):
    """Cerebral blood flow from ASL, by the consensus formula (Alsop 2015)."""

    suffix: str = "asl"
    """BIDS suffix of the scan."""
    m0: FileChoice = FileChoice(suffix="m0scan")
    """The scan of M0, where the sidecar says that it is a file of its own."""
    haematocrit: Literal["hales2016", "lu2004", "ignore"] = "hales2016"
    """How the T1 of blood follows from the haematocrit (concept hct_pct) where it is recorded:
    by field strength (Hales 2016), for 3 T alone (Lu 2004), or not at all."""
    blood_t1_ms: Positive | None = None
    """T1 of blood that is assumed without haematocrit, in ms; null: 1650 at 3 T, 1350 at 1.5 T
    (Alsop 2015). Measured in children with sickle cell disease at 3 T: 1818 (Vaclavu 2016)."""
    partition_coefficient: Positive = 0.9
    """Blood-brain partition coefficient of water, in mL/g."""
    efficiency: LabellingEfficiency = LabellingEfficiency()
    """Labelling efficiency where the sidecar gives none."""
    suppression_efficiency: Efficiency = 1.0
    """Label that is left after each background suppression pulse. 1: as in the consensus formula;
    0.95 is usual (Garcia 2005), and then the sidecar must tell the number of pulses."""
    tissue_t1_ms: Positive = 1330.0
    """T1 of grey matter in ms, by which an M0 with a repetition time below 5 s is corrected
    (1330 at 3 T, Wansapura 1999)."""
    ratios: dict[Name, tuple[Name, Name]] = {}
    """Name to two regions: mean flow of the first by that of the second, such as
    {grey_white: [grey_matter, white_matter]}."""
    asymmetries: dict[Name, tuple[Name, Name]] = {}
    """Name to a left and a right region: difference of their mean flows, in % of the middle."""
