"""Calls and sums of all subjects to matrix columns, with a state where nothing follows."""

from __future__ import annotations

import pyarrow as pa

from drepano.contracts import Column
from drepano.genomics.interpretation.evidence import Evidence
from drepano.genomics.interpretation.findings import Findings
from drepano.genomics.interpretation.registry import interpreters_of
from drepano.settings import Genomics


def declare_interpretation(genomics: Genomics | None) -> list[Column]:
    """Declare the columns of conclusions, in the order of the study's blocks."""
    if genomics is None:
        return []
    return [column for part in interpreters_of(genomics) for column in part.columns()]


def interpret(genomics: Genomics, evidence: Evidence) -> tuple[pa.Table, pa.Table]:
    """Conclude all that the study asks for.

    Returns
    -------
    values, states
        An `interpretation` table and a `step_states` table.
    """
    findings = Findings()
    for part in interpreters_of(genomics):
        part.conclude(evidence, findings)
    return findings.tables()
