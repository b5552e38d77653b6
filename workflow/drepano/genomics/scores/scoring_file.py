"""PGS Catalog scoring files, version 2, authors' or harmonised, to the rows of a build."""

from __future__ import annotations

import gzip
import hashlib
import importlib.resources
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from drepano.errors import ConfigError, Fault
from drepano.genomics.scores.exact import MOST_VARIANTS
from drepano.genomics.scores.rows import (
    LEFT_OUT,
    Cells,
    Places,
    Refused,
    Row,
    read_row,
    refuse_repeats,
    row_faults,
)
from drepano.settings.genomics.scores import BUILD, BUILDS, Score

_BUILD_NAMES = {
    **dict.fromkeys(("grch37", "hg19", "b37", "37"), "GRCh37"),
    **dict.fromkeys(("grch38", "hg38", "b38", "38"), "GRCh38"),
}
_HEADER = re.compile(r"#+\s*(\w+)\s*=(.*)")
_REMEDY = "See docs/scores.md; the format is explained at pgscatalog.org/downloads."


@dataclass(frozen=True, slots=True)
class ScoringFile:
    """A scoring file as it stands.

    Attributes
    ----------
    where
        Path, or name in the package.
    header
        Lines ``#key=value``, keys in lower case.
    columns
        Names of the columns.
    lines
        Number and text of each row; parsed when asked, for large files are larger in cells.
    """

    where: str
    header: dict[str, str]
    columns: list[str]
    lines: list[tuple[int, str]]

    def rows(self) -> Iterator[tuple[int, Cells]]:
        """Yield the line and the cells of each row; cells that are not there are empty."""
        for line, text in self.lines:
            cells = [cell.strip() for cell in text.split("\t")]
            yield line, dict(zip_longest(self.columns, cells[: len(self.columns)], fillvalue=""))


@dataclass(frozen=True, slots=True)
class LoadedScore:
    """A score on a build.

    Attributes
    ----------
    rows
        That are used, in order of chromosome and position.
    refused
        That are not.
    """

    rows: list[Row]
    refused: list[Refused]

    @property
    def variants(self) -> int:
        """Rows that the score should have: all but `LEFT_OUT`; the base of its match rate."""
        return len(self.rows) + sum(row.reason not in LEFT_OUT for row in self.refused)

    @property
    def refusals(self) -> dict[str, int]:
        """Refused rows by reason."""
        return dict(sorted(Counter(row.reason for row in self.refused).items()))


def package_scores() -> list[str]:
    """Return the names of the scores that come with the package."""
    folder = importlib.resources.files("drepano.catalogue") / "scores"
    names = {entry.name.partition(".")[0].rpartition("_")[0] for entry in folder.iterdir()}
    return sorted(name for name in names if name)


def _sources(score: Score) -> dict[str, str]:
    """Return where to read the score for each build."""
    package = not score.brought
    pattern = f"{score.file}_{BUILD}.txt" if package else score.file
    return {build: pattern.replace(BUILD, build) for build in BUILDS}


def _bytes(score: Score, where: str) -> bytes:
    try:
        if not score.brought:
            folder = importlib.resources.files("drepano.catalogue") / "scores"
            return (folder / where).read_bytes()
        content = Path(where).read_bytes()
        return gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
    except FileNotFoundError as error:
        known = ", ".join(package_scores())
        raise ConfigError.of(
            score.file,
            found=f"no file {where}" if score.brought else "no such score",
            expected="a score of the package or the path of a scoring file",
            remedy=f"Mend the path, which ends in .txt or .txt.gz; the package has: {known}.",
        ) from error
    except (OSError, EOFError, zlib.error) as error:
        raise ConfigError.of(
            where, found="a file that cannot be read", expected="text or gzip", remedy=_REMEDY
        ) from error


def content_digest(score: Score) -> str:
    """Hash the score's files, of both builds if there are two; paths do not matter."""
    places = dict.fromkeys(_sources(score).values())
    hashes = [hashlib.sha256(_bytes(score, where)).hexdigest() for where in places]
    return hashes[0] if len(hashes) == 1 else hashlib.sha256("".join(hashes).encode()).hexdigest()


def read_scoring_file(score: Score, build: str) -> ScoringFile:
    """Read the file of a build as it stands.

    Raises
    ------
    ConfigError
        It is missing, is no scoring file, or rows are wrong; every one is named.
    """
    where = _sources(score)[build]
    try:
        text = _bytes(score, where).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError.of(
            where, found="text that is not UTF-8", expected="UTF-8", remedy=_REMEDY
        ) from error
    lines = text.splitlines()
    found = [m for line in lines if line.startswith("#") and (m := _HEADER.match(line))]
    header = {m.group(1).lower(): m.group(2).strip() for m in found}
    table = [(n, line) for n, line in enumerate(lines, 1) if line and not line.startswith("#")]
    head, columns = (table[0][0], table[0][1].split("\t")) if table else (1, [])
    _refuse(_column_faults(columns, f"{where}:{head}"))
    file = ScoringFile(where, header, columns, table[1:])
    _refuse(_content_faults(file))
    return file


