"""Every rule of reading a record, as a case on the panel's own variants."""

import math

import pytest

from drepano.errors import UnitError

S, MAKASSAR, C = "hbb_rs334", "hbb_rs334_g", "hbb_rs33930165"
CODON_6, CODON_5 = "hbb_rs63749819", "hbb_rs34889882"
ABSENT = ("not_covered", "site_absent")
NOT_TYPED = ("not_covered", "allele_not_typed")
WEAK = ("not_covered", "low_evidence")
MISSING = ("no_call", "missing_genotype")


def test_sickle_homozygous_heterozygous_and_reference(cohort, genotype):
    path = cohort.write(
        "11 5227002 . T A . PASS . GT:DP:GQ 1/1:30:99 0|1:20:50 0/0:10:.", samples="a b c"
    )
    answer = genotype(path, samples="a b c")
    assert [answer.of(S, s) for s in "abc"] == [2, 1, 0]
    call = answer.calls["b", S]
    assert (call["ploidy"], call["phased"], call["depth"], call["quality"]) == (2, True, 20, 50)
    assert answer.calls["c", S]["quality"] is None
    assert answer.of(C) == ABSENT
    assert answer.of(MAKASSAR) == NOT_TYPED


def test_sickle_and_c_as_two_records(cohort, genotype):
    path = cohort.write("11 5227002 . T A . PASS . GT 0/1", "11 5227003 . C T . PASS . GT 1/0")
    answer = genotype(path)
    assert (answer.of(S), answer.of(C)) == (1, 1)


def test_sickle_and_c_as_one_block_of_bases(cohort, genotype):
    path = cohort.write("11 5227002 . TC AT,AC . PASS . GT 0/1 1/2 2/2 0/0", samples="a b c d")
    answer = genotype(path, samples="a b c d")
    assert [answer.of(S, s) for s in "abcd"] == [1, 2, 2, 0]
    assert [answer.of(C, s) for s in "abcd"] == [1, 1, 0, 0]


def test_codon_6_deletion_and_sickle_on_one_record_are_one_copy_each(cohort, genotype):
    path = cohort.write("11 5227001 . CT C,CA . PASS . GT 1/2 0/1 2/2", samples="a b c")
    answer = genotype(path, samples="a b c")
    assert [answer.of(S, s) for s in "abc"] == [1, 0, 2]
    assert [answer.of(CODON_6, s) for s in "abc"] == [1, 1, 0]


def test_star_allele_carries_nothing(cohort, genotype):
    path = cohort.write("11 5227001 . CT C . PASS . GT 0/1", "11 5227002 . T A,* . PASS . GT 1/2")
    answer = genotype(path)
    assert (answer.of(S), answer.of(CODON_6)) == (1, 1)


def test_makassar_is_not_sickle(cohort, genotype):
    path = cohort.write("11 5227002 rs334 T G . PASS . GT 0/1")
    answer = genotype(path)
    assert answer.of(MAKASSAR) == 1
    assert answer.of(S) == NOT_TYPED


def test_both_alts_of_one_site_are_read_by_their_bases(cohort, genotype):
    path = cohort.write("11 5225678 . C T,G . PASS . GT 1/2 2/2 0/1", samples="a b c")
    answer = genotype(path, samples="a b c")
    assert [answer.of("hbb_rs33946267", s) for s in "abc"] == [1, 2, 0]
    assert [answer.of("hbb_rs33946267_t", s) for s in "abc"] == [1, 0, 1]


def test_bases_may_be_lower_case(cohort, genotype):
    assert genotype(cohort.write("11 5227002 . t a . PASS . GT 0/1")).of(S) == 1


def test_repeat_lengths_are_alleles_of_their_own(cohort, genotype):
    path = cohort.write(
        "2 233760233 . CAT C,CATAT,CATATAT . PASS . GT 2/2 1/2 0/3 0/0", samples="a b c d"
    )
    answer = genotype(path, samples="a b c d")
    for alt, expected in {
        "c": [0, 1, 0, 0],
        "catat": [2, 1, 0, 0],
        "catatat": [0, 0, 1, 0],
    }.items():
        assert [answer.of(f"ugt1a1_rs3064744_{alt}", s) for s in "abcd"] == expected


def test_an_indel_that_is_not_left_aligned_is_the_same_haplotype(cohort, genotype):
    path = cohort.write("2 233760235 . T TAT . PASS . GT 0/1")
    answer = genotype(path)
    assert answer.of("ugt1a1_rs3064744_catat") == 1
    assert answer.of("ugt1a1_rs3064744_c") == NOT_TYPED


