"""Headers of VCF and BCF files: samples, contigs, build, index; and whether they can be used."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from pathlib import Path

import pysam

from drepano.catalogue.builds import UNKNOWN_BUILD, build_of
from drepano.index.containers import judge_container
from drepano.index.findings import USABLE, Fate
from drepano.index.variant_headers import VariantHeader, read_header
from drepano.index.walk import Entry

_AGAIN = "Copy or export the file again from its source."


@dataclass(frozen=True, slots=True)
class VariantFile:
    """What is known of one VCF or BCF file.

    Attributes
    ----------
    entry
        The file.
    index
        Its index, or None.
    header
        Its header, or None when that can not be read.
    contigs
        Contigs that hold records, as written.
    fate
        Why it is unusable, if so.
    """

    entry: Entry
    index: Entry | None
    header: VariantHeader | None
    contigs: list[str]
    fate: Fate

    @property
    def build(self) -> str:
        """Build that the header's contig lengths tell; empty if they do not."""
        found = build_of(self._bare_lengths())
        return "" if found == UNKNOWN_BUILD else found

    def _bare_lengths(self) -> dict[str, int]:
        lengths = self.header.lengths if self.header else {}
        return {bare(name): length for name, length in lengths.items() if length}

    def row(self) -> dict[str, object]:
        """Return the row of GENOME_FILES, without its hash."""
        return {
            "path": str(self.entry.path),
            "index_path": str(self.index.path) if self.index else "",
            "contig_prefix": "chr" if any(c.startswith("chr") for c in self.contigs) else "",
            "build": self.build,
            "contigs": json.dumps([bare(c) for c in self.contigs]),
            "samples": len(self.header.samples) if self.header else 0,
            "size": self.entry.size,
            "reason": self.fate.reason,
            "detail": self.fate.detail,
            "remedy": self.fate.remedy,
        }


def bare(contig: str) -> str:
    """Return a contig name without `chr`."""
    return contig.removeprefix("chr")


def inspect_variants(entry: Entry, index: Entry | None) -> VariantFile:
    """Look at one VCF or BCF file; nothing but its header, its end and its index is read."""
    fate = judge_container(entry)
    header = None
    contigs: list[str] = []
    # A file that ends early may still tell its samples: they failed, they are not absent.
    try:
        header = None if entry.trouble else read_header(entry.path)
    except (EOFError, OSError, ValueError, zlib.error) as error:
        if fate.reason in ("", "no_index"):
            fate = Fate("unreadable", f"no usable VCF header: {error}", _AGAIN)
    if header is not None:
        fate = fate if fate.reason else _header_fate(header)
        if not fate.reason and index is None:
            fate = Fate("no_index", "no index (.tbi or .csi) beside it", _indexing(entry.path))
    if not fate.reason and index is not None:
        contigs, fate = _contigs(entry.path, index.path, header)
    return VariantFile(entry, index, header, contigs, fate)


def _indexing(path: Path) -> str:
    return (
        f"Run `bcftools index -t {path.name}`; if it is not sorted by position, first "
        f"`bcftools sort -Oz -o sorted.vcf.gz {path.name}`."
    )


def _header_fate(header: VariantHeader) -> Fate:
    twice = len(header.samples) - len(set(header.samples))
    if twice:
        detail = f"{twice} sample names that stand twice in the header"
        remedy = "Find out whose each column is, then `bcftools reheader -s names.txt`."
        return Fate("unreadable", detail, remedy)
    if not header.samples:
        return Fate("no_sample", "no sample columns", "Export the file with genotypes.")
    names = {name for name, length in header.lengths.items() if length}
    if build_of({bare(n): header.lengths[n] for n in sorted(names)}) == UNKNOWN_BUILD:
        detail = "contig lengths of neither GRCh37 nor GRCh38"
        return Fate("wrong_build", detail, "Lift the file over, `bcftools +liftover`.")
    return USABLE


def _contigs(path: Path, index: Path, header: VariantHeader | None) -> tuple[list[str], Fate]:
    """Return the contigs that hold records, through the index as htslib reads it."""
    verbosity = pysam.set_verbosity(0)  # htslib writes to stderr by itself; we tell it all
    try:
        with pysam.VariantFile(str(path), index_filename=str(index)) as variants:
            if variants.is_bcf:
                contigs = _bcf_contigs(variants, header)
            else:
                with pysam.TabixFile(str(path), index=str(index)) as tabix:
                    contigs = [str(contig) for contig in tabix.contigs]
    except (OSError, ValueError) as error:
        remedy = f"Remove {index.name} and run `bcftools index -t {path.name}`."
        return [], Fate("unreadable", f"htslib refuses the file or its index: {error}", remedy)
    finally:
        pysam.set_verbosity(verbosity)
    primary = [c for c in contigs if bare(c) in _PRIMARY]
    if len({c.startswith("chr") for c in primary}) > 1:
        detail = "contigs with and without `chr` in one file"
        return contigs, Fate("unreadable", detail, "Run `bcftools annotate --rename-chrs`.")
    return contigs, USABLE


_PRIMARY = frozenset((*(str(n) for n in range(1, 23)), "X", "Y"))


def _bcf_contigs(variants: pysam.VariantFile, header: VariantHeader | None) -> list[str]:
    """Ask for a record of each contig: the index of a BCF holds no names."""
    if variants.index is None:
        message = "no usable index"
        raise ValueError(message)
    names = header.lengths if header else {}
    return [name for name in names if next(variants.fetch(name), None) is not None]
