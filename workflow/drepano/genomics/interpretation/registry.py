"""Blocks of the study that conclude something, in the order of their columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from drepano.contracts import Column
from drepano.genomics.ancestry.interpreting import Projection
from drepano.genomics.blocks import make_all
from drepano.genomics.burdens import burden_interpreters
from drepano.genomics.callers.callers import callers_of
from drepano.genomics.interpretation.evidence import Evidence
from drepano.genomics.interpretation.findings import Findings
from drepano.genomics.sample_quality import quality_interpreters
from drepano.genomics.scores.interpreting import Scores
from drepano.settings import Genomics


class Interpreter(Protocol):
    """Concludes the columns of one block of the study from the evidence of all subjects."""

    def columns(self) -> list[Column]:
        """Declare the matrix columns; they depend on the study alone."""

    def conclude(self, evidence: Evidence, findings: Findings) -> None:
        """Give each subject a value or a state for each of the columns."""


def blocks_of(genomics: Genomics) -> list[Callable[[], Iterable[Interpreter]]]:
    """Return what makes the interpreters of each block, in the order of their columns."""
    ancestry = genomics.ancestry
    return [
        lambda: callers_of(genomics),
        lambda: [Scores(genomics)] if genomics.scores else [],
        lambda: [Projection(ancestry)] if ancestry else [],
        lambda: burden_interpreters(genomics),
        lambda: quality_interpreters(genomics),
    ]


def interpreters_of(genomics: Genomics) -> list[Interpreter]:
    """Return the interpreters of a study, in the order of their columns.

    Raises
    ------
    ConfigError
        A file of the study is missing or wrong; the faults of all of them at once.
    """
    return make_all(blocks_of(genomics))
