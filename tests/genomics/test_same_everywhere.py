"""The same people, delivered as sites deliver them, give the same values and conclusions."""

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pysam
import pytest

from drepano.catalogue.panel import load_panel
from drepano.contracts import read_table
from drepano.contracts.inventory import GENOME_FILES, GENOME_SAMPLES, SUBJECTS
from drepano.contracts.values import CLINICAL, GENOME_SUMS, GENOMICS
from drepano.genomics import (
    Genotyping,
    Long,
    Scanning,
    context_of,
    evidence_of,
    interpret,
    plan,
    plan_scan,
)
from drepano.index import build_index
from drepano.settings import GenomeSource, Genomics, Site
from drepano.synthetic.genotypes import draw_cohort
from drepano.synthetic.roster import draw_people
from drepano.synthetic.vcf import vcf_text

STUDY = Genomics(
    min_depth=8,
    min_genotype_quality=20,
    callers={"haemoglobin": True, "apol1": True, "g6pd": True, "beta_haplotype": True},
)


@pytest.fixture(scope="module")
def people():
    return draw_people(12, seed=3)


@pytest.fixture(scope="module")
def lines(people) -> tuple[list[str], list[list[str]]]:
    """Meta-information lines, and cells of the heading and of every record."""
    text = vcf_text(draw_cohort(people, load_panel("scd"), seed=3)).splitlines()
    return [x for x in text if x.startswith("##")], [
        x.split("\t") for x in text if not x.startswith("##")
    ]


def write(path: Path, meta: list[str], rows: list[list[str]]) -> Path:
    """Write a bgzipped, indexed VCF."""
    plain = path.with_suffix("")
    plain.write_text("\n".join([*meta, *("\t".join(row) for row in rows)]) + "\n")
    pysam.tabix_compress(str(plain), str(path), force=True)
    pysam.tabix_index(str(path), preset="vcf", force=True)
    plain.unlink()
    return path


def as_cohort(folder, meta, rows):
    write(folder / "all.vcf.gz", meta, rows)


def without_prefix(folder, meta, rows):
    names = [line.replace("ID=chrX,", "ID=23,").replace("ID=chr", "ID=") for line in meta]
    bare = [[row[0].removeprefix("chr").replace("X", "23"), *row[1:]] for row in rows[1:]]
    write(folder / "all.vcf.gz", names, [rows[0], *bare])


def one_file_per_sample(folder, meta, rows):
    for column in range(9, len(rows[0])):
        write(folder / f"{column}.vcf.gz", meta, [[*row[:9], row[column]] for row in rows])


def one_file_per_chromosome(folder, meta, rows):
    for chrom in {row[0] for row in rows[1:]}:
        held = [row for row in rows[1:] if row[0] == chrom]
        write(folder / f"{chrom}.vcf.gz", meta, [rows[0], *held])


def columns_in_another_order(folder, meta, rows):
    write(folder / "all.vcf.gz", meta, [[*row[:9], *reversed(row[9:])] for row in rows])


def as_bcf(folder, meta, rows):
    source = write(folder / "all.vcf.gz", meta, rows)
    packed = str(folder / "all.bcf")
    with (
        pysam.VariantFile(str(source)) as read,
        pysam.VariantFile(packed, "wb", header=read.header) as out,
    ):
        for record in read:
            out.write(record)
    pysam.tabix_index(packed, preset="bcf", csi=True, force=True)
    source.unlink()
    Path(f"{source}.tbi").unlink()


def in_small_letters(folder, meta, rows):
    lower = [[*row[:3], row[3].lower(), row[4].lower(), *row[5:]] for row in rows[1:]]
    write(folder / "all.vcf.gz", meta, [rows[0], *lower])


