"""Copies of given alleles of a record in each sample, for sums: exact, fast, gates applied.

The same rules as in `reading.evidence`; a kernel of its own, because a score asks every record
of a cohort and needs neither depth nor phase of each call.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from drepano.genomics.reading.calls import Codes, Flags
from drepano.genomics.reading.dosages import NO_CALL, UNIT
from drepano.genomics.reading.record import Record
from drepano.settings import Genomics

Units = NDArray[np.int32]

REFUSED = -2
"""More than two alleles, or records that contradict each other: no other record mends it."""

DIPLOID = 2


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a kernel, kept on disk for the next process."""
    kernel: Callable[..., Any] = numba.njit(cache=True, nogil=True)(function)
    return kernel


@dataclass(slots=True)
class Copies:
    """Copies of the asked alleles; every array is (samples,).

    Attributes
    ----------
    units
        In units of 1/16384; `NO_CALL` or `REFUSED` where there is no call.
    ploidy
        Number of alleles of the call; 0 if the file does not tell (DS without GT).
    """

    units: Units
    ploidy: Codes

    @classmethod
    def none(cls, samples: int) -> Copies:
        """Return `samples` samples without a call."""
        return cls(np.full(samples, NO_CALL, np.int32), np.zeros(samples, np.int8))

    def join(self, other: Copies) -> None:
        """Add what another record says of the same variant.

        A call wins over no call; two that differ contradict each other, and stay refused
        whatever a third says.
        """
        mine, theirs = self.units, other.units
        refused = (theirs == REFUSED) | ((mine >= 0) & (theirs >= 0) & (mine != theirs))
        take = (mine == NO_CALL) & (theirs >= 0)
        mine[take], self.ploidy[take] = theirs[take], other.ploidy[take]
        mine[refused] = REFUSED


def read_copies(record: Record, copies: Codes, gates: Genomics) -> Copies:
    """Count alleles in the calls of a record.

    Parameters
    ----------
    copies
        What each allele counts, (alleles,), REF first: 1, 0, or -1 if it is not known.
    gates
        Accepted filters, least depths and qualities, as for the panel.
    """
    found = Copies.none(record.samples)
    if not record.accepted(gates.accepted_filters):
        return found
    if record.has("GT"):
        alleles, _ = record.genotypes()
        _count(alleles, copies, found.units, found.ploidy)
        weak = _weak(record, gates)
        if weak is not None:
            found.units[weak] = NO_CALL
    elif not record.block and record.has("DS"):
        _read_expected(record, copies, found)
    return found


@compiled
def _count(  # pragma: no cover - compiled
    alleles: NDArray[np.int16], copies: Codes, units: Units, ploidies: Codes
) -> None:
    """Count alleles of each genotype; -1 is missing, -2 fills up shorter calls."""
    for sample in range(alleles.shape[0]):
        total, ploidy, known = 0, 0, True
        for place in range(alleles.shape[1]):
            allele = alleles[sample, place]
            if allele == -2:
                continue
            ploidy += 1
            if allele < 0 or allele >= copies.size or copies[allele] < 0:
                known = False
            else:
                total += copies[allele]
        if ploidy > 2:
            units[sample] = -2
        elif known and ploidy > 0:
            units[sample] = total * 16384
            ploidies[sample] = ploidy


def _weak(record: Record, gates: Genomics) -> Flags | None:
    """Return where depth or quality do not suffice; None if nothing is asked of them."""
    if record.block:
        depth = record.numbers("MIN_DP" if record.has("MIN_DP") else "DP")[:, 0]
        quality = record.numbers("GQ" if record.has("GQ") else "RGQ")[:, 0]
        strong: Flags = (depth >= gates.min_block_depth) & (quality >= gates.min_block_quality)
        return ~strong
    weak: Flags | None = None
    # NaN compares false: a call without the field is not touched.
    for field, least in (("DP", gates.min_depth), ("GQ", gates.min_genotype_quality)):
        if least > 0 and record.has(field):
            low: Flags = record.numbers(field)[:, 0] < least
            weak = low if weak is None else weak | low
    return weak


def _read_expected(record: Record, copies: Codes, found: Copies) -> None:
    """Read expected dosages (DS), unrounded.

    Copies of REF are two less all others; on X the number of alleles is not known without
    GT, so nothing follows there.
    """
    expected = record.numbers("DS")
    if expected.shape[1] != len(record.alts):
        return  # one number for several ALTs does not say which
    of_alts = copies[1:]
    total = expected[:, of_alts == 1].sum(axis=1)
    if copies[0] == 1:
        if record.chrom == "X":
            return
        total = DIPLOID - expected[:, of_alts == 0].sum(axis=1)
    # An allele of which it is not known what it is must not be there.
    sure = ~(expected[:, of_alts < 0] > 0).any(axis=1) & ~np.isnan(expected).any(axis=1)
    whole = sure & (total >= 0) & (total <= DIPLOID)
    found.units[whole] = np.rint(total[whole] * UNIT).astype(np.int32)
    found.units[sure & ~whole] = REFUSED