def test_a_deletion_written_with_its_anchor_or_without_is_the_same(cohort, genotype):
    """dbSNP prints rs66650371 without an anchor base, callers with it."""
    path = cohort.write("6 135097494 . TTAC T . PASS . GT 0/1")
    assert genotype(path, row={"contigs": ("6",)}).of("hbs1l_myb_rs66650371") == 1


def test_haploid_x_is_0_or_1_with_its_ploidy(cohort, genotype):
    path = cohort.write("X 154536002 . C T . PASS . GT 1 0 0/1 .", samples="a b c d")
    answer = genotype(path, samples="a b c d")
    variant = "g6pd_rs1050828"
    assert [answer.of(variant, s) for s in "abcd"] == [1, 0, 1, MISSING]
    assert [answer.calls[s, variant]["ploidy"] for s in "abc"] == [1, 1, 2]
    assert [answer.calls[s, variant]["phased"] for s in "abc"] == [None, None, False]


def test_chromosome_23_is_x(cohort, genotype):
    path = cohort.write("23 154536002 . C T . PASS . GT 1")
    assert genotype(path, row={"contigs": ("23",)}).of("g6pd_rs1050828") == 1


def test_three_alleles_are_no_dosage(cohort, genotype):
    path = cohort.write("11 5227002 . T A . PASS . GT 0/1/1 0/1", samples="a b")
    answer = genotype(path, samples="a b")
    assert answer.of(S) == ("failed", "out_of_range")
    assert answer.of(S, "b") == 1


@pytest.mark.parametrize("call", ["./.", ".", "./1", "1/.", ".|0", "0/."])
def test_missing_and_half_calls_are_no_calls(cohort, genotype, call):
    assert genotype(cohort.write(f"11 5227002 . T A . PASS . GT {call}")).of(S) == MISSING


def test_a_record_without_genotypes_is_no_call(cohort, genotype):
    assert genotype(cohort.write("11 5227002 . T A . PASS . DP 30")).of(S) == MISSING


def test_an_allele_number_beyond_the_alts_fails_the_file(cohort, genotype):
    path = cohort.write("11 5227002 . T A . PASS . GT 0/2")
    with pytest.raises(UnitError, match=r"unreadable: .*11:5227002 has a GT with an allele that"):
        genotype(path)


def test_an_allele_of_a_dropped_alt_is_not_a_dosage(cohort, genotype):
    """Some tools leave GT as it was when they drop an ALT."""
    path = cohort.write(
        "11 5227002 . T . . PASS . GT:DP:GQ 0/1:30:60 1/2:30:60 0/0:30:60", samples="a b c"
    )
    answer = genotype(path, samples="a b c")
    assert [answer.of(S, s) for s in "abc"] == [NOT_TYPED, NOT_TYPED, 0]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ("PASS", 1),
        (".", 1),
        ("LowQual", ("no_call", "filtered")),
        ("PASS;LowQual", ("no_call", "filtered")),
    ],
)
def test_filters(cohort, genotype, filters, expected):
    assert genotype(cohort.write(f"11 5227002 . T A . {filters} . GT 0/1")).of(S) == expected


def test_filters_that_the_study_accepts(cohort, genotype):
    path = cohort.write("11 5227002 . T A . LowQual . GT 0/1", "11 5227003 . C T . . . GT 0/1")
    answer = genotype(path, accepted_filters=("PASS", "LowQual"))
    assert (answer.of(S), answer.of(C)) == (1, ("no_call", "filtered"))


@pytest.mark.parametrize(
    ("fields", "call", "expected"),
    [
        ("GT:DP:GQ", "0/1:8:20", 1),
        ("GT:DP:GQ", "0/1:7:99", ("no_call", "low_evidence")),
        ("GT:DP:GQ", "0/1:99:19", ("no_call", "low_evidence")),
        ("GT:DP:GQ", "0/1:.:.", 1),
        ("GT", "0/0", 0),
    ],
)
def test_depth_and_quality_gates(cohort, genotype, fields, call, expected):
    path = cohort.write(f"11 5227002 . T A . PASS . {fields} {call}")
    assert genotype(path, min_depth=8, min_genotype_quality=20).of(S) == expected


def test_fields_that_the_header_does_not_declare_are_still_gates(cohort, genotype):
    path = cohort.write("11 5227002 . T A . PASS . GT:MIN_DP 0/1:3")
    path = cohort.rewrite(path, ("ID=DP", "ID=YY"), ("GT:MIN_DP", "GT:DP"))
    assert genotype(path, min_depth=8).of(S) == ("no_call", "low_evidence")


