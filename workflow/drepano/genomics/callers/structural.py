"""Collector of called bases, copy numbers, deletions and duplications at the globin loci."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from drepano.genomics.callers.intervals import Interval
from drepano.genomics.callers.loci import LOCI, Locus
from drepano.genomics.reading.alleles import REFERENCE_MARKERS
from drepano.genomics.reading.record import Record
from drepano.genomics.scan.collector import Totals
from drepano.ranks import content_key
from drepano.settings import Genomics

SOURCE = "structure"
ALGORITHM = 1
"""Raise it when the same files would give other texts."""

LARGE = 50
"""A deletion spelt in bases is a structural one from this many on."""

_COPIES = re.compile(r"<CN(\d+)>")

Flags = NDArray[np.bool_]


class StructureSource:
    """The globin loci on one build (`scan.collector.CollectorSource`)."""

    source = SOURCE

    def __init__(self, genomics: Genomics, build: str) -> None:
        self._gates, self._loci = genomics, LOCI.get(build, {})

    def places(self) -> Mapping[str, list[tuple[int, int]]]:
        """Return each locus; a deletion or segment that starts before it touches it."""
        return {chrom: [_whole(locus)] for chrom, locus in self._loci.items()}

    def digest(self) -> str:
        """Return a hash of loci and gates."""
        names = ("accepted_filters", "min_depth", "min_genotype_quality")
        blocks = ("min_block_depth", "min_block_quality")
        gates = {name: getattr(self._gates, name) for name in (*names, *blocks)}
        loci = {c: [locus.copies, locus.bases] for c, locus in self._loci.items()}
        return content_key(SOURCE, ALGORITHM, gates, loci)

    def start(self, subjects: list[str], chrom: str, first: int, last: int) -> Structural:
        """Start on a piece; texts are items of their own, so that pieces never join."""
        del last
        return Structural(subjects, f"{chrom}:{first}", self._loci.get(chrom), self._gates)


class Structural:
    """Texts of one piece (`scan.collector.Collector`).

    Items are ``covered``, ``copies`` and ``changes`` with the piece behind them. Texts are
    ``first-last`` of called bases; ``first-last:N`` of N copies; ``DEL:first-last:N`` of a
    deletion (or ``DUP``) that N chromosomes carry, ``?`` where half the call is missing.
    """

    source = SOURCE
    touching = True
    """A segment that starts before the piece tells of it too; told twice, it says the same."""

    def __init__(
        self, subjects: list[str], piece: str, locus: Locus | None, gates: Genomics
    ) -> None:
        self.totals = Totals(subjects)
        self._piece, self._locus, self._gates = piece, locus, gates
        count = len(subjects)
        self._covered: list[list[str]] = [[] for _ in subjects]
        self._copies: list[list[str]] = [[] for _ in subjects]
        self._changes: list[list[str]] = [[] for _ in subjects]
        self._open_first = np.zeros(count, np.int64)
        self._open_last = np.full(count, -1, np.int64)

    def take(self, record: Record) -> None:
        """Look at a record that reaches into the locus."""
        if self._locus is None or not _reaches(record, self._locus.copies):
            return
        if not record.accepted(self._gates.accepted_filters):
            return
        if record.has("CN"):
            self._take_copies(record, self._locus.copies)
        changes = list(_changes(record))
        for number, kind, span in changes:
            if span.shared(self._locus.copies):
                self._take_change(record, number, f"{kind}:{span.first}-{span.last}")
        bases = self._locus.bases
        if bases is not None and not changes and record.has("GT"):
            self._take_bases(record, bases)

    def end(self) -> None:
        """Close open stretches and write the texts."""
        self._close(self._open_last >= 0)
        if self._locus is None:
            return
        for name in ("covered", "copies", "changes"):
            texts = [",".join(parts) for parts in getattr(self, f"_{name}")]
            self.totals.text(f"{name}:{self._piece}", texts)

    def _take_copies(self, record: Record, locus: Interval) -> None:
        span = _span(record)
        if not span.shared(locus):
            return
        copies = record.numbers("CN")[:, 0]
        for subject in np.flatnonzero(~np.isnan(copies)):
            text = f"{span.first}-{span.last}:{copies[subject]:g}"
            self._copies[subject].append(text)

    def _take_change(self, record: Record, number: int, name: str) -> None:
        if not record.has("GT"):
            return
        alleles, _ = record.genotypes()
        carrying = (alleles == number).sum(axis=1)
        missing = (alleles == -1).any(axis=1)
        for subject in np.flatnonzero((carrying > 0) | ~missing):
            told = "?" if missing[subject] else str(int(carrying[subject]))
            self._changes[subject].append(f"{name}:{told}")

    def _take_bases(self, record: Record, bases: Interval) -> None:
        first = max(record.position, bases.first)
        last = np.minimum(_ends(record), bases.last)
        called = self._called(record) & (last >= first)
        apart = called & (first > self._open_last + 1)
        self._close(apart & (self._open_last >= 0))
        self._open_first[apart] = first
        self._open_last[apart] = last[apart]
        self._open_last[called] = np.maximum(self._open_last[called], last[called])

    def _close(self, where: Flags) -> None:
        for subject in np.flatnonzero(where):
            text = f"{self._open_first[subject]}-{self._open_last[subject]}"
            self._covered[subject].append(text)

    def _called(self, record: Record) -> Flags:
        """Return who has a whole call of bases, with the evidence that the study asks for.

        An allele ``*`` lies in a deletion that another record holds: its base is not called.
        """
        gates = self._gates
        alleles, _ = record.genotypes()
        bases = np.array([True, *(_is_bases(alt) for alt in record.alts)])
        inside = (alleles >= 0) & (alleles < len(bases))
        known = inside & bases[np.where(inside, alleles, 0)]
        called: Flags = (known | (alleles == -2)).all(axis=1) & known.any(axis=1)
        if record.block:
            depth = record.numbers("MIN_DP" if record.has("MIN_DP") else "DP")[:, 0]
            quality = record.numbers("GQ" if record.has("GQ") else "RGQ")[:, 0]
            strong = (depth >= gates.min_block_depth) & (quality >= gates.min_block_quality)
            return called & strong
        depth, quality = record.numbers("DP")[:, 0], record.numbers("GQ")[:, 0]
        return called & ~((depth < gates.min_depth) | (quality < gates.min_genotype_quality))


def _whole(locus: Locus) -> Interval:
    parts = [locus.copies, *([locus.bases] if locus.bases else [])]
    return Interval(min(part.first for part in parts), max(part.last for part in parts))


def _is_bases(alt: str) -> bool:
    return set(alt) <= set("ACGT")


def _span(record: Record) -> Interval:
    """Return the bases that a segment or symbolic allele is about.

    POS of a symbolic allele is the base before it (VCF 4.3, section 3).
    """
    symbolic = any(alt.startswith("<") and alt not in REFERENCE_MARKERS for alt in record.alts)
    return Interval(record.position + symbolic, _last(record))


def _ends(record: Record) -> NDArray[np.int64]:
    """Return the last base of each sample's call: blocks may have a LEN each (VCF 4.5)."""
    if not (record.block and record.has("LEN")):
        return np.full(record.samples, record.end, np.int64)
    lengths = np.fmax(record.numbers("LEN")[:, 0], len(record.ref))
    return (record.position - 1 + lengths).astype(np.int64)


def _last(record: Record) -> int:
    end, length = record.info("END") or "", (record.info("SVLEN") or "").split(",")[0].lstrip("-")
    if end.isdigit():
        return int(end)
    return record.position + int(length) if length.isdigit() else record.end


def _reaches(record: Record, locus: Interval) -> bool:
    """Return whether a record reaches into a locus; cheap for the many before it."""
    if record.position > locus.last:
        return False
    if record.end >= locus.first:
        return True
    told = record.has("CN") or any(alt.startswith("<") for alt in record.alts)
    return told and _last(record) >= locus.first


def _changes(record: Record) -> Iterator[tuple[int, str, Interval]]:
    """Yield the deletions and duplications among the alleles: GT number, kind, bases."""
    for number, alt in enumerate(record.alts, start=1):
        if alt.startswith(("<DEL", "<DUP")):
            yield number, alt[1:4], _span(record)
        elif found := _COPIES.fullmatch(alt):
            copies = int(found[1])
            if copies != 1:
                yield number, "DUP" if copies else "DEL", _span(record)
        elif _is_bases(alt) and len(record.ref) - len(alt) >= LARGE:
            yield number, "DEL", Interval(record.position + len(alt), record.end)
