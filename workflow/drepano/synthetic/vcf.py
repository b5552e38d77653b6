"""Calls to a bgzipped, indexed VCF, and the truth about each call."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pysam

from drepano.contracts import write_text
from drepano.synthetic.genotypes import Call, Cohort, Site
from drepano.synthetic.roster import Person
from drepano.synthetic.tables import Row, write_rows

MIN_DEPTH = 8
MIN_QUALITY = 20
"""Gates of config/study.yaml that the weak calls stay below."""

HAPLOTYPE_COLUMNS = ("subject", "gene", "chromosome", "haplotype")
GENOTYPE_COLUMNS = ("subject", "variant", "dosage", "ploidy", "state", "reason")

# Lengths in bases of the primary assembly of GRCh38 (GenBank GCA_000001405).
CONTIGS = {
    "1": 248956422, "2": 242193529, "3": 198295559, "4": 190214555, "5": 181538259,
    "6": 170805979, "7": 159345973, "8": 145138636, "9": 138394717, "10": 133797422,
    "11": 135086622, "12": 133275309, "13": 114364328, "14": 107043718, "15": 101991189,
    "16": 90338345, "17": 83257441, "18": 80373285, "19": 58617616, "20": 64444167,
    "21": 46709983, "22": 50818468, "X": 156040895, "Y": 57227415,
}  # fmt: skip

_HEADER = (
    "##fileformat=VCFv4.3",
    "##source=drepano synthetic",
    "##reference=GRCh38",
    '##FILTER=<ID=PASS,Description="All filters passed">',
    '##FILTER=<ID=LowQual,Description="Record of low quality">',
)
_FORMATS = (
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
    '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Read depth">',
    '##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Genotype quality">',
)


def write_cohort_vcf(folder: Path, cohort: Cohort) -> None:
    """Write ``cohort.vcf.gz`` with its ``.tbi``, and ``samples.tsv``."""
    plain = folder / "cohort.vcf"
    write_text(plain, vcf_text(cohort))
    packed = folder / "cohort.vcf.gz"
    pysam.tabix_compress(str(plain), str(packed), force=True)
    pysam.tabix_index(str(packed), preset="vcf", force=True)
    plain.unlink()
    rows: list[Row] = [{"sample": p.sample, "participant_id": p.participant} for p in cohort.people]
    write_rows(folder / "samples.tsv", ("sample", "participant_id"), rows)


def vcf_text(cohort: Cohort) -> str:
    """Return the VCF as text; sites that are absent have no line."""
    contigs = (f"##contig=<ID=chr{name},length={size}>" for name, size in CONTIGS.items())
    fixed = ("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT")
    heading = "\t".join((*fixed, *(person.sample for person in cohort.people)))
    lines = [*_HEADER, *contigs, *_FORMATS, heading]
    for place, site in enumerate(cohort.sites):
        if place not in cohort.absent:
            lines.append("\t".join(_record(cohort, place, site)))
    return "\n".join(lines) + "\n"


def genotype_rows(cohort: Cohort, people: tuple[Person, ...]) -> Iterator[Row]:
    """Yield the truth of each person and variant, in the order of people and genome."""
    rows = {person.index: row for row, person in enumerate(cohort.people)}
    for person in people:
        for place, site in enumerate(cohort.sites):
            row = rows.get(person.index)
            call = None if row is None else cohort.calls[row][place]
            state, reason = _state(cohort, place, call)
            for number, variant in enumerate(site.variants, start=1):
                measured = call is not None and state == "measured"
                yield {
                    "subject": person.label,
                    "variant": variant.variant,
                    "dosage": call.alleles.count(number) if call and measured else None,
                    "ploidy": len(call.alleles) if call and measured else None,
                    "state": state,
                    "reason": reason,
                }


def haplotype_rows(cohort: Cohort) -> Iterator[Row]:
    """Yield the haplotype of each gene on each chromosome of those who have a sample."""
    for person, pair in zip(cohort.people, cohort.haplotypes, strict=True):
        for gene in pair[0].names:
            one = gene == "g6pd" and person.male
            for number, chromosome in enumerate(pair[:1] if one else pair, start=1):
                yield {
                    "subject": person.label,
                    "gene": gene,
                    "chromosome": number,
                    "haplotype": chromosome.names[gene],
                }


def _state(cohort: Cohort, place: int, call: Call | None) -> tuple[str, str]:
    if call is None:
        return "not_acquired", "no_sample"
    if place in cohort.absent:
        return "not_covered", "site_absent"
    if place == cohort.filtered:
        return "no_call", "filtered"
    if call.weakness in {"missing", "half"}:
        return "no_call", "missing_genotype"
    if call.weakness:
        return "no_call", "low_evidence"
    return "measured", ""


def _record(cohort: Cohort, place: int, site: Site) -> Iterator[str]:
    rsids = sorted({variant.rsid for variant in site.variants if variant.rsid})
    yield f"chr{site.chrom}"
    yield str(site.position_1based)
    yield ";".join(rsids) or "."
    yield site.ref
    yield ",".join(site.alts)
    yield "30" if place == cohort.filtered else "500"
    yield "LowQual" if place == cohort.filtered else "PASS"
    yield "."
    yield "GT:DP:GQ"
    for person, calls in zip(cohort.people, cohort.calls, strict=True):
        yield _cell(calls[place], "|" if person.phased else "/")


def _cell(call: Call, separator: str) -> str:
    if call.weakness == "missing":
        return separator.join("." for _ in call.alleles) + ":.:."
    alleles = [str(number) for number in call.alleles]
    if call.weakness == "half":
        alleles[0] = "."
    return f"{separator.join(alleles)}:{call.depth}:{call.quality}"
