"""One case of fuzzing: a seed to a mutated file, its way through the steps, and the verdict."""

from __future__ import annotations

import gzip
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pysam
import pysam.bcftools
from base import ASKED, records, write_panel
from mutations import TEXT, UNCHANGED, damage, join
from oracle import Calls, changed, findings

from drepano.contracts.inventory import GENOME_FILES, GENOME_SAMPLES, SUBJECTS
from drepano.errors import UnitError
from drepano.genomics import Genotyping, context_of, plan
from drepano.index.findings import Problems
from drepano.index.genomes import read_genomes
from drepano.index.samples import SampleMap, map_samples
from drepano.settings import GenomeSource, Genomics

PACKED = ("vcf_packed", "vcf_block", "vcf_index", "bcf_packed", "bcf_block", "bcf_raw", "bcf_raw")
KINDS = (*TEXT, *(name for name in ("genotype", "any_bytes", "any_bytes", "absurd")), *PACKED)
"""What case number n is: n modulo their number. Some kinds come more often."""

_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a case: ``refused`` where, ``same`` calls as the base, or ``read``."""

    kind: str
    what: str
    findings: list[str]


def pack(text: bytes, size: int) -> list[bytes]:
    """Return the blocks of a BGZF file, `size` bytes of text in each, the end block left out."""
    blocks = []
    for start in range(0, len(text), size):
        part = text[start : start + size]
        deflate = zlib.compressobj(6, zlib.DEFLATED, -15)
        body = deflate.compress(part) + deflate.flush()
        head = b"\x1f\x8b\x08\x04\0\0\0\0\0\xff\x06\0BC\x02\0" + struct.pack("<H", len(body) + 25)
        blocks.append(head + body + struct.pack("<II", zlib.crc32(part), len(part)))
    return blocks


class Cases:
    """Makes cases in a folder of its own; `run` is one of them."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._folder, self._seed = folder, seed
        panel = folder / "panel.tsv"
        write_panel(panel)
        self._study = Genomics(panels=(str(panel),))
        self._vcf, self._bcf = folder / "c.vcf.gz", folder / "c.bcf"
        self._blocks = pack(join(records()), 700)
        self._write(self._vcf, b"".join(self._blocks))
        self._index(self._vcf)
        self._base = self._read(self._vcf)
        self._kept = {path: path.read_bytes() for path in (self._vcf, self._tbi)}
        self._raw = self._as_bcf()
        self._write(self._bcf, b"".join(pack(self._raw, 700)))
        self._index(self._bcf)
        if self._read(self._bcf) != self._base:
            message = "BCF and VCF of the base differ"
            raise AssertionError(message)
        self._kept |= {path: path.read_bytes() for path in (self._bcf, self._csi)}

    @property
    def _tbi(self) -> Path:
        return self._vcf.with_name("c.vcf.gz.tbi")

    @property
    def _csi(self) -> Path:
        return self._bcf.with_name("c.bcf.csi")

    def run(self, number: int) -> Verdict:
        """Make the case of a number, and judge what became of it."""
        kind = KINDS[number % len(KINDS)]
        random = Random(f"{self._seed}:{number}")
        if kind in TEXT:
            return self._text_case(kind, random)
        if kind == "bcf_raw":
            return self._raw_case(kind, random)
        return self._packed_case(kind, random)

    def _text_case(self, kind: str, random: Random) -> Verdict:
        text = TEXT[kind](random, records())
        self._write(self._vcf, b"".join(pack(text, random.choice((60, 700, 65_000)))))
        try:
            self._index(self._vcf)
        except (OSError, ValueError):
            return Verdict(kind, "refused by tabix", [])
        try:
            calls = self._read(self._vcf)
        except Refused as error:
            return Verdict(kind, str(error), [])
        wrong = findings(text, calls, self._base, records())
        if kind in UNCHANGED:
            wrong += changed(calls, self._base)
        return Verdict(kind, "same" if calls == self._base else "read", wrong)

    def _packed_case(self, kind: str, random: Random) -> Verdict:
        for path, content in self._kept.items():
            path.write_bytes(content)
        path = self._vcf if kind.startswith("vcf") else self._bcf
        if kind.endswith("block"):
            blocks = pack(join(records()) if path == self._vcf else self._raw, 700)
            place = random.randrange(len(blocks))
            blocks[place : place + 1] = random.choice(([], [blocks[place]] * 2, [_END]))
            self._write(path, b"".join(blocks))
        else:
            path = self._tbi if kind == "vcf_index" else path
            path.write_bytes(damage(random, self._kept[path]))
            path = self._vcf if kind == "vcf_index" else path
        try:
            calls = self._read(path)
        except Refused as error:
            return Verdict(kind, str(error), [])
        wrong = changed(calls, self._base)
        return Verdict(kind, "read" if wrong else "same", wrong)

    def _raw_case(self, kind: str, random: Random) -> Verdict:
        """Flip bytes of BCF records, and pack and index them as if all were well."""
        raw = bytearray(self._raw)
        # Now and then the header too, where contigs, fields and samples are declared.
        start = 9 + struct.unpack_from("<I", raw, 5)[0] if random.random() < 0.8 else 9
        for _ in range(random.randint(1, 3)):
            place = random.randrange(start, len(raw))
            raw[place] = random.choice((0, 1, 0x7F, 0x80, 0xFF, random.randrange(256)))
        self._write(self._bcf, b"".join(pack(bytes(raw), 65_000)))
        try:
            self._index(self._bcf)
        except (OSError, ValueError, pysam.SamtoolsError):
            return Verdict(kind, "refused by bcftools index", [])
        try:
            calls = self._read(self._bcf)
        except Refused as error:
            return Verdict(kind, str(error), [])
        if calls == self._base:
            return Verdict(kind, "same", [])
        try:
            text = pysam.bcftools.view("--no-version", str(self._bcf))
        except pysam.SamtoolsError:
            new = calls.dosages.items() - self._base.dosages.items()
            found = ["wrong: dosages of what bcftools refuses"] if new else []
            return Verdict(kind, "read", found)
        text = (
            text if isinstance(text, bytes) else text.encode("latin-1", "replace")
        )  # or not UTF-8
        wrong = [w for w in findings(text, calls, self._base, []) if w.startswith("wrong")]
        return Verdict(kind, "read", wrong)

    @staticmethod
    def _write(path: Path, content: bytes) -> None:
        path.write_bytes(content + _END)

    @staticmethod
    def _index(path: Path) -> None:
        verbosity = pysam.set_verbosity(0)
        try:
            if path.suffix == ".bcf":
                pysam.bcftools.index("-f", "-c", str(path), catch_stdout=False)
            else:
                pysam.tabix_index(str(path), preset="vcf", force=True)
        finally:
            pysam.set_verbosity(verbosity)

    def _as_bcf(self) -> bytes:
        path = self._folder / "base.bcf"
        pysam.bcftools.view(
            "--no-version", "-Ou", "-o", str(path), str(self._vcf), catch_stdout=False
        )
        return gzip.decompress(path.read_bytes())

    def _read(self, path: Path) -> Calls:
        """Take a file the whole way, from the index to rows."""
        genome = GenomeSource(build="GRCh38", vcf=(str(path),))
        problems = Problems()
        (file,) = read_genomes(genome, problems)
        if file.fate.reason:
            raise Refused(f"refused by the index: {file.fate.reason}")
        names = SampleMap(Path("map.tsv"), {name: name for name in ASKED})
        mapped = map_samples([file], names, problems)
        subjects = [
            {"subject": n, "session": "", "imaging": False, "genomics": True, "clinical": False}
            for n in ASKED
        ]
        row = file.row() | {"sha256": "x", "index_sha256": "y"}
        made = plan(
            self._study,
            genome,
            SUBJECTS.from_rows(subjects),
            GENOME_FILES.from_rows([row]),
            GENOME_SAMPLES.from_rows(mapped.to_pylist()),
        )
        if not made.units:
            raise Refused("refused by the plan")
        calculation = Genotyping(context_of(self._study, genome))
        try:
            results = [calculation.compute(unit) for _, unit in made.units]
        except UnitError as error:
            raise Refused(f"refused by the reader: {error.reason}") from error
        calls = Calls({}, {})
        for states in (made.states, *(result.states for result in results)):
            for state in states.to_pylist():
                key = (state["subject"], state["source"].removeprefix("gen__"))
                calls.reasons[key] = state["reason"]
        for result in results:
            for value in result.values.to_pylist():
                calls.dosages[value["subject"], value["variant"]] = value["dosage"]
        return calls


class Refused(Exception):  # noqa: N818 - a verdict, not an error
    """The file, or its unit, was refused."""
