"""VCF files of a site to rows of `genome_files`, with what is wrong with each."""

from __future__ import annotations

import glob
from pathlib import Path

from drepano.index.findings import Problems
from drepano.index.variants import VariantFile, inspect_variants
from drepano.index.walk import Entry, stat_entry, utf8_text
from drepano.settings import GenomeSource

INDEX_SUFFIXES = (".tbi", ".csi")


def variant_entries(source: GenomeSource) -> dict[str, list[Entry]]:
    """Return the files that each pattern of the site file finds, by name; no index files."""
    found = {}
    for pattern in source.vcf:
        paths = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207 - absolute patterns
        entries = [stat_entry(Path(p)) for p in paths if not p.endswith(INDEX_SUFFIXES)]
        found[pattern] = entries
    return found


def index_of(entry: Entry) -> Entry | None:
    """Return the index beside a VCF or BCF file."""
    for suffix in INDEX_SUFFIXES:
        candidate = stat_entry(entry.path.with_name(entry.path.name + suffix))
        if not candidate.trouble:
            return candidate
    return None


def read_genomes(source: GenomeSource, problems: Problems) -> list[VariantFile]:
    """Inspect every VCF and BCF of the site, by path, and note what is wrong."""
    entries: dict[str, Entry] = {}
    for found in variant_entries(source).values():
        entries.update((str(entry.path), entry) for entry in found)
    for path in [path for path in entries if utf8_text(path) != path]:
        del entries[path]
        problems.error(
            path,
            found="a name that is not UTF-8",
            expected="a name that tables can hold",
            remedy="Rename the file or its folder.",
        )
    files = [inspect_variants(entries[p], index_of(entries[p])) for p in sorted(entries)]
    for file in files:
        _note(file, source.build, problems)
    return files


def _note(file: VariantFile, build: str, problems: Problems) -> None:
    path = file.entry.path
    if file.fate.reason:
        problems.error(
            path,
            found=file.fate.detail,
            expected=f"a whole, bgzipped, indexed VCF or BCF with samples on {build}",
            remedy=file.fate.remedy,
        )
    if file.index and file.index.mtime_ns < file.entry.mtime_ns:
        problems.warning(
            file.index.path,
            found="an index that is older than its file",
            expected="an index made after the file",
            remedy=f"Run `bcftools index -f -t {path.name}` if the file was changed.",
        )
    if file.header is None or file.fate.reason == "wrong_build":
        return
    if not file.build:
        problems.warning(
            path,
            found="a header that does not tell the genome build",
            expected=f"contig lengths of {build}",
            remedy=f"Make sure that it is {build}; `bcftools reheader --fai` adds lengths.",
        )
    elif file.build != build:
        problems.error(
            path,
            found=f"contig lengths of {file.build}",
            expected=build,
            remedy="Mend genomics.build in the site file, or lift the file over.",
        )
