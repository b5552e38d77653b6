"""One variant of weight 1, so that the sum is the number of copies; its null says why not."""

import pytest
from scored import run, write_fasta, write_score

from drepano.errors import UnitError
from drepano.settings import GenomeSource, Genomics

TOO_FEW = ("not_covered", "too_few_variants")


@pytest.fixture
def copies(cohort, tmp_path):
    """Return the copies of a site `chrom position effect other` in each sample of the records."""

    def count(
        site, *records, samples="a", genome=None, contigs=(), pieces=((1, 10**6),), **settings
    ):
        gates = {k: settings.pop(k) for k in list(settings) if k in Genomics.model_fields}
        file = write_score(tmp_path / "s.txt", f"{site} 1.0")
        study = Genomics(scores={"s": {"file": file, **settings}}, **gates)
        path = cohort.write(*records, samples=samples)
        result = run(path, study, samples, genome=genome, pieces=pieces)
        found = [result.of("score__s__sum", name) for name in samples.split()]
        told = result.outcomes["s", 3]
        assert sum(told.values()) == len(found)  # every sample of the variant is accounted for
        called = told.get("matched", 0) + told.get("flipped", 0)
        called += told.get("taken_as_reference", 0)
        assert called == sum(value != TOO_FEW for value in found)
        return found if len(found) > 1 else found[0]

    return count


def record(position, ref, alt, *genotypes, chrom="1", form="GT", flags=("PASS", ".")):
    return " ".join([chrom, str(position), ".", ref, alt, ".", *flags, form, *genotypes])


CALLS = ("0/0", "0/1", "1|1", "./.", "0/.", "1/2", "2/2", "0|2")
NAMES = "a b c d e f g h"
NO = TOO_FEW


@pytest.mark.parametrize(
    ("site", "expected"),
    [
        ("1 100 G A", [0, 1, 2, NO, NO, 1, 0, 0]),  # the effect is the first ALT
        ("1 100 T A", [0, 0, 0, NO, NO, 1, 2, 1]),  # the second one
        ("1 100 A G", [2, 1, 0, NO, NO, 0, 0, 1]),  # REF: not 2 minus copies of G
        ("1 100 A T", [2, 1, 0, NO, NO, 0, 0, 1]),
    ],
)
def test_multi_allelic_records_are_counted_allele_by_allele(copies, site, expected):
    line = record(100, "A", "G,T", *CALLS)
    assert copies(site, line, samples=NAMES, palindromic="keep") == expected


def test_alleles_that_the_record_does_not_have_are_missing_not_reference(copies):
    assert copies("1 100 G A", record(100, "A", "C", "0/0")) == NO
    assert copies("1 100 C T", record(100, "A", "C", "0/1")) == NO
    assert copies("1 100 G A", record(101, "A", "G", "0/1")) == NO


@pytest.mark.parametrize(("site", "male", "female"), [("G A", 1, 1), ("A G", 0, 1)])
def test_a_male_has_one_copy_at_most_on_x(copies, site, male, female):
    line = record(100, "A", "G", "1", "0/1", chrom="X")
    assert copies(f"X 100 {site}", line, samples="a b") == [male, female]


def test_a_call_of_three_alleles_is_no_dosage(copies):
    assert copies("1 100 G A", record(100, "A", "G", "0/1/1", "0/1"), samples="a b") == [NO, 1]


def test_filter_depth_and_quality_mask_calls(copies):
    low = record(100, "A", "G", "0/1", flags=("LowQual", "."))
    assert copies("1 100 G A", low) == NO
    assert copies("1 100 G A", low, accepted_filters=["PASS", "LowQual"]) == 1
    deep = record(100, "A", "G", "0/1:9:30", "0/1:10:30", "0/1:10:5", form="GT:DP:GQ")
    found = copies("1 100 A G", deep, samples="a b c", min_depth=10, min_genotype_quality=20)
    assert found == [NO, 1, NO]


class TestWithoutTheOtherAllele:
    def test_a_record_of_single_bases_that_shows_the_effect_allele_will_do(self, copies):
        assert copies("1 100 G -", record(100, "A", "G", "0/1")) == 1
        assert copies("1 100 A -", record(100, "A", "G,C", "1/2")) == 0

    @pytest.mark.parametrize(
        ("ref", "alt"), [("AT", "A"), ("A", "AT"), ("A", "."), ("A", "C"), ("A", "<DEL>")]
    )
    def test_anything_else_will_not(self, copies, ref, alt):
        assert (
            copies("1 100 A -" if alt != "C" else "1 100 G -", record(100, ref, alt, "0/0")) == NO
        )

    def test_palindromes_are_seen_in_the_record(self, copies):
        line = record(100, "A", "T", "0/1")
        assert copies("1 100 T -", line) == NO
        assert copies("1 100 T -", line, palindromic="keep") == 1
        assert copies("1 100 A -", record(100, "A", "G,T", "0/1")) == NO

    def test_it_is_never_flipped(self, copies):
        assert copies("1 100 C -", record(100, "A", "G", "0/1"), flip=True) == NO


