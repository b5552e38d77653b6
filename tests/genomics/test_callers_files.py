"""Traps of records, from a VCF file to the conclusion: panel step, then callers."""

import pytest

from drepano.contracts.inventory import SUBJECTS
from drepano.contracts.states import STEP_STATES
from drepano.contracts.values import CLINICAL, GENOME_SUMS
from drepano.genomics import Long, evidence_of
from drepano.genomics.interpretation.interpret import interpret
from drepano.settings import GenomeSource, Genomics

STUDY = Genomics(callers={"haemoglobin": True, "g6pd": True, "ugt1a1": True})
CHROM = "11 {} . {} {} . PASS . GT {}"
REFERENCE_G6PD = (
    ("154533025", "A", "G"),
    ("154534125", "C", "A"),
    ("154534419", "G", "A"),
    ("154534440", "T", "A"),
    ("154535277", "T", "C"),
    ("154536002", "C", "T"),
)


@pytest.fixture
def conclude(cohort, genotype):
    """Write records, read the panel out of them, and conclude; the value, or the reason."""

    def run(column, *records, sex=None):
        ordered = sorted(records, key=lambda r: int(r.split()[1]))
        answer = genotype(cohort.write(*ordered))
        index = {"subject": "a", "session": "", "imaging": False, "genomics": True}
        told = [{"subject": "a", "session": "", "column": "sex", "category": sex}] if sex else []
        evidence = evidence_of(
            SUBJECTS.from_rows([index | {"clinical": False}]),
            GenomeSource(build="GRCh38", vcf=("x",)),
            Long(answer.values, answer.states),
            Long(GENOME_SUMS.empty(), STEP_STATES.empty()),
            CLINICAL.from_rows(told),
        )
        values, states = interpret(STUDY, evidence)
        found = [r["category"] for r in values.to_pylist() if r["column"] == f"gen__{column}"]
        lost = [r["reason"] for r in states.to_pylist() if r["source"] == f"gen__{column}"]
        (only,) = found + lost
        return only

    return run


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ([CHROM.format(5227002, "T", "A", "1/1")], "HbSS"),
        ([CHROM.format(5227002, "T", "G", "1/1")], "rs334_missing"),
        ([CHROM.format(5227002, "T", "G,A", "2/2")], "HbSS"),
        ([CHROM.format(5227002, "T", "G,A", "1/2")], "other"),
        ([CHROM.format(5227002, "T", "A", "./.")], "rs334_missing"),
        ([CHROM.format(5227002, "T", "A", "./1")], "rs334_missing"),
        ([CHROM.format(5227002, "T", "A", "0/1")], "second_allele_not_excluded"),
        # Codon 6 -A over rs334, in one record and never split; and in two.
        ([CHROM.format(5227001, "CT", "C,CA", "1/2")], "HbS/beta0"),
        (
            [CHROM.format(5227001, "CT", "C", "0/1"), CHROM.format(5227002, "T", "A,*", "1/2")],
            "HbS/beta0",
        ),
        # S/* without the deletion's record is no trait.
        ([CHROM.format(5227002, "T", "A,*", "1/2")], "second_allele_not_excluded"),
        # S and C as ALTs of one record, as one MNP in cis, and as two records without phase.
        ([CHROM.format(5227002, "TC", "AC,TT", "1/2")], "HbSC"),
        ([CHROM.format(5227002, "TC", "AT", "0/1")], "rule_unknown"),
        (
            [CHROM.format(5227002, "T", "A", "0/1"), CHROM.format(5227003, "C", "T", "0/1")],
            "HbSC",
        ),
        # rs33946267 has two ALTs: D-Punjab (G) and O-Arab (T).
        (
            [CHROM.format(5225678, "C", "G,T", "0|1"), CHROM.format(5227002, "T", "A", "1|0")],
            "HbSD",
        ),
        (
            [CHROM.format(5225678, "C", "G,T", "0|2"), CHROM.format(5227002, "T", "A", "1|0")],
            "HbSO",
        ),
        (
            [CHROM.format(5225678, "C", "G,T", "0/2"), CHROM.format(5227002, "T", "A", "1/0")],
            "phase_unknown",
        ),
    ],
)
def test_haemoglobin_from_records(conclude, records, expected):
    assert conclude("haemoglobin__genotype", *records) == expected


def x(rest, **named):
    return [
        f"X {place} . {ref} {alt} . PASS . GT {named.get(f'at{place}', rest)}"
        for place, ref, alt in REFERENCE_G6PD
    ]


def test_g6pd_from_records(conclude):
    a_minus = {"at154535277": "1", "at154536002": "1"}
    assert conclude("g6pd__genotype", *x("0", **a_minus)) == "A-"
    assert conclude("g6pd__class", *x("0"), sex="female") == "ploidy_conflict"
    both = {"at154535277": "0/1", "at154536002": "0/1"}
    assert conclude("g6pd__class", *x("0/0", **both), sex="female") == "phase_unknown"
    assert conclude("g6pd__class", *x("0/0", **both), sex="male") == "ploidy_conflict"
    missing = {"at154536002": "."}
    assert conclude("g6pd__class", *x("0", **missing)) == "sites_missing"


def test_ugt1a1_from_records(conclude):
    whole = "2 233760233 . CAT C,CATAT,CATATAT . PASS . GT {}"
    assert conclude("ugt1a1__genotype", whole.format("0/2")) == "*1/*28"
    assert conclude("ugt1a1__genotype", whole.format("2/3")) == "*28/*37"
    assert conclude("ugt1a1__genotype", whole.format("1/2")) == "*36/*28"
    alone = "2 233760233 . C CAT . PASS . GT {}"
    assert conclude("ugt1a1__genotype", alone.format("1/1")) == "*28/*28"
    assert conclude("ugt1a1__genotype", alone.format("0/1")) == "sites_missing"
