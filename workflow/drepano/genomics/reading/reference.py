"""The site's FASTA: bases around variants, and whether a variant's REF is what stands there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

import pysam

from drepano.catalogue.panel import CHROMOSOMES
from drepano.errors import ConfigError, Fault
from drepano.genomics.reading.normalise import Window

FLANK_BP = 1000
"""Bases on each side of an indel in which its other places are looked for. The longest repeats
of the shipped panels have 14 bases; a repeat that is longer than this ends at the border."""

_MEANINGS = ("AC", "AG", "AT", "CG", "CT", "GT", "ACG", "ACT", "AGT", "CGT")
_CODES = {base: base for base in "ACGT"} | dict(zip("MRWSYKVHDB", _MEANINGS, strict=True))
"""IUPAC codes of a reference; GRCh37 has some. N tells nothing, so nothing agrees with it."""

_WHERE = "site: genomics.reference"


class Placed(Protocol):
    """A variant at a place: a row of a panel, of a score or of loadings."""

    @property
    def variant(self) -> str:
        """Its id."""

    @property
    def chrom(self) -> str:
        """Chromosome without prefix."""

    @property
    def start(self) -> int:
        """1-based position of the first base of `ref`."""

    @property
    def ref(self) -> str:
        """REF bases, upper case."""


class Reference:
    """An open FASTA file with its index (.fai).

    Attributes
    ----------
    lengths
        Length in bases of each chromosome 1 to 22 and X that it holds, without prefix.

    Raises
    ------
    ConfigError
        The FASTA or its .fai is missing or cannot be read.
    """

    def __init__(self, path: Path) -> None:
        _require_files(path)
        verbosity = pysam.set_verbosity(0)  # htslib writes to stderr by itself; we tell it all
        try:
            self._file = pysam.FastaFile(str(path))
        except (OSError, ValueError) as error:
            raise ConfigError.of(
                f"{_WHERE}: {path.name}",
                found="a file that htslib cannot read as FASTA with its index",
                expected="FASTA, plain or bgzipped (not gzipped), with its own .fai",
                remedy=f"Run `samtools faidx {path.name}` anew.",
            ) from error
        finally:
            pysam.set_verbosity(verbosity)
        self._names = _chromosomes(self._file.references)
        self.lengths: Mapping[str, int] = MappingProxyType(
            {chrom: self._file.get_reference_length(n) for chrom, n in self._names.items()}
        )
        self.path = path

    def window(self, chrom: str, start: int, end: int, *, flank: int = 0) -> Window:
        """Return the bases from `start` to before `end`, 1-based, and `flank` on each side.

        Bases beyond the chromosome are left out.

        Raises
        ------
        ConfigError
            The FASTA has no such chromosome, or fewer bytes than its index tells.
        """
        if chrom not in self._names:
            raise ConfigError(self.lacks(chrom))
        first = max(1, start - flank)
        last = min(self.lengths[chrom], end - 1 + flank)
        if last < first:
            return Window(first, "")
        try:
            bases = self._file.fetch(self._names[chrom], first - 1, last)
        except (OSError, ValueError):
            bases = ""
        if len(bases) != last - first + 1:
            raise ConfigError.of(
                f"{_WHERE}: {self.path.name}",
                found=f"fewer bases of chromosome {chrom} than its .fai tells",
                expected="a whole FASTA, and an index that was made of it",
                remedy=f"Copy the FASTA again and run `samtools faidx {self.path.name}`.",
            )
        return Window(first, bases.upper())

    def lacks(self, chrom: str) -> Fault:
        """Return the fault that a chromosome is not in the FASTA."""
        return Fault(
            f"{_WHERE}: {self.path.name}",
            f"no chromosome {chrom}",
            f"{chrom} or chr{chrom} in the FASTA and its .fai, for variants of the study on it",
            "Give the FASTA of the whole genome, or leave genomics.reference out.",
        )


def _require_files(path: Path) -> None:
    index = path.with_name(f"{path.name}.fai")
    faults = []
    if not path.is_file():
        remedy = "Mend the path in the site file, or leave genomics.reference out."
        faults.append(Fault(f"{_WHERE}: {path}", "no file", "a FASTA file", remedy))
    elif not index.is_file():
        remedy = f"Run `samtools faidx {path.name}` in its folder."
        faults.append(Fault(f"{_WHERE}: {path}", "no .fai beside it", index.name, remedy))
    if faults:
        raise ConfigError(*faults)


def _chromosomes(names: Iterable[str]) -> dict[str, str]:
    """Return the name in the file of each chromosome; the first of two spellings counts."""
    found: dict[str, str] = {}
    for name in names:
        bare = name.removeprefix("chr")
        bare = "X" if bare == "23" else bare
        if bare in CHROMOSOMES:
            found.setdefault(bare, name)
    return found


def disagreeing(reference: Reference, targets: Iterable[Placed]) -> dict[str, str]:
    """Compare the REF of variants with the FASTA.

    Parameters
    ----------
    reference
        FASTA of the build on which the targets are placed.
    targets
        Rows of a panel, a score or loadings; those on chromosomes that the FASTA lacks are a
        fault, see `require_chromosomes`.

    Returns
    -------
    dict
        The bases that the FASTA has instead, by variant, for those whose REF differs; empty
        text where the chromosome ends before.
    """
    found = {}
    for target in targets:
        end = target.start + len(target.ref)
        bases = reference.window(target.chrom, target.start, end).bases
        if not agree(bases, target.ref):
            found[target.variant] = bases
    return found


def agree(bases: str, ref: str) -> bool:
    """Return whether bases of a FASTA, IUPAC codes allowed, may be those of a REF."""
    return len(bases) == len(ref) and all(
        base in _CODES.get(code, "") for code, base in zip(bases, ref, strict=True)
    )


def require_chromosomes(reference: Reference, chroms: Iterable[str]) -> None:
    """Refuse a FASTA that lacks chromosomes of variants.

    Raises
    ------
    ConfigError
        Names all of them.
    """
    missing = sorted(set(chroms) - set(reference.lengths))
    if missing:
        raise ConfigError(*(reference.lacks(chrom) for chrom in missing))


def digest_of(windows: Iterable[tuple[str, Window]]) -> str:
    """Hash all bases that were read from a FASTA, with their places.

    A result depends on the FASTA through these bases alone, whatever its path, its line
    lengths, its contig names and its other chromosomes.
    """
    rows = sorted((name, window.first, window.bases) for name, window in windows)
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()
