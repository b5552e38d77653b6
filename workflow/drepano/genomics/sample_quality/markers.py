"""Marker files: common variants at which the subjects of a site are compared."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from drepano.errors import ConfigError, Fault
from drepano.genomics.reading.alleles import Target
from drepano.genomics.reading.normalise import trim
from drepano.genomics.sample_quality.sites import AUTOSOMES

COLUMNS = ("chrom", "grch37_pos", "grch38_pos", "ref", "alt")
"""Header of a marker file; the order of its columns is free."""

_POSITION = re.compile(r"[1-9][0-9]{0,8}")
_BASE = re.compile(r"[ACGT]")
_REMEDY = "Mend the row; the columns are explained in docs/sample_quality.md."


@dataclass(frozen=True, slots=True)
class Markers:
    """The markers of a study.

    Attributes
    ----------
    rows
        chrom, position on GRCh37 and GRCh38, ref, alt; in the order of the file.
    digest
        sha256 of the file's bytes.
    """

    rows: tuple[tuple[str, int, int, str, str], ...]
    digest: str

    def on(self, build: str) -> dict[str, list[Target]]:
        """Return the markers of each chromosome on a build, by position."""
        found: dict[str, list[Target]] = {}
        for chrom, grch37, grch38, ref, alt in self.rows:
            start = grch37 if build == "GRCh37" else grch38
            target = Target("", chrom, start, start + 1, ref, alt, trim(start, ref, alt))
            found.setdefault(chrom, []).append(target)
        return {chrom: sorted(found[chrom], key=lambda t: t.start) for chrom in found}


def read_markers(path: Path) -> Markers:
    """Read a marker file.

    Raises
    ------
    ConfigError
        The file is missing or not text, or rows of it are wrong; every wrong row is named.
    """
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        found = "no such file" if isinstance(error, OSError) else "text that is not UTF-8"
        expected, remedy = "a TSV of markers", "Correct sample_quality.markers of the study."
        raise ConfigError.of(path, found=found, expected=expected, remedy=remedy) from error
    lines = list(csv.reader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE))
    header = lines[0] if lines else []
    if sorted(header) != sorted(COLUMNS):
        found, expected = ", ".join(header) or "nothing", f"the columns {', '.join(COLUMNS)}"
        raise ConfigError.of(f"{path}:1", found=found, expected=expected, remedy=_REMEDY)
    cells = {n: row for n, row in enumerate(lines[1:], start=2) if any(row)}
    faults = list(_faults(path, header, cells))
    if not cells:
        faults.append(Fault(str(path), "no row", "at least one marker", _REMEDY))
    if faults:
        raise ConfigError(*faults)
    named = [dict(zip(header, row, strict=True)) for row in cells.values()]
    return Markers(
        tuple(
            (c["chrom"], int(c["grch37_pos"]), int(c["grch38_pos"]), c["ref"], c["alt"])
            for c in named
        ),
        hashlib.sha256(content).hexdigest(),
    )


def _faults(path: Path, header: list[str], rows: dict[int, list[str]]) -> Iterator[Fault]:
    seen: set[tuple[str, ...]] = set()
    for number, row in rows.items():
        where = f"{path}:{number}"
        if len(row) != len(header):
            yield Fault(where, f"{len(row)} fields", f"{len(header)} fields", _REMEDY)
            continue
        cell = dict(zip(header, row, strict=True))
        checks = (
            ("chrom", cell["chrom"] in AUTOSOMES, "1 to 22, without prefix"),
            ("grch37_pos", _POSITION.fullmatch(cell["grch37_pos"]), "a 1-based position"),
            ("grch38_pos", _POSITION.fullmatch(cell["grch38_pos"]), "a 1-based position"),
            ("ref", _BASE.fullmatch(cell["ref"]), "one of A, C, G, T"),
            ("alt", _BASE.fullmatch(cell["alt"]), "one of A, C, G, T"),
            ("alt", cell["alt"] != cell["ref"], "another base than ref"),
        )
        for name, good, expected in checks:
            if not good:
                yield Fault(where, f"{name} {cell[name]!r}", expected, _REMEDY)
        for build in ("grch37_pos", "grch38_pos"):
            place = (build, cell["chrom"], cell[build])
            if place in seen:
                found = f"{build} {cell['chrom']}:{cell[build]} a second time"
                yield Fault(where, found, "one marker at a position", _REMEDY)
            seen.add(place)
