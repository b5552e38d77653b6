"""Measures beside radiomics, each a block of the study; null computes none of it."""

from __future__ import annotations

from drepano.settings.base import Settings
from drepano.settings.measures.diffusion import Diffusion
from drepano.settings.measures.lesions import Lesions
from drepano.settings.measures.perfusion import Perfusion
from drepano.settings.measures.quality import Quality
from drepano.settings.measures.relaxometry import Relaxometry
from drepano.settings.measures.vessels import Vessels
from drepano.settings.measures.volumes import Volumes


class Measures(Settings):
    """What is measured beside radiomics."""

    lesions: Lesions | None = None
    """Lesions: count, volume, largest diameter under the three definitions of silent infarcts."""
    volumes: Volumes | None = None
    """Volumes of the brain and its tissues, and their asymmetry."""
    perfusion: Perfusion | None = None
    """Cerebral blood flow from ASL."""
    diffusion: Diffusion | None = None
    """Diffusion tensor measures."""
    vessels: Vessels | None = None
    """Vessels from a mask of an angiography."""
    relaxometry: Relaxometry | None = None
    """R2* from multi-echo scans."""
    quality: Quality | None = None
    """Image quality of each scan."""


__all__ = [
    "Diffusion",
    "Lesions",
    "Measures",
    "Perfusion",
    "Quality",
    "Relaxometry",
    "Vessels",
    "Volumes",
]
