"""Sex by the variants of X and the calls of Y."""

from __future__ import annotations

from dataclasses import dataclass

from drepano.settings.genomics.sample_quality import Sex

CATEGORIES = ("male", "female", "indeterminate")
"""As the clinical concept `sex` has them, and what fits neither."""

_CLASH = {("male", "female"), ("female", "male")}


@dataclass(frozen=True, slots=True)
class Counts:
    """What was counted of a sample outside PAR.

    Attributes
    ----------
    x_carried, x_het
        SNVs of X with at least one ALT, and how many of them are heterozygous.
    y_records, y_called
        Records of Y in files of several samples, and how many are called.
    """

    x_carried: int
    x_het: int
    y_records: int
    y_called: int


def sex_of(counts: Counts, limits: Sex) -> str | None:
    """Return one of `CATEGORIES`; None where too little of X was seen.

    X decides: a male has one X, and no variant of it is heterozygous, whether it is written
    as one allele or as two of the same. Y only objects: a sex that it excludes is
    indeterminate. Without enough records of Y, X stands alone.
    """
    if counts.x_carried < limits.min_records:
        return None
    by_x = _by(
        counts.x_het / counts.x_carried,
        low=("male", limits.male_max_x_heterozygosity),
        high=("female", limits.female_min_x_heterozygosity),
    )
    if counts.y_records < limits.min_records:
        return by_x
    by_y = _by(
        counts.y_called / counts.y_records,
        low=("female", limits.female_max_y_call_rate),
        high=("male", limits.male_min_y_call_rate),
    )
    return "indeterminate" if (by_x, by_y) in _CLASH else by_x


def _by(value: float, *, low: tuple[str, float], high: tuple[str, float]) -> str:
    if value <= low[1]:
        return low[0]
    return high[0] if value >= high[1] else "indeterminate"