def test_an_undeclared_field_may_be_missing(cohort, genotype):
    path = cohort.write("11 5227002 . T A . PASS . GT:MIN_DP 0/1:. 0/1:9", samples="a b")
    path = cohort.rewrite(path, ("ID=DP", "ID=YY"), ("GT:MIN_DP", "GT:DP"))
    answer = genotype(path, samples="a b", min_depth=8)
    assert (answer.of(S), answer.of(S, "b")) == (1, 1)
    assert answer.calls["b", S]["depth"] == 9
    assert answer.calls["a", S]["depth"] is None


def test_a_padded_panel_row_is_about_its_changed_base(cohort, genotype, write_panel):
    panel = write_panel(("padded", "11", 5227001, "CT", "CA"))
    beside = cohort.write("11 5227001 . C T . PASS . GT 0/0", name="beside")
    assert genotype(beside, panels=(panel,)).of("padded") == ABSENT
    at = cohort.write("11 5227002 . T A . PASS . GT 0/1", name="at")
    assert genotype(at, panels=(panel,)).of("padded") == 1


def test_another_allele_alone_is_no_evidence_of_reference(cohort, genotype):
    path = cohort.write("11 5227002 . T C . PASS . GT 0/0")
    assert genotype(path).of(S) == NOT_TYPED


def test_other_allele_with_the_marker_is_evidence(cohort, genotype):
    path = cohort.write(
        "11 5227002 . T C,<NON_REF> . PASS . GT:DP:GQ 0/1:30:99 0/2:30:99", samples="a b"
    )
    answer = genotype(path, samples="a b")
    assert [answer.of(S, s) for s in "ab"] == [0, NOT_TYPED]
    assert answer.of(CODON_6) == NOT_TYPED


def test_the_marker_of_a_long_deletion_says_nothing_of_what_lies_inside(cohort, genotype):
    path = cohort.write("11 5227000 . TCTC T,<NON_REF> . PASS . GT:DP:GQ 0/1:30:99")
    answer = genotype(path)
    assert answer.of(S) == answer.of(C) == answer.of(CODON_6) == NOT_TYPED


def test_symbolic_and_breakend_alleles_never_match(cohort, genotype):
    path = cohort.write(
        "11 5227001 . C <DEL> . PASS END=5227900 GT 1/1",
        "11 5227002 . T T[11:6000000[ . PASS . GT 0/0",
    )
    answer = genotype(path)
    assert answer.of(S) == NOT_TYPED
    assert answer.of(CODON_6) == NOT_TYPED
    assert answer.of(C) == ABSENT


def test_a_complex_allele_over_the_site_is_not_known(cohort, genotype):
    path = cohort.write("11 5227001 . CTC CA,CAC . PASS . GT 0/2 1/2 1/1", samples="a b c")
    answer = genotype(path, samples="a b c")
    assert [answer.of(S, s) for s in "abc"] == [1, NOT_TYPED, NOT_TYPED]


def test_all_sites_records_need_depth_and_quality(cohort, genotype):
    path = cohort.write(
        "11 5227002 . T . . PASS . GT:DP:GQ 0/0:10:20 0/0:9:99 0/0:99:19 0/0:99:. ./.:99:99",
        samples="a b c d e",
    )
    answer = genotype(path, samples="a b c d e")
    assert [answer.of(S, s) for s in "abcde"] == [0, WEAK, WEAK, WEAK, MISSING]
    assert answer.of(CODON_6) == NOT_TYPED
    assert answer.of(C) == ABSENT


def test_gatk_calls_the_quality_of_an_all_sites_record_rgq(cohort, genotype):
    path = cohort.write("11 5227002 . T . . . . GT:DP:RGQ 0/0:30:60")
    assert genotype(path).of(S) == 0


@pytest.mark.parametrize("alt", ["<NON_REF>", "<*>", "."])
def test_reference_blocks(cohort, genotype, alt):
    path = cohort.write(
        f"11 5226900 . A {alt} . . END=5227002 GT:DP:GQ 0/0:30:60",
        f"11 5227003 . C {alt} . . END=5227100 GT:DP:GQ 0/0:9:60",
        f"11 5227101 . A {alt} . LowQual END=5227200 GT:DP:GQ 0/0:90:60",
    )
    answer = genotype(path)
    assert answer.of(S) == answer.of(MAKASSAR) == 0
    assert answer.calls["a", S]["depth"] == 30
    assert answer.of(C) == WEAK
    assert answer.of("hbb_rs34598529") == WEAK
    assert answer.of("hbb_rs33980857") == ("no_call", "filtered")
    assert answer.of(CODON_6) == answer.of(CODON_5) == NOT_TYPED
    assert answer.of("hbb_rs33946267") == ABSENT


