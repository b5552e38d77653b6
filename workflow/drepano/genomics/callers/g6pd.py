"""G6PD class by sex: haplotypes of the panel's variants, and what they leave of the enzyme."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Mapping, Sequence

from drepano.contracts import Column
from drepano.genomics.callers.phase import Chromosome, Contradiction, Pair, carried, resolutions
from drepano.genomics.callers.sites import Answers, answers_of, called, missing, panel_rows
from drepano.genomics.callers.verdict import Verdict, indeterminate, write
from drepano.genomics.interpretation.evidence import Call, Evidence
from drepano.genomics.interpretation.findings import Findings
from drepano.settings import Genomics

V202A = "g6pd_rs1050828"
V376G = "g6pd_rs1050829"
V563T = "g6pd_rs5030868"
V542T = "g6pd_rs5030872"
V968C = "g6pd_rs76723693"
V680T = "g6pd_rs137852328_a"
V680A = "g6pd_rs137852328_t"
NEEDED = (V202A, V376G, V563T, V542T, V968C, V680T)
SITES = (*NEEDED, V680A)
"""680G>A has no rule: whoever carries it is indeterminate, and it need not be called."""

HAPLOTYPES: dict[Chromosome, str] = {
    frozenset(): "B",
    frozenset({V376G}): "A+",
    frozenset({V202A, V376G}): "A-",
    frozenset({V680T, V376G}): "A-",
    frozenset({V968C, V376G}): "A-",
    frozenset({V563T}): "Mediterranean",
    frozenset({V542T}): "Santamaria",
    frozenset({V542T, V376G}): "Santamaria",
}
"""Variants of a chromosome to its name; any other set has no rule."""

ORDER = ("B", "A+", "A-", "Mediterranean", "Santamaria")
NORMAL = frozenset({"B", "A+"})
CLASSES = ("normal", "variable", "deficient")
_PAIRS = ("/".join(p) for p in itertools.combinations_with_replacement(ORDER, 2))
GENOTYPES = (*ORDER, *_PAIRS)
KEY = "gen__g6pd"
SOURCE = "PharmCAT positions of G6PD; Gammal et al. 2023 Clin Pharmacol Ther 113:973 (CPIC)"


def g6pd(answers: Answers, sexes: Sequence[float | str]) -> Verdict:
    """Conclude genotype, class and number of deficient alleles.

    Parameters
    ----------
    answers
        Calls of `SITES`.
    sexes
        ``female`` or ``male`` over all sessions; empty: not told.
    """
    lacking = missing({name: answers[name] for name in NEEDED})
    if lacking is not None:
        return Verdict(trouble=lacking)
    calls = called(answers)
    try:
        pairs = _chromosomes(calls, {str(sex) for sex in sexes})
    except Contradiction:
        detail = "variants of one base on one chromosome"
        return Verdict(trouble=indeterminate("calls_contradict", detail))
    if isinstance(pairs, Verdict):
        return pairs
    names = {_named(pair) for pair in pairs}
    if len(names) > 1:
        detail = "202A makes A- with 376G on one chromosome, and they are not phased"
        return Verdict(trouble=indeterminate("phase_unknown", detail, "Phase the gene."))
    (name,) = names
    if name is None:
        seen = " / ".join("+".join(sorted(chromosome)) or "-" for chromosome in pairs[0])
        return Verdict(trouble=indeterminate("rule_unknown", f"no rule: {seen}"))
    deficient = sum(part not in NORMAL for part in name)
    outcome = CLASSES[0] if not deficient else CLASSES[2 if deficient == len(name) else 1]
    return Verdict({"genotype": "/".join(name), "class": outcome, "deficient_alleles": deficient})


def _chromosomes(calls: Mapping[str, Call], sexes: set[str]) -> list[Pair] | Verdict:
    """Return what the X chromosomes may carry; one in males, or why it is not known.

    Males may be written with two equal alleles; two different ones cannot be. Imputed calls
    do not tell how many alleles they are of, and count as two.
    """
    ploidies = {len(carried(call)) for call in calls.values()}
    if ploidies == {1}:
        if "female" in sexes:
            return _refused("ploidy_conflict", "one allele in a female")
        return resolutions(calls)
    if len(ploidies) > 1:
        return _refused("ploidy_conflict", "one allele at some sites, two at others")
    if len(sexes) != 1:
        detail = "different sexes over the sessions" if sexes else "two alleles, and no sex"
        return _refused("sex_unknown", detail)
    return resolutions(calls) if sexes == {"female"} else _of_male(calls)


def _of_male(calls: Mapping[str, Call]) -> list[Pair] | Verdict:
    """Return the one chromosome of a male whose calls are written with two alleles."""
    mixed = [name for name, call in calls.items() if len(set(carried(call))) > 1]
    if mixed:
        return _refused("ploidy_conflict", f"heterozygous in a male: {', '.join(sorted(mixed))}")
    return resolutions({name: _as_one(call) for name, call in calls.items()})


def _as_one(call: Call) -> Call:
    return dataclasses.replace(call, genotype=str(carried(call)[0]), ploidy=1)


def _named(pair: Pair) -> tuple[str, ...] | None:
    names = [HAPLOTYPES.get(chromosome) for chromosome in pair]
    known = [name for name in names if name is not None]
    return tuple(sorted(known, key=ORDER.index)) if len(known) == len(pair) else None


def _refused(reason: str, detail: str) -> Verdict:
    return Verdict(trouble=indeterminate(reason, detail, "Check sex and sample of the subject."))


class G6pd:
    """G6PD (`interpretation.registry.Interpreter`)."""

    def __init__(self, genomics: Genomics) -> None:
        panel_rows(genomics, SITES, "g6pd")

    def columns(self) -> list[Column]:
        """Declare genotype, class and number of deficient alleles."""
        missing_text = "sites, sex or phase are not known, or no rule; see the states"
        return [
            Column(
                name=f"{KEY}__genotype",
                type="category",
                meaning="G6PD alleles: one name in males, two in females; B is the reference, "
                "A+ is 376G alone, A- is 376G with 202A, 680T or 968C",
                missing=missing_text,
                source=SOURCE,
                state_source=KEY,
                categories=GENOTYPES,
            ),
            Column(
                name=f"{KEY}__class",
                type="category",
                meaning="G6PD by genotype: variable is a heterozygous female, whose enzyme "
                "depends on which X is silent",
                missing=missing_text,
                source=SOURCE,
                state_source=KEY,
                categories=CLASSES,
            ),
            Column(
                name=f"{KEY}__deficient_alleles",
                type="integer",
                unit="1",
                meaning="deficient G6PD alleles; at most one in males",
                missing=missing_text,
                source=SOURCE,
                state_source=KEY,
                minimum=0,
                maximum=2,
            ),
        ]

    def conclude(self, evidence: Evidence, findings: Findings) -> None:
        """Give each subject the three columns."""
        columns = self.columns()
        for subject in evidence.subjects:
            answers = answers_of(evidence, subject, SITES)
            verdict = g6pd(answers, evidence.clinical("sex", subject))
            write(findings, subject, columns, verdict)
