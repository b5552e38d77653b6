"""Single bases of the site's reference FASTA, where no record tells them."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

import pysam

from drepano.errors import ConfigError


class NoReference:
    """Tells nothing: the site has no FASTA."""

    digest = ""

    def __call__(self, chrom: str, position: int) -> str | None:
        """Tell None."""
        del chrom, position
        return None


class FastaBases:
    """Tells the base at a chromosome (without prefix) and 1-based position.

    Attributes
    ----------
    digest
        Hash of the .fai: names, lengths and places of the sequences.

    Raises
    ------
    ConfigError
        The FASTA or its .fai cannot be read.
    """

    def __init__(self, fasta: Path) -> None:
        index = Path(f"{fasta}.fai")
        try:
            self.digest = hashlib.sha256(index.read_bytes()).hexdigest()
            self._file = pysam.FastaFile(str(fasta))
        except (OSError, ValueError) as error:
            raise ConfigError.of(
                fasta,
                found="no FASTA that can be read",
                expected="a FASTA of the build with its .fai",
                remedy="Mend genomics.reference in the site file, or run samtools faidx.",
            ) from error
        self._names = {name.removeprefix("chr"): name for name in self._file.references}
        self._lengths = dict(zip(self._file.references, self._file.lengths, strict=True))
        self._base = lru_cache(maxsize=1 << 16)(self._fetch)

    def __call__(self, chrom: str, position: int) -> str | None:
        """Tell a base; None outside the FASTA, and for anything but A, C, G and T."""
        return self._base(chrom, position)

    def _fetch(self, chrom: str, position: int) -> str | None:
        name = self._names.get(chrom)
        if name is None or not 1 <= position <= self._lengths[name]:
            return None
        base: str = self._file.fetch(name, position - 1, position).upper()
        return base if base in "ACGT" else None


Bases = FastaBases | NoReference