def on_the_older_build(folder, meta, rows):
    place = {(v.chrom, v.grch38_pos): v.grch37_pos for v in load_panel("scd")}
    moved = [
        [row[0], str(place[row[0].removeprefix("chr"), int(row[1])]), *row[2:]] for row in rows[1:]
    ]
    moved.sort(key=lambda row: int(row[1]))
    order = {row[0]: None for row in rows[1:]}
    sorted_rows = [row for chrom in order for row in moved if row[0] == chrom]
    unknown = [line for line in meta if "contig" not in line and "GRCh38" not in line]
    contigs = [f"##contig=<ID={chrom}>" for chrom in order]
    write(folder / "all.vcf.gz", [*unknown, *contigs], [rows[0], *sorted_rows])


DELIVERIES = {
    "cohort": as_cohort,
    "no prefix": without_prefix,
    "sample files": one_file_per_sample,
    "chromosome files": one_file_per_chromosome,
    "other order": columns_in_another_order,
    "BCF": as_bcf,
    "small letters": in_small_letters,
    "GRCh37": on_the_older_build,
}


def answers(folder: Path, people, build: str = "GRCh38") -> dict[str, list[dict]]:
    """Index, plan, compute and conclude what lies in a folder."""
    names = folder / "samples.tsv"
    rows = [f"{p.sample}\t{p.participant}" for p in people]
    names.write_text("\n".join(["sample\tparticipant_id", *rows]) + "\n")
    genome = GenomeSource(build=build, vcf=(f"{folder}/*.[vb]cf*",), samples=names)
    site = Site(site="s", study="s", key_file="k", genomics=genome)
    problems = build_index(site, folder / "index", kept=folder / "kept.parquet")
    assert "error" not in problems["severity"].to_pylist(), problems.to_pylist()
    tables = [
        read_table(folder / "index" / f"{table.name}.parquet", table)
        for table in (SUBJECTS, GENOME_FILES, GENOME_SAMPLES)
    ]
    context = context_of(STUDY, genome)
    calls = computed(plan(STUDY, genome, *tables), Genotyping(context), GENOMICS)
    sums = computed(plan_scan(STUDY, genome, *tables), Scanning(context), GENOME_SUMS)
    values, states = interpret(STUDY, evidence_of(tables[0], genome, calls, sums, CLINICAL.empty()))
    held = {
        "calls": calls.values.drop_columns(["key", "record"]),
        "call states": calls.states.drop_columns(["detail"]),
        "sums": sums.values,
        "conclusions": values,
        "states of conclusions": states,
    }
    return {name: sorted(map(json.dumps, table.to_pylist())) for name, table in held.items()}


def computed(made, calculation, contract) -> Long:
    results = [calculation.compute(unit) for _, unit in made.units]
    values = pa.concat_tables([contract.empty(), *(r.values for r in results)])
    return Long(
        contract.add_up(values),
        pa.concat_tables([made.states, *(r.states for r in results)]),
    )


@pytest.fixture(scope="module")
def reference(tmp_path_factory, people, lines):
    folder = tmp_path_factory.mktemp("reference")
    as_cohort(folder, *lines)
    return answers(folder, people)


def test_the_reference_says_something(reference):
    assert len(reference["calls"]) > 700
    assert len(reference["conclusions"]) > 20


@pytest.mark.parametrize("delivery", [name for name in DELIVERIES if name != "cohort"])
def test_a_delivery_changes_nothing(tmp_path, people, lines, reference, delivery):
    DELIVERIES[delivery](tmp_path, *lines)
    found = answers(tmp_path, people, "GRCh37" if delivery == "GRCh37" else "GRCh38")
    # The pieces of HBB that were covered are told by position.
    placed = {"sums"} if delivery == "GRCh37" else set()
    for name in reference.keys() - placed:
        assert found[name] == reference[name], name


def test_the_texts_of_two_deliveries_differ(tmp_path, lines):
    """The deliveries are not all one file under several names."""
    texts = set()
    for name in ("cohort", "no prefix", "other order", "small letters", "GRCh37"):
        folder = tmp_path / name
        folder.mkdir()
        DELIVERIES[name](folder, *lines)
        texts.add(gzip.decompress((folder / "all.vcf.gz").read_bytes()))
    assert len(texts) == 5
