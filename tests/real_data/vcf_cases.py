"""Odd VCF files through the whole way: packed, indexed, planned, read; what became of each.

As a script it reads paths from standard input and writes a line of JSON for each as soon as it
is done, so that a crash or a hang is that of the first path without a line:

    python vcf_cases.py SCRATCH < paths
"""

from __future__ import annotations

import bz2
import faulthandler
import gzip
import json
import re
import sys
import tempfile
from collections import defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path

import pysam

from drepano.catalogue.panel import CHROMOSOMES, COLUMNS
from drepano.contracts.inventory import GENOME_FILES, GENOME_SAMPLES, SUBJECTS
from drepano.errors import UnitError
from drepano.genomics import Genotyping, context_of, plan
from drepano.genomics.reading.vcf import reading
from drepano.index.findings import Problems
from drepano.index.genomes import read_genomes
from drepano.index.samples import map_samples, read_sample_map
from drepano.settings import GenomeSource, Genomics

SECONDS = 20
"""No file of the suites needs a second."""

UNSORTED = frozenset({"complexfile_passed_000.vcf"})
"""Valid, and no index can be made of it: its chromosomes do not stand together. It is sorted
first, as the remedy of the index says."""

UNENDED = frozenset({"vcf44_1.vcf"})
"""Its last line has no end, for which it is refused: a line may have been cut off anywhere."""

