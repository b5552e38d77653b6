"""Records of BCF files, by cyvcf2; what htslib only prints becomes an error."""

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
import numpy as np
from numpy.typing import NDArray

from drepano.genomics.reading.calls import Flags, Floats, Texts
from drepano.genomics.reading.faults import unreadable
from drepano.genomics.reading.grammar import require_alleles, require_format
from drepano.genomics.reading.record import Record, chromosome_of

_BEHIND = -30_000
"""Put behind the last allele; no BCF with alleles of 8 bits can hold it as one, while cyvcf2's own
-2 may be a damaged allele too."""

_ERROR_LINE = re.compile(r"\[E::(\w+)\]")


def htslib_version() -> str:
    """Return the versions of cyvcf2 and of the htslib inside it."""
    version = ctypes.CDLL(cyvcf2.cyvcf2.__file__).hts_version
    version.restype = ctypes.c_char_p
    return f"cyvcf2 {cyvcf2.__version__}, htslib {version().decode()}"


class HtslibRecord(Record):
    """A record of cyvcf2."""

    __slots__ = ("_fields", "_numbers", "_path", "_variant")

    def __init__(self, variant: Any, samples: int, path: Path) -> None:  # noqa: ANN401 - cyvcf2 has no types
        self._variant, self._path = variant, path
        self.samples = samples
        self._fields = frozenset(variant.FORMAT)
        self._numbers: dict[str, Floats] = {}
        alts = [str(alt).upper() for alt in variant.ALT]
        chrom = chromosome_of(str(variant.CHROM))
        reference = str(variant.REF).upper()
        try:
            require_alleles(reference, alts)
            require_format(variant.FORMAT)
        except ValueError as error:
            raise unreadable(path, f"{chrom}:{int(variant.POS)} has {error}") from error
        self._place(chrom, int(variant.POS), reference, alts)

    def accepted(self, filters: tuple[str, ...]) -> bool:
        """Return whether every FILTER of the record is one of `filters`."""
        return set(self._variant.FILTERS or ["."]) <= set(filters)

    def info(self, field: str) -> str | None:
        """Return an INFO field as text, as `Record.info` says."""
        found = self._variant.INFO.get(field)
        if found is None or found is True:
            return None if found is None else ""
        values = found if isinstance(found, tuple) else (found,)
        return ",".join("." if value is None else str(value) for value in values)

    def has(self, field: str) -> bool:
        """Return whether the FORMAT column names the field."""
        return field in self._fields

    def genotypes(self) -> tuple[NDArray[np.int16], Flags]:
        """Return alleles and phases, as `Record.genotypes` says."""
        array = self._variant.genotype.array(fill=_BEHIND)
        alleles = np.ascontiguousarray(array[:, :-1])
        behind = alleles == _BEHIND
        if alleles.max(initial=0) > self.highest or (alleles[~behind] < -1).any():
            found = "a GT with an allele that the record does not have"
            raise unreadable(self._path, f"{self.name} has {found}")
        alleles[behind] = -2
        return alleles, array[:, -1].astype(bool)

    def numbers(self, field: str) -> Floats:
        """Return a FORMAT field of numbers, as `Record.numbers` says."""
        if field not in self._numbers:
            self._numbers[field] = self._read_numbers(field)
        return self._numbers[field]

    def _format(self, field: str) -> Any:  # noqa: ANN401 - cyvcf2 has no types
        """Ask cyvcf2, which trips over fields that a damaged header declares."""
        with _naming_errors(self._path):
            return self._variant.format(field) if self.has(field) else None

    def _read_numbers(self, field: str) -> Floats:
        found = self._format(field)
        if found is None:
            return np.full((self.samples, 1), np.nan)
        if found.dtype.kind in "US":  # a field that the header does not declare comes as text
            cells = [[_number(part) for part in str(cell).split(",")] for cell in found.ravel()]
            most = max(map(len, cells))
            found = np.array([cell + [np.nan] * (most - len(cell)) for cell in cells])
        values = found.reshape(self.samples, -1).astype(np.float64)
        # htslib's missing integers are the lowest of their type; none of these is negative.
        return np.where(values < 0, np.nan, values)

    def texts(self, field: str) -> Texts:
        """Return a FORMAT field as text, as `Record.texts` says."""
        texts = np.full(self.samples, None, object)
        found = self._format(field)
        if found is None:
            return texts
        if found.dtype.kind in "US":
            told = [str(cell) for cell in found.ravel()]
            texts[:] = [None if text in {"", "."} else text for text in told]
        else:
            rows = found.reshape(self.samples, -1).tolist()
            told = [",".join(str(value) if value >= 0 else "." for value in row) for row in rows]
            texts[:] = [text if text.strip(".,") else None for text in told]
        return texts


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return np.nan


class HtslibVariants:
    """An open BCF file, restricted to some of its samples.

    Attributes
    ----------
    samples
        The asked samples in the order of the file, which is the order of every array.
    header
        The lines before the records.
    """

    def __init__(self, path: Path, index: Path, samples: list[str], prefix: str) -> None:
        with _naming_errors(path):
            self._file = cyvcf2.VCF(str(path), samples=samples)
            self._file.set_index(str(index))
        self.samples = list(self._file.samples)
        self.header = str(self._file.raw_header)
        self._path, self._prefix = path, prefix
        if sorted(self.samples) != sorted(samples):
            raise unreadable(path, "its header does not name the samples that the index read")

    def fetch(self, chrom: str, first: int, last: int) -> Iterator[Record]:
        """Yield the records that touch an interval, 1-based and inclusive.

        A reference block that starts before the interval is among them. Chromosome X is
        looked for as 23 too.
        """
        for name in ("X", "23") if chrom == "X" else (chrom,):
            variants = self._file(f"{self._prefix}{name}:{first}-{last}")
            while (record := self._next(variants)) is not None:
                yield record

    def fetch_all(self, chrom: str, intervals: list[tuple[int, int]]) -> Iterator[Record]:
        """Yield the records that touch any of several intervals, each record once.

        The intervals are apart, and rising: a record that touches an earlier one starts at its
        last position or before.
        """
        behind = 0
        for first, last in intervals:
            for record in self.fetch(chrom, first, last):
                if record.position > behind:
                    yield record
            behind = last

    def _next(self, variants: Iterator[Any]) -> Record | None:
        with _naming_errors(self._path):
            variant = next(variants, None)
            if variant is None:
                return None
            return HtslibRecord(variant, len(self.samples), self._path)


@contextlib.contextmanager
def reading_by_htslib(
    path: Path, index: Path, samples: list[str], prefix: str
) -> Iterator[HtslibVariants]:
    """Open a file for region reads.

    htslib prints an error about a damaged block and then behaves as if the file ended
    there, so what it prints is caught, and any error in it fails the unit. Its messages
    hold paths, which may name subjects: none of them reaches the log.
    """
    with _catching_messages() as messages, warnings.catch_warnings():
        # cyvcf2 warns of contigs without records and of unknown samples, by path and by name.
        warnings.simplefilter("ignore", UserWarning)
        yield HtslibVariants(path, index, samples, prefix)
        if errors := sorted(set(_ERROR_LINE.findall(messages()))):
            raise unreadable(path, f"htslib reports {', '.join(errors)}")


@contextlib.contextmanager
def _naming_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # cyvcf2 raises bare Exception and AssertionError
        raise unreadable(path, f"cyvcf2 cannot read it: {type(error).__name__}") from error


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
