"""One unit of the scan: the records that start in a piece of a file, to exact sums."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa

from drepano.contracts.states import STEP_STATES
from drepano.contracts.values import GENOME_SUMS
from drepano.errors import UnitError
from drepano.genomics.panel.rows import Places, Why, states_at
from drepano.genomics.reading.calls import Outcome
from drepano.genomics.reading.vcf import reading
from drepano.genomics.scan.registry import sources_of
from drepano.ranks import Unit, UnitResult
from drepano.settings import Genomics


class Scanning:
    """Reads pieces of VCF files for all that the study sums (`drepano.ranks.Calculation`)."""

    def __init__(self, context: str) -> None:
        settings: dict[str, Any] = json.loads(context)
        self._gates = Genomics.model_validate(settings["genomics"])
        self._sources = {s.source: s for s in sources_of(self._gates, settings["build"])}

    def compute(self, unit: Unit) -> UnitResult:
        """Pass once over the records that start in the unit's piece.

        Raises
        ------
        UnitError
            ``unreadable``: the file or its index is damaged.
        """
        payload = unit.payload
        subject_of = dict(payload["samples"])
        first, last = payload["first"], payload["last"]
        path, index = Path(payload["path"]), Path(payload["index_path"])
        with reading(path, index, list(subject_of), prefix=payload["prefix"]) as variants:
            subjects = [subject_of[sample] for sample in variants.samples]
            collectors = [
                self._sources[source].start(subjects, payload["chrom"], first, last)
                for source in payload["sources"]
            ]
            for record in variants.fetch(payload["chrom"], first, last):
                if record.position >= first:  # one that starts before is the other piece's
                    for collector in collectors:
                        collector.take(record)
        for collector in collectors:
            collector.end()
        rows = [collector.totals.rows(collector.source) for collector in collectors]
        return UnitResult(pa.concat_tables([GENOME_SUMS.empty(), *rows]), STEP_STATES.empty())

    def refuse(self, unit: Unit, error: UnitError) -> UnitResult:
        """Say of each of the unit's subjects and sources why the piece gave nothing."""
        subjects = [subject for _, subject in unit.payload["samples"]]
        sources = [f"{source}@{unit.name}" for source in unit.payload["sources"]]
        why = Why(Outcome("failed", error.reason, error.remedy), error.detail)
        states = states_at(subjects, sources, [why], [Places.all(len(subjects), len(sources))])
        return UnitResult(GENOME_SUMS.empty(), states)
