"""Calls as rows of the `genomics` table, and what was not called as rows of `step_states`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from drepano.contracts.states import STEP_STATES
from drepano.contracts.values import GENOMICS
from drepano.errors import UnitError
from drepano.genomics.panel.columns import ploidy_column, state_source
from drepano.genomics.reading.calls import CALLED, FORMS, OUTCOMES, Calls, Outcome

Numbers = NDArray[np.intp]

_FEW = 1000
"""Up to here a list is quicker than one call of Arrow."""

NO_PLOIDY = Outcome(
    "no_call", "missing_genotype", "Nothing: imputed dosages (DS) do not tell the ploidy."
)
"""State of a ploidy column beside a dosage that came as DS without GT."""


def call_rows(subjects: list[str], calls: dict[str, Calls], key: str) -> pa.Table:
    """Return the called genotypes, by subject, then in the order of `calls`.

    Parameters
    ----------
    subjects
        In the order of the arrays of `calls`.
    calls
        Variant id to its calls.
    key
        Content key of the unit.
    """
    order = np.argsort(np.array(subjects, dtype=object), kind="stable")
    rows, variants = np.nonzero((_grid(calls, "code") == CALLED).T[order])
    samples = order[rows]

    def grid(name: str) -> NDArray[Any]:
        told: NDArray[Any] = _grid(calls, name)[variants, samples]
        return told

    ploidy, phased, depth, quality = map(grid, ("ploidy", "phased", "depth", "quality"))
    return pa.table(
        [
            _take(subjects, samples),
            _take(list(calls), variants),
            pa.array(grid("dosage")),
            pa.array(ploidy, pa.int64(), mask=ploidy == 0),
            pa.array(phased == 1, mask=phased < 0),
            _take(FORMS, grid("form")),
            _phase_sets(calls, variants, samples, phased),
            _records(calls, variants, samples),
            _probabilities(calls, variants, samples),
            pa.array(depth, mask=np.isnan(depth)),
            pa.array(quality, mask=np.isnan(quality)),
            pa.repeat(pa.scalar(key), len(rows)),
        ],
        schema=GENOMICS.schema,
    )


def _grid(calls: dict[str, Calls], name: str) -> NDArray[Any]:
    """Return an array of all calls, (variants, samples)."""
    parts = [getattr(call, name) for call in calls.values()]
    return np.concatenate(parts).reshape(len(parts), -1)


def _phase_sets(
    calls: dict[str, Calls], variants: Numbers, samples: Numbers, phased: NDArray[np.int8]
) -> pa.Array:
    """Return PS of the phased calls at places of variants and samples."""
    if all(call.phase_set is None for call in calls.values()):
        return pa.nulls(len(variants), pa.string())
    sets = [call.phase_set for call in calls.values()]
    found = [
        None if mark != 1 or (told := sets[variant]) is None else told[sample]
        for variant, sample, mark in zip(variants, samples, phased, strict=True)
    ]
    return pa.array(found, pa.string())


def _records(calls: dict[str, Calls], variants: Numbers, samples: Numbers) -> pa.Array:
    """Return the names of the records that gave the calls."""
    names: list[str | None] = []
    places = np.zeros(len(calls), np.int64)
    for row, call in enumerate(calls.values()):
        places[row] = len(names)
        names.extend(call.records or [None])
    found = places[variants]
    for row, call in enumerate(calls.values()):
        if call.record is not None:
            here = variants == row
            found[here] += call.record[samples[here]]
    return _take(names, found)


def _probabilities(calls: dict[str, Calls], variants: Numbers, samples: Numbers) -> pa.Array:
    found = np.full(len(variants), np.nan)
    for row, call in enumerate(calls.values()):
        if call.probability is not None:
            here = variants == row
            found[here] = call.probability[samples[here]]
    return pa.array(found, mask=np.isnan(found))


def state_rows(subjects: list[str], calls: dict[str, Calls], on_x: set[str]) -> pa.Table:
    """Return a state for each subject and variant without a dosage.

    A ploidy column (variants `on_x`) gets a state of its own where the file told a dosage
    and no ploidy.
    """
    names = list(calls)
    whys = [Why(outcome) for outcome in (*OUTCOMES.values(), NO_PLOIDY)]
    code = _grid(calls, "code")
    variants, rows = np.nonzero(code != CALLED)
    why_of = np.zeros(max(OUTCOMES) + 1, np.intp)
    why_of[list(OUTCOMES)] = np.arange(len(OUTCOMES))
    places = [Places(rows, variants, why_of[code[variants, rows]])]
    sources = [state_source(name) for name in names]
    for name in (name for name in names if name in on_x):
        where = np.flatnonzero(calls[name].called & (calls[name].ploidy == 0))
        places.append(Places.fill(where, len(sources), len(whys) - 1))
        sources.append(ploidy_column(name))
    return states_at(subjects, sources, whys, places)


def failed_rows(subjects: list[str], variants: list[str], error: UnitError) -> pa.Table:
    """Return the states that say why a unit has no value at all."""
    why = Why(Outcome("failed", error.reason, error.remedy), error.detail)
    places = [Places.all(len(subjects), len(variants))]
    return states_at(subjects, [state_source(v) for v in variants], [why], places)


@dataclass(frozen=True, slots=True)
class Why:
    """Why there is no value; `detail` stays at the site."""

    outcome: Outcome
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Places:
    """Numbers of subjects, sources and whys, (rows,) each."""

    subjects: NDArray[np.intp]
    sources: NDArray[np.intp]
    whys: NDArray[np.intp]

    @classmethod
    def fill(cls, subjects: NDArray[np.intp], source: int, why: int) -> Places:
        """Return one source, for one why, for several subjects."""
        return cls(subjects, np.full(len(subjects), source), np.full(len(subjects), why))

    @classmethod
    def all(cls, subjects: int, sources: int) -> Places:
        """Return every subject with every source, for the first why."""
        return cls.cross(np.arange(subjects), np.arange(sources), 0)

    @classmethod
    def cross(cls, subjects: NDArray[np.intp], sources: NDArray[np.intp], why: int) -> Places:
        """Return each subject with each source, for one why."""
        rows = np.repeat(subjects, len(sources))
        return cls(rows, np.tile(sources, len(subjects)), np.full(len(rows), why))


def states_at(
    subjects: list[str], sources: list[str], whys: list[Why], places: list[Places]
) -> pa.Table:
    """Return rows of `step_states`, by subject and source, for every session."""
    empty = np.empty(0, np.intp)
    at = {
        name: np.concatenate([empty, *(getattr(place, name) for place in places)])
        for name in ("subjects", "sources", "whys")
    }
    if len(at["subjects"]) == 0:
        return STEP_STATES.empty()
    columns = [
        _take(subjects, at["subjects"]),
        pa.repeat(pa.scalar(""), len(at["subjects"])),
        _take(sources, at["sources"]),
        _take([why.outcome.state for why in whys], at["whys"]),
        _take([why.outcome.reason for why in whys], at["whys"]),
        _take([why.detail for why in whys], at["whys"]),
        _take([why.outcome.remedy for why in whys], at["whys"]),
    ]
    table = pa.table(columns, schema=STEP_STATES.schema)
    return table.sort_by([("subject", "ascending"), ("source", "ascending")])


def _take(values: Sequence[str | None], places: NDArray[np.intp]) -> pa.Array:
    if len(places) <= _FEW:
        return pa.array([values[place] for place in places.tolist()], pa.string())
    return pa.array(values, pa.string()).take(pa.array(places))
