"""The calls that a caller may use: panel rows that it needs, imputed calls certain enough."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping

from drepano.catalogue.panel import PanelVariant, load_panel, load_panels
from drepano.errors import ConfigError, Fault
from drepano.genomics.interpretation.evidence import Call, Evidence, Trouble
from drepano.genomics.reading.normalise import Change, trim
from drepano.settings import Genomics

LARGEST_DISTANCE = 0.1
LEAST_PROBABILITY = 0.9
"""An imputed dosage is a genotype within this distance of a whole number, with at least this
largest GP (rule 9)."""

PACKAGE_PANEL = "scd"

IMPUTED = Trouble(
    "indeterminate",
    "imputed_uncertain",
    f"dosage further than {LARGEST_DISTANCE} from a whole number, or no GP of at least "
    f"{LEAST_PROBABILITY}",
    "Type the site, or give GP beside DS.",
)

Answers = Mapping[str, Call | Trouble]
"""Panel variant to its call, or why there is none."""


def panel_rows(genomics: Genomics, wanted: Iterable[str], caller: str) -> dict[str, PanelVariant]:
    """Return the study's panel, after looking for the rows that a caller needs.

    Raises
    ------
    ConfigError
        Rows are missing, or mean other alleles than in the package's panel; all are named.
    """
    panel = {row.variant: row for row in load_panels(genomics.panels)}
    ours = {row.variant: row for row in load_panel(PACKAGE_PANEL)}
    remedy = f"Add the panel {PACKAGE_PANEL} to genomics.panels, or switch the caller off."
    faults = []
    for name in wanted:
        where = f"genomics.callers.{caller}: variant {name}"
        if name not in panel:
            found = "no row in the panels of the study"
            faults.append(Fault(where, found, "the row of the package's panel", remedy))
        elif _alleles(panel[name]) != _alleles(ours[name]):
            found = "other alleles or positions than in the package's panel"
            faults.append(Fault(where, found, "the row of the package's panel", remedy))
    if faults:
        raise ConfigError(*faults)
    return panel


def _alleles(row: PanelVariant) -> tuple[object, ...]:
    return (row.chrom, row.positions, row.ref, row.alt)


def answers_of(
    evidence: Evidence, subject: str, variants: Iterable[str]
) -> dict[str, Call | Trouble]:
    """Return the calls of a subject; those that are too uncertain to be a genotype are troubles."""
    return {variant: certain(evidence.call(subject, variant)) for variant in variants}


def certain(answer: Call | Trouble) -> Call | Trouble:
    """Refuse an imputed call that is not certain enough (rule 9)."""
    if isinstance(answer, Trouble):
        return answer
    sure = answer.probability is not None and answer.probability >= LEAST_PROBABILITY
    if answer.genotype is not None:
        return answer if sure or answer.probability is None else IMPUTED
    near = abs(answer.dosage - round(answer.dosage)) <= LARGEST_DISTANCE + 1e-9
    return answer if sure and near else IMPUTED


def called(answers: Answers) -> dict[str, Call]:
    """Return the calls alone."""
    return {name: answer for name, answer in answers.items() if isinstance(answer, Call)}


def troubles(answers: Answers) -> dict[str, Trouble]:
    """Return what was not called, and why."""
    return {name: answer for name, answer in answers.items() if isinstance(answer, Trouble)}


def missing(answers: Answers, reason: str = "sites_missing") -> Trouble | None:
    """Return why a caller that needs all of `answers` has none to give; None if all are called.

    Sites that fail or lack in one way keep that state; of several ways the caller is
    indeterminate for `reason`.
    """
    found = troubles(answers)
    if not found:
        return None
    detail = told(found)
    ways = {(trouble.state, trouble.reason, trouble.remedy) for trouble in found.values()}
    alike = len(ways) == 1 and len(found) == len(answers)
    first = next(iter(found.values()))
    if alike or any(t.state in ("failed", "not_acquired") for t in found.values()):
        worst = min(found.values(), key=lambda t: t.state not in ("failed", "not_acquired"))
        chosen = first if alike else worst
        return Trouble(chosen.state, chosen.reason, detail, chosen.remedy)
    return Trouble("indeterminate", reason, detail, "Type the sites.")


def told(found: Mapping[str, Trouble]) -> str:
    """Name sites with the reason of each."""
    return ", ".join(f"{name} ({trouble.reason})" for name, trouble in sorted(found.items()))


def exclusive_pairs(rows: Iterable[PanelVariant]) -> frozenset[frozenset[str]]:
    """Return pairs of variants that change the same base, so that no chromosome has both.

    Codon 6 -A takes away the base that HbS changes.
    """
    changes = [(row.variant, row.chrom, _change(row)) for row in rows]
    return frozenset(
        frozenset((a, b))
        for (a, chrom, first), (b, other, second) in itertools.combinations(changes, 2)
        if chrom == other and first.start < second.end and second.start < first.end
    )


def _change(row: PanelVariant) -> Change:
    return trim(next(iter(row.positions.values())), row.ref, row.alt)
