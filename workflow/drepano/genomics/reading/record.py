"""One record of a VCF file as arrays over its samples, read no further than it is asked."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from drepano.genomics.reading.alleles import REFERENCE_MARKERS
from drepano.genomics.reading.calls import Flags, Floats
from drepano.genomics.reading.grammar import require_alleles, require_format


class Record:
    """A record of cyvcf2.

    Attributes
    ----------
    chrom
        Contig without ``chr``; 23 is X.
    position, end
        1-based first and last position; the last of a reference block is its END.
    ref, alts
        Alleles in upper case; no ALT where the file says ``.``.
    block
        True if it holds reference alone: no ALT, or reference markers only.
    """

    def __init__(self, variant: Any, samples: int) -> None:  # noqa: ANN401 - cyvcf2 has no types
        self._variant = variant
        self.samples = samples
        name = str(variant.CHROM).removeprefix("chr")
        self.chrom = "X" if name == "23" else name
        self.position = int(variant.POS)
        self.ref = str(variant.REF).upper()
        self.alts = [str(alt).upper() for alt in variant.ALT]
        require_alleles(self.ref, self.alts)
        require_format(variant.FORMAT)
        self.block = REFERENCE_MARKERS.issuperset(self.alts)
        told = variant.INFO.get("END") if self.block else None
        last = self.position + len(self.ref) - 1
        self.end = max(last, int(told)) if told is not None else last
        self._fields = frozenset(variant.FORMAT)
        self._numbers: dict[str, Floats] = {}

    def accepted(self, filters: tuple[str, ...]) -> bool:
        """Return whether every FILTER of the record is one of `filters`."""
        return set(self._variant.FILTERS or ["."]) <= set(filters)

    def info(self, field: str) -> str | None:
        """Return an INFO field as text, empty for a flag; None if the record has none."""
        found = self._variant.INFO.get(field)
        if found is None or found is True:
            return None if found is None else ""
        values = found if isinstance(found, tuple) else (found,)
        return ",".join("." if value is None else str(value) for value in values)

    def has(self, field: str) -> bool:
        """Return whether the FORMAT column names the field."""
        return field in self._fields

    def genotypes(self) -> tuple[NDArray[np.int16], Flags]:
        """Return the allele numbers, (samples, ploidy), and whether they are phased, (samples,).

        -1 is a missing allele, -2 fills up calls of fewer alleles than the record's largest.
        """
        array = self._variant.genotype.array()
        return array[:, :-1], array[:, -1].astype(bool)

    def numbers(self, field: str) -> Floats:
        """Return a numeric FORMAT field, (samples, values); NaN where it is missing."""
        if field not in self._numbers:
            self._numbers[field] = self._read_numbers(field)
        return self._numbers[field]

    def _read_numbers(self, field: str) -> Floats:
        found = self._variant.format(field) if self.has(field) else None
        if found is None:
            return np.full((self.samples, 1), np.nan)
        if found.dtype.kind in "US":  # a field that the header does not declare comes as text
            found = np.array([[_number(cell)] for cell in found.ravel()])
        values = found.reshape(self.samples, -1).astype(np.float64)
        # htslib's missing integers are the lowest of their type; none of these is negative.
        return np.where(values < 0, np.nan, values)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return np.nan