class TestStrands:
    def test_flips_only_if_asked(self, copies):
        line = record(100, "A", "G", "0/0", "0/1", "1/1")
        assert copies("1 100 C T", line, samples="a b c") == [NO, NO, NO]
        assert copies("1 100 C T", line, samples="a b c", flip=True) == [0, 1, 2]
        assert copies("1 100 T C", line, samples="a b c", flip=True) == [2, 1, 0]

    def test_as_written_goes_first(self, copies):
        line = record(100, "A", "C", "0/1", "1/1")
        assert copies("1 100 A C", line, samples="a b", flip=True) == [1, 0]

    def test_palindromes_are_never_flipped(self, copies):
        line = record(100, "A", "T", "0/0", "1/1")
        assert copies("1 100 T A", line, samples="a b", flip=True, palindromic="keep") == [0, 2]


class TestIndels:
    @pytest.mark.parametrize(("site", "expected"), [("T TA", [0, 1, 2]), ("TA T", [2, 1, 0])])
    def test_as_written(self, copies, site, expected):
        line = record(100, "TA", "T", "0/0", "0/1", "1/1")
        assert copies(f"1 100 {site}", line, samples="a b c") == expected

    def test_an_insertion_is_not_the_deletion_of_the_same_base(self, copies):
        line = record(100, "T", "TA", "0/1", "1/1")
        assert copies("1 100 TA T", line, samples="a b") == [1, 2]
        assert copies("1 100 T TA", line, samples="a b") == [1, 0]

    def test_the_same_change_written_otherwise(self, copies):
        line = record(99, "GTA", "GT", "0/1", "1/1")
        assert copies("1 100 T TA", line, samples="a b") == [1, 2]

    def test_never_flipped_nor_read_from_single_bases(self, copies):
        assert copies("1 100 A AT", record(100, "TA", "T", "0/1"), flip=True) == NO
        assert copies("1 100 T TA", record(100, "T", "C", "0/0")) == NO

    def test_two_ways_in_a_repeat_that_contradict_each_other(self, copies):
        line = record(99, "GTA", "GT,GTAA", "0/1")
        assert copies("1 100 TA T", line) == NO


@pytest.mark.parametrize(("effect", "expected"), [("C", [1, 0]), ("CATAT", [0, 1])])
@pytest.mark.parametrize("turn", [1, -1])
def test_alleles_of_a_repeat_in_records_of_their_own(copies, effect, expected, turn):
    """UGT1A1: one AT more is one AT less of another reading; what is written decides."""
    records = [
        record(10, "CAT", "C", "0/1", "0/0"),
        record(10, "CAT", "CATAT", "0/0", "1/0"),
        record(10, "CAT", "CATATAT", "0/0", "0/0"),
    ]
    assert copies(f"1 10 {effect} CAT", *records[::turn], samples="a b") == expected


def test_one_at_more_is_not_taken_for_the_reading_without_the_other(copies):
    """The record has neither allele; C/CAT could be the reference and one AT more."""
    found = copies("1 10 C CAT", record(10, "CAT", "CATAT", "0/1", "0/0"), samples="a b")
    assert found == [TOO_FEW, TOO_FEW]


def test_a_base_is_read_out_of_an_mnp_and_beside_a_deletion(copies):
    assert copies("1 101 T G", record(100, "CG", "TT", "0/1")) == 1
    line = record(100, "A", "G,*", "1/2", "0/2")
    assert copies("1 100 A G", line, samples="a b") == [0, 1]
    assert copies("1 100 A G", record(100, "A", "G,<DEL>", "1/2", "0/1"), samples="a b") == [NO, 1]


BLOCK = {"form": "GT:DP:GQ", "flags": ("PASS", "END=200")}


