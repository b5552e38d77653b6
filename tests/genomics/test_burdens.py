"""Burdens: which alleles a mask counts, in whom, and when there is no burden."""

import pytest
from pydantic import ValidationError

from drepano.errors import UnitError
from drepano.genomics.burdens.annotation import (
    NOBODY,
    entries,
    read_format,
    shortest_alleles,
    vep_alleles,
)
from drepano.genomics.scan.registry import sources_of
from drepano.settings import Burden

VEP = (
    '##INFO=<ID=CSQ,Number=.,Type=String,Description="Consequence annotations from Ensembl '
    'VEP. Format: Allele|Consequence|IMPACT|SYMBOL|Gene|gnomADe_AF">\n'
    '##INFO=<ID=AF_ref,Number=A,Type=Float,Description="frequency in a reference">\n'
)
SNPEFF = (
    '##INFO=<ID=ANN,Number=.,Type=String,Description="Functional annotations: '
    "'Allele | Annotation | Annotation_Impact | Gene_Name | Gene_ID | Feature_Type' \">\n"
)


def csq(allele="T", term="missense_variant", impact="MODERATE", gene="KLF1", frequency=""):
    return f"{allele}|{term}|{impact}|{gene}|ENSG00000105610|{frequency}"


@pytest.fixture
def burden(cohort, gathering):
    """Count one mask in records that are written with an annotation header."""

    def count(
        *records: str,
        samples: str = "a",
        header: str = VEP,
        gates: dict | None = None,
        pieces=(("19", 1, 100_000),),
        name="c",
        **mask,
    ):
        mask = {"genes": ["KLF1"]} | mask
        made = gathering(burdens={"m": mask}, **(gates or {}))
        path = cohort.write(*records, samples=samples, name=name)
        path = cohort.rewrite(path, ("##FORMAT=<ID=GT", f"{header}##FORMAT=<ID=GT"))
        sums = made.sums(path, samples, *pieces)
        return made.conclude(sums, subjects=samples)

    return count


def record(info, genotypes="0/1", position=100, alleles="C T", *, chrom="19", rest="PASS"):
    return f"{chrom} {position} . {alleles} . {rest} {info} GT {genotypes}"


def test_alleles_of_carriers_are_counted_and_zero_is_a_called_zero(burden):
    found = burden(record(f"CSQ={csq()}", "0/1 1/1 0/0"), samples="a b c")
    assert [found.of("burden__m__alleles", s) for s in "abc"] == [1, 2, 0]
    assert [found.of("burden__m__called", s) for s in "abc"] == [1, 1, 1]


def test_variants_are_counted_once_each(burden):
    first, second = record(f"CSQ={csq()}", "1/1"), record(f"CSQ={csq()}", "0/1", position=200)
    found = burden(first, second, count="variants")
    assert found.of("burden__m__variants") == 2


def test_missing_and_half_calls_are_no_calls(burden):
    found = burden(record(f"CSQ={csq()}", "./. 0/. ./1 0/1"), samples="a b c d")
    assert [found.of("burden__m__alleles", s) for s in "abc"] == [
        ("no_call", "too_few_variants")
    ] * 3
    assert found.of("burden__m__alleles", "d") == 1


def test_the_called_fraction_is_told_where_it_suffices(burden):
    rows = (record(f"CSQ={csq()}", "0/1"), record(f"CSQ={csq()}", "./.", position=200))
    assert burden(*rows, min_called=0.5).of("burden__m__called") == 0.5
    assert burden(*rows, min_called=0.5).of("burden__m__alleles") == 1
    refused = burden(*rows, min_called=0.6)
    assert refused.of("burden__m__called") == ("no_call", "too_few_variants")


def test_a_haploid_call_of_x_is_one_allele(burden):
    row = record(f"CSQ={csq()}", "1", chrom="X")
    assert burden(row, pieces=(("X", 1, 1000),)).of("burden__m__alleles") == 1


def test_gates_of_depth_and_quality_mask_a_call_and_a_refused_filter_its_record(burden):
    row = f"19 100 . C T . PASS CSQ={csq()} GT:DP:GQ 0/1:5:30"
    assert burden(row).of("burden__m__alleles") == 1
    weak = ("no_call", "too_few_variants")
    assert burden(row, gates={"min_depth": 6}).of("burden__m__alleles") == weak
    assert burden(row, gates={"min_genotype_quality": 31}).of("burden__m__alleles") == weak
    refused = burden(record(f"CSQ={csq()}", rest="LowQual"))
    assert refused.of("burden__m__alleles") == ("not_covered", "site_absent")


