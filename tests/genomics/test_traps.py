"""Each known trap of reading genotypes, as one case; tests of the rules stand elsewhere.

What the callers make of the dosages (S/beta0, SC) is tested with the callers.
"""

import pysam
import pytest

from drepano.contracts.inventory import GENOME_SAMPLES
from drepano.errors import UnitError
from drepano.genomics import Genotyping, context_of, plan
from drepano.index.findings import Problems
from drepano.index.genomes import read_genomes
from drepano.index.samples import map_samples, read_sample_map
from drepano.settings import GenomeSource, Genomics

S, MAKASSAR, C = "hbb_rs334", "hbb_rs334_g", "hbb_rs33930165"
CODON_6 = "hbb_rs63749819"
D_PUNJAB, O_ARAB = "hbb_rs33946267", "hbb_rs33946267_t"
MISSING = ("no_call", "missing_genotype")
NOT_TYPED = ("not_covered", "allele_not_typed")
ABSENT = ("not_covered", "site_absent")
MISMATCH = ("failed", "ref_mismatch")


def test_triallelic_rs334_is_sickle_and_makassar_apart(cohort, genotype):
    path = cohort.write(
        "11 5227002 rs334 T A,G . PASS . GT 0/1 0/2 1/2 2/2 0/0", samples="a b c d e"
    )
    answer = genotype(path, samples="a b c d e")
    assert [answer.of(S, s) for s in "abcde"] == [1, 0, 1, 0, 0]
    assert [answer.of(MAKASSAR, s) for s in "abcde"] == [0, 1, 1, 2, 0]


def test_makassar_alone_is_not_sickle_whatever_its_rsid(cohort, genotype):
    answer = genotype(cohort.write("11 5227002 rs334 T G . PASS . GT 1/1"))
    assert (answer.of(MAKASSAR), answer.of(S)) == (2, NOT_TYPED)


@pytest.mark.parametrize(
    "records",
    [
        ("11 5227001 . CT CA,C . PASS . GT 1/2",),
        ("11 5227001 . CT C . PASS . GT 0/1", "11 5227002 . T A,* . PASS . GT 1/2"),
        ("11 5227001 . CT C,* . PASS . GT 1/2", "11 5227002 . T A,* . PASS . GT 1/2"),
    ],
)
def test_codon_6_deletion_over_sickle_is_one_copy_of_each(cohort, genotype, records):
    """Split into 0/1 and 0/1 by other tools it would be AS."""
    answer = genotype(cohort.write(*records))
    assert (answer.of(S), answer.of(CODON_6)) == (1, 1)


def test_codon_6_deletion_of_a_split_record_is_not_reference_at_sickle(cohort, genotype):
    """A record of the deletion alone does not type the base that it deletes."""
    answer = genotype(cohort.write("11 5227001 . CT C . PASS . GT 0/1"))
    assert (answer.of(CODON_6), answer.of(S)) == (1, NOT_TYPED)


@pytest.mark.parametrize(
    ("record", "sickle", "c"),
    [
        ("11 5227002 . TC AC,TT . PASS . GT 1/2", 1, 1),
        ("11 5227002 . TC AC,TT . PASS . GT 1|1", 2, 0),
        ("11 5227002 . TC AT . PASS . GT 0|1", 1, 1),
        ("11 5227001 . CTC CAT,CAC . PASS . GT 1/2", 2, 1),
    ],
)
def test_sickle_and_c_as_one_record_of_two_bases(cohort, genotype, record, sickle, c):
    answer = genotype(cohort.write(record))
    assert (answer.of(S), answer.of(C)) == (sickle, c)


def test_both_alts_of_rs33946267_are_told_apart_by_their_bases(cohort, genotype):
    path = cohort.write("11 5225678 rs33946267 C T,G . PASS . GT 0/1 0/2 1/2", samples="a b c")
    answer = genotype(path, samples="a b c")
    assert [answer.of(D_PUNJAB, s) for s in "abc"] == [0, 1, 1]
    assert [answer.of(O_ARAB, s) for s in "abc"] == [1, 0, 1]


def test_one_alt_of_rs33946267_says_nothing_of_the_other(cohort, genotype):
    answer = genotype(cohort.write("11 5225678 rs33946267 C T . PASS . GT 0/0"))
    assert (answer.of(O_ARAB), answer.of(D_PUNJAB)) == (0, NOT_TYPED)


def rs28440105(variants):
    (found,) = (v for v in variants if v.rsid == "rs28440105")
    return found


