"""Normal forms of alleles and REF checks against what `bcftools norm` made of the same files."""

import re
import shutil

import pysam
import pytest

from drepano.genomics.reading.normalise import anchored, normalise
from drepano.genomics.reading.reference import FLANK_BP, Reference

pytestmark = pytest.mark.real_data


@pytest.fixture
def folder(shared_data):
    return shared_data / "vcf" / "bcftools"


@pytest.fixture
def reference(folder, tmp_path):
    """Open a FASTA of the suite, indexed in a copy."""

    def open_(name: str) -> Reference:
        path = shutil.copy(folder / f"{name}.fa", tmp_path)
        pysam.faidx(str(path))
        return Reference(tmp_path / f"{name}.fa")

    return open_


def alleles(path, *, alone: bool = False) -> list[tuple[str, int, str, str]]:
    """Return each ALT of bases with its place and REF; `alone`: those of records of one ALT."""
    cells = [line.split("\t") for line in path.read_text().splitlines() if line[:1] != "#"]
    return [
        (c[0], int(c[1]), c[3].upper(), alt.upper())
        for c in cells
        for alt in c[4].split(",")
        if re.fullmatch("[ACGTN]+", alt.upper()) and not (alone and "," in c[4])
    ]


def normal(reference: Reference, allele: tuple[str, int, str, str]):
    """Return the normal form as VCF writes it; None if REF is not the FASTA's."""
    chrom, position, ref, alt = allele
    window = reference.window(chrom, position, position + len(ref), flank=FLANK_BP)
    change = normalise(window, position, ref, alt)
    return change and (chrom, *anchored(window, change))


def test_each_allele_of_split_records(folder, reference):
    """`norm -m- -f`: every allele of every record, 29 of them."""
    fasta = reference("norm")
    found = [normal(fasta, allele) for allele in alleles(folder / "norm.split.vcf")]
    expected = alleles(folder / "norm.split.and.norm.out")
    assert len(expected) == 29
    assert sorted(found) == sorted(expected)


def test_records_whose_ref_differs_are_those_that_bcftools_excludes(folder, reference):
    """`norm -cx`: the others are left-aligned; records of several ALTs stay joined there."""
    fasta = reference("norm")
    given = alleles(folder / "norm.vcf")
    found = {allele: normal(fasta, allele) for allele in given}
    kept = set(alleles(folder / "norm.out"))
    single = alleles(folder / "norm.vcf", alone=True)
    assert len(single) == 14
    for allele in single:
        assert found[allele] is None or found[allele] in kept
    assert {allele[:2] for allele, form in found.items() if form is None} == {("1", 60)}


def test_a_deletion_at_the_start_of_a_contig(folder, reference):
    (given,) = alleles(folder / "norm.telomere.vcf")
    assert normal(reference("norm"), given) == ("22", 1, "NN", "N")


def test_every_ref_of_setref_differs(folder, reference):
    """`norm -Nc s` turns them round; here they are refused, as by `-c e`."""
    fasta = reference("norm")
    given = [a for a in alleles(folder / "norm.setref.vcf") if re.fullmatch("[ACGT]+", a[2])]
    turned = alleles(folder / "norm.setref.out")
    assert {normal(fasta, allele) for allele in given} == {None}
    assert None not in {normal(fasta, allele) for allele in turned}
