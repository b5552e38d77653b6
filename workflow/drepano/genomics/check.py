"""What is wrong with the genomics of a study at a site, found before anything runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from drepano.contracts import Column
from drepano.genomics.blocks import make_all
from drepano.genomics.interpretation.registry import Interpreter, blocks_of
from drepano.genomics.panel.genotyping import context_of
from drepano.genomics.scan.sources import sources_from
from drepano.settings import GenomeSource, Genomics


def check_genomics(genomics: Genomics, genome: GenomeSource | None) -> None:
    """Read every file that the study and the site bring to genomics, beside the VCFs.

    Raises
    ------
    ConfigError
        Scoring files, loadings, markers, FASTA or rows of the panel are missing or wrong; all
        faults at once.
    """
    makers: list[Callable[[], Iterable[object]]] = [
        partial(_columns, block) for block in blocks_of(genomics)
    ]
    if genome is not None:
        makers.append(lambda: sources_from(context_of(genomics, genome)))
    make_all(makers)


def _columns(block: Callable[[], Iterable[Interpreter]]) -> list[Column]:
    """Declare the columns of a block, for which its interpreters read their files."""
    return [column for part in block() for column in part.columns()]
