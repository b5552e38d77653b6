"""Files of real people that are open to all, against what their makers published of them."""

import csv
import gzip
import time
from pathlib import Path

import pyarrow as pa
import pysam
import pytest

from drepano.genomics import Genotyping, context_of, plan
from drepano.settings import GenomeSource, Genomics

pytestmark = pytest.mark.real_data


def indexed(source: Path, folder: Path) -> Path:
    """Write a bgzipped, indexed copy of a file."""
    plain, path = folder / "copy.vcf", folder / "copy.vcf.gz"
    content = source.read_bytes()
    plain.write_bytes(content if source.suffix == ".vcf" else gzip.decompress(content))
    pysam.tabix_compress(str(plain), str(path), force=True)
    pysam.tabix_index(str(path), preset="vcf", force=True)
    return path


def records(path: Path) -> list[list[str]]:
    """Return the fields of a file's records, read as text."""
    with gzip.open(path, "rt") as handle:
        return [line.rstrip("\n").split("\t") for line in handle if not line.startswith("#")]


def samples_of(path: Path) -> list[str]:
    with gzip.open(path, "rt") as handle:
        return next(line for line in handle if line.startswith("#CHROM")).split()[9:]


@pytest.fixture
def read(cohort):
    """Plan and compute all samples of a file; returns values, states, and the unit's seconds."""

    def run(path: Path, study: Genomics, build: str, contigs: tuple[str, ...], prefix: str):
        genome = GenomeSource(build=build, vcf=("x",))
        names = samples_of(path)
        row = cohort.file(path, contigs, contig_prefix=prefix)
        tables = cohort.inputs([row], [(path, n, n) for n in names], names)
        made = plan(study, genome, *tables)
        ((_, unit),) = made.units
        calculation = Genotyping(context_of(study, genome))
        start = time.perf_counter()
        result = calculation.compute(unit)
        seconds = time.perf_counter() - start
        values = {(r["subject"], r["variant"]): r for r in result.values.to_pylist()}
        states = {
            (r["subject"], r["source"].removeprefix("gen__")): r["reason"]
            for r in pa.concat_tables([result.states, made.states]).to_pylist()
        }
        return values, states, seconds

    return run


def test_apol1_risk_alleles_of_1576_people(shared_data, tmp_path, read):
    folder = shared_data / "vcf" / "1000G_APOL1"
    path = indexed(folder / "apol1_4sites.vcf.gz", tmp_path)
    values, states, seconds = read(path, Genomics(), "GRCh38", ("22",), "chr")
    with gzip.open(folder / "expected_haplotypes.csv.gz", "rt") as handle:
        expected = list(csv.DictReader(handle))
    assert len(expected) == 1576
    high_risk = 0
    for row in expected:
        haplotypes = [row["riskallele_h1"], row["riskallele_h2"]]
        g1 = values[row["ID"], "apol1_rs60910145"]
        g1_s342g = values[row["ID"], "apol1_rs73885319"]
        g2 = values[row["ID"], "apol1_rs71785313"]
        assert g1["dosage"] == haplotypes.count("G1")
        assert g2["dosage"] == haplotypes.count("G2")
        # S342G without I384M is "NA" to the makers of the table: one haplotype of 3,152.
        assert g1_s342g["dosage"] == haplotypes.count("G1") + haplotypes.count("NA")
        assert g1["ploidy"] == 2
        assert g1["phased"]
        high_risk += g1["dosage"] + g2["dosage"] == 2
    assert high_risk == 85
    assert len(values) == 4 * 1576
    assert set(states.values()) == {"site_absent"}
    assert len(states) == 74 * 1576
    assert seconds < 5


def test_apol1_positions_are_not_those_of_grch37(shared_data, tmp_path, read):
    path = indexed(shared_data / "vcf" / "1000G_APOL1" / "apol1_4sites.vcf.gz", tmp_path)
    values, states, _ = read(path, Genomics(), "GRCh37", ("22",), "chr")
    assert values == {}
    assert set(states.values()) == {"site_absent"}


def test_haploid_x(shared_data, tmp_path, read, write_panel):
    """Every record of the file as a panel of its own: what GT says is what comes out."""
    path = indexed(shared_data / "vcf" / "cyvcf2" / "test-haploidX.vcf.gz", tmp_path)
    names, rows = samples_of(path), records(path)
    panel = write_panel(
        *((f"v{i}", "X", int(r[1]), r[3], r[4]) for i, r in enumerate(rows) if "," not in r[4])
    )
    values, states, _ = read(path, Genomics(panels=(panel,)), "GRCh37", ("X",), "chr")
    seen = set()
    for i, row in enumerate(rows):
        if "," in row[4]:
            continue
        for name, cell in zip(names, row[9:], strict=True):
            alleles = cell.split(":")[0].replace("|", "/").split("/")
            key = (name, f"v{i}")
            if row[6] != "PASS":
                assert states[key] == "filtered"
            elif "." in alleles:
                assert states[key] == "missing_genotype"
            else:
                call = values[key]
                assert (call["dosage"], call["ploidy"]) == (alleles.count("1"), len(alleles))
                seen.add((call["dosage"], call["ploidy"]))
    assert seen == {(0, 1), (1, 1)}