def score_headers(score: Score) -> dict[str, str]:
    """Return the header lines that a score's files share.

    Raises
    ------
    ConfigError
        As `read_scoring_file`, for each of the files.
    """
    headers: list[dict[str, str]] = []
    faults: list[Fault] = []
    for build in {where: build for build, where in _sources(score).items()}.values():
        try:
            headers.append(read_scoring_file(score, build).header)
        except ConfigError as error:
            faults += error.faults
    _refuse(dict.fromkeys(faults))
    return {k: v for k, v in headers[0].items() if all(h.get(k) == v for h in headers)}


def _column_faults(columns: list[str], where: str) -> Iterator[Fault]:
    weights = ("effect_weight", "dosage_0_weight")
    if "effect_allele" not in columns:
        yield Fault(where, "no column effect_allele", "a PGS Catalog scoring file", _REMEDY)
    if not any(name in columns for name in weights):
        yield Fault(where, "no column effect_weight", "a PGS Catalog scoring file", _REMEDY)
    for name in sorted({name for name in columns if columns.count(name) > 1}):
        yield Fault(where, f"column {name} twice", "each column once", "Remove one of them.")


def _content_faults(file: ScoringFile) -> Iterator[Fault]:
    if not 0 < len(file.lines) <= MOST_VARIANTS:
        expected = f"1 to {MOST_VARIANTS} rows"
        yield Fault(file.where, f"{len(file.lines)} rows", expected, "Give a file with variants.")
    for line, text in file.lines:
        if text.count("\t") >= len(file.columns):
            where = f"{file.where}:{line}"
            yield Fault(where, "more cells than columns", "one cell a column", _REMEDY)
    for line, cells in file.rows():
        yield from row_faults(cells, f"{file.where}:{line}")


def _refuse(faults: Iterable[Fault]) -> None:
    if found := list(faults):
        raise ConfigError(*found)


def build_of(text: str) -> str | None:
    """Return the build that a header names, such as ``GRCh37`` for hg19; None if it does not."""
    return _BUILD_NAMES.get(text.strip().lower().partition(".")[0])


def load_score(score: Score, build: str) -> LoadedScore:
    """Read a score for a build: harmonised positions if they are of it, else the authors'.

    Raises
    ------
    ConfigError
        As `read_scoring_file`; or the file has no positions on the build, or no row of use.
    """
    file = read_scoring_file(score, build)
    places = _places(file, build)
    keep = score.palindromic == "keep"
    read = [read_row(cells, line, places, keep_palindromic=keep) for line, cells in file.rows()]
    rows, repeats = refuse_repeats([row for row in read if isinstance(row, Row)])
    refused = [row for row in read if isinstance(row, Refused)] + repeats
    if not rows:
        told = ", ".join(f"{k} {v}" for k, v in LoadedScore([], refused).refusals.items())
        raise ConfigError.of(
            file.where,
            found=f"no row that can be used ({told})",
            expected="variants with a position on the build and an effect allele",
            remedy=f"Give the file that the PGS Catalog harmonised to {build}; what the reasons "
            "mean stands in docs/scores.md.",
        )
    rows.sort(key=lambda row: (row.site.chrom, row.site.position, row.line))
    refused.sort(key=lambda row: row.line)
    return LoadedScore(rows, refused)


def _places(file: ScoringFile, build: str) -> Places:
    harmonised = build_of(file.header.get("hmpos_build", ""))
    authors = build_of(file.header.get("genome_build", ""))
    if harmonised == build and {"hm_chr", "hm_pos"} <= set(file.columns):
        return Places("hm_chr", "hm_pos")
    if authors == build and {"chr_name", "chr_position"} <= set(file.columns):
        return Places("chr_name", "chr_position")
    told = [f"{k}={file.header[k]}" for k in ("genome_build", "hmpos_build") if k in file.header]
    raise ConfigError.of(
        file.where,
        found=f"no positions on {build} ({', '.join(told) or 'no build in the header'})",
        expected=f"hm_chr and hm_pos with #HmPOS_build={build}, or chr_name and chr_position "
        f"with #genome_build={build}",
        remedy=f"Give the file that the PGS Catalog harmonised to {build}; name it with {BUILD} "
        "if sites are of both builds. Positions are never moved between builds.",
    )
