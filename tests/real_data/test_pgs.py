"""Scoring files of the PGS Catalog over 3,202 people of the 1000 Genomes project.

The sums are compared with a loop over the text of the VCF, written here, and with plink2.
"""

import gzip
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pysam
import pytest

from drepano.errors import ConfigError
from drepano.genomics.scores.scoring_file import load_score
from drepano.settings import Genomics, Score

sys.path.insert(0, str(Path(__file__).parents[1] / "genomics"))

from scored import GENOME_38, run, scan

pytestmark = pytest.mark.real_data

COLUMNS = ("chr_name", "chr_position", "effect_allele", "other_allele", "effect_weight")
COMPLEMENT = {"A": "T", "T": "A", "C": "G", "G": "C"}


@pytest.fixture(scope="module")
def folder(shared_data):
    return shared_data / "pgs"


@pytest.fixture(scope="module")
def cohort_file(folder, tmp_path_factory):
    """Return a copy with an index of its own; chromosomes of the file are in order of text."""
    copy = tmp_path_factory.mktemp("pgs") / "tiny1000G.vcf.gz"
    shutil.copyfile(folder / "pygscatalog/tiny1000G.vcf.gz", copy)
    pysam.tabix_index(str(copy), preset="vcf", force=True)
    return copy


@pytest.fixture(scope="module")
def bmi(folder, tmp_path_factory):
    """Return PGS001229 with the header that the stored copy lost; its name tells the build."""
    path = tmp_path_factory.mktemp("score") / "PGS001229_hmPOS_GRCh38.txt"
    content = gzip.decompress((folder / "pygscatalog" / f"{path.name}.gz").read_bytes())
    path.write_bytes(b"#pgs_id=PGS001229\n#genome_build=GRCh38\n" + content)
    return path


def lines_of(path):
    with gzip.open(path, "rt") as handle:
        return [line.rstrip("\n").split("\t") for line in handle if not line.startswith("##")]


def rows_of(path):
    """Return the rows of a scoring file as (line, cells by column)."""
    lines = [(n, line.split("\t")) for n, line in enumerate(path.read_text().splitlines(), 1)]
    (_, head), *rows = [(n, cells) for n, cells in lines if not cells[0].startswith("#")]
    return [(n, dict(zip(head, cells, strict=True))) for n, cells in rows]


def refusal(row):
    """Say why a row cannot be used, as far as this file has reasons."""
    effect, other = row["effect_allele"], row["other_allele"]
    if not effect or set(effect) - set("ACGT"):
        return "refused: no_effect_allele"
    if row["chr_name"] not in {*map(str, range(1, 23)), "X"}:
        return "refused: no_position"
    return "refused: palindromic" if COMPLEMENT.get(effect) == other else ""


def naive(vcf, score, flip):
    """Score by a plain loop: sums and calls by sample, and outcomes by line of the file."""
    at_place, outcomes = {}, {}
    for line, row in rows_of(score):
        outcomes[line] = refusal(row) or "absent"
        if outcomes[line] == "absent":
            at_place.setdefault((row["chr_name"], row["chr_position"]), []).append((line, row))
    names, *records = lines_of(vcf)
    samples = names[9:]
    sums, called = [0.0] * len(samples), [0] * len(samples)
    for chrom, position, _, ref, alt, *rest in records:
        for line, row in at_place.get((chrom, position), []):
            effect, other, outcome = row["effect_allele"], row["other_allele"], "matched"
            alleles = [ref, *alt.split(",")]
            single = len(effect) == len(other) == 1
            if {effect, other} != set(alleles) and flip and single:
                effect, other, outcome = COMPLEMENT[effect], COMPLEMENT[other], "flipped"
            if {effect, other} != set(alleles):
                continue
            assert outcomes[line] == "absent"  # one record for each variant
            outcomes[line] = outcome
            for place, call in enumerate(rest[4:]):
                carried = [alleles[int(a)] for a in call.replace("|", "/").split("/")]
                sums[place] += carried.count(effect) * float(row["effect_weight"])
                called[place] += 1
    mark_touched(records, rows_of(score), outcomes)
    return samples, sums, called, outcomes


