"""Sums over all records of a piece that tell the quality of its samples."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from drepano.genomics.reading.calls import Codes
from drepano.genomics.reading.genotype_codes import (
    ALT_ALT,
    COPIES,
    HET,
    ONE_ALT,
    ONE_REF,
    REF_REF,
    read_codes,
)
from drepano.genomics.reading.record import Record
from drepano.genomics.sample_quality import kernels
from drepano.genomics.sample_quality import quantities as q
from drepano.genomics.sample_quality.sites import Kind, Part, kind_of, only_alt, part_of
from drepano.genomics.scan.collector import Totals
from drepano.settings import Genomics, SampleQuality

ALGORITHM = 1
"""Raise it when the same records would give other sums."""

QUALITY = "sample__quality"
"""Name under which the sums stand."""


class QualityCollector:
    """Counts calls of each sample (`drepano.genomics.scan.collector.Collector`)."""

    def __init__(
        self, settings: SampleQuality, gates: Genomics, build: str, subjects: list[str]
    ) -> None:
        self.source = QUALITY
        self.totals = Totals(subjects)
        self._settings, self._gates, self._build = settings, gates, build
        self._sums = np.zeros((len(subjects), len(q.VALUES)), np.int64)
        # By what a record is, then by genotype, so that each call is one addition.
        self._counts: dict[tuple[Part, Kind], NDArray[np.int64]] = {}
        self._records, self._y_records = 0, 0

    def take(self, record: Record) -> None:
        """Add the calls of a record that has one ALT of bases.

        Reference blocks, several ALTs, symbolic alleles and refused FILTERs are left alone.
        """
        alt = None if record.block else only_alt(record.alts)
        if alt is None or not record.has("GT"):
            return
        part = part_of(self._build, record.chrom, record.position)
        if part is Part.ELSEWHERE or not record.accepted(self._gates.accepted_filters):
            return
        shared = len(self.totals.subjects) > 1
        if part is Part.Y and not shared:
            return  # a file of one sample has records of Y only where it is called
        codes = read_codes(record, alt, self._gates)
        kind = kind_of(record.ref, record.alts[alt])
        kernels.add_codes(codes, self._counts_of(part, kind))
        if part is Part.AUTOSOME:
            self._records += 1
            self._add_values(record, alt, kind, codes)
        elif part is Part.Y:
            self._y_records += 1

    def _counts_of(self, part: Part, kind: Kind) -> NDArray[np.int64]:
        """Return genotypes of one kind of record, (samples, 6): no call, then by code."""
        if (part, kind) not in self._counts:
            shape = (len(self.totals.subjects), len(COPIES) + 1)
            self._counts[part, kind] = np.zeros(shape, np.int64)
        return self._counts[part, kind]

    def _add_values(self, record: Record, alt: int, kind: Kind, codes: Codes) -> None:
        sums = self._sums
        depth, quality = _first(record, "DP"), _first(record, "GQ")
        if depth is not None:
            kernels.add_values(codes, depth, q.DEPTH, q.WITH_DEPTH, sums)
        if quality is not None:
            kernels.add_values(codes, quality, q.QUALITY, q.WITH_QUALITY, sums)
        if not record.has("AD"):
            return
        reads = record.numbers("AD")
        column = alt + 1
        if reads.shape[1] <= column:
            return
        places = (q.WITH_READS, q.HET_WITH_READS, q.HET_UNBALANCED)
        kernels.add_reads(codes, reads, column, places, q.MIN_DEPTH, sums)
        if kind.snv:
            limits = (q.MIN_DEPTH, q.MAX_DEPTH, q.MIN_QUALITY)
            known = np.empty(0) if quality is None else quality
            places = (column, q.REFERENCE_READS, q.HOM_ALT_WITH_READS)
            kernels.add_contamination(codes, reads, known, places, limits, float(q.UNIT), sums)
            scale = self._scale(record, alt)
            if scale is not None:
                places = (column, q.CHARR, q.CHARR_CALLS)
                kernels.add_contamination(codes, reads, known, places, limits, scale * q.UNIT, sums)

    def _scale(self, record: Record, alt: int) -> float | None:
        """Return by how much reference reads undercount foreign ones: those that show ALT hide."""
        text = record.info(self._settings.frequency) if self._settings.frequency else None
        values = [] if text is None else text.split(",")
        if len(values) != len(record.alts):
            return None
        try:
            frequency = float(values[alt])
        except ValueError:
            return None
        common = q.MIN_FREQUENCY <= frequency <= q.MAX_FREQUENCY
        return 1 / (1 - frequency) if common else None

    def end(self) -> None:
        """Hand over the sums."""
        for place, name in enumerate(q.VALUES):
            self.totals.of_subjects(name)[:] += self._sums[:, place]
        self._end_autosomal()
        self._end_sex()
        shared = self._records if len(self.totals.subjects) > 1 else 0
        told = {
            q.PIECES: 1,
            q.RECORDS: self._records,
            q.SHARED_RECORDS: shared,
            q.Y_RECORDS: self._y_records,
        }
        for name, value in told.items():
            self.totals.of_subjects(name)[:] += value

    def _end_autosomal(self) -> None:
        add = self.totals.of_subjects
        carried = {
            Kind.TRANSITION: "transitions",
            Kind.TRANSVERSION: "transversions",
            Kind.INDEL: "indels",
        }
        for kind in Kind:
            counts = self._counts_of(Part.AUTOSOME, kind)
            add("called")[:] += _count(counts, *_ANY)
            add("het")[:] += _count(counts, HET)
            add("hom_alt")[:] += _count(counts, ALT_ALT)
            add("reference")[:] += _count(counts, REF_REF, ONE_REF)
            if kind in carried:
                add(carried[kind])[:] += _count(counts, *_CARRIED)

    def _end_sex(self) -> None:
        add = self.totals.of_subjects
        for kind in Kind:
            counts = self._counts_of(Part.X, kind)
            add("x_called")[:] += _count(counts, *_ANY)
            add("x_haploid")[:] += _count(counts, ONE_REF, ONE_ALT)
            add("x_carried")[:] += _count(counts, *_CARRIED) if kind.snv else 0
            add("x_het")[:] += _count(counts, HET) if kind.snv else 0
            add("y_called")[:] += _count(self._counts_of(Part.Y, kind), *_ANY)


_ANY = (REF_REF, HET, ALT_ALT, ONE_REF, ONE_ALT)
_CARRIED = (HET, ALT_ALT, ONE_ALT)


def _count(counts: NDArray[np.int64], *codes: int) -> NDArray[np.int64]:
    """Add up the counts of some genotypes, (samples,)."""
    total: NDArray[np.int64] = counts[:, [code + 1 for code in codes]].sum(axis=1)
    return total


def _first(record: Record, field: str) -> NDArray[np.float64] | None:
    """Return a number of each call, (samples,); None if the record has no such field."""
    return np.ascontiguousarray(record.numbers(field)[:, 0]) if record.has(field) else None


class QualitySource:
    """Quality of samples (`drepano.genomics.scan.collector.CollectorSource`)."""

    def __init__(self, settings: SampleQuality, gates: Genomics, build: str) -> None:
        self.source = QUALITY
        self._settings, self._gates, self._build = settings, gates, build

    def places(self) -> Mapping[str, list[tuple[int, int]]] | None:
        """Return None: every record is looked at."""
        return None

    def digest(self) -> str:
        """Return a hash of what the sums depend on."""
        used = (
            self._gates.accepted_filters,
            self._gates.min_depth,
            self._gates.min_genotype_quality,
            self._gates.half_calls,
            self._settings.frequency,
            self._build,
        )
        return hashlib.sha256(f"{ALGORITHM} {used}".encode()).hexdigest()

    def start(self, subjects: list[str], chrom: str, first: int, last: int) -> QualityCollector:
        """Start on a piece: records that start at `first` to `last`, 1-based and inclusive."""
        del chrom, first, last
        return QualityCollector(self._settings, self._gates, self._build, subjects)