def test_a_study_may_refuse_half_calls(burden):
    for half in ("0/.", "./1"):
        with pytest.raises(UnitError, match="19:100 has a half call"):
            burden(record(f"CSQ={csq()}", half), gates={"half_calls": "refuse"})
    whole = burden(record(f"CSQ={csq()}", "./. 1/1"), samples="a b", gates={"half_calls": "refuse"})
    assert whole.of("burden__m__alleles", "b") == 2


def test_three_alleles_are_no_call(burden):
    found = burden(record(f"CSQ={csq()}", "0/1/1 0/1"), samples="a b")
    assert found.of("burden__m__alleles", "a") == ("no_call", "too_few_variants")
    assert found.of("burden__m__alleles", "b") == 1


def test_expected_dosages_are_not_counted(burden):
    row = f"19 100 . C T . PASS CSQ={csq()} DS 1.7"
    assert burden(row).of("burden__m__alleles") == ("no_call", "too_few_variants")


def test_each_alt_has_its_own_annotation(burden):
    info = f"CSQ={csq('T')},{csq('G', 'synonymous_variant', 'LOW')}"
    rows = record(info, "1/2 2/2 0/1", alleles="C T,G")
    found = burden(rows, samples="a b c", consequences=["missense_variant"])
    assert [found.of("burden__m__alleles", s) for s in "abc"] == [1, 0, 1]


def test_an_allele_that_holds_another_is_counted_by_its_number(burden):
    """TC>AG holds T>A of the same record; a carrier of TC>AG has not T>A too."""
    info = f"CSQ={csq('AG', 'stop_gained')},{csq('AC')}"
    rows = record(info, "0/1 0/2", alleles="TC AG,AC")
    found = burden(rows, samples="a b", consequences=["missense_variant"])
    assert [found.of("burden__m__alleles", s) for s in "ab"] == [0, 1]


def test_several_transcripts_count_an_allele_once(burden):
    info = f"CSQ={csq()},{csq()},{csq(gene='OTHER')}"
    assert burden(record(info)).of("burden__m__alleles") == 1


def test_gene_and_consequence_must_stand_in_one_entry(burden):
    info = f"CSQ={csq(term='intron_variant')},{csq(gene='OTHER')}"
    found = burden(record(info), consequences=["missense_variant"])
    assert found.of("burden__m__alleles") == ("not_covered", "site_absent")


def test_a_gene_whose_name_begins_alike_is_another(burden):
    found = burden(record(f"CSQ={csq(gene='KLF17')}"))
    assert found.of("burden__m__alleles") == ("not_covered", "site_absent")


def test_genes_by_identifier_and_joined_consequences(burden):
    info = f"CSQ={csq(term='missense_variant&splice_region_variant')}"
    mask = {"genes": ["ENSG00000105610"], "consequences": ["splice_region_variant"]}
    assert burden(record(info), **mask).of("burden__m__alleles") == 1


def test_impacts(burden):
    rows = (
        record(f"CSQ={csq(impact='HIGH')}"),
        record(f"CSQ={csq(impact='LOW')}", position=200),
    )
    assert burden(*rows, impacts=["HIGH", "MODERATE"]).of("burden__m__alleles") == 1


def test_snpeff_alleles_are_written_as_in_alt(burden):
    info = "ANN=CA|frameshift_variant|HIGH|KLF1|E1,CAA|missense_variant|MODERATE|KLF1|E1"
    found = burden(
        record(info, "1/2 2/2", alleles="C CA,CAA"),
        samples="a b",
        header=SNPEFF,
        consequences=["frameshift_variant"],
    )
    assert [found.of("burden__m__alleles", s) for s in "ab"] == [1, 0]


def test_a_frequency_of_the_annotation_limits_and_an_unknown_one_is_told(burden):
    rows = (
        record(f"CSQ={csq(frequency='0.001')}"),
        record(f"CSQ={csq(frequency='0.2')}", position=200),
        record(f"CSQ={csq()}", "1/1", position=300),
    )
    mask = {"frequency": "gnomADe_AF", "max_frequency": 0.001}
    left_out, counted = burden(*rows, **mask), burden(*rows, unknown_frequency="count", **mask)
    assert left_out.of("burden__m__alleles") == 1
    assert counted.of("burden__m__alleles") == 3
    assert left_out.of("burden__m__frequency_unknown") == 1
    assert counted.of("burden__m__frequency_unknown") == 1


def test_of_joined_frequencies_the_greatest_counts(burden):
    info = f"CSQ={csq(frequency='0.0001&0.3')}"
    found = burden(record(info), frequency="gnomADe_AF", max_frequency=0.01)
    assert found.of("burden__m__alleles") == ("not_covered", "site_absent")


def test_a_frequency_of_info_stands_per_alt_and_its_rounding_does_not_matter(burden):
    info = f"AF_ref=0.001,0.3;CSQ={csq('T')},{csq('G')}"
    row = record(info, "1/2", alleles="C T,G")
    found = burden(row, frequency="AF_ref", max_frequency=0.001)
    assert found.of("burden__m__alleles") == 1


