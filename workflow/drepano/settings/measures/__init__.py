"""Measures beside radiomics, each a block of the study; null computes none of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from drepano.errors import Fault
from drepano.settings.base import Settings
from drepano.settings.measures.diffusion import Diffusion
from drepano.settings.measures.lesion_candidates import LesionCandidates
from drepano.settings.measures.lesions import Lesions
from drepano.settings.measures.perfusion import Perfusion
from drepano.settings.measures.quality import Quality
from drepano.settings.measures.relaxometry import Relaxometry
from drepano.settings.measures.vessels import Vessels
from drepano.settings.measures.volumes import Volumes

if TYPE_CHECKING:
    from drepano.settings.imaging import RegionSet


class Measures(Settings):
    """What is measured beside radiomics."""

    lesions: Lesions | None = None
    """Lesions: count, volume, largest diameter under the three definitions of silent infarcts."""
    lesion_candidates: LesionCandidates | None = None
    """Hyperintense outliers of white matter on FLAIR that nobody has read."""
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

    def faults(self, where: str, sets: Mapping[str, RegionSet]) -> Iterator[Fault]:
        """Give what does not fit the study's region sets; `where` is the block's place."""
        for name, block in ((n, getattr(self, n)) for n in type(self).model_fields):
            if isinstance(block, (Lesions, LesionCandidates, Volumes)):
                yield from block.faults(f"{where}.{name}", sets)


__all__ = [
    "Diffusion",
    "LesionCandidates",
    "Lesions",
    "Measures",
    "Perfusion",
    "Quality",
    "Relaxometry",
    "Vessels",
    "Volumes",
]
