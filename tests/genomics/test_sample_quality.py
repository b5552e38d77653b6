"""Quality of samples: what each record adds, and when nothing can be said."""

import numpy as np
import pytest
from pydantic import ValidationError

from drepano.genomics.reading import genotype_codes
from drepano.genomics.sample_quality import kernels
from drepano.genomics.sample_quality.sex import Counts, sex_of
from drepano.genomics.sample_quality.sites import Kind, Part, kind_of, only_alt, part_of
from drepano.settings import SampleQuality
from drepano.settings.genomics.sample_quality import Sex

AD = '##FORMAT=<ID=AD,Number=R,Type=Integer,Description="reads">\n'
AF = '##INFO=<ID=AF_ref,Number=A,Type=Float,Description="frequency">\n'
PIECES = (("1", 1, 100_000), ("X", 1, 200_000_000), ("Y", 1, 60_000_000))


@pytest.fixture
def quality(cohort, gathering):
    """Tell the quality of the samples in records, from the first one on."""

    def tell(*records, samples="a", pieces=PIECES, build="GRCh38", gates=None, clinical=(), **own):
        own = {"min_records": 1, "sex": {"min_records": 1}} | own
        made = gathering(build, sample_quality=own, **(gates or {}))
        path = cohort.write(*records, samples=samples)
        path = cohort.rewrite(path, ("##FORMAT=<ID=GT", f"{AD}{AF}##FORMAT=<ID=GT"))
        rows = tuple(
            {"subject": s, "session": str(i), "column": "sex", "number": None, "category": sex}
            for i, (s, sex) in enumerate(clinical)
        )
        chroms = {record.split()[0] for record in records}
        used = [piece for piece in pieces if piece[0] in chroms]
        return made.conclude(made.sums(path, samples, *used), subjects=samples, clinical=rows)

    return tell


def record(genotypes, position=100, alleles="C T", *, chrom="1", info=".", rest="PASS", keys="GT"):
    return f"{chrom} {position} . {alleles} . {rest} {info} {keys} {genotypes}"


def test_call_rate_and_heterozygosity_of_a_cohort(quality):
    rows = [
        record("0/1 0/0 ./."),
        record("0|1 1/1 0/.", 200),
        record("1/1 ./. 0/0", 300),
        record("0/0 0/1 0/0", 400),
    ]
    found = quality(*rows, samples="a b c")
    assert [found.of("sample__call_rate", s) for s in "abc"] == [1, 0.75, 0.5]
    assert [found.of("sample__heterozygosity", s) for s in "abc"] == [0.5, 1 / 3, 0]
    assert [found.of("sample__het_hom_ratio", s) for s in "ab"] == [2, 1]
    assert found.of("sample__het_hom_ratio", "c") == ("undefined", "too_few_records")


def test_a_file_of_variants_alone_tells_no_call_rate(quality):
    found = quality(record("0/1"), record("1/1", 200))
    assert found.of("sample__call_rate") == ("undefined", "variants_only")
    assert found.of("sample__heterozygosity") == ("undefined", "variants_only")
    assert found.of("sample__het_hom_ratio") == 1


def test_a_file_of_one_sample_with_reference_calls_tells_a_call_rate(quality):
    found = quality(record("0/1"), record("0/0", 200), record("./.", 300))
    assert found.of("sample__call_rate") == 2 / 3


def test_kinds_of_variants_carried(quality):
    rows = [
        record("0/1 0/0", alleles="A G"),
        record("1/1 ./.", 200, "C T"),
        record("0/1 0/0", 300, "A C"),
        record("0/1 0/1", 400, "A AC"),
        record("0/1 0/0", 500, "AC GT"),
        record("0/1 0/0", 600, "A C,G"),
    ]
    found = quality(*rows, samples="a b")
    assert found.of("sample__ti_tv", "a") == 2
    assert found.of("sample__snvs", "a") == 3
    assert found.of("sample__indels", "a") == 1
    assert found.of("sample__ti_tv", "b") == ("undefined", "too_few_records")
    assert (found.of("sample__snvs", "b"), found.of("sample__indels", "b")) == (0, 1)


def test_gates_take_calls_away_and_refused_filters_their_records(quality):
    rows = [
        record("0/1:9:50 0/1:10:50", keys="GT:DP:GQ"),
        record("0/1:20:19 0/1:20:20", 200, keys="GT:DP:GQ"),
        record("0/1:20:50 0/1:20:50", 300, keys="GT:DP:GQ", rest="LowQual"),
    ]
    found = quality(*rows, samples="a b", gates={"min_depth": 10, "min_genotype_quality": 20})
    assert found.of("sample__call_rate", "b") == 1
    assert found.of("sample__call_rate", "a") == ("undefined", "too_few_records")
    assert found.of("sample__depth", "b") == 15
    assert found.of("sample__genotype_quality", "b") == 35


def test_files_without_evidence_say_so(quality):
    found = quality(record("0/1"))
    for name in ("depth", "genotype_quality", "unbalanced_het", "reference_reads"):
        assert found.of(f"sample__{name}") == ("undefined", "no_format_field")


