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

_REFUSED = ("failed", "excluded_by_quality", "indeterminate")
"""States of clinical cells that say something which was not used."""

Row = tuple[str, str, str]
"""Step, reason, remedy."""


@dataclass(frozen=True, slots=True)
class FailureKind:
    """Failures of one step for one reason.

    Attributes
    ----------
    step, reason
        Who could not make a value, and the code of the reason.
    count
        Number of values, or groups of columns, without a value.
    meaning
        What the reason means.
    remedy
        What to do; the most frequent one where the rows differ.
    """

    step: str
    reason: str
    count: int
    meaning: str
    remedy: str


def failures_digest(results: Path) -> list[FailureKind]:
    """Count the failures by step and reason, the most frequent first.

    Parameters
    ----------
    results
        Folder of the results. Imaging and genomics tell by `<step>_failures.tsv`, the
        clinical step by `clinical_states.parquet`.
    """
    remedies: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for step, reason, remedy in _rows(results):
        remedies[step, reason][remedy] += 1
    kinds = [
        FailureKind(
            step,
            reason,
            said.total(),
            REASONS.get(reason, ""),
            min(said, key=lambda text: (-said[text], text)),
        )
        for (step, reason), said in remedies.items()
    ]
    return sorted(kinds, key=lambda kind: (-kind.count, kind.step, kind.reason))


def _rows(results: Path) -> Iterator[Row]:
    for step in ("imaging", "genomics"):
        for row in tsv_rows(results / f"{step}_failures.tsv"):
            yield step, row["reason"], row["remedy"]
    path = results / "clinical_states.parquet"
    if path.exists():
        states = read_table(path, STEP_STATES)
        refused = states.filter(pc.is_in(states["state"], value_set=pa.array(_REFUSED)))
        for reason, remedy in zip(
            refused["reason"].to_pylist(), refused["remedy"].to_pylist(), strict=True
        ):
            yield "clinical", reason, remedy or ""


def tsv_rows(path: Path) -> Iterator[dict[str, str]]:
    """Yield the rows of a TSV that a step wrote; none if the step has not run."""
    if path.exists():
        with path.open(encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file, delimiter="\t")