class TestReferenceBlocks:
    def test_the_base_it_shows(self, copies):
        weak, strong = "0/0:5:90", "0/0:30:90"
        line = record(100, "A", "<NON_REF>", strong, weak, **BLOCK)
        assert copies("1 100 A G", line, samples="a b") == [2, NO]
        assert copies("1 100 G A", line, samples="a b") == [0, NO]
        assert copies("1 100 C T", line, samples="a b") == [NO, NO]

    def test_a_base_inside_needs_the_reference(self, copies, tmp_path):
        line = record(100, "A", "<NON_REF>", "0/0:30:90", **BLOCK)
        assert copies("1 150 A G", line) == NO
        fasta = write_fasta(tmp_path / "r.fa", c1="A" * 149 + "G" + "A" * 100)
        genome = GenomeSource(build="GRCh38", vcf=("x",), reference=fasta)
        assert copies("1 150 A G", line, genome=genome) == 0
        assert copies("1 150 G A", line, genome=genome) == 2
        assert copies("1 150 T C", line, genome=genome) == NO
        assert copies("1 150 GA G", line, genome=genome) == NO

    def test_a_block_that_starts_in_the_piece_before_counts_in_the_site_s_piece(
        self, copies, tmp_path
    ):
        fasta = write_fasta(tmp_path / "r.fa", c1="A" * 300)
        genome = GenomeSource(build="GRCh38", vcf=("x",), reference=fasta)
        line = record(100, "A", "<NON_REF>", "0/0:30:90", **BLOCK)
        for border in (100, 149, 150, 199):
            pieces = ((1, border), (border + 1, 400))
            assert copies("1 150 A G", line, genome=genome, pieces=pieces) == 2

    def test_the_marker_beside_another_alt(self, copies):
        line = record(100, "A", "C,<NON_REF>", "0/0", "0/1", "0/2")
        assert copies("1 100 A G", line, samples="a b c") == [2, 1, NO]


class TestExpectedDosages:
    def test_are_not_rounded(self, copies):
        line = record(100, "A", "G", "0.25", "1.9", ".", form="DS")
        assert copies("1 100 G A", line, samples="a b c") == [
            0.25,
            pytest.approx(1.9, abs=4e-5),
            NO,
        ]
        assert copies("1 100 A G", line, samples="a b c") == [
            1.75,
            pytest.approx(0.1, abs=4e-5),
            NO,
        ]

    def test_of_several_alts(self, copies):
        line = record(100, "A", "G,C", "0.5,0.25", "1.5,0.75", form="DS")
        assert copies("1 100 A G", line, samples="a b") == [1.25, NO]
        assert copies("1 100 G A", line, samples="a b") == [0.5, 1.5]

    def test_reference_copies_on_x_are_not_known_without_ploidy(self, copies):
        line = record(100, "A", "G", "0.5", chrom="X", form="DS")
        assert copies("X 100 A G", line) == NO
        assert copies("X 100 G A", line) == 0.5


def test_half_calls_may_be_refused(copies):
    line = record(100, "A", "G", "0/.")
    assert copies("1 100 G A", line) == NO
    with pytest.raises(UnitError, match="half call"):
        copies("1 100 G A", line, half_calls="refuse")


class TestTwoRecordsOfOneVariant:
    def test_are_counted_once(self, copies):
        line = record(100, "A", "G", "0/1", "./.", "1/1")
        other = record(100, "A", "G", "0/1", "0/1", "0/1")
        assert copies("1 100 G A", line, other, samples="a b c") == [1, 1, NO]

    def test_a_contradiction_stays_one(self, copies):
        lines = [record(100, "A", "G", call) for call in ("0/0", "0/1", "0/0")]
        assert copies("1 100 A G", *lines) == NO

    def test_over_a_border_too(self, copies):
        lines = [record(99, "CA", "CG", "0/1"), record(100, "A", "G", "1/1")]
        assert copies("1 100 G A", *lines) == NO
        assert copies("1 100 G A", *lines, pieces=((1, 99), (100, 200))) == NO

    def test_a_site_that_comes_back_after_it_was_counted_is_refused(self, copies):
        places = (("X", 100), ("X", 200), ("23", 100))
        lines = [record(place, "A", "G", "0/1", chrom=chrom) for chrom, place in places]
        with pytest.raises(UnitError, match="record_conflict"):
            copies("X 100 G A", *lines)


class TestAbsentAsReference:
    @pytest.fixture
    def genome(self, tmp_path):
        fasta = write_fasta(tmp_path / "r.fa", c1="A" * 300, cX="A" * 300)
        return GenomeSource(build="GRCh38", vcf=("x",), reference=fasta)

    @pytest.mark.parametrize(("site", "expected"), [("A G", 2), ("G A", 0), ("G T", NO)])
    def test_by_the_fasta(self, copies, genome, site, expected):
        other = record(50, "A", "G", "0/1")
        assert copies(f"1 100 {site}", other, genome=genome, absent="reference") == expected
        assert copies(f"1 100 {site}", other, genome=genome) == NO

    def test_never_where_a_record_spoke_nor_on_x(self, copies, genome):
        wrong, missing = record(100, "A", "C", "0/0"), record(100, "A", "G", "./.")
        assert copies("1 100 A G", wrong, genome=genome, absent="reference") == NO
        assert copies("1 100 A G", missing, genome=genome, absent="reference") == NO
        x = record(50, "A", "G", "0/1", chrom="X")
        assert copies("X 100 A G", x, genome=genome, absent="reference") == NO