def test_missing_depths_are_not_zero(quality):
    rows = record("0/1:30", keys="GT:DP"), record("0/1:.", 200, keys="GT:DP")
    assert quality(*rows).of("sample__depth") == 30


def test_reads_out_of_balance(quality):
    reads = ("8,2", "2,8", "9,2", "1,9", "4,4")  # 0.2 and 0.8 are inside, 8 reads are too few
    rows = [record(f"0/1:{r}", 100 * (i + 1), keys="GT:AD") for i, r in enumerate(reads)]
    assert quality(*rows).of("sample__unbalanced_het") == 0.5
    rows = [record("1/1:5,5", keys="GT:AD")]
    assert quality(*rows).of("sample__unbalanced_het") == ("undefined", "too_few_records")


def test_reference_reads_of_homozygous_calls_and_their_correction(quality):
    rows = [
        record("1/1:1,19", info="AF_ref=0.5", keys="GT:AD"),
        record("1/1:3,17", 200, info="AF_ref=0.75", keys="GT:AD"),
        record("1/1:9,11", 300, info="AF_ref=0.99", keys="GT:AD"),
        record("1/1:9,11", 400, keys="GT:AD"),
        record("1/1:5,96", 500, info="AF_ref=0.5", keys="GT:AD"),  # more than 100 reads
        record("1/1:9,11:19", 600, info="AF_ref=0.5", keys="GT:AD:GQ"),
        record("1/1:9,11", 700, "C CT", info="AF_ref=0.5", keys="GT:AD"),
        record("0/1:9,11", 800, info="AF_ref=0.5", keys="GT:AD"),
    ]
    found = quality(*rows, frequency="AF_ref")
    expected = (0.05 + 0.15 + 0.45 + 0.45) / 4
    assert found.of("sample__reference_reads") == pytest.approx(expected, abs=2**-20)
    expected = (0.05 / 0.5 + 0.15 / 0.25) / 2
    assert found.of("sample__contamination") == pytest.approx(expected, abs=2**-20)


def test_without_frequencies_in_the_file_there_is_no_corrected_estimate(quality):
    found = quality(record("1/1:1,19", keys="GT:AD"), frequency="AF_ref")
    assert found.of("sample__contamination") == ("undefined", "no_annotation")
    assert found.of("sample__reference_reads") == pytest.approx(0.05, abs=2**-20)


def test_reference_markers_beside_an_alt_do_not_count(quality):
    rows = [
        record("0/1:20,10,0", alleles="C T,<NON_REF>", keys="GT:AD"),
        record("0/2:20,10,0", 200, "C T,<NON_REF>", keys="GT:AD"),  # not known to be T
        record("0/0", 300, "C <NON_REF>", info="END=400"),
    ]
    found = quality(*rows)
    assert found.of("sample__snvs") == 1
    assert found.of("sample__unbalanced_het") == 0


def x(genotype, position=5_000_000, alleles="C T"):
    return record(genotype, position, alleles, chrom="X")


def test_sex_by_x_alone_in_files_of_one_sample(quality):
    girl = [x("0/1"), x("1/1", 5_000_001)]
    boy = [x("1/1"), x("1", 5_000_001), record("1", 5_000_000, chrom="Y")]
    found = quality(record("0/1"), *girl)
    assert found.of("sample__sex") == "female"
    assert found.of("sample__x_heterozygosity") == 0.5
    assert found.of("sample__x_haploid") == 0
    found = quality(record("0/1"), *boy)
    assert found.of("sample__sex") == "male"
    assert found.of("sample__x_haploid") == 0.5
    assert found.of("sample__y_call_rate") == ("undefined", "too_few_records")


def test_y_of_a_cohort_is_told_and_may_object(quality):
    rows = [record("0/1 0/1 0/1"), x("0/1 1/1 1/1"), record("./. 0 ./.", 5_000_000, chrom="Y")]
    found = quality(*rows, samples="a b c")
    assert [found.of("sample__y_call_rate", s) for s in "abc"] == [0, 1, 0]
    assert [found.of("sample__sex", s) for s in "abc"] == ["female", "male", "indeterminate"]


@pytest.mark.parametrize(
    ("build", "inside", "outside"),
    [("GRCh37", 2_699_520, 2_699_521), ("GRCh38", 2_781_479, 2_781_480)],
)
def test_pseudoautosomal_records_tell_no_sex(quality, build, inside, outside):
    told = quality(record("0/1"), x("0/1", outside), build=build)
    assert told.of("sample__sex") == "female"
    silent = quality(record("0/1"), x("0/1", inside), build=build)
    assert silent.of("sample__sex") == ("undefined", "too_few_records")


def test_sex_agrees_with_the_clinical_table_or_does_not(quality):
    rows = [record("0/1 0/1 0/1 0/1"), x("0/1 0/1 0/1 0/1")]
    told = (("a", "female"), ("b", "male"), ("d", "female"), ("d", "male"))
    found = quality(*rows, samples="a b c d", clinical=told)
    assert [found.of("sample__sex__agrees", s) for s in "ab"] == [1, 0]
    assert found.of("sample__sex__agrees", "c") == ("indeterminate", "sex_unknown")
    assert found.of("sample__sex__agrees", "d") == ("indeterminate", "conflicting_rows")


