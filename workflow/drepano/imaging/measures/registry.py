"""The study's measures, in the order of its settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from drepano.imaging.measures import diffusion, perfusion, quality, relaxometry, vessels
from drepano.imaging.measures.lesion_candidates import LesionCandidatesMeasure
from drepano.imaging.measures.lesions import LesionMeasure
from drepano.imaging.measures.measure import Measure
from drepano.imaging.measures.volumes import VolumesMeasure
from drepano.settings import Imaging

_MAKERS: dict[str, Callable[[Any, Imaging], list[Measure]]] = {
    "lesions": lambda block, imaging: [LesionMeasure(block, imaging.region_sets)],
    "lesion_candidates": lambda block, imaging: [
        LesionCandidatesMeasure(block, imaging.region_sets)
    ],
    "volumes": lambda block, imaging: [VolumesMeasure(block, imaging.region_sets)],
    "perfusion": perfusion.make,
    "diffusion": diffusion.make,
    "relaxometry": relaxometry.make,
    "vessels": vessels.make,
    "quality": quality.make,
}
"""Block of `imaging.measures` to what makes its measures: one, or one for each scan."""


def measures_of(imaging: Imaging) -> list[Measure]:
    """Return the measures that the study asks for."""
    blocks = {name: getattr(imaging.measures, name) for name in _MAKERS}
    return [m for name, block in blocks.items() if block for m in _MAKERS[name](block, imaging)]
