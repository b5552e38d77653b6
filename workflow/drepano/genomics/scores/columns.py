"""Matrix columns of a score; they depend on the study and its files alone."""

from __future__ import annotations

from drepano.contracts import Column
from drepano.errors import ConfigError, Fault
from drepano.genomics.scores.gathering import source_name
from drepano.genomics.scores.scoring_file import content_digest, score_headers
from drepano.settings import Genomics, Score

MISSING = "too few of the score's variants were called; the reason stands in the states"


def sum_column(name: str) -> str:
    """Return the name of the column with a score's sum."""
    return f"{source_name(name)}__sum"


def matched_column(name: str) -> str:
    """Return the name of the column with the fraction of a score's variants."""
    return f"{source_name(name)}__matched"


def score_columns(genomics: Genomics) -> list[Column]:
    """Declare the columns of all scores.

    Raises
    ------
    ConfigError
        A scoring file is missing or wrong; the faults of all of them.
    """
    columns: list[Column] = []
    faults: list[Fault] = []
    for name, score in genomics.scores.items():
        try:
            columns += _columns(name, score)
        except ConfigError as error:
            faults += error.faults
    if faults:
        raise ConfigError(*faults)
    return columns


def _columns(name: str, score: Score) -> tuple[Column, Column]:
    header = score_headers(score)
    told = [header.get(key, "") for key in ("pgs_id", "pgs_name", "trait_reported")]
    what = ", ".join(dict.fromkeys(part for part in told if part)) or name
    citation = header.get("citation", "")
    source = f"sha256 {content_digest(score)[:16]}" + (f"; {citation}" if citation else "")
    scale = header.get("weight_type", "")
    unit = f" (weights: {scale})" if scale not in ("", "NR") else ""
    return (
        Column(
            name=sum_column(name),
            type="number",
            unit="1",
            meaning=f"polygenic score {what}{unit}; higher is more of what its weights raise",
            missing=MISSING,
            source=source,
            standard=_standard(score),
            state_source=source_name(name),
        ),
        Column(
            name=matched_column(name),
            type="number",
            unit="1",
            meaning=f"polygenic score {what}: fraction of its variants that were called",
            missing="no file of the subject was read for the score",
            source=source,
            standard="called variants by rows of the scoring file; palindromic rows that the "
            "study drops and repeated rows are not counted",
            state_source=source_name(name),
            minimum=0,
            maximum=1,
        ),
    )


def _standard(score: Score) -> str:
    """Say how the sum is made, so that nobody takes it for another one."""
    absent = {
        "missing": "variants that no record speaks of are missing",
        "reference": "variants that no record speaks of count as two reference alleles",
    }[score.absent]
    palindromic = {"drop": "dropped", "keep": "taken as written"}[score.palindromic]
    strand = "either strand" if score.flip else "the strand as written"
    return (
        f"PGS Catalog scoring file; sum of weight times copies of the effect allele, not divided, "
        f"no mean imputation; alleles on {strand}, A/T and C/G {palindromic}; {absent}; null if "
        f"one of at most {score.strict_up_to} variants, or more than "
        f"{1 - score.min_match:.4g} of more, are missing"
    )