def mark_touched(records, rows, outcomes):
    """Tell rows apart that a record reaches, such as a deletion that starts before."""
    spans = {}
    for record in records:
        first = int(record[1])
        spans.setdefault(record[0], []).append((first, first + len(record[3])))
    for line, row in rows:
        if outcomes[line] == "absent":
            first = int(row["chr_position"])
            last = first + max(len(row["effect_allele"]), len(row["other_allele"]))
            if any(a < last and first < b for a, b in spans.get(row["chr_name"], [])):
                outcomes[line] = "other_alleles"


@pytest.fixture(scope="module")
def scored(cohort_file, bmi):
    """Score everybody once, with flips allowed; nearly all variants are not in the small file."""
    samples = lines_of(cohort_file)[0][9:]
    block = {"file": str(bmi), "flip": True, "min_match": 0.0}
    return samples, run(cohort_file, Genomics(scores={"bmi": block}), " ".join(samples))


def test_pgs001229_equals_a_plain_loop_in_everybody(cohort_file, bmi, scored):
    names, result = scored
    samples, sums, called, outcomes = naive(cohort_file, bmi, flip=True)
    assert samples == names
    assert len(samples) == 3202
    variants = sum(outcome != "refused: palindromic" for outcome in outcomes.values())
    for place, name in enumerate(samples):
        ours = result.of("score__bmi__sum", name)
        assert ours == pytest.approx(sums[place], rel=1e-10, abs=1e-10)
        assert result.of("score__bmi__matched", name) == called[place] / variants
    assert {row["line"]: row["outcome"] for row in result.matches} == outcomes
    assert dict(Counter(outcomes.values())) == COUNTS


COUNTS = {
    "matched": 917,
    "flipped": 3,
    "other_alleles": 4,
    "absent": 47273,
    "refused: palindromic": 2982,
    "refused: no_position": 26,
    "refused: no_effect_allele": 4,
}
"""Outcomes of the 51,209 rows of the score."""


