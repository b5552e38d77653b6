"""Indexed region reads of one VCF or BCF file; what htslib only prints becomes an error."""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cyvcf2

from drepano.errors import UnitError
from drepano.genomics.reading.record import Record

_END_OF_BGZF = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
"""The empty block that ends every whole BGZF file (SAM specification, section 4.1.2)."""

_ERROR_LINE = re.compile(r"\[E::(\w+)\]")


def reader_version() -> str:
    """Return the versions of cyvcf2 and of the htslib inside it."""
    version = ctypes.CDLL(cyvcf2.cyvcf2.__file__).hts_version
    version.restype = ctypes.c_char_p
    return f"cyvcf2 {cyvcf2.__version__}, htslib {version().decode()}"


class Variants:
    """An open file, restricted to some of its samples.

    Attributes
    ----------
    samples
        The asked samples in the order of the file, which is the order of every array.
    """

    def __init__(self, path: Path, index: Path, samples: list[str], prefix: str) -> None:
        with _naming_errors(path):
            self._file = cyvcf2.VCF(str(path), samples=samples)
            self._file.set_index(str(index))
        self.samples = list(self._file.samples)
        self._path, self._prefix = path, prefix
        if sorted(self.samples) != sorted(samples):
            raise _unreadable(path, "its header does not name the samples that the index read")

    @property
    def header(self) -> str:
        """The header lines of the file."""
        return str(self._file.raw_header)

    def fetch(self, chrom: str, first: int, last: int) -> Iterator[Record]:
        """Yield the records that touch an interval, 1-based and inclusive.

        A reference block that starts before the interval is among them. Chromosome X is
        looked for as 23 too.
        """
        for name in ("X", "23") if chrom == "X" else (chrom,):
            variants = self._file(f"{self._prefix}{name}:{first}-{last}")
            while (record := self._next(variants)) is not None:
                yield record

    def _next(self, variants: Iterator[Any]) -> Record | None:
        with _naming_errors(self._path):
            variant = next(variants, None)
            return None if variant is None else Record(variant, len(self.samples))


@contextlib.contextmanager
def reading(path: Path, index: Path, samples: list[str], *, prefix: str) -> Iterator[Variants]:
    """Open a file for region reads.

    htslib prints an error about a damaged block and then behaves as if the file ended
    there, so what it prints is caught, and any error in it fails the unit. Its messages
    hold paths, which may name subjects: none of them reaches the log.

    Raises
    ------
    UnitError
        ``unreadable``: the file or its index is damaged, truncated or missing.
    """
    with _catching_messages() as messages, warnings.catch_warnings():
        # cyvcf2 warns of contigs without records and of unknown samples, by path and by name.
        warnings.simplefilter("ignore", UserWarning)
        _check_end(path)
        yield Variants(path, index, samples, prefix)
        if errors := sorted(set(_ERROR_LINE.findall(messages()))):
            raise _unreadable(path, f"htslib reports {', '.join(errors)}")


@contextlib.contextmanager
def _naming_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # cyvcf2 raises bare Exception and AssertionError
        raise _unreadable(path, f"cyvcf2 cannot read it: {type(error).__name__}") from error


def _unreadable(path: Path, found: str) -> UnitError:
    remedy = "Copy the file again from where it was made, and make its index anew."
    return UnitError("unreadable", f"{path.name}: {found}", remedy)


def _check_end(path: Path) -> None:
    """Refuse a file that was cut off."""
    with _naming_errors(path), path.open("rb") as handle:
        handle.seek(max(0, path.stat().st_size - len(_END_OF_BGZF)))
        end = handle.read()
    if end != _END_OF_BGZF:
        raise _unreadable(path, "it is not a whole BGZF file")


@contextlib.contextmanager
def _catching_messages() -> Iterator[Callable[[], str]]:
    """Send standard error's descriptor, to which htslib prints, into a file for a while."""
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as messages:

        def read() -> str:
            messages.seek(0)
            return messages.read().decode(errors="replace")

        os.dup2(messages.fileno(), 2)
        try:
            yield read
        finally:
            sys.stderr.flush()
            os.dup2(kept, 2)
            os.close(kept)