def test_one_frequency_for_two_alts_is_unknown(burden):
    header = VEP.replace("ID=AF_ref,Number=A", "ID=AF_ref,Number=1")
    info = f"AF_ref=0.0;CSQ={csq('T')},{csq('G')}"
    row = record(info, "1/2", alleles="C T,G")
    mask = {"frequency": "AF_ref", "max_frequency": 0.1, "header": header}
    found = burden(row, absent="reference", **mask)
    assert found.of("burden__m__alleles") == 0
    assert found.of("burden__m__frequency_unknown") == 2


@pytest.mark.parametrize(
    ("mask", "header"),
    [
        ({}, ""),
        ({}, VEP.replace("|SYMBOL|Gene", "")),
        ({"impacts": ["HIGH"]}, VEP.replace("|IMPACT", "")),
        ({"annotation": "ANN"}, VEP),
        ({"frequency": "AF_other", "max_frequency": 0.1}, VEP),
    ],
)
def test_a_file_that_does_not_tell_what_is_asked_gives_no_burden(burden, mask, header):
    for absent in ("missing", "reference"):
        found = burden(record("."), header=header, absent=absent, **mask)
        assert found.of("burden__m__alleles") == ("not_covered", "no_annotation")


def test_a_file_without_a_counted_record_is_missing_unless_the_study_says_otherwise(burden):
    rows = record(f"CSQ={csq(gene='OTHER')}")
    assert burden(rows).of("burden__m__alleles") == ("not_covered", "site_absent")
    found = burden(rows, absent="reference")
    assert found.of("burden__m__alleles") == 0
    assert found.of("burden__m__called") == ("undefined", "site_absent")


def test_symbolic_breakend_and_star_alleles_are_never_counted(burden):
    mask = {"genes": [], "regions": {"GRCh38": ["19:1-1000"]}}
    rows = record(".", "1/2", alleles="C <DEL>,*"), record(".", "0/1", 200, "C C[19:9[")
    assert burden(*rows, **mask).of("burden__m__alleles") == ("not_covered", "site_absent")


def test_regions_need_no_annotation_and_count_records_that_start_in_them(burden):
    rows = [record(".", position=p) for p in (99, 100, 200, 201)]
    mask = {"genes": [], "regions": {"GRCh38": ["19:100-200"]}}
    assert burden(*rows, header="", **mask).of("burden__m__alleles") == 2


def test_a_build_without_regions_has_no_burden(gathering):
    made = gathering("GRCh37", burdens={"m": {"regions": {"GRCh38": ["19:100-200"]}}})
    assert made.conclude().of("burden__m__alleles") == ("not_covered", "no_region")


def test_a_failed_piece_leaves_no_burden_and_an_absent_chromosome_none_where_it_is_asked(
    gathering, cohort
):
    state = {
        "subject": "a", "session": "", "source": "burden__m@19", "state": "failed",
        "reason": "unreadable", "detail": None, "remedy": None,
    }  # fmt: skip
    absent = state | {"state": "not_covered", "reason": "site_absent"}
    path = cohort.write(record("."))
    region = gathering(burdens={"m": {"regions": {"GRCh38": ["19:1-200"]}}})
    sums = region.sums(path, "a", ("19", 1, 200))
    assert region.conclude(sums).of("burden__m__alleles") == 1
    failed = region.conclude(sums, troubles=(state,))
    assert failed.of("burden__m__alleles") == ("failed", "unreadable")
    gone = region.conclude(sums, troubles=(absent,))
    assert gone.of("burden__m__alleles") == ("not_covered", "site_absent")
    anywhere = gathering(burdens={"m": {"genes": ["KLF1"], "absent": "reference"}})
    path = cohort.rewrite(path, ("##FORMAT=<ID=GT", f"{VEP}##FORMAT=<ID=GT"))
    sums = anywhere.sums(path, "a", ("19", 1, 200))
    assert anywhere.conclude(sums, troubles=(absent,)).of("burden__m__alleles") == 0


def test_a_subject_without_a_file_has_no_burden(gathering):
    made = gathering(burdens={"m": {"genes": ["KLF1"]}})
    assert made.conclude().of("burden__m__alleles") == ("not_covered", "site_absent")


def test_borders_of_pieces_change_nothing(burden):
    rows = [record(f"CSQ={csq()}", "0/1 ./. 1/1", p) for p in range(100, 200, 10)]
    whole = burden(*rows, samples="a b c", min_called=0)
    halves = (("19", 1, 139), ("19", 140, 140), ("19", 141, 100_000))
    parts = burden(*rows, samples="a b c", min_called=0, pieces=halves)
    assert parts.values.equals(whole.values)
    assert parts.states.equals(whole.states)
    assert [whole.of("burden__m__alleles", s) for s in "abc"] == [10, 0, 20]


