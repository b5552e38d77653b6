"""Participants and sessions of the clinical tables."""

from __future__ import annotations

from drepano.contracts.sheets import read_columns, session_label, subject_label
from drepano.errors import InputError
from drepano.index.findings import Problems
from drepano.settings import ClinicalSource


def read_visits(sources: tuple[ClinicalSource, ...], problems: Problems) -> set[tuple[str, str]]:
    """Return (subject, session) of every clinical row; an empty session holds for all.

    A table that can not be read is noted; the clinical step refuses it.
    """
    visits: set[tuple[str, str]] = set()
    for source in sources:
        try:
            visits |= _visits_of(source)
        except InputError as error:
            problems.refuse(error)
    return visits


def _visits_of(source: ClinicalSource) -> set[tuple[str, str]]:
    mapped = (column.column for column in source.columns.values())
    session = [source.session] if source.session else []
    sheet = read_columns(source.path, [source.participant, *session, *mapped])
    sessions = sheet.column(source.session) if source.session else [""] * len(sheet.rows)
    rows = zip(sheet.column(source.participant), sessions, strict=True)
    found = {(subject_label(s), session_label(e)) for s, e in rows}
    if sheet.header[0] == source.participant:  # a shifted row still tells whose it is
        found |= {(subject_label(cells[0]), "") for _, cells in sheet.misfits if cells}
    return {(subject, session) for subject, session in found if subject}
