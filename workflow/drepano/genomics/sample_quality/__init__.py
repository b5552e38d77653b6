"""Quality of samples from all records of their files, sex and relatedness."""

from __future__ import annotations

from drepano.genomics.sample_quality.collecting import QUALITY, QualitySource
from drepano.genomics.sample_quality.concluding import QualityInterpreter
from drepano.genomics.sample_quality.genotypes import KINSHIP, MarkerSource
from drepano.genomics.sample_quality.markers import read_markers
from drepano.genomics.sample_quality.relatedness import RelatednessInterpreter
from drepano.settings import Genomics

__all__ = ["KINSHIP", "QUALITY", "quality_interpreters", "quality_sources"]


def quality_sources(genomics: Genomics, build: str) -> list[QualitySource | MarkerSource]:
    """Return what the study gathers of each sample.

    Raises
    ------
    ConfigError
        The marker file is missing or wrong.
    """
    settings = genomics.sample_quality
    if settings is None:
        return []
    sources: list[QualitySource | MarkerSource] = [QualitySource(settings, genomics, build)]
    if settings.markers is not None:
        sources.append(MarkerSource(read_markers(settings.markers), genomics, build))
    return sources


def quality_interpreters(
    genomics: Genomics,
) -> list[QualityInterpreter | RelatednessInterpreter]:
    """Return what concludes the quality of samples.

    Raises
    ------
    ConfigError
        The marker file is missing or wrong.
    """
    settings = genomics.sample_quality
    if settings is None:
        return []
    parts: list[QualityInterpreter | RelatednessInterpreter] = [QualityInterpreter(settings)]
    if settings.markers is not None:
        parts.append(RelatednessInterpreter(settings, read_markers(settings.markers)))
    return parts