def test_the_least_depth_of_a_block_counts(cohort, genotype):
    path = cohort.write("11 5226900 . A <NON_REF> . . END=5227100 GT:DP:MIN_DP:GQ 0/0:30:9:60")
    assert genotype(path).of(S) == WEAK
    assert genotype(path, min_block_depth=9).of(S) == 0
    assert genotype(path, min_block_depth=9, min_block_quality=61).of(S) == WEAK


def test_a_block_without_genotype_is_no_call(cohort, genotype):
    path = cohort.write("11 5226900 . A <NON_REF> . . END=5227100 DP:GQ 30:60")
    assert genotype(path).of(S) == MISSING


def test_two_records_of_one_variant(cohort, genotype):
    path = cohort.write(
        "11 5227001 . CT CA . PASS . GT 0/1 0/1 ./. 1/1",
        "11 5227002 . T A . PASS . GT 0/1 1/1 0/1 1/1",
        samples="a b c d",
    )
    answer = genotype(path, samples="a b c d")
    conflict = ("indeterminate", "record_conflict")
    assert [answer.of(S, s) for s in "abcd"] == [1, conflict, 1, 2]


def test_a_third_record_does_not_settle_a_conflict(cohort, genotype):
    record = "11 5227002 . T A . PASS . GT"
    path = cohort.write(f"{record} 0/1", f"{record} 1/1", f"{record} 1/1")
    assert genotype(path).of(S) == ("indeterminate", "record_conflict")


def test_a_dosage_stands_beside_a_record_that_types_another_allele(cohort, genotype):
    path = cohort.write("11 5227002 . T A . PASS . GT 0/1", "11 5227002 . T G . PASS . GT 0/0")
    answer = genotype(path)
    assert (answer.of(S), answer.of(MAKASSAR)) == (1, 0)


def test_expected_dosage_is_kept_as_it_is(cohort, genotype):
    path = cohort.write(
        "11 5227002 . T A . PASS . DS 1.25 . 2.5",
        "11 5227003 . C G,T . PASS . DS 0.5,0.125 0,0 .,.",
        "X 154536002 . C T . PASS . DS 0.75 . 1",
        samples="a b c",
    )
    answer = genotype(path, samples="a b c")
    assert [answer.of(S, s) for s in "abc"] == [1.25, MISSING, ("failed", "out_of_range")]
    assert [answer.of(C, s) for s in "abc"] == [0.125, 0, MISSING]
    call = answer.calls["a", "g6pd_rs1050828"]
    assert (call["dosage"], call["ploidy"], call["phased"]) == (0.75, None, None)
    assert answer.of("g6pd_rs1050828__ploidy") == MISSING
    assert ("b", "g6pd_rs1050828__ploidy") not in answer.reasons


def test_one_expected_dosage_for_two_alts_does_not_say_which(cohort, genotype):
    path = cohort.write("11 5227002 . T A,G . PASS . DS 0.5 0.5,0.5", samples="a b")
    path = cohort.rewrite(path, ("ID=DS,Number=A", "ID=DS,Number=1"), ("0.5,0.5", "0.5"))
    assert genotype(path, samples="a b").of(S) == NOT_TYPED


def test_a_genotype_wins_over_expected_dosage(cohort, genotype):
    path = cohort.write("11 5227002 . T A . PASS . GT:DS 0/1:1.3 ./.:1.9", samples="a b")
    answer = genotype(path, samples="a b")
    assert (answer.of(S), answer.of(S, "b")) == (1, MISSING)


def test_prefixed_contigs(cohort, genotype):
    path = cohort.write("chr11 5227002 . T A . PASS . GT 0/1", "chrX 154536002 . C T . . . GT 1")
    answer = genotype(path, row={"contig_prefix": "chr"})
    assert (answer.of(S), answer.of("g6pd_rs1050828")) == (1, 1)


def test_every_cell_has_a_value_or_a_state(cohort, genotype):
    path = cohort.write("11 5227002 . T A . PASS . GT 0/1 ./.", samples="b a")
    answer = genotype(path, samples="b a")
    cells = [*answer.calls, *answer.reasons]
    assert len(cells) == len(set(cells)) == 2 * 78
    assert not any(math.isnan(call["dosage"]) for call in answer.calls.values())
    subjects = answer.states["subject"].to_pylist()
    assert set(answer.states["session"].to_pylist()) == {""}
    assert set(subjects) == {"a", "b"}