def test_the_dosage_of_rs28440105_counts_alt_though_ref_is_the_rarer(cohort, genotype, scd):
    """The reference genome carries the minor allele; nothing is turned round for it."""
    row = rs28440105(scd)
    record = f"11 {row.grch38_pos} {row.rsid} {row.ref} {row.alt} . PASS . GT 1/1 0/1 0/0"
    answer = genotype(cohort.write(record, samples="a b c"), samples="a b c")
    assert [answer.of(row.variant, s) for s in "abc"] == [2, 1, 0]
    turned = f"11 {row.grch38_pos} {row.rsid} {row.alt} {row.ref} . PASS . GT 1/1"
    sickle = "11 5227002 . T A . PASS . GT 0/1"
    hbc = "11 5227003 . C T . PASS . GT 0/1"
    answer = genotype(cohort.write(sickle, hbc, turned, name="turned"))
    assert answer.of(row.variant) == MISMATCH


@pytest.fixture
def rs5006884(write_panel):
    """A study's row of rs5006884, as C>T and as printed in places, on the other strand."""
    place = ("11", 5352021)
    return {
        "forward": write_panel(("rs5006884", *place, "C", "T"), name="forward"),
        "flipped": write_panel(("rs5006884", *place, "G", "A"), name="flipped"),
    }


def test_a_flipped_row_is_never_matched_by_complement(cohort, genotype, rs5006884):
    """Beside sites that agree, the row fails alone; by itself it condemns the file."""
    path = cohort.write(
        "11 5227002 . T A . PASS . GT 0/1",
        "11 5227003 . C T . PASS . GT 0/1",
        "11 5352021 rs5006884 C T . PASS . GT 0/1",
    )
    assert genotype(path, panels=("scd", rs5006884["forward"])).of("rs5006884") == 1
    assert genotype(path, panels=("scd", rs5006884["flipped"])).of("rs5006884") == MISMATCH
    with pytest.raises(UnitError, match="wrong_build"):
        genotype(path, panels=(rs5006884["flipped"],))


def test_a_flipped_record_is_never_matched_by_complement(cohort, genotype, rs5006884):
    path = cohort.write(
        "11 5227002 . T A . PASS . GT 0/1",
        "11 5352021 rs5006884 G A . PASS . GT 0/1",
    )
    assert genotype(path, panels=("scd", rs5006884["forward"])).of("rs5006884") == MISMATCH


def test_a_file_of_the_other_build_without_lengths_has_other_bases(cohort, genotype, scd):
    """Records of a GRCh37 file at the positions that GRCh38 has elsewhere."""
    moved = [v for v in scd if v.chrom == "11" and v.grch37_pos]
    places = {v.grch37_pos for v in moved}
    clash = [v for v in scd if v.chrom == "11" and v.grch38_pos in places]
    assert clash == []  # so such a file looks empty, not wrong: no record is at a site
    records = sorted({(v.grch37_pos, v.ref): v.alt for v in moved}.items())
    lines = [f"11 {p} . {ref} {alt} . PASS . GT 0/1" for (p, ref), alt in records]
    answer = genotype(cohort.write(*lines), row={"build": ""})
    assert not answer.calls
    assert {reason for _, reason in answer.reasons.values()} == {"site_absent"}


def test_a_swapped_build_is_refused_by_its_lengths(cohort, tmp_path):
    """The header tells, whatever the records are."""
    path = cohort.write("11 5248232 . T A . PASS . GT 0/1")
    path = cohort.rewrite(path, ("<ID=11>", "<ID=11,length=135006516>"))
    source = GenomeSource(build="GRCh38", vcf=(str(path),))
    problems = Problems()
    (file,) = read_genomes(source, problems)
    assert file.build == "GRCh37"
    assert "contig lengths of GRCh37" in problems.table()["found"].to_pylist()
    row = cohort.file(path, build=file.build)
    made = plan(Genomics(), source, *cohort.inputs([row], [(path, "a", "a")], ["a"]))
    assert made.units == []
    assert set(made.states["reason"].to_pylist()) == {"wrong_build"}


