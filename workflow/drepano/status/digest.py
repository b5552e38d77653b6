"""What failed, by kind: how often, what it means, what to do about it."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from drepano.contracts import read_table
from drepano.contracts.states import REASONS, STEP_STATES

REFUSED = ("failed", "excluded_by_quality", "indeterminate")
"""States that say something which was not used, as they are told."""

Kind = tuple[str, str, str]
"""State, step, reason."""


@dataclass(frozen=True, slots=True)
class FailureKind:
    """What one step could not use for one reason.

    Attributes
    ----------
    state
        One of REFUSED; what a limit of the study excluded is no failure.
    step, reason
        Who could not make a value, and the code of the reason.
    count
        Number of sources without a value: regions of scans, variants, clinical cells.
    subjects
        Number of subjects that they belong to.
    meaning
        What the reason means.
    remedy
        What to do; the most frequent one where the rows differ.
    """

    state: str
    step: str
    reason: str
    count: int
    subjects: int
    meaning: str
    remedy: str


def failures_digest(results: Path) -> list[FailureKind]:
    """Count what was not used by state, step and reason: failures first, then the frequent.

    Parameters
    ----------
    results
        Folder of the results. The steps on ranks tell by `<step>_failures.tsv`, the
        clinical step by `clinical_states.parquet`.
    """
    remedies: dict[Kind, Counter[str]] = defaultdict(Counter)
    subjects: dict[Kind, set[str]] = defaultdict(set)
    for kind, subject, remedy in _rows(results):
        remedies[kind][remedy] += 1
        subjects[kind].add(subject)
    kinds = [
        FailureKind(
            *kind,
            count=said.total(),
            subjects=len(subjects[kind]),
            meaning=REASONS.get(kind[2], ""),
            remedy=min(said, key=lambda text: (-said[text], text)),
        )
        for kind, said in remedies.items()
    ]
    order = {state: number for number, state in enumerate(REFUSED)}
    return sorted(kinds, key=lambda k: (order[k.state], -k.count, k.step, k.reason))


def _rows(results: Path) -> Iterator[tuple[Kind, str, str]]:
    """Yield kind, subject and remedy of every source that was not used."""
    for step in ("preparation", "imaging", "genomics", "scan"):
        for row in tsv_rows(results / f"{step}_failures.tsv"):
            yield ("failed", step, row["reason"]), row["subject"], row["remedy"]
    path = results / "clinical_states.parquet"
    if path.exists():
        states = read_table(path, STEP_STATES)
        refused = states.filter(pc.is_in(states["state"], value_set=pa.array(REFUSED)))
        names = ("state", "reason", "subject", "remedy")
        columns = [refused[name].to_pylist() for name in names]
        for state, reason, subject, remedy in zip(*columns, strict=True):
            yield (state, "clinical", reason), subject, remedy or ""


def tsv_rows(path: Path) -> Iterator[dict[str, str]]:
    """Yield the rows of a TSV that a step wrote; none if the step has not run."""
    if path.exists():
        with path.open(encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file, delimiter="\t")
