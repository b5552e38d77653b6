"""Haemoglobin genotype of a subject by the rules of docs/genotypes.md; nothing is guessed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from drepano.genomics.callers.haemoglobin_alleles import (
    LETTERS,
    NEEDS_PHASE,
    NORMAL,
    THALASSAEMIA,
    C,
    S,
    allele_of,
    genotype_of,
)
from drepano.genomics.callers.phase import Contradiction, Pair, Unresolved, carried, resolutions
from drepano.genomics.callers.sites import Answers, called, told, troubles
from drepano.genomics.callers.verdict import Verdict, indeterminate
from drepano.genomics.interpretation.evidence import Call, Trouble

GENOTYPE = "genotype"
PRESUMED = "phase_presumed"
HEMIZYGOSITY = "hemizygosity_not_excluded"


@dataclass(frozen=True, slots=True)
class Gene:
    """What is known of the gene beside the panel's sites.

    Attributes
    ----------
    covered
        Every base of exons, introns and promoter was called.
    copies_checked
        The number of copies was called over the whole cluster.
    changed
        A deletion or duplication of the cluster was found.
    """

    covered: bool = False
    copies_checked: bool = False
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Rows:
    """What the panel says of the watched variants.

    Attributes
    ----------
    categories
        Variant to its category.
    exclusive
        Pairs of variants that change the same base.
    siblings
        Variant to the other alleles of its bases.
    """

    categories: Mapping[str, str]
    exclusive: Collection[frozenset[str]]
    siblings: Mapping[str, frozenset[str]]


def haemoglobin(answers: Answers, gene: Gene, rows: Rows) -> Verdict:
    """Conclude the genotype.

    Parameters
    ----------
    answers
        Each watched variant's call, or why there is none; imputed calls already judged.
    gene
        Coverage and copy number.
    rows
        The panel.

    Returns
    -------
    Verdict
        Genotype and two flags; all three, or the one reason for none.
    """
    refused = _refusal(answers)
    if refused is not None:
        return Verdict(trouble=refused)
    calls = called(answers)
    hits = {name: call for name, call in calls.items() if any(carried(call))}
    if any(len(carried(call)) != 2 for call in hits.values()):
        return _unknown(f"one allele called at {', '.join(sorted(hits))}", "ploidy_conflict")
    try:
        pairs = resolutions(hits, rows.exclusive)
    except Contradiction:
        return _unknown(f"{', '.join(sorted(hits))} in one copy each", "calls_contradict")
    except Unresolved:
        return _unknown(f"{len(hits)} variants, not phased", "phase_unknown")
    pair, presumed = (pairs[0], False) if len(pairs) == 1 else (_presume(hits, pairs, rows), True)
    if pair is None:
        return _unknown(f"rules 5-7: {', '.join(sorted(hits))}, not phased", "phase_unknown")
    return _named(pair, answers, gene, rows, presumed=presumed)


def _refusal(answers: Answers) -> Trouble | None:
    """Refuse without rs334 (rule 1); a file or sample that fails keeps its own state."""
    found = answers[S]
    if isinstance(found, Trouble):
        if found.state in ("failed", "not_acquired") or found.reason == "imputed_uncertain":
            return found
        detail = f"rule 1: {S} ({found.reason})"
        return indeterminate("rs334_missing", detail, found.remedy)
    if len(carried(found)) != 2:
        return indeterminate("ploidy_conflict", f"{S}: not two alleles")
    return None


def _presume(hits: Mapping[str, Call], pairs: list[Pair], rows: Rows) -> Pair | None:
    """Presume two variants in trans where the rules do: S and C, D, E or a thalassaemia."""
    if len(hits) != 2 or S not in hits:
        return None
    (other,) = set(hits) - {S}
    known = other in LETTERS or rows.categories[other] in THALASSAEMIA
    if other in NEEDS_PHASE or not known:
        return None
    return next(pair for pair in pairs if not any(len(chromosome) == 2 for chromosome in pair))


def _named(pair: Pair, answers: Answers, gene: Gene, rows: Rows, *, presumed: bool) -> Verdict:
    """Name the genotype of two chromosomes, if what it asserts is known."""
    first, second = (allele_of(chromosome, dict(rows.categories)) for chromosome in pair)
    seen = " / ".join("+".join(sorted(chromosome)) or "-" for chromosome in pair)
    if first is None or second is None:
        rule = "rule 4: S and C on one chromosome" if {S, C} in map(set, pair) else "no rule"
        return _unknown(f"{rule}: {seen}", "rule_unknown")
    name = genotype_of(first, second)
    if name is None:
        return _unknown(f"no rule: {seen}", "rule_unknown")
    if gene.changed:
        return _unknown(f"{name} beside a change of copy number", "structural_variant")
    if NORMAL in (first, second):
        lacking = second_allele(answers, gene, rows)
        if lacking is not None:
            return Verdict(trouble=lacking)
    alike = pair[0] == pair[1]
    values: dict[str, str | int] = {
        GENOTYPE: name,
        PRESUMED: presumed,
        HEMIZYGOSITY: alike and not gene.copies_checked,
    }
    return Verdict(values)


def second_allele(answers: Answers, gene: Gene, rows: Rows) -> Trouble | None:
    """Return what keeps a chromosome without a found variant from being normal (rule 8)."""
    open_sites = {
        name: trouble
        for name, trouble in troubles(answers).items()
        if not _site_called(name, trouble, answers, rows)
    }
    lacking = []
    if open_sites:
        lacking.append(f"not called: {told(open_sites)}")
    if not gene.covered:
        lacking.append("HBB and its promoter are not covered base by base")
    if not gene.copies_checked:
        lacking.append("copy number of the cluster is not called")
    if not lacking:
        return None
    remedy = "Give a gVCF or all-sites VCF of HBB and copy-number calls of the cluster."
    return indeterminate("second_allele_not_excluded", f"rule 8: {'; '.join(lacking)}", remedy)


def _site_called(name: str, trouble: Trouble, answers: Answers, rows: Rows) -> bool:
    """Return whether another allele of the same base was called where this one has no record.

    A record of T>A alone types the site of T>G; that the gene was called base by base is
    asked beside it.
    """
    alleles = rows.siblings.get(name, frozenset())
    typed = any(isinstance(answers.get(other), Call) for other in alleles)
    return trouble.reason == "allele_not_typed" and typed


def _unknown(detail: str, reason: str) -> Verdict:
    return Verdict(trouble=indeterminate(reason, detail))
