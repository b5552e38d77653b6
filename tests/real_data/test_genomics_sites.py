"""The workflow on VCFs of real people, against published haplotypes and the files' own text."""

import csv
import gzip
import json

import pytest

from drepano.release import verify

pytestmark = [pytest.mark.real_data, pytest.mark.workflow, pytest.mark.mpi]

G1_S342G, G1_I384M = "gen__apol1_rs73885319__dosage", "gen__apol1_rs60910145__dosage"
G2, M1 = "gen__apol1_rs71785313__dosage", "gen__apol1_rs73885316__dosage"

MISSING = ("no_call", "missing_genotype")
ABSENT = ("not_covered", "site_absent")
WEAK = ("not_covered", "low_evidence")
NOT_TYPED = ("not_covered", "allele_not_typed")


@pytest.fixture(scope="module")
def grch38(release):
    return release("genomics_grch38")


@pytest.fixture(scope="module")
def grch37(release):
    return release("genomics_grch37")


@pytest.fixture(scope="module")
def haplotypes(shared_data):
    """Return the published haplotypes of each person: G0, G1, G2, or NA."""
    path = shared_data / "vcf/1000G_APOL1/expected_haplotypes.csv.gz"
    with gzip.open(path, "rt") as handle:
        return list(csv.DictReader(handle))


@pytest.mark.parametrize("name", ["genomics_grch38", "genomics_grch37"])
def test_the_release_is_the_latest_and_whole(release, name):
    made = release(name)
    assert verify(made.folder) == []
    assert made.unexplained() == set()


def test_apol1_haplotypes_of_1576_people(grch38, haplotypes):
    assert len(haplotypes) == len(grch38.rows) == 1576
    unnamed = 0
    for row in haplotypes:
        both = [row["riskallele_h1"], row["riskallele_h2"]]
        unnamed += both.count("NA")
        # G1 is S342G with I384M; the table names a haplotype of S342G alone NA.
        assert grch38.value(row["ID"], G1_S342G) == both.count("G1") + both.count("NA")
        assert grch38.value(row["ID"], G1_I384M) == both.count("G1")
        assert grch38.value(row["ID"], G2) == both.count("G2")
    assert unnamed == 1


def test_apol1_high_risk(grch38, haplotypes):
    risky = {row["ID"] for row in haplotypes if row["high_risk"] == "1"}
    assert len(risky) == 85
    found = {
        row["ID"]
        for row in haplotypes
        if grch38.value(row["ID"], G1_I384M) + grch38.value(row["ID"], G2) == 2
    }
    assert found == risky


def test_apol1_against_the_text_of_the_file(grch38, shared_data):
    with gzip.open(shared_data / "vcf/1000G_APOL1/apol1_4sites.vcf.gz", "rt") as handle:
        lines = [line.split() for line in handle if not line.startswith("##")]
    names, records = lines[0][9:], lines[1:]
    columns = {record[2]: f"gen__apol1_{record[2]}__dosage" for record in records}
    assert set(columns.values()) == {G1_S342G, G1_I384M, G2, M1}
    for record in records:
        for name, genotype in zip(names, record[9:], strict=True):
            assert grch38.value(name, columns[record[2]]) == genotype.split("|").count("1")


def test_a_site_that_is_not_in_the_file_is_not_reference(grch38):
    others = [column for column in grch38.sources if "__apol1_rs" not in column]
    assert len(others) > 50
    for column in others:
        assert grch38.value("HG00097", column) is None
        assert grch38.state("HG00097", column) == ABSENT


def test_logs_name_nobody(grch38, haplotypes):
    names = {row["ID"] for row in haplotypes}
    files = [p for d in ("logs", ".snakemake/log") for p in (grch38.site / d).rglob("*.*")]
    texts = [grch38.output, *(path.read_text() for path in files)]
    assert len(texts) > 5
    assert not [name for name in names for text in texts if name in text]


@pytest.mark.parametrize(
    ("variant", "calls"),
    [
        ("g6pd_153759858", {"37150": 1, "37165": 1, "38008": MISSING}),
        ("g6pd_153760654", {"37150": 1, "37165": 1, "38008": 0}),
        ("g6pd_rs5030868", {"37150": 1, "37165": 1, "38008": 0}),
        ("g6pd_rs1050828", {"37150": ABSENT, "37165": ABSENT, "38008": ABSENT}),
    ],
)
def test_males_have_one_x(grch37, variant, calls):
    columns = [f"gen__{variant}__dosage", f"gen__{variant}__ploidy"]
    for subject, call in calls.items():
        values = [grch37.value(subject, column) for column in columns]
        if isinstance(call, tuple):
            assert values == [None, None]
            assert [grch37.state(subject, column) for column in columns] == [call, call]
        else:
            assert values == [call, 1]


@pytest.mark.parametrize(
    ("variant", "call"),
    [
        ("het", 1),  # C>T, 0/1
        ("other_allele", 0),  # C>G at the same place: both alleles are known, neither is G
        ("hom", 2),  # T>G, 1/1
        ("deletion", 1),  # ten bases, 0/1
        ("first_of_three", 1),  # three insertions, 1/2
        ("second_of_three", 1),
        ("third_of_three", 0),
        ("called_reference", 0),  # A>G, 0/0
        ("strong_block", 0),  # MIN_DP 34, GQ 99
        ("strong_block_indel", NOT_TYPED),  # bases alone are no evidence against an indel
        ("weak_block", WEAK),  # MIN_DP 1, GQ 3
        ("poor_block", WEAK),  # MIN_DP 83, GQ 12
        ("empty_block", WEAK),  # MIN_DP 0, from the last read to the end of the chromosome
    ],
)
def test_blocks_and_calls_of_a_gvcf(grch37, variant, call):
    column = f"gen__c20_{variant}__dosage"
    if isinstance(call, tuple):
        assert grch37.value("NA12878", column) is None
        assert grch37.state("NA12878", column) == call
    else:
        assert grch37.value("NA12878", column) == call
    assert grch37.state("37150", column) == ABSENT


def test_a_chromosome_that_is_not_in_the_file_is_not_reference(grch37):
    column = "gen__hbb_rs334__dosage"
    assert grch37.value("NA12878", column) is None
    assert grch37.state("NA12878", column) == ABSENT


def test_a_panel_without_genes_is_described_without_them(grch37):
    fields = json.loads((grch37.folder / "dictionary.json").read_text())["fields"]
    told = {field["name"]: field["description"] for field in fields}
    assert told["gen__c20_het__dosage"].startswith("20:10000117 (GRCh37) C>T, copies of T;")
    place = "G6PD X:154532439 (GRCh38), X:153760654 (GRCh37) G>A, copies of A;"
    assert told["gen__g6pd_153760654__dosage"].startswith(place)


def test_ploidy_stands_beside_variants_on_x_alone(grch37):
    places = {column.split("__")[1] for column in grch37.sources if column.endswith("__ploidy")}
    assert {"g6pd_153759858", "g6pd_rs5030868"} <= places
    assert not [place for place in places if place.startswith("c20_")]
