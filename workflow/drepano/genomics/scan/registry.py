"""Blocks of the study that gather sums over whole files, in the order of their columns."""

from __future__ import annotations

from drepano.genomics.burdens import burden_sources
from drepano.genomics.sample_quality import quality_sources
from drepano.genomics.scan.collector import CollectorSource
from drepano.settings import Genomics


def sources_of(genomics: Genomics, build: str) -> list[CollectorSource]:
    """Return what the study gathers in a pass over whole files on a build.

    Raises
    ------
    ConfigError
        A file of the study is missing or wrong; the faults of all of them at once.
    """
    return [
        *burden_sources(genomics, build),
        *quality_sources(genomics, build),
    ]