def test_a_header_of_one_build_over_records_of_the_other_is_refused_by_their_bases(
    cohort, genotype, write_panel
):
    """Lifted positions, old header or the reverse: what the lengths say is not believed."""
    rows = [(f"v{n}", "11", 5000000 + 10 * n, "ACGT"[n % 4], "ACGT"[(n + 1) % 4]) for n in range(9)]
    other = [
        f"11 {place} . {'ACGT'[(n + 2) % 4]} N . PASS . GT 0/0"
        for n, (_, _, place, _, _) in enumerate(rows)
    ]
    path = cohort.write(*other)
    with pytest.raises(UnitError, match=r"wrong_build: REF differs .* at 9 sites and agrees at 0"):
        genotype(path, panels=(write_panel(*rows),), row={"build": "GRCh38"})


BLOCK = "11 5225000 . A <NON_REF> . . END=5400000 GT:DP:GQ 0/0:30:60"


def test_blocks_of_a_file_whose_build_nothing_tells_are_no_reference(cohort, genotype):
    """A block lies over sickle's position on any build."""
    path = cohort.write(BLOCK)
    with pytest.raises(UnitError, match="build_unknown: no contig lengths"):
        genotype(path, row={"build": ""})
    assert genotype(path, row={"build": "GRCh38"}).of(S) == 0


def test_blocks_are_believed_beside_a_record_of_the_panel(cohort, genotype):
    path = cohort.write(
        "11 5226900 . A <NON_REF> . . END=5227012 GT:DP:GQ 0/0:30:60",
        "11 5227013 . A G . PASS . GT 0/1",
    )
    assert genotype(path, row={"build": ""}).of(S) == 0


def test_blocks_are_compared_with_the_fasta_where_they_begin(cohort, write_panel, tmp_path):
    fasta = tmp_path / "ref.fa"
    fasta.write_text(">11\n" + "ACGTTGCA" * 20 + "\n")
    pysam.faidx(str(fasta))
    genome = GenomeSource(build="GRCh38", vcf=("x",), reference=fasta)
    rows = [(f"v{n}", "11", 8 * n + 4, "T", "A") for n in range(8)]
    study = Genomics(panels=(write_panel(*rows),))

    def reasons(base):
        block = "11 {} . {} <NON_REF> . . END={} GT:DP:GQ 0/0:30:60"
        path = cohort.write(*(block.format(8 * n + 1, base, 8 * n + 8) for n in range(8)))
        files = [cohort.file(path, contigs=("11",))]
        made = plan(study, genome, *cohort.inputs(files, [(path, "a", "a")], ["a"]))
        return Genotyping(context_of(study, genome)).compute(made.units[0][1])

    assert reasons("A").values["dosage"].to_pylist() == [0] * 8
    with pytest.raises(UnitError, match="wrong_build"):
        reasons("C")


def test_a_male_whose_x_is_missing_is_not_reference(cohort, genotype):
    path = cohort.write("X 154536002 . C T . PASS . GT . 0 1 ./.", samples="a b c d")
    answer = genotype(path, samples="a b c d")
    assert [answer.of("g6pd_rs1050828", s) for s in "abcd"] == [MISSING, 0, 1, MISSING]
    assert answer.of("g6pd_rs1050829") == ABSENT


@pytest.mark.parametrize("call", ["./.", ".|.", ".", "./0", "0|.", "1/."])
def test_missing_stays_missing(cohort, genotype, call):
    assert genotype(cohort.write(f"11 5227002 . T A . PASS . GT {call}")).of(S) == MISSING


def test_names_with_underscores_and_digits_are_whole_names(cohort):
    """No part of a name is a family, and 007 is not 7."""
    names = ["A_1_A_1", "A_1", "1_A", "007", "7", "1e3"]
    calls = "0/1 1/1 0/0 0/1 1/1 0/0"
    path = cohort.write(f"11 5227002 . T A . PASS . GT {calls}", samples=" ".join(names))
    source = GenomeSource(build="GRCh38", vcf=(str(path),))
    problems = Problems()
    files = read_genomes(source, problems)
    mapped = map_samples(files, read_sample_map(None, problems), problems)
    GENOME_SAMPLES.check(mapped, "test")
    assert sorted(mapped["sample"].to_pylist()) == sorted(names)
    assert mapped["sample"].to_pylist() == mapped["subject"].to_pylist()
    found = [(path, row["sample"], row["subject"]) for row in mapped.to_pylist()]
    made = plan(Genomics(), source, *cohort.inputs([cohort.file(path)], found, names))
    result = Genotyping(context_of(Genomics(), source)).compute(made.units[0][1])
    dosages = {r["subject"]: r["dosage"] for r in result.values.to_pylist() if r["variant"] == S}
    assert [dosages[name] for name in names] == [1, 2, 0, 1, 2, 0]
