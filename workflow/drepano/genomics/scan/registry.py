"""Blocks of the study that gather sums over whole files, in the order of their columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from drepano.genomics.ancestry.projecting import ancestry_sources
from drepano.genomics.blocks import make_all
from drepano.genomics.burdens import burden_sources
from drepano.genomics.callers.structural import StructureSource
from drepano.genomics.reading.bases import Bases, NoReference
from drepano.genomics.sample_quality import quality_sources
from drepano.genomics.scan.collector import CollectorSource
from drepano.genomics.scores.gathering import score_sources
from drepano.settings import Genomics


def sources_of(genomics: Genomics, build: str, bases: Bases | None = None) -> list[CollectorSource]:
    """Return what the study gathers in a pass over whole files on a build.

    `bases` are those of the site's reference FASTA, if there is one.

    Raises
    ------
    ConfigError
        A file of the study is missing or wrong; the faults of all of them at once.
    """
    known = bases or NoReference()
    makers: list[Callable[[], Iterable[CollectorSource]]] = [
        lambda: [StructureSource(genomics, build)] if genomics.callers.scans else [],
        lambda: score_sources(genomics, build, known),
        lambda: ancestry_sources(genomics, build, known),
        lambda: burden_sources(genomics, build),
        lambda: quality_sources(genomics, build),
    ]
    return make_all(makers)
