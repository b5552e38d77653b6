"""Scores of small files: scoring file and VCF as text, to columns, states and the report."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pysam

from drepano.contracts.inventory import SUBJECTS
from drepano.contracts.states import STEP_STATES
from drepano.contracts.values import CLINICAL, GENOME_SUMS, GENOMICS
from drepano.genomics import Long, evidence_of, interpret, score_matches
from drepano.genomics.ancestry.projecting import ancestry_sources
from drepano.genomics.reading.reference import NoReference, Reference
from drepano.genomics.reading.vcf import reading
from drepano.genomics.scores.gathering import score_sources
from drepano.settings import GenomeSource, Genomics

GENOME_38 = GenomeSource(build="GRCh38", vcf=("x",))
WHOLE = (1, 300_000_000)


@dataclass
class Result:
    """What came out; `sums` as the gathered table has them."""

    sums: pa.Table
    values: dict
    states: dict
    matches: list[dict] = field(default_factory=list)

    def of(self, column: str, subject: str = "a"):
        """Return the value of a column, or its state and reason."""
        found = self.values.get((subject, column))
        if found is not None:
            return found
        source = column.rpartition("__")[0]
        return self.states.get((subject, column)) or self.states[subject, source]

    @property
    def outcomes(self) -> dict[tuple[str, int], dict[str, int]]:
        told: dict[tuple[str, int], dict[str, int]] = {}
        for row in self.matches:
            told.setdefault((row["score"], row["line"]), {})[row["outcome"]] = row["samples"]
        return told


def write_score(path: Path, *rows: str, columns: str = "", **header: str) -> str:
    """Write a scoring file; rows are fields separated by blanks, `-` is an empty cell."""
    columns = columns or "chr_name chr_position effect_allele other_allele effect_weight"
    lines = [f"#{k}={v}" for k, v in ({"genome_build": "GRCh38"} | header).items()]
    cells = [[("" if c == "-" else c) for c in row.split()] for row in (columns, *rows)]
    path.write_text("\n".join([*lines, *("\t".join(row) for row in cells)]) + "\n")
    return str(path)


def write_fasta(path: Path, **contigs: str) -> Path:
    """Write a FASTA; a contig is given by name without its c, such as c1="ACGT"."""
    path.write_text("".join(f">{name[1:]}\n{bases}\n" for name, bases in contigs.items()))
    pysam.faidx(str(path))
    return path


def add_up(tables: list[pa.Table]) -> pa.Table:
    """Add up rows of the same key, as shards and gather do."""
    table = pa.concat_tables([GENOME_SUMS.empty(), *tables])
    totals: dict[tuple[str, ...], int] = {}
    for row in table.to_pylist():
        key = tuple(row[name] for name in GENOME_SUMS.key)
        totals[key] = totals.get(key, 0) + row["value"]
    rows = [dict(zip(GENOME_SUMS.key, k, strict=True)) | {"value": v} for k, v in totals.items()]
    return GENOME_SUMS.from_rows(sorted(rows, key=lambda row: tuple(map(str, row.values()))))


def scan(
    path: Path,
    study: Genomics,
    genome: GenomeSource,
    samples: list[str],
    pieces: tuple[tuple[int, int], ...] = (WHOLE,),
) -> pa.Table:
    """Pass over each chromosome that a source asks for, in pieces, as a scan does."""
    bases = Reference(genome.reference) if genome.reference else NoReference()
    sources = [
        *score_sources(study, genome.build, bases),
        *ancestry_sources(study, genome.build, bases),
    ]
    tables = []
    for chrom in sorted({chrom for source in sources for chrom in source.places()}):
        for first, last in pieces:
            with reading(path, Path(f"{path}.tbi"), samples, prefix="") as variants:
                started = [s.start(variants.samples, chrom, first, last) for s in sources]
                for record in variants.fetch(chrom, first, last):
                    for collector in started:
                        collector.take(record)
            for collector in started:
                collector.end()
                tables.append(collector.totals.rows(collector.source))
    return add_up(tables)


def conclude(
    sums: pa.Table,
    study: Genomics,
    genome: GenomeSource | None,
    subjects: list[str],
    troubles: pa.Table | None = None,
) -> Result:
    """Conclude from sums."""
    rows = [
        {"subject": s, "session": "", "imaging": False, "genomics": True, "clinical": False}
        for s in subjects
    ]
    states = STEP_STATES.empty() if troubles is None else troubles
    calls = Long(GENOMICS.empty(), STEP_STATES.empty())
    given = SUBJECTS.from_rows(rows)
    evidence = evidence_of(given, genome, calls, Long(sums, states), CLINICAL.empty())
    values, said = interpret(study, evidence)
    return Result(
        sums,
        {(r["subject"], r["column"]): r["number"] for r in values.to_pylist()},
        {(r["subject"], r["source"]): (r["state"], r["reason"]) for r in said.to_pylist()},
        score_matches(study, evidence).to_pylist(),
    )


def run(
    path: Path,
    study: Genomics,
    samples: str = "a",
    *,
    pieces: tuple[tuple[int, int], ...] = (WHOLE,),
    genome: GenomeSource | None = None,
) -> Result:
    """Scan and conclude."""
    genome = genome or GENOME_38
    names = samples.split()
    return conclude(scan(path, study, genome, names, pieces), study, genome, names)
