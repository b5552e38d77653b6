"""Small VCF files written as text, and their way through plan and compute."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pysam
import pytest

from drepano.catalogue.panel import COLUMNS, PanelVariant, load_panel
from drepano.contracts.inventory import GENOME_FILES, GENOME_SAMPLES, SUBJECTS
from drepano.contracts.states import STEP_STATES
from drepano.contracts.values import CLINICAL, GENOME_SUMS, GENOMICS, INTERPRETATION
from drepano.genomics import (
    Genotyping,
    Long,
    context_of,
    declare_interpretation,
    evidence_of,
    interpret,
    plan,
)
from drepano.genomics.reading.vcf import reading
from drepano.genomics.scan.collector import ReadsHeader
from drepano.genomics.scan.registry import sources_of
from drepano.settings import GenomeSource, Genomics

HEADER = """##fileformat=VCFv4.3
##FILTER=<ID=LowQual,Description="low quality">
##INFO=<ID=END,Number=1,Type=Integer,Description="end of the block">
##FORMAT=<ID=GT,Number=1,Type=String,Description="genotype">
##FORMAT=<ID=DP,Number=1,Type=Integer,Description="depth">
##FORMAT=<ID=MIN_DP,Number=1,Type=Integer,Description="least depth of the block">
##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="quality">
##FORMAT=<ID=RGQ,Number=1,Type=Integer,Description="reference quality">
##FORMAT=<ID=DS,Number=A,Type=Float,Description="expected dosage">
"""


FIXED = "#CHROM POS ID REF ALT QUAL FILTER INFO FORMAT"


@dataclass(frozen=True)
class Answer:
    """What came out: values and states, and both by (subject, variant)."""

    values: pa.Table
    states: pa.Table

    def __post_init__(self):
        GENOMICS.check(self.values, "test")
        STEP_STATES.check(self.states, "test")

    @property
    def calls(self) -> dict[tuple[str, str], dict]:
        return {(r["subject"], r["variant"]): r for r in self.values.to_pylist()}

    @property
    def reasons(self) -> dict[tuple[str, str], tuple[str, str]]:
        rows = self.states.to_pylist()
        return {
            (r["subject"], r["source"].removeprefix("gen__")): (r["state"], r["reason"])
            for r in rows
        }

    def of(self, variant: str, subject: str = "a") -> object:
        """Return the dosage of a call, or state and reason; exactly one of them is there."""
        found = [self.calls[key]["dosage"] for key in self.calls if key == (subject, variant)]
        found += [self.reasons[key] for key in self.reasons if key == (subject, variant)]
        assert len(found) == 1
        return found[0]


@dataclass(frozen=True)
class Cohort:
    """Files with their samples, as the index would write them down."""

    folder: Path

    def write(self, *records: str, samples: str = "a", name: str = "c") -> Path:
        """Write a bgzipped, indexed VCF. Records: fields separated by blanks, from CHROM on."""
        contigs = dict.fromkeys(record.split()[0] for record in records)
        lines = [
            *(f"##contig=<ID={contig}>" for contig in contigs),
            "\t".join([*FIXED.split(), *samples.split()]),
            *("\t".join(record.split()) for record in records),
        ]
        return self.compress(HEADER + "\n".join(lines) + "\n", name)

    def rewrite(self, path: Path, *changes: tuple[str, str]) -> Path:
        """Change the text of a file, as another tool would have written it."""
        text = path.with_suffix("").read_text()
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        return self.compress(text, path.name.removesuffix(".vcf.gz"))

    def compress(self, text: str, name: str) -> Path:
        """Write text as a bgzipped, indexed VCF."""
        plain = self.folder / f"{name}.vcf"
        plain.write_text(text)
        path = self.folder / f"{name}.vcf.gz"
        pysam.tabix_compress(str(plain), str(path), force=True)
        pysam.tabix_index(str(path), preset="vcf", force=True)
        return path

    @staticmethod
    def file(path: Path, contigs: tuple[str, ...] = ("11", "X", "2"), **row: object) -> dict:
        """Return the row of a file."""
        return {
            "path": str(path),
            "sha256": path.name,
            "index_path": f"{path}.tbi",
            "index_sha256": f"{path.name}.tbi",
            "contig_prefix": "",
            "build": "",
            "contigs": json.dumps(list(contigs)),
            "samples": 1,
            "size": 1,
            "reason": "",
            "detail": "",
            "remedy": "",
        } | row

    @staticmethod
    def inputs(files: list[dict], samples: list[tuple[Path, str, str]], subjects: list[str]):
        """Return the three tables of the index."""
        rows = [
            {"subject": s, "session": "", "imaging": False, "genomics": True, "clinical": False}
            for s in subjects
        ]
        named = [{"path": str(p), "sample": s, "subject": subject} for p, s, subject in samples]
        return (
            SUBJECTS.from_rows(rows),
            GENOME_FILES.from_rows(files),
            GENOME_SAMPLES.from_rows(named),
        )


@pytest.fixture
def cohort(tmp_path) -> Cohort:
    return Cohort(tmp_path)


@dataclass(frozen=True)
class Concluded:
    """What the interpreters made of sums; every declared column has a value or a state."""

    values: pa.Table
    states: pa.Table
    study: Genomics

    def __post_init__(self):
        INTERPRETATION.check(self.values, "test")
        STEP_STATES.check(self.states, "test")

    def of(self, column: str, subject: str = "a") -> object:
        """Return a value, or state and reason; exactly one of them is there."""
        source = {c.name: c.state_source for c in declare_interpretation(self.study)}[column]
        found = [
            r["category"] if r["number"] is None else r["number"]
            for r in self.values.to_pylist()
            if (r["subject"], r["column"]) == (subject, column)
        ]
        found += [
            (r["state"], r["reason"])
            for r in self.states.to_pylist()
            if r["subject"] == subject and r["source"] in (column, source)
        ]
        assert len(found) == 1, (column, subject, found)
        return found[0]

    def all(self, subject: str = "a") -> dict[str, object]:
        """Return every declared column of a subject."""
        return {c.name: self.of(c.name, subject) for c in declare_interpretation(self.study)}


@dataclass(frozen=True)
class Gathering:
    """Sums of what a study gathers from files, piece by piece, and what follows from them."""

    study: Genomics
    build: str = "GRCh38"

    def sums(self, path: Path, samples: str, *pieces: tuple[str, int, int], prefix="") -> pa.Table:
        """Pass over pieces of a file; a piece is chromosome, first, last."""
        names = samples.split()
        tables = []
        for chrom, first, last in pieces:
            collectors = []
            with reading(path, Path(f"{path}.tbi"), names, prefix=prefix) as variants:
                for source in sources_of(self.study, self.build):
                    places = source.places()
                    if places is not None and chrom not in places:
                        continue
                    collector = source.start(list(variants.samples), chrom, first, last)
                    if isinstance(collector, ReadsHeader):
                        collector.read_header(variants.header)
                    collectors.append(collector)
                of_sites = [c for c in collectors if getattr(c, "touching", False)]
                for record in variants.fetch(chrom, first, last):
                    for collector in collectors if record.position >= first else of_sites:
                        collector.take(record)
            for collector in collectors:
                collector.end()
                tables.append(collector.totals.rows(collector.source))
        return self.joined(*tables)

    @staticmethod
    def joined(*tables: pa.Table) -> pa.Table:
        """Add up rows of the same key."""
        whole = pa.concat_tables([GENOME_SUMS.empty(), *tables])
        keys = list(GENOME_SUMS.key)
        added = whole.group_by(keys).aggregate([("value", "sum"), ("text", "max")])
        named = added.rename_columns(
            [n.removesuffix("_sum").removesuffix("_max") for n in added.column_names]
        )
        return named.select(GENOME_SUMS.schema.names).cast(GENOME_SUMS.schema)

    def conclude(
        self,
        *sums: pa.Table,
        subjects: str = "a",
        clinical: tuple[dict, ...] = (),
        troubles: tuple[dict, ...] = (),
    ) -> Concluded:
        """Interpret sums; troubles are rows of `step_states`."""
        rows = [
            {"subject": s, "session": "", "imaging": False, "genomics": True, "clinical": True}
            for s in subjects.split()
        ]
        evidence = evidence_of(
            SUBJECTS.from_rows(rows),
            GenomeSource(build=self.build, vcf=("x",)),
            Long(GENOMICS.empty(), STEP_STATES.empty()),
            Long(self.joined(*sums), STEP_STATES.from_rows(list(troubles))),
            CLINICAL.from_rows(list(clinical)),
        )
        return Concluded(*interpret(self.study, evidence), self.study)


@pytest.fixture
def gathering() -> Callable[..., Gathering]:
    """Gather for a study, whose settings are given by keyword."""

    def make(build: str = "GRCh38", **settings) -> Gathering:
        return Gathering(Genomics.model_validate(settings), build)

    return make


@pytest.fixture
def genome() -> GenomeSource:
    return GenomeSource(build="GRCh38", vcf=("x",))


@pytest.fixture
def genotype(cohort, genome) -> Callable[..., Answer]:
    """Plan and compute one file; settings of the study by keyword."""

    def run(path: Path, *, row: dict | None = None, samples: str = "a", **settings) -> Answer:
        study = Genomics(**settings)
        names = samples.split()
        tables = cohort.inputs(
            [cohort.file(path, **({"build": genome.build} | (row or {})))],
            [(path, n, n) for n in names],
            names,
        )
        made = plan(study, genome, *tables)
        calculation = Genotyping(context_of(study, genome))
        results = [calculation.compute(unit) for _, unit in made.units]
        return Answer(
            pa.concat_tables([GENOMICS.empty(), *(r.values for r in results)]),
            pa.concat_tables([made.states, *(r.states for r in results)]),
        )

    return run


@pytest.fixture
def write_panel(tmp_path) -> Callable[..., str]:
    """Write a panel of (id, chrom, position on both builds, REF, ALT)."""

    def write(*rows: tuple[str, str, int, str, str], name: str = "panel") -> str:
        path = tmp_path / f"{name}.tsv"
        lines = ["\t".join(COLUMNS)]
        for variant, chrom, position, ref, alt in rows:
            place = [chrom, str(position), str(position), ref, alt]
            lines.append("\t".join([variant, "", "G", *place, "test", "", "test", "test"]))
        path.write_text("\n".join(lines) + "\n")
        return str(path)

    return write


@pytest.fixture(scope="session")
def scd() -> list[PanelVariant]:
    """Rows of the default panel."""
    return load_panel("scd")