def test_g6pd_of_haploid_x(shared_data, tmp_path, read):
    """The panel's Mediterranean allele is one of the three G6PD records of the file."""
    path = indexed(shared_data / "vcf" / "cyvcf2" / "test-haploidX.vcf.gz", tmp_path)
    values, states, _ = read(path, Genomics(), "GRCh37", ("X",), "chr")
    mediterranean = {k[0]: (v["dosage"], v["ploidy"]) for k, v in values.items()}
    assert {k[1] for k in values} == {"g6pd_rs5030868"}
    (row,) = [r for r in records(path) if r[1] == "153762634"]
    expected = {n: c.split(":")[0] for n, c in zip(samples_of(path), row[9:], strict=True)}
    assert mediterranean == {n: (int(c), 1) for n, c in expected.items()}
    assert sum(dosage for dosage, _ in mediterranean.values()) == 2
    assert set(states.values()) == {"site_absent"}


def test_blocks_of_a_gvcf(shared_data, tmp_path, read, write_panel):
    """Positions out of blocks and variant records, against a plain reading of the text."""
    path = indexed(shared_data / "vcf" / "bio2zarr" / "CEUTrio.20.21.gatk3.4.g.vcf.bgz", tmp_path)
    rows = [r for r in records(path) if r[0] == "20"]
    bases = {int(r[1]) + k: base for r in rows for k, base in enumerate(r[3])}
    panel, expected = [], {}
    for i, row in enumerate(rows):
        position, ref, alts = int(row[1]), row[3], row[4].split(",")
        call = dict(zip(row[8].split(":"), row[9].split(":"), strict=True))
        if alts == ["<NON_REF>"]:
            last = int(row[7].removeprefix("END="))
            place = (position + last) // 2
            base = bases.get(place, "A").replace("N", "A")
            panel.append((f"s{i}", "20", place, base, "C" if base != "C" else "G"))
            enough = int(call["MIN_DP"]) >= 10 and int(call["GQ"]) >= 20
            expected[f"s{i}"] = 0 if enough and call["GT"] == "0/0" else "low_evidence"
            panel.append((f"i{i}", "20", place, base, base + "CCC"))
            expected[f"i{i}"] = "allele_not_typed"
        else:
            panel.append((f"v{i}", "20", position, ref, alts[0]))
            expected[f"v{i}"] = call["GT"].replace("|", "/").split("/").count("1")
    study = Genomics(panels=(write_panel(*panel),))
    values, states, _ = read(path, study, "GRCh37", ("20", "21"), "")
    found = {v: r["dosage"] for (_, v), r in values.items()} | {
        v: r for (_, v), r in states.items()
    }
    wrong = {v: (found[v], expected[v]) for v in expected if found[v] != expected[v]}
    assert wrong == {}
    assert len(values) > 3000
    assert sum(r == "low_evidence" for r in states.values()) > 100
    assert {r["dosage"] for r in values.values()} == {0, 1, 2}


def test_all_reference_g6pd_has_no_variant(shared_data, tmp_path, read):
    path = indexed(shared_data / "vcf" / "pharmcat" / "pharmcat_positions.vcf", tmp_path)
    values, states, _ = read(path, Genomics(), "GRCh38", ("2", "X"), "chr")
    g6pd = {variant: call for (_, variant), call in values.items() if variant.startswith("g6pd")}
    assert len(g6pd) == 7
    assert {call["dosage"] for call in values.values()} == {0}
    repeats = [variant for _, variant in values if "rs3064744" in variant]
    assert len(repeats) == 3
    assert "ref_mismatch" not in states.values()


def test_split_records_of_a_repeat_are_read_as_the_joined_one(shared_data, tmp_path, read):
    """PharmCAT's own preprocessing joins what `raw_chr.vcf` holds in three records."""
    found = []
    for name in ("raw_chr.vcf", "raw.preprocessed.vcf"):
        path = indexed(shared_data / "vcf" / "pharmcat" / name, tmp_path)
        values, _, _ = read(path, Genomics(), "GRCh38", ("2",), "chr")
        found.append({k: v["dosage"] for k, v in values.items() if "rs3064744" in k[1]})
    assert found[0] == found[1]
    assert [found[0]["Sample_2", f"ugt1a1_rs3064744_{a}"] for a in ("c", "catat", "catatat")] == [
        1,
        0,
        1,
    ]


def test_calls_of_one_two_and_three_alleles_in_one_file(shared_data, tmp_path, read, write_panel):
    """Ploidy is counted for each call, never taken from the file's largest."""
    path = indexed(shared_data / "vcf" / "bio2zarr" / "mixed_ploidy.vcf.gz", tmp_path)
    names, rows = samples_of(path), records(path)
    panel = write_panel(
        *(
            (f"v{i}n{k}", r[0].removeprefix("chr"), int(r[1]), r[3], alt)
            for i, r in enumerate(rows)
            for k, alt in enumerate(r[4].split(","), start=1)
        )
    )
    contigs = tuple(dict.fromkeys(r[0] for r in rows))
    values, states, _ = read(path, Genomics(panels=(panel,)), "GRCh38", contigs, "")
    for i, row in enumerate(rows):
        for k, _ in enumerate(row[4].split(","), start=1):
            for name, cell in zip(names, row[9:], strict=True):
                alleles = cell.split(":")[0].replace("|", "/").split("/")
                key = (name, f"v{i}n{k}")
                if "." in alleles:
                    assert states[key] == "missing_genotype"
                elif len(alleles) > 2:
                    assert states[key] == "out_of_range"
                else:
                    call = values[key]
                    found = (call["dosage"], call["ploidy"])
                    assert found == (alleles.count(str(k)), len(alleles))
    assert {call["ploidy"] for call in values.values()} == {1, 2}
