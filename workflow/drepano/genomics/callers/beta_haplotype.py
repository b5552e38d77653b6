"""Haplotypes of the beta-globin cluster on chromosomes with HbS, by four markers."""

from __future__ import annotations

from drepano.contracts import Column
from drepano.genomics.callers.haemoglobin_alleles import S
from drepano.genomics.callers.phase import (
    Chromosome,
    Contradiction,
    carried,
    is_phased,
    resolutions,
)
from drepano.genomics.callers.sites import Answers, answers_of, called, missing, panel_rows
from drepano.genomics.callers.verdict import Verdict, indeterminate, write
from drepano.genomics.interpretation.evidence import Evidence, Trouble
from drepano.genomics.interpretation.findings import Findings
from drepano.settings import Genomics

HINC_E = "hbb_rs3834466"
HIND_G = "hbg1_rs28440105"
HINC_P = "hbb_rs10128556"
HINC_3 = "hbb_rs968857"
MARKERS = (HINC_E, HIND_G, HINC_P, HINC_3)
SITES = (S, *MARKERS)

PATTERNS: dict[Chromosome, str] = {
    frozenset({HIND_G}): "ben",
    frozenset({HIND_G, HINC_P}): "sen",
    frozenset({HIND_G, HINC_3}): "car",
    frozenset(): "cam",
    frozenset({HINC_E, HIND_G, HINC_P}): "ai",
}
"""ALT alleles of the markers to the haplotype. Cameroon is REF at all four: rs28440105's
reference allele is the rare one, so a marker that is missing must never count as REF."""

NAMES = {
    "ben": "Benin",
    "sen": "Senegal",
    "car": "Bantu (Central African Republic)",
    "cam": "Cameroon",
    "ai": "Arab-Indian",
    "unk": "none of the five",
}
KEY = "gen__beta_haplotype"
SOURCE = "Shaikho et al. 2017 BMC Genomics (PMC5553663): rs3834466, rs28440105, rs10128556, "
SOURCE += "rs968857"
NONE = Trouble("undefined", "no_s_chromosome", "rs334 is called, and carries no S")


def beta_haplotype(answers: Answers) -> Verdict:
    """Count the haplotypes of chromosomes with S.

    Parameters
    ----------
    answers
        Calls of S and the four markers. Unphased data tells haplotypes of S/S alone, and
        only where the four markers are homozygous.
    """
    calls = called(answers)
    if S in calls and not any(carried(calls[S])):
        return Verdict(trouble=NONE)
    lacking = missing({S: answers[S]}) or missing(answers)
    if lacking is not None:
        return Verdict(trouble=lacking)
    if any(len(carried(call)) != 2 for call in calls.values()):
        return Verdict(trouble=indeterminate("ploidy_conflict", "not two alleles"))
    mixed = {name: call for name, call in calls.items() if len(set(carried(call))) > 1}
    unphased = sorted(name for name, call in mixed.items() if not is_phased(call))
    try:
        pairs = resolutions(calls)
    except Contradiction:
        return Verdict(trouble=indeterminate("calls_contradict", ", ".join(sorted(mixed))))
    if unphased or len(pairs) > 1:
        detail = f"not phased: {', '.join(unphased or sorted(mixed))}"
        return Verdict(trouble=indeterminate("phase_unknown", detail, "Phase the cluster."))
    names = [PATTERNS.get(chrom - {S}, "unk") for chrom in pairs[0] if S in chrom]
    return Verdict({"s_chromosomes": len(names)} | {n: names.count(n) for n in NAMES})


class BetaHaplotype:
    """Haplotypes of the cluster (`interpretation.registry.Interpreter`)."""

    def __init__(self, genomics: Genomics) -> None:
        panel_rows(genomics, SITES, "beta_haplotype")

    def columns(self) -> list[Column]:
        """Declare how many chromosomes carry S, and how many of them each haplotype."""
        meanings = {"s_chromosomes": "chromosomes with HbS"} | {
            name: f"chromosomes with HbS on the haplotype {place}" for name, place in NAMES.items()
        }
        return [
            Column(
                name=f"{KEY}__{name}",
                type="integer",
                unit="1",
                meaning=meaning,
                missing="no HbS, a marker without call, or no phase; see the states",
                source=SOURCE,
                standard="phased calls, or HbS and all four markers homozygous",
                state_source=KEY,
                minimum=0,
                maximum=2,
            )
            for name, meaning in meanings.items()
        ]

    def conclude(self, evidence: Evidence, findings: Findings) -> None:
        """Give each subject the counts."""
        columns = self.columns()
        for subject in evidence.subjects:
            write(findings, subject, columns, beta_haplotype(answers_of(evidence, subject, SITES)))