_BASES = re.compile(r"[ACGT]+")
_LENGTHS = re.compile(rb"(##contig=<[^\n]*?),length=[0-9]+")
_FARTHEST = (1 << 29) - 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file.

    Attributes
    ----------
    step
        Where it was refused: ``packing``, ``index`` or ``reading``; ``read`` if nowhere.
    detail
        What the refusal says.
    dosages
        Number of dosages that were made of it.
    states
        Reasons of the cells without one.
    wrong
        Dosages that are not the number of ALT in the text of the file.
    """

    step: str
    detail: str = ""
    dosages: int = 0
    states: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()


def outcome_of(source: Path, folder: Path) -> Outcome:
    """Take one file the whole way."""
    try:
        path = pack(source, folder)
    except (OSError, ValueError, EOFError) as error:
        return Outcome("packing", type(error).__name__)
    genome = GenomeSource(build="GRCh38", vcf=(str(path),))
    problems = Problems()
    (file,) = read_genomes(genome, problems)
    if file.fate.reason:
        return Outcome("index", f"{file.fate.reason}: {file.fate.detail}")
    mapped = map_samples([file], read_sample_map(None, problems), problems)
    row = file.row() | {"sha256": "x", "index_sha256": "y", "build": "GRCh38"}
    if mapped.num_rows < len(file.header.samples):
        return Outcome("index", "samples that are nobody's")
    try:
        return _read(path, row, mapped.to_pylist(), genome, source.name)
    except UnitError as error:
        return Outcome("reading", str(error).replace(path.name, "FILE"))


def pack(source: Path, folder: Path) -> Path:
    """Write a bgzipped, indexed copy: the suites' files are plain, gzipped or bzipped text.

    A file without samples has nothing to read; it gets one, so that the rest of it is read.
    Contig lengths are taken out: the suites' are of no build, and would be refused for that.
    """
    content = unpacked(source)
    if "evidence" not in source.parts:
        content = with_sample(content)
    content = _LENGTHS.sub(rb"\1", content)
    plain, path = folder / "case.vcf", folder / "case.vcf.gz"
    plain.write_bytes(content)
    if source.name in UNENDED:
        plain.write_bytes(content + b"\n")
    if source.name in UNSORTED:
        plain.write_bytes(sorted_text(content))
    verbosity = pysam.set_verbosity(0)
    try:
        pysam.tabix_compress(str(plain), str(path), force=True)
        pysam.tabix_index(str(path), preset="vcf", force=True)
    finally:
        pysam.set_verbosity(verbosity)
    return path


def unpacked(source: Path) -> bytes:
    """Return the text of a file."""
    content = source.read_bytes()
    if content.startswith(b"\x1f\x8b"):
        return gzip.decompress(content)
    return bz2.decompress(content) if content.startswith(b"BZh") else content


def with_sample(content: bytes) -> bytes:
    """Add a heterozygous sample to a file that has none, and leave any other as it is."""
    head = b"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"
    lines = content.split(b"\n")
    if head not in lines:
        return content
    start = lines.index(head)
    added = [
        line + b"\tGT\t0/1" if line.count(b"\t") == head.count(b"\t") else line
        for line in lines[start + 1 :]
    ]
    return b"\n".join([*lines[:start], head + b"\tFORMAT\tA", *added])


def sorted_text(content: bytes) -> bytes:
    """Put records of a contig together, in order of their position."""
    lines = content.split(b"\n")
    head = [line for line in lines if line.startswith(b"#")]
    body = [line.split(b"\t") for line in lines if line and not line.startswith(b"#")]
    body.sort(key=lambda cells: (cells[0], int(cells[1])))
    return b"\n".join([*head, *(b"\t".join(cells) for cells in body), b""])


def _read(path: Path, row: dict, mapped: list[dict], genome: GenomeSource, name: str) -> Outcome:
    names = [m["sample"] for m in mapped]
    with reading(path, Path(row["index_path"]), names, prefix=row["contig_prefix"]) as variants:
        for chrom in json.loads(row["contigs"]):
            if chrom in CHROMOSOMES:
                for record in variants.fetch(chrom, 1, _FARTHEST):
                    if record.has("GT"):
                        record.genotypes()
    texts = _texts(path)
    filters = _filters(texts, name)
    panel = path.with_name("panel.tsv")
    keys = write_panel(panel, texts)
    if not keys:
        return Outcome("read", "no variant of bases on a chromosome")
    study = Genomics(panels=(str(panel),), accepted_filters=("PASS", ".", *sorted(filters)))
    subjects = [
        {
            "subject": m["subject"],
            "session": "",
            "imaging": False,
            "genomics": True,
            "clinical": False,
        }
        for m in mapped
    ]
    made = plan(
        study,
        genome,
        SUBJECTS.from_rows(subjects),
        GENOME_FILES.from_rows([row]),
        GENOME_SAMPLES.from_rows(mapped),
    )
    calculation = Genotyping(context_of(study, genome))
    results = [calculation.compute(unit) for _, unit in made.units]
    values = [r for result in results for r in result.values.to_pylist()]
    states = {r for result in results for r in result.states["reason"].to_pylist()}
    states |= set(made.states["reason"].to_pylist())
    by_place: dict[tuple[str, str, str], list[list[str]]] = defaultdict(list)
    for cells in texts[1]:
        if len(cells) > 4:
            by_place[cells[0].removeprefix("chr"), cells[1], cells[3].upper()].append(cells)
    sample_of = {m["subject"]: m["sample"] for m in mapped}
    wrong = [
        f"{value['variant']} {value['dosage']}"
        for value in values
        if value["dosage"]
        not in _told(
            by_place[keys[value["variant"]][:3]],
            keys[value["variant"]][3],
            9 + texts[0].index(sample_of[value["subject"]]),
        )
    ]
    return Outcome("read", "", len(values), tuple(sorted(states)), tuple(wrong))


def _filters(texts: Text, name: str) -> set[str]:
    """Return the filters of the records, so that not everything is masked by them.

    In files about FILTER those of the study's default stay.
    """
    if "filter" in name:
        return set()
    return {name for cells in texts[1] if len(cells) > 6 for name in cells[6].split(";") if name}


Text = tuple[list[str], list[list[str]]]
"""Sample names, and the cells of every record."""


def _texts(path: Path) -> Text:
    with gzip.open(path, "rb") as handle:
        lines = handle.read().decode("utf-8", "replace").splitlines()
    head = next(line for line in lines if line.startswith("#CHROM"))
    cells = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return head.split("\t")[9:], cells


def write_panel(path: Path, texts: Text) -> dict[str, tuple[str, str, str, str]]:
    """Write a panel of every ALT of bases; returns (chrom, pos, ref, alt) by its id."""
    found: dict[tuple[str, str, str, str], None] = {}
    for cells in texts[1]:
        chrom = cells[0].removeprefix("chr")
        if chrom in CHROMOSOMES and len(cells) > 4 and re.fullmatch("[1-9][0-9]*", cells[1]):
            for alt in cells[4].split(","):
                key = (chrom, cells[1], cells[3].upper(), alt.upper())
                if _BASES.fullmatch(key[2]) and _BASES.fullmatch(key[3]) and key[2] != key[3]:
                    found[key] = None
    keys = {f"v{n}": key for n, key in enumerate(found)}
    rows = [
        COLUMNS,
        *((v, "", "G", c, p, p, r, a, "t", "", "t", "t") for v, (c, p, r, a) in keys.items()),
    ]
    path.write_text("".join("\t".join(row) + "\n" for row in rows))
    return keys


def _told(records: list[list[str]], alt: str, place: int) -> set[float]:
    """Return the dosages of exactly this ALT that records of one place tell of a column."""
    found: set[float] = set()
    for cells in records:
        alts = [a.upper() for a in cells[4].split(",")]
        if alt not in alts or len(cells) <= place:
            continue
        fields = dict(zip(cells[8].split(":"), cells[place].split(":"), strict=False))
        if "GT" in fields:
            numbers = re.split(r"[/|]", fields["GT"].lstrip("/|"))
            number = str(alts.index(alt) + 1)
            if all(re.fullmatch("[0-9]+", n) and int(n) <= len(alts) for n in numbers):
                found.add(float(numbers.count(number)))
        elif "DS" in fields:
            found.add(float(fields["DS"].split(",")[alts.index(alt)]))
    return found


def main() -> None:
    """Write the outcome of each path as a line."""
    scratch = Path(sys.argv[1])
    for line in sys.stdin.read().splitlines():
        faulthandler.dump_traceback_later(SECONDS, exit=True)
        with tempfile.TemporaryDirectory(dir=scratch) as folder:
            row = asdict(outcome_of(Path(line), Path(folder)))
        sys.stdout.write(json.dumps(row) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
