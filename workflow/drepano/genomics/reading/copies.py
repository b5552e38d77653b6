"""Copies of given alleles of a record in each sample, for sums: exact, fast, gates applied.

The same rules as in `reading.evidence`; a kernel of its own, because a score asks every record
of a cohort and needs neither depth nor phase of each call.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from drepano.errors import UnitError
from drepano.genomics.reading.calls import Codes, Flags
from drepano.genomics.reading.compiled import kernel
from drepano.genomics.reading.dosages import NO_CALL, UNIT
from drepano.genomics.reading.record import Record
from drepano.settings import Genomics

Units = NDArray[np.int32]

REFUSED = -2
"""More than two alleles, or records that contradict each other: no other record mends it."""

DIPLOID = 2


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


def read_copies(record: Record, copies: Codes, last: int, gates: Genomics) -> Copies:
    """Count alleles in the calls of a record.

    Parameters
    ----------
    copies
        What each allele counts, (alleles,), REF first: 1, 0, or -1 if it is not known.
    last
        Last base that a reference block has to reach.
    gates
        Accepted filters, least depths and qualities, as for the panel.

    Raises
    ------
    UnitError
        ``missing_genotype``: a half call, and the study refuses such.
    """
    if not record.accepted(gates.accepted_filters):
        return Copies.none(record.samples)
    if record.has("GT"):
        found = _read_genotypes(record, copies, gates)
        if record.block and record.has("LEN"):  # each sample tells its own block (VCF 4.5)
            lengths = record.numbers("LEN")[:, 0]
            reached = record.position - 1 + np.fmax(lengths, len(record.ref))
            found.units[reached < last] = NO_CALL
        return found
    found = Copies.none(record.samples)
    if not record.block:
        _read_expected(record, copies, found)
    return found


@lru_cache(maxsize=4096)
def _pairs(copies: bytes) -> tuple[Units, Codes]:
    """Return copies (in units) and ploidy of every pair of alleles.

    Both are (alleles + 3,) * 2, by allele number plus 2: -2 is none, -1 missing, and the last
    place is for numbers that no allele of the record has.
    """
    told = [0, -1, *np.frombuffer(copies, np.int8).tolist(), -1]
    units = np.full((len(told), len(told)), NO_CALL, np.int32)
    ploidy = np.zeros(units.shape, np.int8)
    for (one, first), (two, second) in product(enumerate(told), repeat=2):
        alleles = (one > 0) + (two > 0)
        if alleles and first >= 0 and second >= 0:
            units[one, two], ploidy[one, two] = (first + second) * UNIT, alleles
    return units, ploidy


@kernel
def _count(  # pragma: no cover - compiled
    alleles: NDArray[np.int16], pairs: tuple[Units, Codes], units: Units, ploidies: Codes
) -> None:
    """Look up each genotype, and refuse those of more than two alleles.

    Two lookups a sample and no branch: nearly all time of a score is spent here.
    """
    of_pair, ploidy_of_pair = pairs
    last = of_pair.shape[0] - 1
    for sample in range(alleles.shape[0]):
        one = min(alleles[sample, 0] + 2, last)
        two = min(alleles[sample, 1] + 2, last) if alleles.shape[1] > 1 else 0
        units[sample] = of_pair[one, two]
        ploidies[sample] = ploidy_of_pair[one, two]
    for place in range(2, alleles.shape[1]):
        for sample in range(alleles.shape[0]):
            if alleles[sample, place] != -2:
                units[sample] = -2
                ploidies[sample] = 0


_IRREGULAR = -9


@lru_cache(maxsize=4096)
def _plain_pairs(copies: bytes) -> Units:
    """Return copies (in units) by the bytes of both alleles, less that of the dot; (16, 16).

    `_IRREGULAR` for anything that is neither a dot nor one digit of an allele of the record.
    """
    units, _ = _pairs(copies)
    table = np.full((16, 16), _IRREGULAR, np.int32)
    # A dot is 0 here and 1 there; a digit d is d + 2 in both; a slash lies between.
    known = min(len(copies), 10)
    ours, theirs = [0, *range(2, known + 2)], [1, *range(2, known + 2)]
    table[np.ix_(ours, ours)] = units[np.ix_(theirs, theirs)]
    return table


@kernel
def _count_plain(  # pragma: no cover - compiled
    cells: NDArray[np.uint8], table: Units, units: Units, ploidies: Codes
) -> bool:
    """Fill in copies and ploidy out of cells of three bytes, such as 0|1.

    Returns
    -------
    bool
        False if a cell is anything else: nothing of what was filled in may then be used.
    """
    irregular = False
    samples = units.size
    for sample in range(samples):
        here = 4 * sample
        one, two = np.uint8(cells[here] - 46), np.uint8(cells[here + 2] - 46)
        mark = cells[here + 1]
        found = table[one & 15, two & 15]
        irregular |= (one > 15) | (two > 15) | (found == -9) | ((mark != 124) & (mark != 47))
        units[sample] = found
        ploidies[sample] = 2 * (found >= 0)
    for sample in range(samples - 1):
        irregular |= cells[4 * sample + 3] != 9
    return not irregular


def _read_plain(record: Record, copies: Codes) -> Copies | None:
    """Read lines of a VCF file that hold plain diploid genotypes alone; None for any other.

    Most lines of most cohorts are such, and nearly all time of a score is spent in them.
    """
    cells: NDArray[np.uint8] | None = getattr(record, "cells", None)
    samples = record.samples
    # As many bytes as samples have, so no sample of the file was left out.
    if cells is None or cells.size != 4 * samples - 1 or not record.layout.whole:  # type: ignore[attr-defined]
        return None
    found = Copies(np.empty(samples, np.int32), np.empty(samples, np.int8))
    table = _plain_pairs(copies.tobytes())
    return found if _count_plain(cells, table, found.units, found.ploidy) else None


def _read_genotypes(record: Record, copies: Codes, gates: Genomics) -> Copies:
    weak = _weak(record, gates)
    if gates.half_calls == "missing" and (plain := _read_plain(record, copies)) is not None:
        if weak is not None:
            plain.units[weak] = NO_CALL
        return plain
    alleles, _ = record.genotypes()
    if gates.half_calls == "refuse":
        _refuse_half_calls(record, alleles)
    found = Copies(np.empty(record.samples, np.int32), np.empty(record.samples, np.int8))
    _count(alleles, _pairs(copies.tobytes()), found.units, found.ploidy)
    if weak is not None:
        found.units[weak] = NO_CALL
    return found


def _refuse_half_calls(record: Record, alleles: NDArray[np.int16]) -> None:
    if ((alleles == -1).any(axis=1) & (alleles >= 0).any(axis=1)).any():
        raise UnitError(
            "missing_genotype",
            f"{record.chrom}:{record.position} has a half call, and the study refuses such",
            "Mend the file, or set half_calls of the study to missing.",
        )


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
    """Read expected dosages, unrounded: DS, or HDS where there is one ALT and no DS.

    Copies of REF are two less all others; on X the number of alleles is not known without
    GT, so nothing follows there.
    """
    if record.has("DS"):
        expected = record.numbers("DS")
    else:  # one number for each haplotype
        expected = record.numbers("HDS").sum(axis=1, keepdims=True)
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
