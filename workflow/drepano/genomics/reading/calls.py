"""Calls of all samples of a file at one variant, and how calls of several records join."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.int8]
Flags = NDArray[np.bool_]
Texts = NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Outcome:
    """State and reason of a sample without a dosage, and what to do about it."""

    state: str
    reason: str
    remedy: str


CALLED = 0
SITE_ABSENT = 1
NOT_TYPED = 2
WEAK_REFERENCE = 3
MISSING = 4
WEAK_CALL = 5
FILTERED = 6
BAD_PLOIDY = 7
REF_MISMATCH = 8
CONFLICT = 9

OUTCOMES: dict[int, Outcome] = {
    SITE_ABSENT: Outcome(
        "not_covered", "site_absent", "Type the site, or give a gVCF or an all-sites VCF."
    ),
    NOT_TYPED: Outcome(
        "not_covered", "allele_not_typed", "Type the panel's allele; another one is no evidence."
    ),
    WEAK_REFERENCE: Outcome(
        "not_covered", "low_evidence", "See min_block_depth and min_block_quality of the study."
    ),
    MISSING: Outcome("no_call", "missing_genotype", "Nothing, unless the sample is typed again."),
    WEAK_CALL: Outcome(
        "no_call", "low_evidence", "See min_depth and min_genotype_quality of the study."
    ),
    FILTERED: Outcome("no_call", "filtered", "See accepted_filters of the study."),
    BAD_PLOIDY: Outcome(
        "failed", "out_of_range", "Call with one or two alleles; a dosage is 0 to 2."
    ),
    REF_MISMATCH: Outcome(
        "failed", "ref_mismatch", "Check the file's reference genome, then the panel's row."
    ),
    CONFLICT: Outcome(
        "indeterminate", "record_conflict", "Look at the records of the site; keep one."
    ),
}
"""Why there is no dosage. Where several records say several, the highest code is told."""


FORMS = (None, "0", "1", "0/0", "0/1", "1/0", "1/1", "0|0", "0|1", "1|0", "1|1")
"""Genotypes as they are told: order and mark of GT, 1 where the allele carries the panel's ALT."""

_OF_EACH = ("code", "dosage", "ploidy", "phased", "form", "depth", "quality")


@dataclass(slots=True)
class Calls:
    """Calls at one variant; every array is (samples,).

    Attributes
    ----------
    code
        `CALLED`, or a key of `OUTCOMES`.
    dosage
        Copies of the panel's ALT, NaN unless called.
    ploidy
        Number of alleles of the call; 0 if the file does not tell (DS without GT).
    phased
        1 or 0; -1 if that makes no sense (one allele, or DS without GT).
    form
        Genotype as a place in `FORMS`, 0 unless it was called from GT.
    depth, quality
        DP and GQ, NaN where there is none.
    probability
        Largest GP, NaN where there is none; None if no record has it.
    phase_set
        PS, None where there is none; None if no record has it.
    records
        Names of the records that were read.
    record
        Place of each sample's record among them; None if there is one at the most.
    """

    code: Codes
    dosage: Floats
    ploidy: Codes
    phased: Codes
    form: Codes
    depth: Floats
    quality: Floats
    probability: Floats | None = None
    phase_set: Texts | None = None
    records: tuple[str, ...] = ()
    record: NDArray[np.int64] | None = None

    @classmethod
    def none(cls, samples: int, code: int = SITE_ABSENT) -> Calls:
        """Return `samples` samples without a call."""
        small, large = np.empty((4, samples), np.int8), np.empty((3, samples))
        small[:] = [[code], [0], [-1], [0]]
        large[:] = np.nan
        return cls.of(small, large)

    @classmethod
    def of(cls, small: Codes, large: Floats) -> Calls:
        """Return calls out of the arrays of a `record.Tally`."""
        code, ploidy, phased, form = small
        dosage, depth, quality = large
        return cls(code, dosage, ploidy, phased, form, depth, quality)

    @property
    def called(self) -> Flags:
        """True where there is a dosage."""
        called: Flags = self.code == CALLED
        return called

    def refuse(self, where: Flags, code: int) -> None:
        """Take the calls back `where` they are called, for the reason `code`."""
        where = where & self.called
        self.code[where] = code
        self.dosage[where] = np.nan
        self.form[where] = 0

    def join(self, other: Calls) -> None:
        """Add what another record says of the same variant.

        A call wins over no call; two calls of different dosage are a conflict; of two
        reasons the higher is kept. From `BAD_PLOIDY` on a reason wins over a call.
        """
        differ = self.called & other.called & (self.dosage != other.dosage)
        take = (other.called & (self.code < BAD_PLOIDY) & ~self.called) | (
            ~other.called & (other.code > self.code) & (~self.called | (other.code >= BAD_PLOIDY))
        )
        for name in _OF_EACH:
            getattr(self, name)[take] = getattr(other, name)[take]
        if other.probability is not None or self.probability is not None:
            self.probability = _taken(self.probability, other.probability, take, np.nan)
        if other.phase_set is not None or self.phase_set is not None:
            self.phase_set = _taken(self.phase_set, other.phase_set, take, None)
        if other.records:
            mine = np.zeros(len(take), np.int64) if self.record is None else self.record
            theirs = 0 if other.record is None else other.record
            self.record = np.where(take, theirs + len(self.records), mine)
            self.records += other.records
        self.refuse(differ, CONFLICT)


def _taken(mine: Any, theirs: Any, take: Flags, fill: object) -> Any:  # noqa: ANN401 - of any type
    """Join two arrays, either of which may be None: all `fill`."""
    kind = (mine if mine is not None else theirs).dtype
    joined = np.full(len(take), fill, kind) if mine is None else mine
    joined[take] = fill if theirs is None else theirs[take]
    return joined
