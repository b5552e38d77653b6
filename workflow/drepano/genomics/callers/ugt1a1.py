"""UGT1A1 promoter: the two numbers of TA repeats, and the activity that follows."""

from __future__ import annotations

import itertools

from drepano.contracts import Column
from drepano.genomics.callers.phase import carried
from drepano.genomics.callers.sites import Answers, answers_of, called, missing, panel_rows
from drepano.genomics.callers.verdict import Verdict, indeterminate, write
from drepano.genomics.interpretation.evidence import Evidence
from drepano.genomics.interpretation.findings import Findings
from drepano.settings import Genomics

STARS = {
    "ugt1a1_rs3064744_c": "*36",
    "ugt1a1_rs3064744_catat": "*28",
    "ugt1a1_rs3064744_catatat": "*37",
}
REFERENCE = "*1"
ORDER = ("*36", "*1", "*28", "*37")
"""5, 6, 7 and 8 repeats."""

DECREASED = frozenset({"*28", "*37"})
ACTIVITY = ("normal", "intermediate", "poor")
"""By the number of decreased alleles."""

GENOTYPES = tuple("/".join(p) for p in itertools.combinations_with_replacement(ORDER, 2))
KEY = "gen__ugt1a1"
SOURCE = "rs3064744; Gammal et al. 2016 Clin Pharmacol Ther 99:363 (CPIC, UGT1A1 and atazanavir)"


def ugt1a1(answers: Answers) -> Verdict:
    """Conclude the pair of repeats.

    Parameters
    ----------
    answers
        Calls of the three alleles of rs3064744 that are not the reference. An allele without
        a record is none that is absent, unless the others already make up both chromosomes.
    """
    calls = called(answers)
    if any(len(carried(call)) != 2 for call in calls.values()):
        return Verdict(trouble=indeterminate("ploidy_conflict", "not two alleles"))
    found = [STARS[name] for name, call in calls.items() for copy in carried(call) if copy]
    if len(found) > 2:
        return Verdict(trouble=indeterminate("calls_contradict", "more than two alleles"))
    lacking = missing(answers)
    if len(found) < 2 and lacking is not None:
        return Verdict(trouble=lacking)
    pair = sorted([*found, *[REFERENCE] * (2 - len(found))], key=ORDER.index)
    decreased = sum(star in DECREASED for star in pair)
    return Verdict(
        {
            "genotype": "/".join(pair),
            "decreased_alleles": decreased,
            "activity": ACTIVITY[decreased],
        }
    )


class Ugt1a1:
    """UGT1A1 (`interpretation.registry.Interpreter`)."""

    def __init__(self, genomics: Genomics) -> None:
        panel_rows(genomics, STARS, "ugt1a1")

    def columns(self) -> list[Column]:
        """Declare the pair, the number of decreased alleles and the activity."""
        missing_text = "an allele of the repeat is not called; the reason stands in the states"
        return [
            Column(
                name=f"{KEY}__genotype",
                type="category",
                meaning="UGT1A1 TA repeats: *36 is 5, *1 is 6, *28 is 7, *37 is 8; "
                "other alleles of the gene are not looked at",
                missing=missing_text,
                source=SOURCE,
                state_source=KEY,
                categories=GENOTYPES,
            ),
            Column(
                name=f"{KEY}__decreased_alleles",
                type="integer",
                unit="1",
                meaning="UGT1A1 chromosomes with 7 or 8 repeats; more is more bilirubin",
                missing=missing_text,
                source=SOURCE,
                state_source=KEY,
                minimum=0,
                maximum=2,
            ),
            Column(
                name=f"{KEY}__activity",
                type="category",
                meaning="UGT1A1 activity by the repeats: normal without, intermediate with one, "
                "poor with two of 7 or 8",
                missing=missing_text,
                source=SOURCE,
                state_source=KEY,
                categories=ACTIVITY,
            ),
        ]

    def conclude(self, evidence: Evidence, findings: Findings) -> None:
        """Give each subject the three columns."""
        columns = self.columns()
        for subject in evidence.subjects:
            write(findings, subject, columns, ugt1a1(answers_of(evidence, subject, STARS)))
