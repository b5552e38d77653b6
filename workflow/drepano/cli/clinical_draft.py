"""A first draft of a site's clinical section, out of the table's own header."""

from __future__ import annotations

import csv
import itertools
import json
import re
from dataclasses import dataclass
from pathlib import Path

from drepano.catalogue.concepts import Concept, load_concepts
from drepano.errors import InputError

_SECTION = """
{mark}clinical:
{mark}  - path: {path}
{mark}    participant: {participant}
{decimal}{mark}    missing: {missing}
{mark}    columns: # concept: where it stands, and in which unit; never guessed
{columns}"""

_MISSING = '{"": not_recorded, "NA": not_recorded, "-997": not_recorded, "-996": refused}'
_EXAMPLE = """\
#       hb: {column: Hb, unit: g/L}
#       sex: {column: Sex, values: {"1": male, "2": female}}
"""
_ROWS = 200
"""Rows that are looked at for a decimal comma."""
_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+")
_POINT = re.compile(r"[+-]?[0-9]+\.[0-9]+")


@dataclass(frozen=True, slots=True)
class _Table:
    """Header, first rows and delimiter of a clinical table."""

    header: list[str]
    rows: list[list[str]]
    delimiter: str

    @property
    def decimal_comma(self) -> bool:
        """True if numbers with a comma are more than those with a point."""
        cells = [cell.strip() for row in self.rows for cell in row]
        commas, points = (sum(bool(s.fullmatch(c)) for c in cells) for s in (_COMMA, _POINT))
        return self.delimiter != "," and commas > points


def draft_clinical(path: Path | None) -> str:
    """Write the clinical section of a site file.

    Parameters
    ----------
    path
        Clinical table; None writes an example as a comment.

    Returns
    -------
    str
        YAML: columns whose header is a known concept or synonym as proposals, every other
        header as a comment. Units and codes are left for people to state.

    Raises
    ------
    InputError
        The table is no UTF-8 text.
    """
    if path is None:
        return _SECTION.format(
            mark="# ",
            path="path/clinical.tsv",
            participant="participant_id",
            decimal="",
            missing=_MISSING,
            columns=_EXAMPLE,
        )
    table = _read(path)
    first, *rest = table.header or ["participant_id"]
    return _SECTION.format(
        mark="",
        path=_quoted(str(path)),
        participant=_quoted(first),
        decimal='    decimal: "," # most numbers of the file have a comma\n'
        if table.decimal_comma
        else "",
        missing=_MISSING,
        columns=_columns(rest),
    )


def _read(path: Path) -> _Table:
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            first = handle.readline()
            delimiter = max("\t;,", key=first.count)
            handle.seek(0)
            rows = list(itertools.islice(csv.reader(handle, delimiter=delimiter), _ROWS + 1))
    except UnicodeDecodeError as error:
        raise InputError.of(
            path, found="text that is not UTF-8", expected="UTF-8", remedy="Save it as UTF-8."
        ) from error
    header = [cell.strip() for cell in rows[0]] if rows else []
    return _Table(header, rows[1:], delimiter)


def _columns(header: list[str]) -> str:
    """Write a line per header: the concept that it seems to be, or a question."""
    by_name = {concept.name: concept for concept in load_concepts().values()}
    by_name |= {s: concept for concept in load_concepts().values() for s in concept.synonyms}
    lines: list[str] = []
    unknown: list[str] = []
    taken: set[str] = set()
    for column in header:
        concept = by_name.get(_plain(column))
        if concept is None or concept.name in taken:
            unknown.append(f"      # {_quoted(column, always=True)}: which concept?\n")
        else:
            taken.add(concept.name)
            lines.append(_column_line(concept, column))
    if unknown:
        left = [name for name in load_concepts() if name not in taken]
        unknown.append(f"      # concepts that are left: {', '.join(left)}\n")
    return "".join([*lines, *unknown])


def _plain(column: str) -> str:
    """Return a header without case, blanks and a unit in brackets: `HbF (%)` is hbf."""
    bare = re.sub(r"[(\[].*", "", column.casefold())
    return re.sub(r"\W+", "_", bare).strip("_")


def _column_line(concept: Concept, column: str) -> str:
    said = "" if _plain(column) == concept.name else f"is it {concept.name}? "
    place = f"      {concept.name}: {{column: {_quoted(column, always=True)}"
    if concept.units:
        return f'{place}, unit: "?"}} # {said}one of {" | ".join(concept.units)}\n'
    if concept.type == "number":
        return f"{place}}}{f' # {said}'.rstrip() if said else ''}\n"
    meant = " | ".join(concept.categories) or "true | false"
    return f"{place}, values: {{}}}} # {said}code: {meant}\n"


def _quoted(text: str, *, always: bool = False) -> str:
    """Write text as YAML: as it is where that is safe, else as JSON, which is YAML."""
    safe = re.fullmatch(r"[A-Za-z_./][A-Za-z0-9_./-]*", text) is not None
    return text if safe and not always else json.dumps(text, ensure_ascii=False)