def test_autosomes_of_pgs001229_equal_plink2(cohort_file, bmi, tmp_path):
    """On X plink2 counts a male's allele twice, so X is left out here."""
    plink = shutil.which("plink2")
    if plink is None:
        pytest.skip("plink2 is not installed")
    names, *records = lines_of(cohort_file)
    ids = {(r[0], r[1], frozenset((r[3], r[4]))): r[2] for r in records}
    own, theirs = ["\t".join(COLUMNS)], []
    for _, row in rows_of(bmi):
        chrom, position, effect, other, weight = (row[name] for name in COLUMNS)
        found = ids.get((chrom, position, frozenset((effect, other))))
        if found and chrom != "X" and not refusal(row):
            own.append(f"{chrom}\t{position}\t{effect}\t{other}\t{weight}")
            theirs.append(f"{found}\t{effect}\t{weight}")
    assert len(theirs) > 800
    (tmp_path / "own.txt").write_text("\n".join(["#genome_build=GRCh38", *own]) + "\n")
    (tmp_path / "theirs.txt").write_text("\n".join(theirs) + "\n")
    command = [plink, "--vcf", cohort_file, "--autosome", "--score", tmp_path / "theirs.txt"]
    command += ["1", "2", "3", "cols=+scoresums", "no-mean-imputation"]
    command += ["--out", tmp_path / "out", "--threads", "1"]
    done = subprocess.run([*map(str, command)], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    head, *table = [r.split("\t") for r in (tmp_path / "out.sscore").read_text().splitlines()]
    person, place = head.index("#IID"), head.index("SCORE1_SUM")
    study = Genomics(scores={"bmi": {"file": str(tmp_path / "own.txt")}})
    result = run(cohort_file, study, " ".join(names[9:]))
    assert len(table) == 3202
    for row in table:  # plink2 prints six digits
        ours = result.of("score__bmi__sum", row[person])
        assert ours == pytest.approx(float(row[place]), rel=1e-5, abs=1e-6)
        assert result.of("score__bmi__matched", row[person]) == 1


def test_a_score_that_the_file_does_not_cover_is_null(cohort_file, bmi):
    names = lines_of(cohort_file)[0][9:12]
    study = Genomics(scores={"bmi": {"file": str(bmi)}})
    result = run(cohort_file, study, " ".join(names))
    assert {result.of("score__bmi__sum", n) for n in names} == {("not_covered", "too_few_variants")}


def test_any_pieces_give_the_same_sums(cohort_file, bmi):
    study = Genomics(scores={"bmi": {"file": str(bmi), "min_match": 0.0}})
    names = lines_of(cohort_file)[0][9:40]
    pieces = ((1, 5_000_000), (5_000_001, 50_000_000), (50_000_001, 300_000_000))
    whole = scan(cohort_file, study, GENOME_38, names)
    parts = scan(cohort_file, study, GENOME_38, names, pieces)
    values = [[r for r in t.to_pylist() if r["quantity"] != "looked"] for t in (whole, parts)]
    assert values[0] == values[1]


@pytest.mark.parametrize("build", ["GRCh37", "GRCh38"])
def test_pgs000001_harmonised(folder, build):
    path = folder / f"pygscatalog/PGS000001_hmPOS_{build}.txt.gz"
    dropped = load_score(Score(file=str(path)), build)
    assert (len(dropped.rows), dropped.refusals) == (70, {"palindromic": 7})
    loaded = load_score(Score(file=str(path), palindromic="keep"), build)
    assert (len(loaded.rows), loaded.refusals) == (77, {})
    other = "GRCh37" if build == "GRCh38" else "GRCh38"
    with pytest.raises(ConfigError, match=f"no positions on {other}"):
        load_score(Score(file=str(path)), other)
    both = Score(
        file=str(folder / "pygscatalog/PGS000001_hmPOS_{build}.txt.gz"), palindromic="keep"
    )
    assert load_score(both, build).rows == loaded.rows


def test_pgs000001_of_the_authors_has_no_positions(folder):
    path = folder / "pygscatalog/PGS000001.txt.gz"
    with pytest.raises(ConfigError, match=r"genome_build=NR.*harmonised"):
        load_score(Score(file=str(path)), "GRCh38")


def test_pgs000021_is_refused_by_name(folder, tmp_path):
    """Its rows have no positions here; with a build stated, each is refused by its own reason."""
    raw = (folder / "pygscatalog/complex_variants_PGS000021.txt").read_text()
    with pytest.raises(ConfigError, match="no positions on GRCh37"):
        load_score(Score(file=str(folder / "pygscatalog/complex_variants_PGS000021.txt")), "GRCh37")
    head, *rows = raw.splitlines()
    with_place = [f"{head}\tchr_name\tchr_position"]
    with_place += [f"{row}\t1\t{n}" for n, row in enumerate(rows, 1)]
    path = tmp_path / "s.txt"
    path.write_text("\n".join(["#genome_build=GRCh37", *with_place]) + "\n")
    assert load_score(Score(file=str(path)), "GRCh37").refusals == {"diplotype": 5, "haplotype": 3}


def test_custom_files(folder):
    with_other = load_score(Score(file=str(folder / "pygscatalog/custom.txt")), "GRCh37")
    without = load_score(Score(file=str(folder / "pygscatalog/custom_no_oa.txt")), "GRCh37")
    assert [(r.site.effect, r.site.other, r.weights) for r in with_other.rows] == [
        ("C", "A", (-0.0276,))
    ]
    assert [(r.site.effect, r.site.other) for r in without.rows] == [("C", "")]
    own = load_score(Score(file=str(folder / "pgsc_calc/customgrch38.txt")), "GRCh38")
    assert [row.site.position for row in own.rows] == [4799428, 5237785]
    duplicate = Score(file=str(folder / "pgsc_calc/PGS001229_22_duplicate.txt"))
    assert len(load_score(duplicate, "GRCh37").rows) == 8
