"""Sums of scores to matrix columns."""

from __future__ import annotations

import logging

from drepano.contracts import Column
from drepano.genomics.interpretation.evidence import Evidence, Trouble
from drepano.genomics.interpretation.findings import Findings
from drepano.genomics.scores.columns import matched_column, score_columns, sum_column
from drepano.genomics.scores.exact import quantise, value_of
from drepano.genomics.scores.gathering import CALLED, HIGH, LOW, source_name, weights_by_copies
from drepano.genomics.scores.scoring_file import LoadedScore, load_score
from drepano.settings import Genomics, Score

_LOG = logging.getLogger(__name__)

NO_FILE = Trouble("not_acquired", "no_sample", "", "Nothing, unless the subject was typed.")
_SERIOUS = ("failed", "indeterminate", "not_acquired")


class Scores:
    """Concludes all scores of the study (`interpretation.registry.Interpreter`)."""

    def __init__(self, genomics: Genomics) -> None:
        self._genomics = genomics

    def columns(self) -> list[Column]:
        """Declare a sum and a fraction for each score."""
        return score_columns(self._genomics)

    def conclude(self, evidence: Evidence, findings: Findings) -> None:
        """Give each subject its scores, or say why not."""
        for name, score in self._genomics.scores.items():
            if not evidence.build:  # a site without genomes
                for subject in evidence.subjects:
                    findings.refuse(subject, source_name(name), NO_FILE)
                continue
            loaded = load_score(score, evidence.build)
            if loaded.refused:
                told = ", ".join(f"{k} {v}" for k, v in loaded.refusals.items())
                _LOG.warning("score %s: rows of its file that are not used: %s", name, told)
            _conclude(name, score, loaded, evidence, findings)


def _conclude(
    name: str, score: Score, loaded: LoadedScore, evidence: Evidence, findings: Findings
) -> None:
    source = source_name(name)
    shift = quantise(weights_by_copies(loaded.rows)).shift
    highs, lows, called = (evidence.sums_of(source, what) for what in (HIGH, LOW, CALLED))
    for subject, high, low, count in zip(evidence.subjects, highs, lows, called, strict=True):
        if trouble := serious(evidence.troubles(source, subject)):
            findings.refuse(subject, source, trouble)
            continue
        findings.number(subject, matched_column(name), int(count) / loaded.variants)
        if enough(int(count), loaded.variants, score.strict_up_to, score.min_match):
            findings.number(subject, sum_column(name), value_of(int(high), int(low), shift))
        else:
            findings.refuse(subject, sum_column(name), _too_few(int(count), loaded.variants))


def serious(troubles: list[Trouble]) -> Trouble | None:
    """Return why a sum cannot be had; None if it is only short of what no file holds.

    A chromosome that the subject's files do not hold leaves its variants uncalled, and the
    match rules decide; a piece that failed leaves it unknown what was called.
    """
    return next((trouble for trouble in troubles if trouble.state in _SERIOUS), None)


def enough(called: int, variants: int, strict_up_to: int, min_match: float) -> bool:
    """Return whether enough variants are called for a sum to be one."""
    if variants <= strict_up_to:
        return called == variants
    return called > 0 and called >= min_match * variants


def _too_few(called: int, variants: int) -> Trouble:
    return Trouble(
        "not_covered",
        "too_few_variants",
        f"{called} of {variants} variants",
        "See results/score_matches.tsv for what became of each variant.",
    )
