"""One unit of the scan: the records of some pieces of a file, to exact sums."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from drepano.contracts.states import STEP_STATES
from drepano.contracts.values import GENOME_SUMS
from drepano.errors import InputError, UnitError
from drepano.genomics.panel.rows import Places, Why, states_at
from drepano.genomics.reading.calls import Outcome
from drepano.genomics.reading.record import Record
from drepano.genomics.reading.vcf import Variants, reading
from drepano.genomics.scan.collector import (
    Collector,
    CollectorSource,
    CountsSites,
    ReadsHeader,
)
from drepano.genomics.scan.pieces import Piece
from drepano.genomics.scan.regions import Region, fetch_regions, merge
from drepano.genomics.scan.sources import sources_from
from drepano.ranks import Unit, UnitResult


class Scanning:
    """Reads pieces of VCF files for all that the study sums (`drepano.ranks.Calculation`)."""

    def __init__(self, context: str) -> None:
        self._sources = sources_from(context)
        self._digests = {name: source.digest() for name, source in self._sources.items()}
        self._regions: dict[tuple[str, ...], list[Region]] = {}

    def compute(self, unit: Unit) -> UnitResult:
        """Pass once over the records of the unit's pieces.

        Raises
        ------
        UnitError
            ``unreadable``: the file or its index is damaged.
        InputError
            A file of the study changed since the plan was made.
        """
        payload = unit.payload
        self._check_digests(payload["sources"])
        subject_of = dict(payload["samples"])
        path, index = Path(payload["path"]), Path(payload["index_path"])
        sums = GENOME_SUMS.empty()
        with reading(path, index, list(subject_of), prefix=payload["prefix"]) as variants:
            subjects = [subject_of[sample] for sample in variants.samples]
            for number, (chrom, first, last) in enumerate(payload["pieces"]):
                piece = Piece(chrom, first, last)
                found = self._gather(variants, subjects, piece, payload)
                joined = pa.concat_tables([sums, *found])
                sums = GENOME_SUMS.add_up(joined) if number else joined
        return UnitResult(sums, STEP_STATES.empty())

    def _check_digests(self, planned: dict[str, str]) -> None:
        if any(self._digests.get(name) != digest for name, digest in planned.items()):
            raise InputError.of(
                "files of the study",
                found="other content than when the work was planned",
                expected="the same from plan to result",
                remedy="Run again.",
            )

    def _gather(
        self, variants: Variants, subjects: list[str], piece: Piece, payload: dict[str, Any]
    ) -> list[pa.Table]:
        """Show the records of a piece to the collectors of its sources; return their sums."""
        sources = [self._sources[name] for name in payload["sources"]]
        collectors = [s.start(subjects, piece.chrom, piece.first, piece.last) for s in sources]
        for collector in collectors:
            if isinstance(collector, ReadsHeader):
                collector.read_header(variants.header)
        if payload["regions"]:
            regions = self._asked_of(piece.chrom, sources)
            records = fetch_regions(variants, piece.chrom, regions)
        else:
            records = variants.fetch(piece.chrom, piece.first, piece.last)
        _show(records, collectors, piece)
        return [collector.totals.rows(collector.source) for collector in collectors]

    def _asked_of(self, chrom: str, sources: list[CollectorSource]) -> list[Region]:
        """Return what the sources of a unit ask of a chromosome; it is the same in many files."""
        key = (chrom, *(source.source for source in sources))
        if key not in self._regions:
            asked = [(source.places() or {}).get(chrom, []) for source in sources]
            self._regions[key] = merge(place for places in asked for place in places)
        return self._regions[key]

    def refuse(self, unit: Unit, error: UnitError) -> UnitResult:
        """Say of each of the unit's subjects and sources why the pieces gave nothing."""
        subjects = [subject for _, subject in unit.payload["samples"]]
        pieces = [Piece(*piece) for piece in unit.payload["pieces"]]
        sources = [f"{name}@{piece}" for name in unit.payload["sources"] for piece in pieces]
        why = Why(Outcome("failed", error.reason, error.remedy), error.detail)
        states = states_at(subjects, sources, [why], [Places.all(len(subjects), len(sources))])
        return UnitResult(GENOME_SUMS.empty(), states)


def _show(records: Iterator[Record], collectors: list[Collector], piece: Piece) -> None:
    """Show each record to those it is for.

    One that starts before the piece is counted in that other piece; but sites of this piece
    that it touches are counted here.
    """
    of_sites = [c for c in collectors if isinstance(c, CountsSites) and c.touching]
    for record in records:
        for collector in collectors if record.position >= piece.first else of_sites:
            collector.take(record)
    for collector in collectors:
        collector.end()
