"""Sums over all records of a piece that tell the quality of its samples."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

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
        self._sums = np.zeros((len(subjects), len(q.NAMES)), np.int64)
        self._codes = np.empty(len(subjects), np.int8)
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
        alleles, _ = record.genotypes()
        kernels.classify(alleles, alt + 1, self._codes)
        depth, quality = _first(record, "DP"), _first(record, "GQ")
        self._gate(depth, self._gates.min_depth)
        self._gate(quality, self._gates.min_genotype_quality)
        kind = kind_of(record.ref, record.alts[alt])
        if part is Part.AUTOSOME:
            self._add_autosomal(record, alt + 1, kind, depth, quality)
        elif part is Part.X:
            kernels.add_x(self._codes, kind.snv, self._sums)
        elif len(self._codes) > 1:  # a file of one sample has records of Y where it is called
            self._y_records += 1
            kernels.add_y(self._codes, self._sums)

    def _gate(self, values: NDArray[np.float64] | None, least: int) -> None:
        if values is not None and least:
            kernels.gate(self._codes, values, float(least))

    def _add_autosomal(
        self,
        record: Record,
        alt: int,
        kind: Kind,
        depth: NDArray[np.float64] | None,
        quality: NDArray[np.float64] | None,
    ) -> None:
        codes, sums = self._codes, self._sums
        self._records += 1
        kernels.add_autosomal(codes, int(kind), sums)
        if depth is not None:
            kernels.add_values(codes, depth, q.DEPTH, q.WITH_DEPTH, sums)
        if quality is not None:
            kernels.add_values(codes, quality, q.QUALITY, q.WITH_QUALITY, sums)
        if not record.has("AD"):
            return
        reads = record.numbers("AD")
        if reads.shape[1] <= alt:
            return
        kernels.add_reads(codes, reads, alt, sums)
        if kind.snv:
            known = np.empty(0) if quality is None else quality
            places = (alt, q.REFERENCE_READS, q.HOM_ALT_WITH_READS)
            kernels.add_contamination(codes, reads, known, places, 1.0, sums)
            scale = self._scale(record, alt - 1)
            if scale is not None:
                places = (alt, q.CHARR, q.CHARR_CALLS)
                kernels.add_contamination(codes, reads, known, places, scale, sums)

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
        for place, name in enumerate(q.NAMES):
            self.totals.of_subjects(name)[:] += self._sums[:, place]
        shared = self._records if len(self._codes) > 1 else 0
        told = {
            q.PIECES: 1,
            q.RECORDS: self._records,
            q.SHARED_RECORDS: shared,
            q.Y_RECORDS: self._y_records,
        }
        for name, value in told.items():
            self.totals.of_subjects(name)[:] += value


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