def test_a_sex_between_the_thresholds_agrees_with_none(quality):
    rows = [x("1/1", 5_000_000 + i) for i in range(5)] + [x("0/1", 5_000_100)]
    found = quality(record("0/1"), *rows, clinical=(("a", "male"),))
    assert found.of("sample__sex") == "indeterminate"
    assert found.of("sample__sex__agrees") == ("indeterminate", "sex_indeterminate")


@pytest.mark.parametrize(
    ("counts", "sex"),
    [
        ((49, 0, 0, 0), None),
        ((50, 5, 0, 0), "male"),
        ((50, 6, 0, 0), "indeterminate"),
        ((100, 25, 0, 0), "female"),
        ((100, 60, 100, 50), "indeterminate"),
        ((100, 0, 100, 50), "male"),
        ((100, 0, 100, 20), "indeterminate"),
        ((100, 0, 100, 30), "male"),
        ((100, 60, 49, 49), "female"),
    ],
)
def test_sex_by_the_thresholds(counts, sex):
    assert sex_of(Counts(*counts), Sex()) == sex


def test_few_records_say_nothing_of_autosomes_and_leave_x_alone(quality):
    found = quality(record("0/1"), x("0/1"), min_records=2)
    assert found.of("sample__snvs") == ("undefined", "too_few_records")
    assert found.of("sample__sex") == "female"


def test_every_column_has_a_value_or_a_state(quality):
    found = quality(record("0/1 ./."), samples="a b", frequency="AF_ref")
    for subject in "ab":
        assert len(found.all(subject)) == 16


def test_without_a_file_or_with_a_failed_piece_there_is_nothing(gathering, cohort):
    made = gathering(sample_quality={"min_records": 1})
    assert made.conclude().of("sample__snvs") == ("not_covered", "site_absent")
    sums = made.sums(cohort.write(record("0/1")), "a", ("1", 1, 1000))
    state = {
        "subject": "a", "session": "", "source": "sample__quality@1", "state": "failed",
        "reason": "crashed", "detail": None, "remedy": None,
    }  # fmt: skip
    assert made.conclude(sums, troubles=(state,)).of("sample__sex") == ("failed", "crashed")
    absent = state | {"state": "not_covered", "reason": "site_absent"}
    assert made.conclude(sums, troubles=(absent,)).of("sample__snvs") == 1


def test_borders_of_pieces_change_nothing(quality):
    rng = np.random.default_rng(5)
    cells = ["0/0:30,1:40", "0/1:11,14:50", "1/1:2,33:60", "./.:0,0:.", "0/1:1,30:9"]
    rows = [
        record(" ".join(rng.choice(cells, 3)), 10 * (i + 1), info="AF_ref=0.3", keys="GT:AD:GQ")
        for i in range(60)
    ]
    whole = quality(*rows, samples="a b c", frequency="AF_ref")
    halves = (("1", 1, 299), ("1", 300, 300), ("1", 301, 100_000))
    parts = quality(*rows, samples="a b c", frequency="AF_ref", pieces=halves)
    assert parts.values.equals(whole.values)
    assert parts.states.equals(whole.states)
    assert whole.of("sample__contamination") > 0


@pytest.mark.parametrize(
    ("alts", "index"),
    [
        (["T"], 0),
        (["<NON_REF>", "T"], 1),
        (["T", "G"], None),
        (["T", "*"], None),
        (["<DEL>"], None),
        (["C[2:1["], None),
        ([], None),
    ],
)
def test_the_only_alt_of_a_record(alts, index):
    assert only_alt(alts) == index


def test_kinds_and_parts():
    assert kind_of("A", "G") is Kind.TRANSITION
    assert kind_of("G", "T") is Kind.TRANSVERSION
    assert kind_of("GA", "TC") is Kind.OTHER
    assert kind_of("N", "T") is Kind.OTHER
    assert kind_of("G", "GT") is Kind.INDEL
    assert part_of("GRCh38", "22", 1) is Part.AUTOSOME
    assert part_of("GRCh38", "MT", 1) is Part.ELSEWHERE
    assert part_of("GRCh38", "Y", 5_000_000) is Part.Y
    assert part_of("GRCh38", "X", 156_000_000) is Part.ELSEWHERE


def test_kernels_mean_the_codes_of_the_reader():
    for name in ("NO_CALL", "HET", "ALT_ALT"):
        assert getattr(kernels, name) == getattr(genotype_codes, name)


def test_thresholds_that_overlap_are_refused():
    with pytest.raises(ValidationError) as caught:
        SampleQuality(sex={"male_max_x_heterozygosity": 0.3, "female_max_y_call_rate": 0.5})
    [error] = caught.value.errors()
    assert [fault.where for fault in error["ctx"]["faults"]] == [
        "male_max_x_heterozygosity",
        "female_max_y_call_rate",
    ]
