"""Records of bgzipped VCF files, out of the bytes of their lines."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from drepano.errors import UnitError
from drepano.genomics.reading import cells as kernels
from drepano.genomics.reading.alleles import Role
from drepano.genomics.reading.calls import Flags, Floats, Texts
from drepano.genomics.reading.compiled import Bytes, Places, Shape
from drepano.genomics.reading.faults import unreadable
from drepano.genomics.reading.locating import locate
from drepano.genomics.reading.record import Gate, Record, Tally

COLUMNS = 9
"""CHROM to FORMAT."""

_KEPT_FORMATS = 256

_ALT = re.compile(
    rb"[A-Za-z]+|\*|<[^<>\s]+>"
    rb"|[A-Za-z]*[\[\]][^\s\[\]]+[\[\]][A-Za-z]*"  # breakends, then single breakends
    rb"|\.[A-Za-z]+|[A-Za-z]+\."
)


@functools.lru_cache(maxsize=1024)
def _known(roles: tuple[Role, ...]) -> Bytes:
    """Return the roles of REF and of the ALTs; (alleles,)."""
    return np.frombuffer(bytes((Role.OTHER, *roles)), np.uint8)


class Format:
    """A FORMAT column.

    Attributes
    ----------
    places
        Each field with its place in the cells.
    """

    __slots__ = ("_shapes", "places")

    def __init__(self, names: list[str]) -> None:
        self.places = {name: place for place, name in enumerate(names)}
        self._shapes: dict[tuple[str, str], Shape] = {}

    def shape(self, columns: int, gate: Gate) -> Shape:
        """Return what `cells.tally` has to know of it; (4,)."""
        key = (gate.depth, gate.quality)
        found = self._shapes.get(key)
        if found is None:
            at = (self.places.get(gate.depth, -1), self.places.get(gate.quality, -1))
            found = self._shapes[key] = np.array([columns, len(self.places), *at], np.int64)
        return found


@dataclass(frozen=True, slots=True)
class Layout:
    """What the records of an open file share.

    Attributes
    ----------
    path
        For messages.
    columns
        Number of samples in the file.
    wanted
        Numbers of the asked ones, rising; (samples,).
    formats
        Each FORMAT that was met.
    """

    path: Path
    columns: int
    wanted: Places
    formats: dict[bytes, Format] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        """True if every sample of the file is asked for."""
        return len(self.wanted) == self.columns


class TextRecord(Record):
    """A line of a VCF file."""

    __slots__ = (
        "_columns",
        "_ends",
        "_format",
        "_info",
        "_layout",
        "_numbers",
        "_places",
        "_starts",
        "cells",
    )

    def __init__(self, columns: list[bytes], position: int, chrom: str, layout: Layout) -> None:
        self._columns, self._layout = columns, layout
        self.samples = len(layout.wanted)
        self._starts: Places | None = None
        self._info: dict[str, str] | None = None
        self._numbers: dict[str, Floats] = {}
        self.position, self.chrom = position, chrom
        if len(columns) <= COLUMNS:
            columns = self._columns = self._without_samples(columns)
        ref, alt, keys = columns[3], columns[4], columns[8]
        if not ref.isalpha():
            raise self._refuse("a REF that is not bases")
        told = alt.isalpha() or alt == b"." or all(map(_ALT.fullmatch, alt.split(b",")))
        if not told or not alt.isascii():
            raise self._refuse("an ALT that is not an allele")
        self._format = layout.formats.get(keys) or self._read_format(keys)
        self._places = self._format.places
        self.cells: Bytes = np.frombuffer(columns[9], np.uint8)
        alts = [] if alt == b"." else alt.decode("ascii").upper().split(",")
        self._place(chrom, position, ref.decode("ascii").upper(), alts)

    def _without_samples(self, columns: list[bytes]) -> list[bytes]:
        """Return the columns of a record of a file that has no samples, FORMAT or not."""
        if self._layout.columns > 0 or len(columns) < COLUMNS - 1:
            raise self.fault(kernels.BAD_COLUMNS)
        return [*columns[: COLUMNS - 1], *(columns[COLUMNS - 1 :] or [b"."]), b""]

    def _read_format(self, keys: bytes) -> Format:
        names = keys.decode("latin-1").split(":")
        found = Format(names)
        if len(found.places) < len(names) or "" in names or "GT" in names[1:]:
            raise self._refuse("a FORMAT that names a field twice, or GT behind another")
        if len(self._layout.formats) < _KEPT_FORMATS:
            self._layout.formats[keys] = found
        return found

    def plain_words(self) -> NDArray[np.uint32] | None:
        """Return all samples' cells with their tabs as words, if GT is all and each is 3 bytes."""
        columns = self._layout.columns
        if self._columns[8] != b"GT" or len(self._columns[9]) != 4 * columns - 1:
            return None
        return np.frombuffer(self._columns[9] + b"\t", "<u4")

    def asked(self, values: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the asked samples of an array over all samples of the file."""
        return values if self._layout.whole else values[self._layout.wanted]

    def fault(self, code: int) -> UnitError:
        """Return the error that a code of `cells` stands for."""
        return self._refuse(kernels.FAULTS[code])

    def _refuse(self, found: str) -> UnitError:
        return unreadable(self._layout.path, f"{self.chrom}:{self.position} has {found}")

    def accepted(self, filters: tuple[str, ...]) -> bool:
        """Return whether every FILTER of the record is one of `filters`."""
        told = self._columns[6]
        if told == b"PASS":
            return "PASS" in filters
        return all(name in filters for name in told.decode("latin-1").split(";"))

    def info(self, field: str) -> str | None:
        """Return an INFO field as text, as `Record.info` says."""
        if self._info is None:
            parts = self._columns[7].decode("utf-8", "replace").split(";")
            pairs = [part.partition("=") for part in parts if part != "."]
            self._info = {name: value for name, _, value in pairs}
        return self._info.get(field)

    def has(self, field: str) -> bool:
        """Return whether the FORMAT column names the field."""
        return field in self._places

    def genotypes(self) -> tuple[NDArray[np.int16], Flags]:
        """Return alleles and phases, as `Record.genotypes` says."""
        starts, ends = self._cells()
        phased = np.empty(self.samples, np.bool_)
        ploidy = 2
        while True:
            alleles = np.empty((self.samples, ploidy), np.int16)
            most = kernels.genotypes(self.cells, starts, ends, self.highest, alleles, phased)
            if most < 0:
                raise self.fault(most)
            if most <= ploidy:
                return np.ascontiguousarray(alleles[:, :most]), phased
            ploidy = most

    def tally(self, roles: list[Role], gate: Gate) -> Tally:
        """Judge each sample, as `Record.tally` says, in one pass over the line."""
        small, large = np.empty((4, self.samples), np.int8), np.empty((3, self.samples))
        found = kernels.tally(
            self.cells,
            self._layout.wanted,
            self._format.shape(self._layout.columns, gate),
            _known(tuple(roles)),
            gate.limits,
            gate.codes,
            small,
            large,
        )
        if found == kernels.UNUSUAL_NUMBER:
            return super().tally(roles, gate)
        if found < 0:
            raise self.fault(found)
        return Tally(small, large, bool(found))

    def numbers(self, field: str) -> Floats:
        """Return a FORMAT field of numbers, as `Record.numbers` says."""
        if field not in self._numbers:
            values = self._read_numbers(field) if self.has(field) else None
            if values is None:
                values = np.full((self.samples, 1), np.nan)
            self._numbers[field] = values
        return self._numbers[field]

    def _read_numbers(self, field: str) -> Floats:
        starts, ends = self._cells()
        place = self._places[field]
        room = len(self.alts) + 1
        while True:
            values = np.empty((self.samples, room))
            most = kernels.numbers(self.cells, starts, ends, place, values)
            if most == kernels.UNUSUAL_NUMBER:
                values = self._read_unusual_numbers(field)
                most = room = values.shape[1]
            if most < 0:
                raise self.fault(most)
            if most <= room:
                return values[:, :most]
            room = most

    def _read_unusual_numbers(self, field: str) -> Floats:
        """Read numbers with exponents or many digits as Python does."""
        found = [["."] if cell is None else cell.split(",") for cell in self._texts(field)]
        values = np.full((self.samples, max(map(len, found))), np.nan)
        for sample, parts in enumerate(found):
            for place, part in enumerate(parts):
                if part != ".":
                    number = self._number(part)
                    values[sample, place] = np.nan if number < 0 else number
        return values

    def _number(self, text: str) -> float:
        try:
            number = float(text)
        except ValueError:
            raise self.fault(kernels.BAD_NUMBER) from None
        if "_" in text or text != text.strip():  # Python takes more than a VCF may hold
            raise self.fault(kernels.BAD_NUMBER)
        return number

    def texts(self, field: str) -> Texts:
        """Return a FORMAT field as text, as `Record.texts` says."""
        texts = np.full(self.samples, None, object)
        if self.has(field):
            texts[:] = [None if cell in {None, "."} else cell for cell in self._texts(field)]
        return texts

    def _texts(self, field: str) -> list[str | None]:
        """Return the field of each cell, None where the cell ends before it."""
        starts, ends = self._cells()
        place = self._places[field]
        whole = self._columns[9]
        found: list[str | None] = []
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
            parts = whole[start:end].decode("utf-8", "replace").split(":")
            found.append(parts[place] if place < len(parts) else None)
        return found

    def _cells(self) -> tuple[Places, Places]:
        """Find the cells of the asked samples, once."""
        if self._starts is None:
            starts, ends = np.empty((2, self.samples), np.int32)
            layout = self._layout
            code = locate(
                self.cells, layout.columns, layout.wanted, len(self._places), starts, ends
            )
            if code != kernels.FINE:
                raise self.fault(code)
            self._starts, self._ends = starts, ends
        return self._starts, self._ends
