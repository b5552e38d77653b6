"""The truth about genotypes, against a plain reading of the VCF's text."""

import csv
import gzip
from collections import Counter

import pysam
import pytest

from drepano.catalogue.panel import load_panel
from drepano.synthetic.genotypes import HAPLOTYPES


@pytest.fixture(scope="module")
def records(cohort):
    """(chrom, pos, ref) to (alts, filter, participant to GT, DP, GQ as text)."""
    with (cohort / "genomics/samples.tsv").open(newline="") as handle:
        names = {r["sample"]: r["participant_id"] for r in csv.DictReader(handle, delimiter="\t")}
    found = {}
    with gzip.open(cohort / "genomics/cohort.vcf.gz", "rt") as handle:
        for line in handle:
            cells = line.rstrip("\n").split("\t")
            if line.startswith("#CHROM"):
                subjects = [names[sample].removeprefix("sub-") for sample in cells[9:]]
            elif not line.startswith("#"):
                chrom, position, _, ref, alts, _, passed, _, form = cells[:9]
                assert form == "GT:DP:GQ"
                calls = dict(zip(subjects, (c.split(":") for c in cells[9:]), strict=True))
                key = (chrom.removeprefix("chr"), int(position), ref)
                assert key not in found
                found[key] = (alts.split(","), passed, calls)
    return found


def observe(records, variant, subject):
    if subject == "08":
        return "not_acquired", "no_sample", "", ""
    record = records.get((variant.chrom, variant.grch38_pos, variant.ref))
    if record is None:
        return "not_covered", "site_absent", "", ""
    alts, passed, calls = record
    genotype, depth, quality = calls[subject]
    alleles = genotype.replace("|", "/").split("/")
    if passed != "PASS":
        return "no_call", "filtered", "", ""
    if "." in alleles:
        return "no_call", "missing_genotype", "", ""
    if int(depth) < 8 or int(quality) < 20:
        return "no_call", "low_evidence", "", ""
    number = str(alts.index(variant.alt) + 1)
    return "measured", "", str(alleles.count(number)), str(len(alleles))


def test_every_row_is_what_the_vcf_says(records, truth):
    panel = {variant.variant: variant for variant in load_panel("scd")}
    rows = truth("genotypes")
    assert len(rows) == 12 * len(panel)
    for row in rows:
        found = observe(records, panel[row["variant"]], row["subject"])
        told = (row["state"], row["reason"], row["dosage"], row["ploidy"])
        assert told == found, (row["subject"], row["variant"])


def test_every_state_of_genotypes_shows(truth):
    found = Counter((row["state"], row["reason"]) for row in truth("genotypes"))
    assert set(found) == {
        ("measured", ""),
        ("not_acquired", "no_sample"),
        ("not_covered", "site_absent"),
        ("no_call", "filtered"),
        ("no_call", "missing_genotype"),
        ("no_call", "low_evidence"),
    }


def test_two_sites_of_the_panel_are_absent_and_one_is_filtered(records):
    sites = {(v.chrom, v.grch38_pos, v.ref) for v in load_panel("scd")}
    assert len(sites - set(records)) == 2
    assert not set(records) - sites
    assert [passed for _, passed, _ in records.values()].count("LowQual") == 1


def test_the_disease_is_in_the_genotypes(truth):
    """HbSS has two copies of rs334 A, HbSC one and one of HbC, and so on; never a gap."""
    dosage = {(r["subject"], r["variant"]): r["dosage"] for r in truth("genotypes")}
    expected = {
        "HbSS": {"hbb_rs334": "2"},
        "HbSC": {"hbb_rs334": "1", "hbb_rs33930165": "1"},
        "HbS/beta0": {"hbb_rs334": "1", "hbb_rs11549407": "1"},
        "HbS/beta+": {"hbb_rs334": "1", "hbb_rs34598529": "1"},
        "HbS/codon6": {"hbb_rs334": "1", "hbb_rs63749819": "1"},
        "HbAS": {"hbb_rs334": "1"},
        "HbAA": {},
    }
    seen = set()
    disease = [v.variant for v in load_panel("scd") if v.category.startswith(("hb_v", "bthal"))]
    for person in truth("subjects"):
        if person["part"] == "no_sample":
            continue
        own = {v: dosage[person["subject"], v] for v in disease}
        carried = {v: d for v, d in own.items() if d not in {"", "0"}}
        assert carried == expected[person["genotype"]], person["subject"]
        seen.add(person["genotype"])
    assert seen == set(HAPLOTYPES)


def test_males_have_one_x(records, truth):
    sexes = {r["subject"]: r["sex"] for r in truth("subjects")}
    on_x = [calls for (chrom, *_), (_, _, calls) in records.items() if chrom == "X"]
    assert on_x
    for calls in on_x:
        for subject, (genotype, *_) in calls.items():
            assert len(genotype) == {"male": 1, "female": 3}[sexes[subject]]


def test_both_chromosomes_tell_more_than_zero_on_x(truth):
    alleles = Counter(
        (r["ploidy"], r["dosage"])
        for r in truth("genotypes")
        if r["variant"].startswith("g6pd") and r["dosage"]
    )
    assert {ploidy for ploidy, _ in alleles} == {"1", "2"}
    assert alleles["1", "1"] > 0
    assert alleles["1", "2"] == 0


def test_some_samples_are_phased_and_trans_is_told(records):
    sickle = records["11", 5227002, "T"][2]["12"][0]
    haemoglobin_c = records["11", 5227003, "C"][2]["12"][0]
    assert (sickle, haemoglobin_c) == ("1|0", "0|1")
    assert all("|" not in calls["01"][0] for _, _, calls in records.values())


def test_alts_of_one_site_stand_in_one_record(records):
    assert records["11", 5227002, "T"][0] == ["A", "G"]
    assert records["11", 5225678, "C"][0] == ["G", "T"]
    assert records["2", 233760233, "CAT"][0] == ["C", "CATAT", "CATATAT"]


def test_the_index_finds_a_site_and_the_order_is_the_genomes(cohort):
    with pysam.VariantFile(str(cohort / "genomics/cohort.vcf.gz")) as handle:
        order = list(handle.header.contigs)
        places = [(order.index(r.chrom), r.pos) for r in handle]
        assert places == sorted(places)
        assert handle.header.contigs["chr11"].length == 135086622
        found = [r.alts for r in handle.fetch("chr11", 5227001, 5227002)]
        assert ("A", "G") in found
    assert (cohort / "genomics/cohort.vcf.gz.tbi").is_file()
    assert not (cohort / "genomics/cohort.vcf").exists()


def test_names_of_samples_and_participants_differ(cohort):
    with (cohort / "genomics/samples.tsv").open(newline="") as handle:
        rows = list(csv.DictReader(handle, delimiter="\t"))
    assert len(rows) == 11
    assert 2 <= sum(row["sample"] != row["participant_id"] for row in rows) < 11
    assert "sub-08" not in {row["participant_id"] for row in rows}
