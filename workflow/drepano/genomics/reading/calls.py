"""Calls of all samples of a file at one variant, and how calls of several records join."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.int8]
Flags = NDArray[np.bool_]


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
    depth, quality
        DP and GQ, NaN where there is none.
    """

    code: Codes
    dosage: Floats
    ploidy: Codes
    phased: Codes
    depth: Floats
    quality: Floats

    @classmethod
    def none(cls, samples: int, code: int = SITE_ABSENT) -> Calls:
        """Return `samples` samples without a call."""
        return cls(
            code=np.full(samples, code, np.int8),
            dosage=np.full(samples, np.nan),
            ploidy=np.zeros(samples, np.int8),
            phased=np.full(samples, -1, np.int8),
            depth=np.full(samples, np.nan),
            quality=np.full(samples, np.nan),
        )

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

    def join(self, other: Calls) -> None:
        """Add what another record says of the same variant.

        A call wins over no call; two calls of different dosage are a conflict; of two
        reasons the higher is kept. From `BAD_PLOIDY` on a reason wins over a call.
        """
        differ = self.called & other.called & (self.dosage != other.dosage)
        take = (other.called & (self.code < BAD_PLOIDY) & ~self.called) | (
            ~other.called & (other.code > self.code) & (~self.called | (other.code >= BAD_PLOIDY))
        )
        for name in ("code", "dosage", "ploidy", "phased", "depth", "quality"):
            getattr(self, name)[take] = getattr(other, name)[take]
        self.refuse(differ, CONFLICT)
