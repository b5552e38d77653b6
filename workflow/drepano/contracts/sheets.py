"""Text tables that a site delivers: read as they are, every cell as text, with its line number.

The standard library's reader and not pandas': a clinician is told the line of the file (quoted
line breaks counted), a row of another length is seen, and a header that stands twice is seen.
"""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from drepano.errors import Fault, InputError


@dataclass(frozen=True, slots=True)
class Sheet:
    """A delivered table.

    Attributes
    ----------
    path
        File, as the site file states it.
    header
        Column names of the first line, without spaces around them.
    rows
        Cells of each row that is not empty, without spaces around them.
    lines
        Line of the file on which each row ends, from 1; as long as `rows`.
    misfits
        Rows that have another number of cells than the header, as (line, cells); they are
        not in `rows`, since which cell belongs to which column is not known.
    """

    path: Path
    header: list[str]
    rows: list[list[str]]
    lines: list[int]
    misfits: list[tuple[int, list[str]]]

    def fault_of(self, column: str) -> Fault | None:
        """Say why `column` can not be read, or None if it can."""
        count = self.header.count(column)
        if count == 1:
            return None
        near = difflib.get_close_matches(column, self.header, n=1, cutoff=0.7)
        hint = f" Did you mean {near[0]!r}?" if near and not count else ""
        return Fault(
            str(self.path),
            f"{count or 'no'} column{'s' if count > 1 else ''} {column!r}",
            "exactly one column of this name in the first line",
            f"Mend the column's name in the site file, or in the table.{hint}",
        )

    def column(self, name: str) -> list[str]:
        """Return the cells of one column, one per row."""
        position = self.header.index(name)
        return [row[position] for row in self.rows]


def read_sheet(path: Path) -> Sheet:
    """Read a `.tsv` or `.csv` file; in a `.csv`, ``;`` or ``,`` by the first line.

    Raises
    ------
    InputError
        The file can not be opened, is empty, is no UTF-8, or is no table.
    """
    text = _read_text(path)
    rows, lines, misfits = [], [], []
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=_delimiter(path, text), strict=True
    )
    try:
        header = [cell.strip() for cell in next(reader, [])]
        for record in reader:
            cells = [cell.strip() for cell in record]
            if not any(cells):
                continue  # a blank line, or what a spreadsheet leaves under its table
            if len(cells) == len(header):
                rows.append(cells)
                lines.append(reader.line_num)
            else:
                misfits.append((reader.line_num, cells))
    except csv.Error as error:
        raise _unusable(
            f"{path}, line {reader.line_num}",
            "text that is no table, such as a quotation mark without its partner",
            "Mend the line.",
        ) from error
    return Sheet(path, header, rows, lines, misfits)


def read_columns(path: Path, columns: Iterable[str]) -> Sheet:
    """Read a table that must have `columns`.

    Raises
    ------
    InputError
        The table can not be read, or lacks columns; names all of them.
    """
    sheet = read_sheet(path)
    if (fault := _separator_fault(sheet)) is not None:
        raise InputError(fault)
    faults = [f for c in dict.fromkeys(columns) if (f := sheet.fault_of(c)) is not None]
    if faults:
        raise InputError(*faults)
    return sheet


def _read_text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise _unusable(path, reason, "Mend the path in the site file, or the file.") from error
    if not content.strip():
        raise _unusable(path, "an empty file", "Export the table again.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        utf16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))
        encoding = "UTF-16" if utf16 else "WINDOWS-1252"
        raise _unusable(
            path,
            "UTF-16 text" if utf16 else "text that is not UTF-8, perhaps Latin-1",
            f"Save it as UTF-8, for instance `iconv -f {encoding} -t UTF-8 old > new`.",
        ) from error


def _delimiter(path: Path, text: str) -> str:
    suffix = path.suffix.lower()
    if suffix == ".tsv":
        return "\t"
    if suffix == ".csv":
        first = text.split("\n", maxsplit=1)[0]
        return ";" if first.count(";") > first.count(",") else ","
    remedy = "Name it .tsv when tabs separate its cells, .csv when commas or semicolons do."
    raise _unusable(path, f"a name that ends in {suffix or 'nothing'}", remedy)


def _separator_fault(sheet: Sheet) -> Fault | None:
    """Say if cells are separated otherwise than the file's name says: every column is lost."""
    tabs = sheet.path.suffix.lower() == ".csv" and any("\t" in name for name in sheet.header)
    whole = sheet.header[0] if len(sheet.header) == 1 else ""
    others = sheet.path.suffix.lower() == ".tsv" and ("," in whole or ";" in whole)
    if not (tabs or others):
        return None
    suffix = ".tsv" if tabs else ".csv"
    return Fault(
        str(sheet.path),
        f"{'tabs' if tabs else 'commas or semicolons'} between the cells of a {sheet.path.suffix}",
        "tabs in a .tsv, commas or semicolons in a .csv",
        f"Rename it to {sheet.path.with_suffix(suffix).name}, there and in the site file.",
    )


def _unusable(where: object, found: str, remedy: str) -> InputError:
    expected = "a table with one header line, .tsv or .csv, as UTF-8 text"
    return InputError(Fault(str(where), found, expected, remedy))


def subject_label(text: str) -> str:
    """Return a participant id without `sub-`."""
    return text.strip().removeprefix("sub-")


def session_label(text: str) -> str:
    """Return a session id without `ses-`."""
    return text.strip().removeprefix("ses-")
