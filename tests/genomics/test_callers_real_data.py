"""APOL1 of 1,576 people of the 1000 Genomes: haplotypes as published, out of the VCF itself."""

import csv
import gzip

import pyarrow as pa
import pysam
import pytest

from drepano.contracts.states import STEP_STATES
from drepano.contracts.values import CLINICAL, GENOME_SUMS, GENOMICS
from drepano.genomics import Genotyping, Long, context_of, evidence_of, plan
from drepano.genomics.interpretation.interpret import interpret
from drepano.settings import GenomeSource, Genomics

pytestmark = pytest.mark.real_data

STUDY = Genomics(callers={"apol1": True})
GENOME = GenomeSource(build="GRCh38", vcf=("x",))


@pytest.fixture(scope="module")
def published(shared_data):
    """Return the two haplotypes, and high risk, of each sample."""
    path = shared_data / "vcf" / "1000G_APOL1" / "expected_haplotypes.csv.gz"
    with gzip.open(path, "rt") as handle:
        return {row["ID"]: row for row in csv.DictReader(handle)}


def called(cohort, source, phased):
    """Return values and states of the panel step, as written or with the phase taken off."""
    text = gzip.decompress(source.read_bytes()).decode()
    if not phased:
        text = text.replace("0|", "0/").replace("1|", "1/")
    path = cohort.folder / "apol1.vcf.gz"
    plain = path.with_suffix("")
    plain.write_text(text)
    pysam.tabix_compress(str(plain), str(path), force=True)
    pysam.tabix_index(str(path), preset="vcf", force=True)
    header = next(line for line in text.splitlines() if line.startswith("#CHROM"))
    names = header.split("\t")[9:]
    tables = cohort.inputs(
        [cohort.file(path, ("22",), contig_prefix="chr")], [(path, n, n) for n in names], names
    )
    made = plan(STUDY, GENOME, *tables)
    step = Genotyping(context_of(STUDY, GENOME))
    results = [step.compute(unit) for _, unit in made.units]
    values = pa.concat_tables([GENOMICS.empty(), *(result.values for result in results)])
    states = pa.concat_tables([made.states, *(result.states for result in results)])
    return tables[0], Long(values, states)


def concluded(cohort, source, *, phased=True):
    subjects, calls = called(cohort, source, phased)
    none = Long(GENOME_SUMS.empty(), STEP_STATES.empty())
    evidence = evidence_of(subjects, GENOME, calls, none, CLINICAL.empty())
    values, states = interpret(STUDY, evidence)
    found = {}
    for row in values.to_pylist():
        part = row["column"].removeprefix("gen__apol1__")
        value = row["category"] if row["number"] is None else row["number"]
        found.setdefault(row["subject"], {})[part] = value
    return found, states


def test_haplotypes_of_all_samples_are_those_published(cohort, shared_data, published):
    """S342G without I384M is published as NA, one haplotype of 3,152; by our rule it is G1.

    One person carries N264K with G2 on one chromosome: G2 by name, and no risk allele.
    """
    source = shared_data / "vcf" / "1000G_APOL1" / "apol1_4sites.vcf.gz"
    found, states = concluded(cohort, source)
    assert len(found) == len(published) == 1576
    assert states.num_rows == 0
    right = high = spared = 0
    for sample, row in published.items():
        haplotypes = [row["riskallele_h1"], row["riskallele_h2"]]
        named = sorted("G1" if name == "NA" else name for name in haplotypes)
        right += found[sample]["genotype"] == "/".join(named)
        spared += found[sample]["risk_alleles"] == 2 - named.count("G0") - 1
        high += found[sample]["high_risk"] == float(row["high_risk"])
    assert (right, high, spared) == (1576, 1576, 1)
    assert sum(answer["high_risk"] for answer in found.values()) == 85


def test_without_phase_nobody_gets_another_answer(cohort, shared_data):
    """G1 and G2 exclude each other, so the phase matters to N264K alone."""
    source = shared_data / "vcf" / "1000G_APOL1" / "apol1_4sites.vcf.gz"
    phased, _ = concluded(cohort, source)
    unphased, states = concluded(cohort, source, phased=False)
    assert {row["reason"] for row in states.to_pylist()} <= {"phase_unknown"}
    for sample, answer in unphased.items():
        assert answer.items() <= phased[sample].items()
        assert "genotype" in answer
