"""One record of a VCF or BCF file as arrays over its samples, read no further than it is asked."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drepano.genomics.reading.alleles import REFERENCE_MARKERS, Role
from drepano.genomics.reading.calls import Flags, Floats, Texts


def chromosome_of(contig: str) -> str:
    """Return a contig's name without ``chr``; 23 is X."""
    name = contig.removeprefix("chr")
    return "X" if name == "23" else name


MAX_PLOIDY = 2
_DROPPED = 9
"""Last allele that a GT may name where ALT is ``.``: some tools leave GT as it was when they drop
an ALT. Such an allele is not known to be anything."""


class Gate:
    """What a call needs beside its genotype; made once for many records.

    Attributes
    ----------
    depth, quality
        Fields of FORMAT.
    limits
        Calls with less depth, less quality are weak; 1 if one without them is too; (3,).
    codes
        Of a call; of one that is missing, of too high ploidy, not typed, weak; (5,).
    """

    __slots__ = ("codes", "depth", "limits", "quality")

    def __init__(
        self, fields: tuple[str, str], least: tuple[int, int], *, strict: bool, codes: list[int]
    ) -> None:
        self.depth, self.quality = fields
        self.limits = np.array([*least, strict], np.float64)
        self.codes = np.array(codes, np.int8)


@dataclass(slots=True)
class Tally:
    """Calls of one record at one variant.

    Attributes
    ----------
    small
        Code, ploidy, phased (1, 0, -1), place in `calls.FORMS`; (4, samples).
    large
        Copies of the variant (NaN unless called), depth, quality; (3, samples).
    half
        True if a call has some of its alleles.
    """

    small: NDArray[np.int8]
    large: Floats
    half: bool


class Record(ABC):
    """A record, whatever reads it.

    Attributes
    ----------
    chrom
        Contig without ``chr``; 23 is X.
    position, end
        1-based first and last position; the last of a reference block is its END, or the
        furthest of its samples' LEN.
    ref, alts
        Alleles in upper case; no ALT where the file says ``.``.
    block
        True if it holds reference alone: no ALT, or reference markers only.
    samples
        Number of asked samples: the length of every array.
    """

    __slots__ = ("alts", "block", "chrom", "end", "position", "ref", "samples")

    chrom: str
    position: int
    end: int
    ref: str
    alts: list[str]
    block: bool
    samples: int

    def _place(self, chrom: str, position: int, ref: str, alts: list[str]) -> None:
        self.chrom, self.position = chrom, position
        self.ref, self.alts = ref, alts
        self.block = REFERENCE_MARKERS.issuperset(alts)
        self.end = position + len(ref) - 1
        if self.block:
            self.end = max(self.end, self._block_end())

    def _block_end(self) -> int:
        """Return the last position of a reference block, by END or by LEN (VCF 4.5)."""
        told = self.info("END")
        end = int(told) if told is not None and told.isdigit() else 0
        if self.has("LEN"):
            lengths = self.numbers("LEN")[:, 0]
            if not np.isnan(lengths).all():
                end = max(end, self.position + int(np.nanmax(lengths)) - 1)
        return end

    @property
    def highest(self) -> int:
        """Number of the last allele that a GT may name."""
        return len(self.alts) or _DROPPED

    @property
    def name(self) -> str:
        """Place and REF: calls of one record have their alleles in one order."""
        return f"{self.chrom}:{self.position}:{self.ref}"

    def tally(self, roles: list[Role], gate: Gate) -> Tally:
        """Judge each sample's genotype about one variant.

        Parameters
        ----------
        roles
            What each ALT says of the variant.
        gate
            Where depth and quality stand, and how much of them a call needs.

        Raises
        ------
        UnitError
            ``unreadable``: as of `genotypes` and `numbers`.
        """
        alleles, phased = self.genotypes()
        present, role = alleles >= 0, np.array([Role.OTHER, *roles])[np.maximum(alleles, 0)]
        ploidy, gap = present.sum(axis=1), (alleles == -1).any(axis=1)
        carries = present & (role == Role.CARRIES)
        depth, quality = self.numbers(gate.depth)[:, 0], self.numbers(gate.quality)[:, 0]
        least_depth, least_quality, strict = gate.limits
        if strict:
            weak = ~((depth >= least_depth) & (quality >= least_quality))
        else:  # NaN compares false: a call without the field is not touched
            weak = (depth < least_depth) | (quality < least_quality)
        conditions = [
            gap | (ploidy == 0),
            ploidy > MAX_PLOIDY,
            (present & (role == Role.UNKNOWN)).any(axis=1),
            weak,
        ]
        code = np.select(conditions, list(gate.codes[1:]), gate.codes[0])
        called = code == gate.codes[0]
        second = carries[:, min(1, carries.shape[1] - 1)]  # wider if another sample has more
        order = np.where(ploidy > 1, carries[:, 0] * 2 + second, carries[:, 0])
        form = np.where(ploidy > 1, 3 + order + 4 * phased, 1 + order)
        return Tally(
            small=np.stack(
                [code, ploidy, np.where(ploidy > 1, phased, -1), np.where(called, form, 0)]
            ).astype(np.int8),
            large=np.stack([np.where(called, carries.sum(axis=1), np.nan), depth, quality]),
            half=bool((gap & (ploidy > 0)).any()),
        )

    @abstractmethod
    def accepted(self, filters: tuple[str, ...]) -> bool:
        """Return whether every FILTER of the record is one of `filters`."""

    @abstractmethod
    def info(self, field: str) -> str | None:
        """Return an INFO field as text, empty for a flag; None if the record has none."""

    @abstractmethod
    def has(self, field: str) -> bool:
        """Return whether the FORMAT column names the field."""

    @abstractmethod
    def genotypes(self) -> tuple[NDArray[np.int16], Flags]:
        """Return the allele numbers, (samples, ploidy), and whether they are phased, (samples,).

        -1 is a missing allele, -2 fills up calls of fewer alleles than the record's largest.
        A call is phased if no mark of it is ``/``. A record without ALT may have alleles 1:
        tools drop an ALT and leave GT (valid by the suite of hts-specs).

        Raises
        ------
        UnitError
            ``unreadable``: a GT is no genotype.
        """

    @abstractmethod
    def numbers(self, field: str) -> Floats:
        """Return a FORMAT field of numbers from 0 on, (samples, values); NaN where missing.

        A field that the record does not have is one column of NaN. Numbers below 0 count as
        missing, as some callers write them.

        Raises
        ------
        UnitError
            ``unreadable``: a value is no number.
        """

    @abstractmethod
    def texts(self, field: str) -> Texts:
        """Return a FORMAT field as text, (samples,); None where it is missing."""
