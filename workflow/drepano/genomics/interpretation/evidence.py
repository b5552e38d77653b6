"""What is known of the subjects before conclusions: calls, sums, troubles, clinical values."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from drepano.contracts.values import GENOME_SUMS
from drepano.settings import GenomeSource


@dataclass(frozen=True, slots=True)
class Call:
    """The call of a panel variant; the fields of a `genomics` row."""

    dosage: float
    ploidy: int | None
    genotype: str | None
    phase_set: str | None
    record: str | None
    probability: float | None
    depth: float | None
    quality: float | None


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why there is no value; `detail` and `remedy` stay at the site."""

    state: str
    reason: str
    detail: str = ""
    remedy: str = ""


NOT_LOOKED_AT = Trouble("not_covered", "site_absent", "", "Type the site.")


@dataclass(frozen=True, slots=True)
class Long:
    """Values of a step, and the states of what has none."""

    values: pa.Table
    states: pa.Table


class CallsBySubject:
    """Calls and troubles of one subject at a time: a large cohort stays in Arrow's memory.

    Parameters
    ----------
    calls
        `genomics` and its states.
    """

    def __init__(self, calls: Long) -> None:
        self._values = _Grouped(calls.values)
        self._states = _Grouped(calls.states)
        self._subject: str | None = None
        self._found: dict[str, Call | Trouble] = {}

    def of(self, subject: str) -> Mapping[str, Call | Trouble]:
        """Return what is known of each variant of a subject."""
        if subject != self._subject:
            states = self._states.rows(subject)
            values = self._values.rows(subject)
            troubles = {row["source"].removeprefix("gen__"): _trouble(row) for row in states}
            calls = {row["variant"]: Call(*(row[name] for name in _CALL)) for row in values}
            self._subject, self._found = subject, {**troubles, **calls}
        return self._found


class _Grouped:
    """Rows of a table by subject."""

    def __init__(self, table: pa.Table) -> None:
        self._table = table.sort_by("subject")
        runs = pc.run_end_encode(self._table["subject"].combine_chunks())
        ends = [0, *runs.run_ends.to_pylist()]
        spans = itertools.pairwise(ends)
        self._spans = dict(zip(runs.values.to_pylist(), spans, strict=True))

    def rows(self, subject: str) -> list[dict[str, Any]]:
        first, end = self._spans.get(subject, (0, 0))
        found: list[dict[str, Any]] = self._table.slice(first, end - first).to_pylist()
        return found


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that conclusions are drawn from.

    Attributes
    ----------
    subjects
        Sorted; the order of every array.
    build
        Genome build of the site's files; empty if it has none.
    genome
        The site's block, or None.
    """

    subjects: list[str]
    build: str
    genome: GenomeSource | None
    _calls: CallsBySubject
    _sums: Mapping[str, pa.Table]
    _scan_troubles: Mapping[tuple[str, str], list[Trouble]]
    _clinical: Mapping[str, Mapping[str, list[float | str]]]

    def call(self, subject: str, variant: str) -> Call | Trouble:
        """Return the call of a panel variant, or why there is none."""
        return self._calls.of(subject).get(variant, NOT_LOOKED_AT)

    def sums(self, source: str) -> pa.Table:
        """Return all sums of a source, a `genome_sums` table."""
        return self._sums.get(source, GENOME_SUMS.empty())

    def sums_of(self, source: str, quantity: str, item: str = "") -> NDArray[np.int64]:
        """Return a sum for each subject, (subjects,); 0 where nothing was looked at."""
        table = self.sums(source)
        chosen = pc.and_(pc.equal(table["quantity"], quantity), pc.equal(table["item"], item))
        rows = table.filter(chosen)
        at = pc.index_in(rows["subject"], value_set=pa.array(self.subjects, pa.string()))
        known = pc.is_valid(at)
        found = np.zeros(len(self.subjects), np.int64)
        found[at.filter(known).to_numpy()] = rows["value"].filter(known).to_numpy()
        return found

    def troubles(self, source: str, subject: str) -> list[Trouble]:
        """Return why pieces of files gave nothing for a source, worst first; empty if all did."""
        return self._scan_troubles.get((source, subject), [])

    def clinical(self, concept: str, subject: str) -> list[float | str]:
        """Return the values of a clinical concept over all sessions; flags are 0.0 and 1.0."""
        return self._clinical.get(concept, {}).get(subject, [])


_CALL = tuple(field.name for field in fields(Call))
_WORST_FIRST = ("failed", "indeterminate", "not_acquired", "not_covered")


def evidence_of(
    subjects: pa.Table, genome: GenomeSource | None, calls: Long, sums: Long, clinical: pa.Table
) -> Evidence:
    """Collect what is known.

    Parameters
    ----------
    subjects
        Table of the index.
    genome
        The site's block, or None.
    calls, sums
        `genomics` and `genome_sums` with their states.
    clinical
        A `clinical` table; empty if the study has none.
    """
    return Evidence(
        sorted(set(subjects["subject"].to_pylist())),
        "" if genome is None else genome.build,
        genome,
        CallsBySubject(calls),
        _sums_of(sums.values),
        _scan_troubles(sums.states),
        _clinical_of(clinical),
    )


def _sums_of(sums: pa.Table) -> dict[str, pa.Table]:
    names = sums["source"].unique().to_pylist()
    return {name: sums.filter(pc.equal(sums["source"], name)) for name in names}


def _trouble(row: dict[str, str | None]) -> Trouble:
    return Trouble(str(row["state"]), str(row["reason"]), row["detail"] or "", row["remedy"] or "")


def _scan_troubles(states: pa.Table) -> dict[tuple[str, str], list[Trouble]]:
    found: dict[tuple[str, str], list[Trouble]] = defaultdict(list)
    for row in states.to_pylist():
        found[row["source"].partition("@")[0], row["subject"]].append(_trouble(row))
    for troubles in found.values():
        troubles.sort(key=lambda t: (_WORST_FIRST.index(t.state), t.reason, t.detail))
    return found


def _clinical_of(clinical: pa.Table) -> dict[str, dict[str, list[float | str]]]:
    found: dict[str, dict[str, list[float | str]]] = defaultdict(lambda: defaultdict(list))
    for row in clinical.to_pylist():
        value = row["number"] if row["number"] is not None else row["category"]
        if value is not None:
            found[row["column"]][row["subject"]].append(value)
    return found
