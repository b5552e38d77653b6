"""The sites `genomics_grch38` and `genomics_grch37`: VCFs of real people, open to all.

- 1,576 people of the 1000 Genomes project at four sites of APOL1, GRCh38;
- three males, haploid calls on X with three records within G6PD, GRCh37;
- NA12878 as a gVCF with reference blocks on 20 and 21, GRCh37.

Their genotypes are public, so the sites release them.
"""

import gzip
import shutil
from pathlib import Path

import pysam

RELEASED = {"genotypes": "released"}
SITE_38 = {"genomics": {"build": "GRCh38", "vcf": ["vcf/apol1_4sites.vcf.gz"]}, "release": RELEASED}
STUDY_38 = {"genomics": {"panels": ["scd"]}}

# Without a sample map, a sample is called like its subject.
SITE_37 = {
    "genomics": {"build": "GRCh37", "vcf": ["vcf/*.vcf.gz", "vcf/*.g.vcf.bgz"]},
    "release": RELEASED,
}
STUDY_37 = {"genomics": {"panels": ["scd", "panels/g6pd.tsv", "panels/chr20.tsv"]}}

COLUMNS = (
    *("variant", "rsid", "gene", "chrom", "grch37_pos", "grch38_pos", "ref", "alt"),
    *("category", "effect", "source", "status"),
)

G6PD_SHIFT = 771785
"""GRCh38 minus GRCh37 within G6PD, as of every G6PD row of the panel `scd`."""

G6PD = {"g6pd_153759858": ("T", "C"), "g6pd_153760654": ("G", "A")}
"""Two records of the file; the third, 153762634 G>A, is g6pd_rs5030868 of the panel `scd`."""

CHR20 = {
    "c20_het": (10000117, "C", "T"),
    "c20_other_allele": (10000117, "C", "G"),
    "c20_hom": (10000439, "T", "G"),
    "c20_deletion": (10004769, "TAAAACTATGC", "T"),
    "c20_first_of_three": (10002458, "G", "GT"),
    "c20_second_of_three": (10002458, "G", "GTTT"),
    "c20_third_of_three": (10002458, "G", "GTTTTT"),
    "c20_called_reference": (10004224, "A", "G"),
    "c20_strong_block": (9999931, "T", "C"),
    "c20_strong_block_indel": (9999931, "T", "TA"),
    "c20_weak_block": (9999902, "T", "C"),
    "c20_poor_block": (9999989, "G", "A"),
    "c20_empty_block": (60000000, "A", "C"),
}
"""Places of the gVCF that differ in what they say of NA12878, on GRCh37. Their positions on GRCh38
are not known here, so that column stays empty."""


def write_grch38(shared: Path, folder: Path) -> None:
    """Copy the file of 1,576 people and index the copy."""
    copy_indexed(shared / "vcf/1000G_APOL1/apol1_4sites.vcf.gz", folder / "vcf")


def write_grch37(shared: Path, folder: Path) -> None:
    """Copy both files, and write the panels of what is in them."""
    copy_indexed(shared / "vcf/cyvcf2/test-haploidX.vcf.gz", folder / "vcf")
    source = shared / "vcf/bio2zarr/CEUTrio.20.21.gatk3.4.g.vcf.bgz"
    for path in (source, source.with_name(f"{source.name}.tbi")):
        shutil.copyfile(path, folder / "vcf" / path.name)
    x = [
        (name, "G6PD", "X", place, place + G6PD_SHIFT, *alleles)
        for name, alleles in G6PD.items()
        for place in [int(name.rpartition("_")[2])]
    ]
    write_panel(folder / "panels/g6pd.tsv", x, "test-haploidX.vcf.gz of cyvcf2")
    twenty = [(v, "", "20", place, "", ref, alt) for v, (place, ref, alt) in CHR20.items()]
    write_panel(folder / "panels/chr20.tsv", twenty, "gVCF of bio2zarr; GRCh37 position alone")


def copy_indexed(source: Path, folder: Path) -> None:
    """Pack a VCF with bgzip and write its index; one of the files came with plain gzip."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / source.name
    plain = target.with_suffix("")
    plain.write_bytes(gzip.decompress(source.read_bytes()))
    pysam.tabix_compress(str(plain), str(target))
    plain.unlink()
    pysam.tabix_index(str(target), preset="vcf")


def write_panel(path: Path, variants: list[tuple[object, ...]], source: str) -> None:
    """Write a panel file of (variant, gene, chrom, two positions, ref, alt)."""
    rows = [
        (variant, "", gene, *place, "", "", source, "read off the file")
        for variant, gene, *place in variants
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ["\t".join(map(str, row)) + "\n" for row in (COLUMNS, *rows)]
    path.write_text("".join(lines), encoding="utf-8")
