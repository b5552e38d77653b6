"""Blocks of the study that gather sums over whole files, in the order of their columns."""

from __future__ import annotations

from drepano.genomics.callers.structural import StructureSource
from drepano.genomics.scan.collector import CollectorSource
from drepano.settings import Genomics


def sources_of(genomics: Genomics, build: str) -> list[CollectorSource]:
    """Return what the study gathers in a pass over whole files on a build.

    Raises
    ------
    ConfigError
        A file of the study is missing or wrong; the faults of all of them at once.
    """
    sources: list[CollectorSource] = []
    if genomics.callers.scans:
        sources.append(StructureSource(genomics, build))
    return sources
