"""Cohorts that never had a patient, from a seed: wide, deep, and a file for each sample.

All hold the sites of the `scd` panel and records around them, so that the same files serve the
panel, a score of all variants and a burden.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pysam

from drepano.catalogue.builds import LENGTHS
from drepano.catalogue.panel import load_panel
from drepano.contracts import write_table
from drepano.contracts.inventory import GENOME_FILES, GENOME_SAMPLES, SUBJECTS
from drepano.index.variants import inspect_variants
from drepano.index.walk import stat_entry

BUILD = "GRCh38"
_AROUND = 500_000
"""Records lie within so many bases of a site of the panel."""
_APART = 40
"""No record is made up this near to a site of the panel."""
_PALETTE = 500
"""Different cells of each genotype in the deep cohort."""
_SNVS = ("AC", "AG", "CA", "CT", "GA", "GT", "TC", "TG")
"""No palindromes: every score program takes them alike."""

_CSQ = (
    "Allele|Consequence|IMPACT|SYMBOL|Gene|Feature_type|Feature|BIOTYPE|EXON|INTRON|HGVSc|HGVSp|"
    "cDNA_position|CDS_position|Protein_position|Amino_acids|Codons|Existing_variation|DISTANCE|"
    "STRAND|FLAGS|SYMBOL_SOURCE|HGNC_ID|gnomADe_AF|CLIN_SIG"
)
_CONSEQUENCES = (
    ("missense_variant", "MODERATE"),
    ("synonymous_variant", "LOW"),
    ("stop_gained", "HIGH"),
    ("intron_variant", "MODIFIER"),
    ("downstream_gene_variant", "MODIFIER"),
    ("splice_region_variant&intron_variant", "LOW"),
)
GENES = ("HBB", "HBG1", "BCL11A", "MYB", "APOL1", "G6PD", "UGT1A1")
_INFO = {
    "wide": '##INFO=<ID=AF,Number=A,Type=Float,Description="Allele frequency">\n',
    "deep": '##INFO=<ID=AF,Number=A,Type=Float,Description="Allele frequency">\n'
    '##INFO=<ID=CSQ,Number=.,Type=String,Description="Consequence annotations from Ensembl VEP. '
    f'Format: {_CSQ}">\n',
}
_FORMAT = {
    "GT": '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">\n',
    "AD": '##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Reads of each allele">\n',
    "DP": '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">\n',
    "GQ": '##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Genotype quality">\n',
    "PL": '##FORMAT=<ID=PL,Number=G,Type=Integer,Description="Likelihoods">\n',
}
_DEEP = ("GT", "AD", "DP", "GQ", "PL")


@dataclass(frozen=True, slots=True)
class Variant:
    """A record with one ALT."""

    chrom: str
    position: int
    ref: str
    alt: str

    @property
    def name(self) -> str:
        """Name as plink2 is told to make it."""
        return f"{self.chrom}:{self.position}:{self.ref}:{self.alt}"


def variants(count: int, seed: int) -> list[Variant]:
    """Return the panel's variants and made-up ones around them, in order of the genome."""
    draw = np.random.default_rng(seed)
    panel = [Variant(v.chrom, v.position(BUILD), v.ref, v.alt) for v in load_panel("scd")]
    found = list(dict.fromkeys(panel))
    places: dict[str, set[int]] = defaultdict(set)
    near: dict[str, set[int]] = defaultdict(set)
    for variant in panel:
        near[variant.chrom] |= {*range(variant.position - _APART, variant.position + _APART)}
    loci = sorted({(v.chrom, v.position // _AROUND) for v in panel})
    while len(found) < count:
        chrom, block = loci[draw.integers(len(loci))]
        position = int(draw.integers(block * _AROUND + 1, (block + 1) * _AROUND))
        if position in places[chrom] or position in near[chrom]:
            continue
        places[chrom].add(position)
        found.append(Variant(chrom, position, *_SNVS[draw.integers(len(_SNVS))]))
    order = [*LENGTHS[BUILD]]
    return sorted(found, key=lambda v: (order.index(v.chrom), v.position, v.ref, v.alt))


def names(samples: int) -> list[str]:
    """Return names of samples, which are those of the subjects too."""
    return [f"S{number:05d}" for number in range(samples)]


def write_wide(path: Path, sites: Sequence[Variant], samples: Sequence[str], seed: int) -> None:
    """Write phased genotypes alone, as imputation panels and arrays have them."""
    draw = np.random.default_rng(seed)
    codes = np.array([b"0|0", b"0|1", b"1|0", b"1|1"]).view(np.uint8).reshape(4, 3)
    cells = np.full((len(samples), 4), ord("\t"), np.uint8)

    def line(frequency: float) -> bytes:
        carried = draw.random((2, len(samples)), np.float32) < frequency
        cells[:, :3] = codes[carried[0] * 2 + carried[1]]
        return cells.tobytes()[:-1]

    head = _header("wide", ("GT",), samples)
    _write(path, head, _lines(sites, draw, "GT", lambda _, f: f"AF={f:.4g}", line))


def write_deep(path: Path, sites: Sequence[Variant], samples: Sequence[str], seed: int) -> None:
    """Write genotypes with depths, qualities and likelihoods, annotated by VEP."""
    draw = np.random.default_rng(seed)
    palette = _palette(draw)

    def line(frequency: float) -> bytes:
        carried = (draw.random((2, len(samples)), np.float32) < frequency).sum(axis=0)
        picked = carried * _PALETTE + draw.integers(_PALETTE, size=len(samples))
        return b"\t".join([palette[i] for i in picked.tolist()])

    def info(variant: Variant, frequency: float) -> str:
        return f"AF={frequency:.4g};CSQ={_annotation(variant, frequency, draw)}"

    head = _header("deep", _DEEP, samples)
    _write(path, head, _lines(sites, draw, ":".join(_DEEP), info, line))


def write_singles(
    folder: Path, sites: Sequence[Variant], samples: Sequence[str], seed: int
) -> list[Path]:
    """Write a file for each sample, with every site."""
    folder.mkdir()
    draw = np.random.default_rng(seed)
    palette = _palette(draw)
    frequencies = draw.beta(0.3, 1.5, len(sites))
    fixed = [
        _fixed(v, f"AF={f:.4g}", ":".join(_DEEP)) for v, f in zip(sites, frequencies, strict=True)
    ]
    paths = []
    for sample in samples:
        carried = (draw.random((2, len(sites))) < frequencies).sum(axis=0)
        picked = carried * _PALETTE + draw.integers(_PALETTE, size=len(sites))
        lines = (f + palette[i] + b"\n" for f, i in zip(fixed, picked.tolist(), strict=True))
        paths.append(folder / f"{sample}.vcf.gz")
        _write(paths[-1], _header("wide", _DEEP, [sample]), lines)
    return paths


def _palette(draw: np.random.Generator) -> list[bytes]:
    """Return cells of GT:AD:DP:GQ:PL: first those without ALT, then with one, then with two."""
    cells = []
    for copies, genotype in enumerate(("0/0", "0/1", "1/1")):
        for depth, quality in draw.integers((12, 20), (60, 99), (_PALETTE, 2)).tolist():
            alternative = int(draw.binomial(depth, (0.002, 0.5, 0.998)[copies]))
            likely = [int(x) for x in draw.integers(200, 2000, 3)]
            likely[copies] = 0
            reads = f"{depth - alternative},{alternative}"
            likelihoods = ",".join(map(str, likely))
            cells.append(f"{genotype}:{reads}:{depth}:{quality}:{likelihoods}".encode())
    return cells


def _annotation(variant: Variant, frequency: float, draw: np.random.Generator) -> str:
    """Return one to four transcripts of a gene, as VEP writes them."""
    number = variant.position % len(GENES)
    told = []
    for transcript in range(1 + int(draw.integers(4))):
        term, impact = _CONSEQUENCES[int(draw.integers(len(_CONSEQUENCES)))]
        place = variant.position % 1400 + transcript
        told.append(
            f"{variant.alt}|{term}|{impact}|{GENES[number]}|ENSG{number:011d}|Transcript|"
            f"ENST{transcript:011d}|protein_coding|2/3||ENST{transcript:011d}.4:c.{place}{variant.ref}"
            f">{variant.alt}|ENSP{transcript:011d}.3:p.Glu{place // 3}Val|{place + 50}|{place}|"
            f"{place // 3}|E/V|gAg/gTg|rs{variant.position}||-1||HGNC|HGNC:{4827 + number}|"
            f"{frequency:.4g}|"
        )
    return ",".join(told)


def _header(kind: str, fields: Sequence[str], samples: Sequence[str]) -> bytes:
    contigs = (f"##contig=<ID=chr{n},length={length}>\n" for n, length in LENGTHS[BUILD].items())
    columns = ("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *samples)
    declared = "".join(_FORMAT[field] for field in fields)
    head = f"##fileformat=VCFv4.3\n{''.join(contigs)}{_INFO[kind]}{declared}"
    return (head + "\t".join(columns) + "\n").encode()


def _fixed(variant: Variant, info: str, fields: str) -> bytes:
    place = f"chr{variant.chrom}\t{variant.position}\t.\t{variant.ref}\t{variant.alt}"
    return f"{place}\t.\tPASS\t{info}\t{fields}\t".encode()


def _lines(
    sites: Sequence[Variant],
    draw: np.random.Generator,
    fields: str,
    info: Callable[[Variant, float], str],
    line: Callable[[float], bytes],
) -> Iterator[bytes]:
    for variant in sites:
        frequency = float(draw.beta(0.3, 1.5))
        yield _fixed(variant, info(variant, frequency), fields) + line(frequency) + b"\n"


def _write(path: Path, head: bytes, lines: Iterator[bytes]) -> None:
    with pysam.BGZFile(str(path), "w") as out:
        out.write(head)
        for line in lines:
            out.write(line)
    pysam.tabix_index(str(path), preset="vcf")


def write_index(folder: Path, paths: Sequence[Path], samples: Sequence[Sequence[str]]) -> None:
    """Write the tables of the index that a plan reads; `samples` are those of each path."""
    folder.mkdir()
    rows: list[dict[str, object]] = []
    for path in paths:
        index = path.with_name(path.name + ".tbi")
        found = inspect_variants(stat_entry(path), stat_entry(index))
        hashes = {
            name: hashlib.sha256(file.read_bytes()).hexdigest()
            for name, file in (("sha256", path), ("index_sha256", index))
        }
        rows.append(found.row() | hashes)
    named: list[dict[str, object]] = [
        {"path": str(path), "sample": name, "subject": name}
        for path, own in zip(paths, samples, strict=True)
        for name in own
    ]
    subjects: list[dict[str, object]] = [
        {"subject": row["subject"], "session": "", "genomics": True}
        | dict.fromkeys(("imaging", "clinical"), False)
        for row in named
    ]
    write_table(folder / "files.parquet", GENOME_FILES.from_rows(rows), GENOME_FILES)
    write_table(folder / "samples.parquet", GENOME_SAMPLES.from_rows(named), GENOME_SAMPLES)
    write_table(folder / "subjects.parquet", SUBJECTS.from_rows(subjects), SUBJECTS)


def write_score(path: Path, plink: Path, sites: Sequence[Variant], seed: int) -> None:
    """Write weights of all sites as a PGS Catalog file, and the same for plink2."""
    weights = np.random.default_rng(seed).normal(0, 0.01, len(sites))
    head = "###PGS CATALOG SCORING FILE\n#format_version=2.0\n#pgs_id=PGS000000\n"
    head += f"#pgs_name=all\n#genome_build={BUILD}\n#weight_type=beta\n"
    columns = ("chr_name", "chr_position", "effect_allele", "other_allele", "effect_weight")
    rows, theirs = ["\t".join(columns)], []
    for site, weight in zip(sites, weights, strict=True):
        cells = (site.chrom, str(site.position), site.alt, site.ref, f"{weight:.6f}")
        rows.append("\t".join(cells))
        theirs.append(f"{site.name}\t{site.alt}\t{weight:.6f}")
    path.write_text(head + "\n".join(rows) + "\n")
    plink.write_text("\n".join(theirs) + "\n")
