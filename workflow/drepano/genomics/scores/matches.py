"""The match report: what became of each variant of each score, in how many samples."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import pyarrow as pa

from drepano.contracts.values import SCORE_MATCHES
from drepano.genomics.interpretation.evidence import Evidence
from drepano.genomics.reading.effects import ABSENT, FLIPPED, MATCHED, OTHER_ALLELES, PALINDROMIC
from drepano.genomics.scores.gathering import ASSUMED, LOOKED, NO_CALL, source_name
from drepano.genomics.scores.rows import Row
from drepano.genomics.scores.scoring_file import LoadedScore, load_score
from drepano.settings import Genomics

NOT_COUNTED = (NO_CALL, PALINDROMIC, OTHER_ALLELES, ABSENT)
"""Outcomes of samples that a variant was not called in."""


def score_matches(genomics: Genomics, evidence: Evidence) -> pa.Table:
    """Return a `score_matches` table: one row for each variant and outcome that occurs.

    `matched`, `flipped` and `taken_as_reference` count samples with a call. Scores of more
    than `DETAILED_UP_TO` variants have one row for each outcome, which counts variants times
    samples.
    """
    rows: list[dict[str, Any]] = []
    for name, score in genomics.scores.items():
        if evidence.build:
            rows += _of_score(name, load_score(score, evidence.build), evidence)
    table = SCORE_MATCHES.from_rows(rows)
    return table.sort_by([(key, "ascending") for key in SCORE_MATCHES.key])


def _of_score(name: str, loaded: LoadedScore, evidence: Evidence) -> list[dict[str, Any]]:
    told: dict[str, dict[str, int]] = defaultdict(dict)
    looked: list[tuple[str, int, int, int]] = []
    sums = evidence.sums(source_name(name))
    of_all = sums.filter(pa.compute.equal(sums["subject"], ""))
    for item, quantity, value in zip(
        *(of_all[column].to_pylist() for column in ("item", "quantity", "value")), strict=True
    ):
        if quantity == LOOKED:
            chrom, _, span = item.partition(":")
            first, _, last = span.partition("-")
            looked.append((chrom, int(first), int(last), value))
        else:
            told[item][quantity] = value
    counts = _looked_at(loaded.rows, looked)
    rows = [_refused(name, row.line, row.named, row.reason) for row in loaded.refused]
    together = told.get("", {})
    if together:
        nobody = dict.fromkeys(("variant", "chrom", "effect", "other"), "")
        base: dict[str, Any] = {"score": name, "line": 0, "position": None} | nobody
        return rows + _outcomes(base, int(counts.sum()), together)
    for row, samples in zip(loaded.rows, counts.tolist(), strict=True):
        rows += _outcomes(_named(name, row), samples, told.get(str(row.line), {}))
    return rows


def _looked_at(rows: list[Row], looked: list[tuple[str, int, int, int]]) -> np.ndarray[Any, Any]:
    """Return how many samples were looked at for each row, (rows,): samples of its pieces."""
    counts = np.zeros(len(rows), np.int64)
    chroms = np.array([row.site.chrom for row in rows])
    positions = np.array([row.site.position for row in rows])
    of_chrom = {chrom: np.flatnonzero(chroms == chrom) for chrom in {c for c, *_ in looked}}
    for chrom, first, last, samples in looked:
        numbers = of_chrom[chrom]  # in order of position
        low, high = np.searchsorted(positions[numbers], [first, last + 1])
        counts[numbers[low:high]] += samples
    return counts


def _outcomes(base: dict[str, Any], samples: int, told: dict[str, int]) -> list[dict[str, Any]]:
    counts = {o: told.get(o, 0) for o in (FLIPPED, ASSUMED, *NOT_COUNTED)}
    counts = {MATCHED: samples - sum(counts.values())} | counts
    found = [base | {"outcome": o, "samples": n} for o, n in counts.items() if n]
    return found or [base | {"outcome": "not_looked_at", "samples": 0}]


def _named(score: str, row: Row) -> dict[str, Any]:
    site = row.site
    return {
        "score": score,
        "line": row.line,
        "variant": row.named,
        "chrom": site.chrom,
        "position": site.position,
        "effect": site.effect,
        "other": site.other,
    }


def _refused(score: str, line: int, named: str, reason: str) -> dict[str, Any]:
    blank = dict.fromkeys(("chrom", "effect", "other"), "")
    base = {"score": score, "line": line, "variant": named, "position": None} | blank
    return base | {"outcome": f"refused: {reason}", "samples": 0}
