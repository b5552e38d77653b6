"""Quality of samples and burdens of real files, against bcftools and plink2."""

import gzip
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pysam
import pytest

pytestmark = pytest.mark.real_data

DATA = Path("/work/shared/data")
COHORT = DATA / "pgs/pygscatalog/tiny1000G.vcf.gz"


def run(*command) -> str:
    """Run a peer; the test is skipped where it is not installed."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    words = [str(word) for word in command]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def samples_of(path):
    with gzip.open(path, "rt") as handle:
        return next(line for line in handle if line.startswith("#CHROM")).split()[9:]


def needed(path):
    if not path.exists():
        pytest.skip(f"no {path.name}")
    return path


@pytest.fixture(scope="module")
def cohort_file(tmp_path_factory):
    """Return 1000 Genomes samples at common variants, with an index."""
    source = needed(COHORT)
    path = tmp_path_factory.mktemp("cohort") / "c.vcf.gz"
    path.write_bytes(source.read_bytes())
    pysam.tabix_index(str(path), preset="vcf", force=True)
    return path


def pieces_of(path):
    """Return one piece for each chromosome, and the prefix of their names."""
    with pysam.TabixFile(str(path)) as handle:
        contigs = handle.contigs
    prefix = "chr" if contigs[0].startswith("chr") else ""
    return [(c.removeprefix("chr"), 1, 300_000_000) for c in contigs], prefix


@pytest.fixture
def told(cohort_file, gathering):
    """Return the sums and conclusions of the cohort."""
    made = gathering(sample_quality={"min_records": 1})
    samples = samples_of(cohort_file)
    pieces, prefix = pieces_of(cohort_file)
    sums = made.sums(cohort_file, " ".join(samples), *pieces, prefix=prefix)
    return samples, sums


def quantity(sums, name, samples):
    values = {r["subject"]: r["value"] for r in sums.to_pylist() if r["quantity"] == name}
    return np.array([values[s] for s in samples])


def test_counts_of_samples_as_bcftools_stats(cohort_file, told):
    samples, sums = told
    autosomes = ",".join(str(n) for n in range(1, 23))
    view = ["-m2", "-M2", "-f", "PASS,."]
    names = ",".join(f"{p}{n}" for p in ("", "chr") for n in autosomes.split(","))
    biallelic = cohort_file.with_name("biallelic.vcf.gz")
    run("bcftools", "view", *view, "-t", names, "-Oz", "-o", biallelic, cohort_file)
    text = run("bcftools", "stats", "-s", "-", biallelic)
    rows = [line.split("\t") for line in text.splitlines() if line.startswith("PSC")]
    assert [row[2] for row in rows] == samples
    table = np.array([[int(cell) for cell in (*row[3:9], row[13])] for row in rows])
    assert np.array_equal(table[:, 0], quantity(sums, "reference", samples))
    # bcftools counts indels of both kinds in rows of their own
    indels = [line.split("\t") for line in text.splitlines() if line.startswith("PSI")]
    parts = np.array([[int(cell) for cell in row[7:11]] for row in indels])
    hom_alt = table[:, 1] + parts[:, 2] + parts[:, 3]
    assert np.array_equal(hom_alt, quantity(sums, "hom_alt", samples))
    het = table[:, 2] + parts[:, 0] + parts[:, 1]
    assert np.array_equal(het, quantity(sums, "het", samples))
    assert np.array_equal(table[:, 3], quantity(sums, "transitions", samples))
    assert np.array_equal(table[:, 4], quantity(sums, "transversions", samples))
    assert np.array_equal(table[:, 5], quantity(sums, "indels", samples))
    records = quantity(sums, "records", samples)
    assert np.array_equal(table[:, 6], records - quantity(sums, "called", samples))
    assert table[:, 1].sum() > 0


def test_kinship_of_a_cohort_as_plink2(cohort_file, tmp_path, gathering):
    samples = samples_of(cohort_file)[:400]
    markers = tmp_path / "markers.tsv"
    rows = ["chrom\tgrch37_pos\tgrch38_pos\tref\talt"]
    with gzip.open(cohort_file, "rt") as handle:
        lines = (line.split("\t", 5)[:5] for line in handle if not line.startswith("#"))
        found = [f for f in lines if re.fullmatch("[ACGT][ACGT]", f[3] + f[4])]
    found = [f for f in found if f[0].removeprefix("chr").isdecimal()]
    places = [(f[0], f[1]) for f in found]
    kept = [f for f in found if places.count((f[0], f[1])) == 1]
    rows += ["\t".join([f[0].removeprefix("chr"), f[1], f[1], f[3], f[4]]) for f in kept]
    markers.write_text("\n".join(rows) + "\n")
    own = {"markers": str(markers), "min_markers": 1, "min_records": 1}
    made = gathering(sample_quality=own)
    pieces, prefix = pieces_of(cohort_file)
    sums = made.sums(cohort_file, " ".join(samples), *pieces, prefix=prefix)
    found = made.conclude(sums, subjects=" ".join(samples))
    values = {
        r["subject"]: r["number"]
        for r in found.values.to_pylist()
        if r["column"] == "sample__kinship__closest"
    }
    (tmp_path / "ids").write_text("\n".join(samples) + "\n")
    (tmp_path / "places.bed").write_text(
        "".join(f"{f[0]}\t{int(f[1]) - 1}\t{f[1]}\n" for f in kept)
    )
    run(
        *("plink2", "--vcf", cohort_file, "--keep", tmp_path / "ids", "--make-king", "square"),
        *("--set-all-var-ids", "@:#:$r:$a", "--new-id-max-allele-len", "100", "--max-alleles", 2),
        *("--extract", "bed0", tmp_path / "places.bed", "--out", tmp_path / "king"),
    )
    square = np.loadtxt(tmp_path / "king.king")
    np.fill_diagonal(square, -1)
    assert (tmp_path / "king.king.id").read_text().split()[1:] == samples
    assert [values[s] for s in samples] == pytest.approx(square.max(axis=1), abs=1e-5)


def test_haploid_x_with_vep_annotation(gathering, cohort):
    source = needed(DATA / "vcf/cyvcf2/test-haploidX.vcf.gz")
    path = cohort.compress(gzip.decompress(source.read_bytes()).decode(), "x")
    mask = {"genes": ["G6PD"], "consequences": ["missense_variant"], "min_called": 0}
    made = gathering(
        "GRCh37",
        burdens={"g6pd": mask},
        sample_quality={"min_records": 1, "sex": {"min_records": 20}},
    )
    names = " ".join(samples_of(path))
    sums = made.sums(path, names, ("X", 1, 200_000_000), prefix="chr")
    found = made.conclude(sums, subjects=names)
    expected = dict.fromkeys(names.split(), 0)
    with gzip.open(path, "rt") as handle:
        for line in handle:
            cells = line.rstrip("\n").split("\t")
            entries = re.findall(r"CSQ=([^;]*)", line)
            if line.startswith("#") or not entries or cells[6] not in {"PASS", "."}:
                continue
            hit = any(
                "missense_variant" in e.split("|")[0].split("&") and e.split("|")[4] == "G6PD"
                for e in entries[0].split(",")
            )
            if hit and "," not in cells[4]:
                for name, cell in zip(names.split(), cells[9:], strict=True):
                    expected[name] += cell.split(":")[0].count("1")
    assert sum(expected.values()) > 0
    for name in names.split():
        assert found.of("burden__g6pd__alleles", name) == expected[name]
        assert found.of("sample__sex", name) == "male"
        assert found.of("sample__x_haploid", name) == 1


def test_genes_and_consequences_as_split_vep(gathering, cohort):
    source = needed(DATA / "vcf/bcftools/split-vep.gene-list.vcf")
    text = source.read_text()
    header, _, body = text.partition("#CHROM")
    rows = ["#CHROM" + line for line in body.splitlines()[:1]]
    rows = [f"{rows[0]}\tFORMAT\ta"] + [f"{r}\tGT\t0/1" for r in body.splitlines()[1:]]
    gt = '##FORMAT=<ID=GT,Number=1,Type=String,Description="genotype">\n'
    path = cohort.compress(header + gt + "\n".join(rows) + "\n", "genes")
    expected = (source.parent / "split-vep.gene-list.1.out").read_text().split("\n")
    pairs = {tuple(line.split()[1:]) for line in expected if line}
    for gene, terms in sorted(pairs):
        for term in terms.split("&"):
            hits = {
                line.split()[0]
                for line in expected
                if line and line.split()[1] == gene and term in line.split()[2].split("&")
            }
            mask = {"genes": [gene], "consequences": [term]}
            made = gathering("GRCh37", burdens={"m": mask})
            found = made.conclude(made.sums(path, "a", ("1", 1, 100_000)))
            assert found.of("burden__m__alleles") == len(hits)


def test_deletions_of_real_vep_files_find_their_allele(gathering, cohort):
    source = needed(DATA / "vcf/bcftools/split-vep.5.vcf")
    text = source.read_text()
    header, _, body = text.partition("#CHROM")
    rows = ["#CHROM" + body.splitlines()[0] + "\tFORMAT\ta"]
    rows += [f"{r}\tGT\t0/1" for r in body.splitlines()[1:]]
    gt = '##FORMAT=<ID=GT,Number=1,Type=String,Description="genotype">\n'
    deletions = sum(
        "frameshift_variant" in r and len(r.split("\t")[3]) > len(r.split("\t")[4])
        for r in rows[1:]
    )
    assert deletions
    for head in (header, header.replace("|ALLELE_NUM|", "|OTHER|")):
        path = cohort.compress(head + gt + "\n".join(rows) + "\n", "del")
        mask = {"genes": ["OR4F5"], "consequences": ["frameshift_variant"]}
        made = gathering("GRCh37", burdens={"m": mask})
        found = made.conclude(made.sums(path, "a", ("1", 1, 100_000)))
        assert found.of("burden__m__alleles") >= deletions


def test_snpeff_annotation_of_a_real_file(gathering, cohort):
    source = needed(DATA / "vcf/cyvcf2/test_gt_bases.vcf.gz")
    path = cohort.compress(gzip.decompress(source.read_bytes()).decode(), "snpeff")
    mask = {
        "regions": {"GRCh37": ["22:1-50000000"]},
        "consequences": ["intergenic_region"],
        "min_called": 0,
    }
    made = gathering("GRCh37", burdens={"m": mask})
    names = samples_of(path)
    sums = made.sums(path, " ".join(names), ("22", 1, 50_000_000), prefix="chr")
    found = made.conclude(sums, subjects=" ".join(names))
    expected = dict.fromkeys(names, 0)
    with gzip.open(path, "rt") as handle:
        for line in handle:
            cells = line.rstrip("\n").split("\t")
            if line.startswith("#") or cells[6] not in {"PASS", "."} or "," in cells[4]:
                continue
            if f"ANN={cells[4]}|intergenic_region|" in cells[7] and cells[0] == "chr22":
                for name, cell in zip(names, cells[9:], strict=True):
                    alleles = cell.split(":")[0].replace("|", "/").split("/")
                    expected[name] += alleles.count("1") if "." not in alleles else 0
    assert sum(expected.values()) > 0
    assert {n: found.of("burden__m__alleles", n) for n in names} == expected


def test_an_ann_field_that_vep_wrote(gathering, cohort):
    path = cohort.compress(needed(DATA / "vcf/bcftools/split-vep.7.vcf").read_text(), "ann")
    made = gathering(burdens={"m": {"genes": ["FAM87B"], "impacts": ["MODIFIER"]}})
    [name] = samples_of(path)
    found = made.conclude(made.sums(path, name, ("1", 1, 10**8), prefix="chr"), subjects=name)
    assert found.of("burden__m__alleles", name) > 0


def test_a_gvcf_counted_from_its_text(gathering, cohort):
    source = needed(DATA / "vcf/bio2zarr/CEUTrio.20.21.gatk3.4.g.vcf.bgz")
    text = gzip.decompress(source.read_bytes()).decode()
    path = cohort.compress(text, "g")
    made = gathering("GRCh37", sample_quality={"min_records": 1})
    [name] = samples_of(path)
    pieces, prefix = pieces_of(path)
    found = made.conclude(made.sums(path, name, *pieces, prefix=prefix), subjects=name)
    calls, depths, shares = [], [], []
    for line in text.splitlines():
        cells = line.split("\t")
        alts = cells[4].split(",") if not line.startswith("#") else []
        if len(alts) != 2 or alts[1] != "<NON_REF>" or cells[6] not in {"PASS", "."}:
            continue
        told = dict(zip(cells[8].split(":"), cells[9].split(":"), strict=True))
        call = sorted(re.split(r"[/|]", told["GT"]))
        if set(call) <= {"0", "1"}:
            calls.append((cells[3], alts[0], call))
            depths.append(int(told["DP"]))
            ref, alt = (int(n) for n in told["AD"].split(",")[:2])
            good = call == ["1", "1"] and 10 <= ref + alt <= 100 and int(told["GQ"]) >= 20
            if good and len(cells[3]) == len(alts[0]) == 1:
                shares.append(ref / (ref + alt))
    het = sum(call == ["0", "1"] for _, _, call in calls)
    hom = sum(call == ["1", "1"] for _, _, call in calls)
    assert het > 10
    assert hom > 10
    carried = [ref + alt for ref, alt, call in calls if "1" in call and len(ref + alt) == 2]
    transitions = sum(pair in {"AG", "GA", "CT", "TC"} for pair in carried)
    assert found.of("sample__het_hom_ratio", name) == het / hom
    assert found.of("sample__snvs", name) == len(carried)
    assert found.of("sample__ti_tv", name) == transitions / (len(carried) - transitions)
    assert found.of("sample__depth", name) == pytest.approx(np.mean(depths))
    assert found.of("sample__reference_reads", name) == pytest.approx(np.mean(shares), abs=1e-6)


@pytest.mark.parametrize(
    "name", ["mixed_ploidy.vcf.gz", "triploid.vcf.gz", "sample.vcf.gz", "chr22.vcf.gz"]
)
def test_real_files_of_every_kind_leave_a_value_or_a_state(gathering, cohort, name):
    source = needed(DATA / "vcf/bio2zarr" / name)
    path = cohort.compress(gzip.decompress(source.read_bytes()).decode(), "k")
    names = samples_of(path)[:50]
    made = gathering(
        burdens={"m": {"regions": {"GRCh38": [f"{n}:1-250000000" for n in range(1, 23)]}}},
        sample_quality={"min_records": 1},
    )
    pieces, prefix = pieces_of(path)
    sums = made.sums(path, " ".join(names), *pieces, prefix=prefix)
    found = made.conclude(sums, subjects=" ".join(names))
    for subject in names[:5]:
        told = found.all(subject)
        rate = told["sample__call_rate"]
        assert isinstance(rate, tuple) or 0 <= rate <= 1