@pytest.mark.parametrize(
    ("ref", "alts", "written"),
    [
        ("C", ["T"], ["T"]),
        ("CA", ["C"], ["-"]),
        ("C", ["CTT"], ["TT"]),
        ("GA", ["G", "GAA"], ["-", "AA"]),
        ("GA", ["G", "*"], ["-", "*"]),
        ("C", ["A", "CT"], ["A", "CT"]),
        ("CA", ["TG"], ["TG"]),
        ("CA", ["CG", "C"], ["G", "-"]),
        ("CAA", ["T"], ["T"]),
    ],
)
def test_alleles_as_vep_writes_them(ref, alts, written):
    assert vep_alleles(ref, alts) == written


def test_the_number_of_an_allele_wins_over_its_spelling():
    layout = read_format(VEP.replace("Allele|", "Allele|ALLELE_NUM|"))
    found = [e.alt for e in entries(layout, "X|2|a,Y|1|b,Z|7|c", "C", ["T", "G"])]
    assert found == [1, 0, NOBODY]


def test_an_annotation_without_alleles_belongs_to_the_only_alt():
    layout = read_format(VEP.replace("Allele|", ""))
    assert [e.alt for e in entries(layout, "a|b", "C", ["T"])] == [0]
    assert [e.alt for e in entries(layout, "a|b", "C", ["T", "G"])] == [NOBODY]


def test_an_entry_of_no_alt_is_an_allele_that_nobody_was_called_for(burden):
    lost = record(f"CSQ={csq('G')}", "0/1", 200)
    assert burden(lost).of("burden__m__alleles") == ("no_call", "too_few_variants")
    found = burden(record(f"CSQ={csq()}"), lost, min_called=0.5)
    assert (found.of("burden__m__alleles"), found.of("burden__m__called")) == (1, 0.5)
    common = record(f"CSQ={csq('G', frequency='0.4')}", "0/1", 200)
    mask = {"frequency": "gnomADe_AF", "max_frequency": 0.1}
    assert burden(common, **mask).of("burden__m__alleles") == ("not_covered", "site_absent")
    symbolic = record(f"CSQ={csq('DELETION')}", "0/1", 200, "C <DEL>")
    assert burden(symbolic).of("burden__m__alleles") == ("not_covered", "site_absent")


def test_alleles_that_vep_made_shortest_are_found():
    layout = read_format(VEP)
    text = ",".join(csq(allele) for allele in ("-", "T", "AA"))
    alts = ["CA", "CATTAA", "CAT"]
    assert shortest_alleles("CAA", alts) == ["-", "TTA", "T"]
    found = [e.alt for e in entries(layout, text, "CAA", alts)]
    assert found == [0, 2, NOBODY]


def test_the_digest_holds_what_changes_sums_and_no_more(gathering):
    def digest(build="GRCh38", gates=None, **mask):
        mask = {"genes": ["G"], "regions": {"GRCh38": ["1:5-9"]}} | mask
        made = gathering(build, burdens={"m": mask}, **(gates or {}))
        [source] = sources_of(made.study, build)
        assert source.places() == ({"1": [(5, 9)]} if build == "GRCh38" else {})
        return source.digest()

    same = {digest(), digest(min_called=0.1), digest(count="variants"), digest(absent="reference")}
    assert len(same) == 1
    others = {
        digest("GRCh37"),
        digest(impacts=["HIGH"]),
        digest(gates={"min_depth": 5}),
        digest(gates={"half_calls": "refuse"}),
    }
    assert len(others | same) == 5


def test_an_ann_that_vep_wrote_is_read_as_vep():
    assert read_format(VEP.replace("ID=CSQ", "ID=ANN")).trimmed
    assert not read_format(SNPEFF).trimmed
    assert read_format(SNPEFF.replace("Functional annotations: ", "Something: ")) is None


@pytest.mark.parametrize(
    ("mask", "where"),
    [
        ({}, "no genes and no regions"),
        ({"genes": ["G"], "max_frequency": 0.1}, "max_frequency without frequency"),
        ({"regions": {"GRCh38": ["chr19:1-2"]}}, "chr19"),
        ({"regions": {"GRCh38": ["19:20-10"]}}, "19:20-10"),
        ({"regions": {"GRCh38": []}}, "no region"),
    ],
)
def test_wrong_masks_are_refused(mask, where):
    with pytest.raises(ValidationError) as caught:
        Burden.model_validate(mask)
    faults = [fault for e in caught.value.errors() for fault in e["ctx"]["faults"]]
    assert any(where in str(fault) for fault in faults)
