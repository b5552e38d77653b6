"""APOL1 risk haplotypes G1 and G2, and who carries two of them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from drepano.contracts import Column
from drepano.genomics.callers.phase import Chromosome, Contradiction, Pair, carried, resolutions
from drepano.genomics.callers.sites import Answers, answers_of, called, missing, panel_rows
from drepano.genomics.callers.verdict import Verdict, indeterminate, write
from drepano.genomics.interpretation.evidence import Call, Evidence
from drepano.genomics.interpretation.findings import Findings
from drepano.settings import Genomics

G1_SITE = "apol1_rs73885319"
G2_SITE = "apol1_rs71785313"
M1_SITE = "apol1_rs73885316"
NEEDED = (G1_SITE, G2_SITE)
SITES = (*NEEDED, M1_SITE)
"""I384M (rs60910145) may be absent on G1 and decides nothing."""

EXCLUSIVE = (frozenset(NEEDED),)
"""G1 and G2 were never found on one chromosome (Genovese et al. 2010)."""

HAPLOTYPES = ("G0", "G1", "G2")
GENOTYPES = tuple("/".join(p) for p in itertools.combinations_with_replacement(HAPLOTYPES, 2))
KEY = "gen__apol1"
SOURCE = "rs73885319 (S342G), rs71785313 (deletion of N388, Y389), rs73885316 (N264K); "
PAPERS = "Genovese et al. 2010 Science 329:841; N264K: G3 2024, jkae290"


def apol1(answers: Answers) -> Verdict:
    """Conclude genotype, risk alleles and high risk; each where all that fits agrees on it.

    Parameters
    ----------
    answers
        Calls of `SITES`. N264K matters on a chromosome with G2 alone.
    """
    lacking = missing({name: answers[name] for name in NEEDED})
    if lacking is not None:
        return Verdict(trouble=lacking)
    calls = called(answers)
    if any(len(carried(calls[name])) != 2 for name in calls):
        return Verdict(trouble=indeterminate("ploidy_conflict", "not two alleles"))
    try:
        pairs = _possible(calls)
    except Contradiction:
        detail = "G1 and G2 on one chromosome"
        return Verdict(trouble=indeterminate("calls_contradict", detail))
    genotypes = {"/".join(sorted(map(haplotype, pair))) for pair in pairs}
    risks = {sum(map(is_risk, pair)) for pair in pairs}
    values: dict[str, str | int] = {}
    if len(genotypes) == 1:
        values["genotype"] = genotypes.pop()
    if len(risks) == 1:
        values["risk_alleles"] = next(iter(risks))
    if len(high := {risk == 2 for risk in risks}) == 1:
        values["high_risk"] = high.pop()
    unseen = M1_SITE not in calls
    reason = "sites_missing" if unseen else "phase_unknown"
    detail = f"{M1_SITE} decides about G2, and " + ("is not called" if unseen else "is not phased")
    return Verdict(values, indeterminate(reason, detail, "Type or phase the site."))


def _possible(calls: dict[str, Call]) -> list[Pair]:
    """Return the pairs of chromosomes that fit, with every N264K where it is not called."""
    pairs = resolutions(calls, EXCLUSIVE)
    if M1_SITE in calls:
        return pairs
    options: tuple[Chromosome, Chromosome] = (frozenset(), frozenset({M1_SITE}))
    return [
        tuple(chromosome | extra for chromosome, extra in zip(pair, extras, strict=True))
        for pair in pairs
        for extras in itertools.product(options, repeat=2)
    ]


def haplotype(chromosome: Chromosome) -> str:
    """Name the haplotype of a chromosome; N264K leaves G2 its name."""
    return "G1" if G1_SITE in chromosome else "G2" if G2_SITE in chromosome else "G0"


def is_risk(chromosome: Chromosome) -> bool:
    """Return whether a chromosome adds to the risk: G1, or G2 without N264K."""
    return G1_SITE in chromosome or (G2_SITE in chromosome and M1_SITE not in chromosome)


class Apol1:
    """APOL1 (`interpretation.registry.Interpreter`)."""

    def __init__(self, genomics: Genomics) -> None:
        panel_rows(genomics, SITES, "apol1")

    def columns(self) -> list[Column]:
        """Declare genotype, risk alleles and high risk."""
        return list(_columns())

    def conclude(self, evidence: Evidence, findings: Findings) -> None:
        """Give each subject the three columns."""
        columns = self.columns()
        for subject in evidence.subjects:
            write(findings, subject, columns, apol1(answers_of(evidence, subject, SITES)))


def _columns() -> Iterable[Column]:
    missing_text = "a site is not called, or the phase that decides is not known; see the states"
    yield Column(
        name=f"{KEY}__genotype",
        type="category",
        meaning="APOL1 haplotypes: G1 carries S342G, G2 the deletion, G0 neither",
        missing=missing_text,
        source=SOURCE + PAPERS,
        state_source=KEY,
        categories=GENOTYPES,
    )
    yield Column(
        name=f"{KEY}__risk_alleles",
        type="integer",
        unit="1",
        meaning="APOL1 chromosomes with G1, or with G2 and without N264K; more is more risk",
        missing=missing_text,
        source=SOURCE + PAPERS,
        state_source=KEY,
        minimum=0,
        maximum=2,
    )
    yield Column(
        name=f"{KEY}__high_risk",
        type="boolean",
        meaning="two APOL1 risk alleles: high risk of kidney disease",
        missing=missing_text,
        source=SOURCE + PAPERS,
        state_source=KEY,
    )
