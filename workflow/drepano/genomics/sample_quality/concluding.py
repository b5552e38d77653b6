"""Sums over all records to columns of quality, and the sex that the genotypes show."""

from __future__ import annotations

from collections.abc import Mapping

from drepano.contracts import Column
from drepano.genomics.interpretation.evidence import NOT_LOOKED_AT, Evidence, Trouble
from drepano.genomics.interpretation.findings import Findings
from drepano.genomics.sample_quality import quantities as q
from drepano.genomics.sample_quality.collecting import QUALITY
from drepano.genomics.sample_quality.measures import (
    MISSING,
    NO_FIELD,
    Measure,
    measures_of,
)
from drepano.genomics.sample_quality.sex import CATEGORIES, Counts, sex_of
from drepano.settings import SampleQuality

SEX = "sample__sex"
X_HETEROZYGOSITY = "sample__x_heterozygosity"
X_HAPLOID = "sample__x_haploid"
Y_CALL_RATE = "sample__y_call_rate"
SEX_AGREES = "sample__sex__agrees"

_READS = {"sample__unbalanced_het", "sample__reference_reads", "sample__contamination"}
_OUTSIDE_PAR = "outside PAR1 and PAR2 of the build; records with one ALT"

FEW_RECORDS = Trouble(
    "undefined",
    "too_few_records",
    "fewer called autosomal records than min_records of sample_quality",
    "Give files with more of the genome, or lower min_records.",
)
FEW_OF_X = Trouble("undefined", "too_few_records", "fewer records of X or Y than sex.min_records")
NO_CLINICAL_SEX = Trouble("indeterminate", "sex_unknown", "no clinical sex to compare with")
TWO_SEXES = Trouble("indeterminate", "conflicting_rows", "clinical rows name two sexes")
NEITHER = Trouble("indeterminate", "sex_indeterminate", "X and Y fit neither sex")


class QualityInterpreter:
    """Concludes the quality of samples (`drepano.genomics.interpretation.registry`)."""

    def __init__(self, settings: SampleQuality) -> None:
        self._settings = settings
        self._measures = measures_of(settings)

    def columns(self) -> list[Column]:
        """Declare the measures, then what X and Y show."""
        return [*(measure.declare() for measure in self._measures), *self._of_sex()]

    def _of_sex(self) -> list[Column]:
        limits = self._settings.sex
        rule = (
            f"male: at most {limits.male_max_x_heterozygosity:g} of the SNVs carried on X "
            f"heterozygous, female: at least {limits.female_min_x_heterozygosity:g}; at least "
            f"{limits.min_records} of them; a Y called at most "
            f"{limits.female_max_y_call_rate:g} excludes male, at least "
            f"{limits.male_min_y_call_rate:g} female"
        )
        fractions = (
            (X_HETEROZYGOSITY, "heterozygous fraction of the SNVs carried on X; near 0 in males"),
            (X_HAPLOID, "fraction of calls of X with one allele, as the caller wrote them"),
            (Y_CALL_RATE, "called fraction of Y in files of several samples; near 0 in females"),
        )
        told = [
            _column(name, "number", meaning, _OUTSIDE_PAR, maximum=1) for name, meaning in fractions
        ]
        sex = _column(SEX, "category", "sex that X and Y show", f"{_OUTSIDE_PAR}; {rule}")
        meaning = "1 if the sex that X and Y show is the clinical one; 0: mixed-up samples or more"
        return [*told, sex, _column(SEX_AGREES, "boolean", meaning, rule)]

    def conclude(self, evidence: Evidence, findings: Findings) -> None:
        """Give each subject a value or a state for each column."""
        names = (*q.NAMES, q.PIECES, q.RECORDS, q.SHARED_RECORDS, q.Y_RECORDS)
        sums = {name: evidence.sums_of(QUALITY, name) for name in names}
        for i, subject in enumerate(evidence.subjects):
            told = {name: int(values[i]) for name, values in sums.items()}
            trouble = _trouble(evidence, subject, told)
            if trouble is not None:
                findings.refuse(subject, QUALITY, trouble)
                continue
            enough = told["called"] >= self._settings.min_records
            for measure in self._measures:
                value = _value(measure, told) if enough else FEW_RECORDS
                _give(findings, subject, measure.column, value)
            self._conclude_sex(evidence, findings, subject, told)

    def _conclude_sex(
        self, evidence: Evidence, findings: Findings, subject: str, told: Mapping[str, int]
    ) -> None:
        least = self._settings.sex.min_records
        pairs = (
            (X_HETEROZYGOSITY, told["x_het"], told["x_carried"]),
            (X_HAPLOID, told["x_haploid"], told["x_called"]),
            (Y_CALL_RATE, told["y_called"], told[q.Y_RECORDS]),
        )
        for column, top, bottom in pairs:
            _give(findings, subject, column, top / bottom if bottom >= least else FEW_OF_X)
        counts = Counts(
            told["x_carried"],
            told["x_het"],
            told[q.Y_RECORDS],
            told["y_called"],
        )
        found = sex_of(counts, self._settings.sex)
        if found is None:
            findings.refuse(subject, SEX, FEW_OF_X)
        else:
            findings.category(subject, SEX, found)
        _give(findings, subject, SEX_AGREES, _agrees(found, evidence.clinical("sex", subject)))


def _trouble(evidence: Evidence, subject: str, told: Mapping[str, int]) -> Trouble | None:
    """Return why nothing can be said: a piece failed, or there is no file.

    Chromosomes that the files do not hold are no trouble: nothing is said of them.
    """
    troubles = evidence.troubles(QUALITY, subject)
    if told[q.PIECES]:
        troubles = [trouble for trouble in troubles if trouble.state != "not_covered"]
    if troubles:
        return troubles[0]
    return None if told[q.PIECES] else NOT_LOOKED_AT


def _value(measure: Measure, told: Mapping[str, int]) -> float | Trouble:
    value = measure.value(told)
    if isinstance(value, Trouble) and measure.column in _READS and not told["with_reads"]:
        return NO_FIELD
    return value


def _give(findings: Findings, subject: str, column: str, value: float | Trouble) -> None:
    if isinstance(value, Trouble):
        findings.refuse(subject, column, value)
    else:
        findings.number(subject, column, value)


def _agrees(found: str | None, clinical: list[float | str]) -> float | Trouble:
    """Return 1 or 0, or why the two cannot be compared."""
    if found is None:
        return FEW_OF_X
    if found not in CATEGORIES[:2]:
        return NEITHER
    named = set(clinical)
    if not named:
        return NO_CLINICAL_SEX
    return float(named == {found}) if len(named) == 1 else TWO_SEXES


def _column(
    name: str, kind: str, meaning: str, standard: str, *, maximum: float | None = None
) -> Column:
    category = kind == "category"
    return Column(
        name=name,
        type="category" if category else "boolean" if kind == "boolean" else "number",
        unit="" if kind != "number" else "1",
        meaning=meaning,
        missing=MISSING,
        source="docs/sample_quality.md",
        standard=standard,
        state_source=QUALITY,
        categories=CATEGORIES if category else (),
        minimum=0 if kind == "number" else None,
        maximum=maximum,
    )
