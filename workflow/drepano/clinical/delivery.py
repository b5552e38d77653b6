"""One delivered table: its rows, and one record per cell of a concept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from drepano.catalogue.concepts import load_concepts
from drepano.clinical.cells import read_cells
from drepano.clinical.doubts import Doubts, doubt
from drepano.contracts.sheets import Sheet, read_columns, session_label, subject_label
from drepano.settings import Clinical, ClinicalSource


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one clinical source brings.

    Attributes
    ----------
    source
        The source as the site file states it.
    rows
        `subject`, `session` (empty: every session) and `line` of each row that names a
        participant.
    cells
        `subject`, `session`, `concept`, `number`, `category`, `reason`, `position` (of the
        source among the site's), `line` and `where` (file, line, column): one row per cell.
    nameless
        Lines without a participant.
    misfits
        Lines that have another number of cells than the header.
    lines
        Line of each row of the file, named or not; the positions of `doubts` point there.
    doubts
        What is odd about a column as a whole, by concept.
    """

    source: ClinicalSource
    rows: pd.DataFrame
    cells: pd.DataFrame
    nameless: list[int]
    misfits: list[int]
    lines: list[int]
    doubts: dict[str, Doubts]


def deliver(clinical: Clinical, source: ClinicalSource, position: int) -> Delivery:
    """Read the study's concepts out of one table.

    Raises
    ------
    InputError
        The table can not be read, or lacks columns that the site file names.
    """
    concepts = [name for name in clinical.columns if name in source.columns]
    session = [source.session] if source.session else []
    mapped = [source.columns[name].column for name in concepts]
    sheet = read_columns(source.path, [source.participant, *session, *mapped])
    rows = _rows(sheet, source)
    named = (rows["subject"] != "").to_numpy(bool)
    parts = [_unreadable(sheet, source, concepts)]
    doubts: dict[str, Doubts] = {}
    for name in concepts:
        column, concept = source.columns[name], load_concepts()[name]
        cells = sheet.column(column.column)
        read = read_cells(cells, concept, column, source)
        doubts[name] = doubt(cells, concept, column, source)
        parts.append(pd.concat([rows, read], axis=1)[named].assign(concept=name))
    filled = [part for part in parts if len(part)]
    return Delivery(
        source=source,
        rows=pd.concat([rows[named], parts[0][["subject", "session", "line"]].drop_duplicates()]),
        cells=_placed(pd.concat(filled or parts, ignore_index=True), source, position),
        nameless=[int(line) for line in rows["line"][~named]],
        misfits=[line for line, _ in sheet.misfits],
        lines=sheet.lines,
        doubts=doubts,
    )


def _placed(cells: pd.DataFrame, source: ClinicalSource, position: int) -> pd.DataFrame:
    where = [
        f"{source.path}, line {line}, column {source.columns[concept].column}"
        for line, concept in zip(cells["line"], cells["concept"], strict=True)
    ]
    return cells.assign(position=position, where=pd.Series(where, dtype=object))


def _rows(sheet: Sheet, source: ClinicalSource) -> pd.DataFrame:
    sessions = sheet.column(source.session) if source.session else [""] * len(sheet.rows)
    return pd.DataFrame(
        {
            "subject": pd.Series(
                map(subject_label, sheet.column(source.participant)), dtype=object
            ),
            "session": pd.Series(map(session_label, sessions), dtype=object),
            "line": np.array(sheet.lines, dtype=np.int64),
        }
    )


def _unreadable(sheet: Sheet, source: ClinicalSource, concepts: list[str]) -> pd.DataFrame:
    """Record the rows whose cells are shifted, as far as they can still be told apart.

    The first cell is in its place whatever follows, so the participant is known when it
    stands first; the session is not known, so the row speaks for all of them.
    """
    first = sheet.header[0] == source.participant
    subjects = [subject_label(cells[0]) for _, cells in sheet.misfits] if first else []
    records = [
        (subject, "", line, np.nan, None, "unreadable", name)
        for subject, (line, _) in zip(subjects, sheet.misfits, strict=False)
        for name in concepts
        if subject
    ]
    names = ["subject", "session", "line", "number", "category", "reason", "concept"]
    frame = pd.DataFrame(records, columns=names)
    return frame.astype(dict.fromkeys(names, object) | {"line": np.int64, "number": np.float64})
