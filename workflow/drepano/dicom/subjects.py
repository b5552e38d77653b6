"""The subjects file: PatientID to participant label, and study dates to sessions."""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from drepano.dicom.hidden import plain
from drepano.errors import Fault, InputError

_LABEL = re.compile(r"[0-9a-zA-Z]+")
_DATE = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})")
_COLUMNS = ("patient_id", "participant_id", "study_date", "session_id")
_REMEDY = "See docs/dicom.md for an example."


@dataclass(frozen=True, slots=True)
class Subjects:
    """Who is who; patient ids and dates in it are never shown.

    Attributes
    ----------
    labels
        Participant label without `sub-`, by PatientID.
    sessions
        Session label without `ses-`, by PatientID and study date (YYYYMMDD, empty for all).
    """

    labels: dict[str, str]
    sessions: dict[tuple[str, str], str]

    @property
    def unchanged(self) -> int:
        """How many labels are the PatientID itself."""
        return sum(label == patient for patient, label in self.labels.items())

    def session(self, patient: str, date: str) -> str | None:
        """Return the session of a study; None if the table does not have it."""
        return self.sessions.get((patient, date), self.sessions.get((patient, "")))


def read_subjects(path: Path) -> Subjects:
    """Read a table with the columns patient_id, participant_id and, if wanted, more.

    Tabs, commas or semicolons part the columns. study_date (YYYYMMDD or YYYY-MM-DD) and
    session_id may follow; a row without date is for all studies of the patient.

    Raises
    ------
    InputError
        With every line that is wrong, by its number and never by what stands there.
    """
    rows = _rows(path)
    faults = [fault for line, row in rows for fault in _row_faults(f"{path}:{line}", row)]
    faults += _conflicts(path, rows)
    if faults:
        raise InputError(*faults)
    sessions = {
        (row["patient_id"], _compact(row["study_date"])): _bare(row["session_id"], "ses-")
        for _, row in rows
        if row["session_id"]
    }
    labels = {row["patient_id"]: _bare(row["participant_id"], "sub-") for _, row in rows}
    return Subjects(labels, sessions)


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        told = getattr(error, "strerror", None) or "text that is not UTF-8"
        raise InputError.of(
            path, found=str(told).lower(), expected="a subjects table in UTF-8", remedy=_REMEDY
        ) from None
    head = text.split("\n", 1)[0]
    delimiter = max("\t,;", key=head.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, restval="")
    names = [name.strip() for name in reader.fieldnames or ()]
    missing = [name for name in _COLUMNS[:2] if name not in names]
    if missing:
        raise InputError.of(
            path,
            found=f"no column {' and no column '.join(missing)}",
            expected="patient_id and participant_id, then study_date and session_id if wanted",
            remedy=_REMEDY,
        )
    reader.fieldnames = names
    return [
        (reader.line_num, {name: plain(row.get(name) or "") for name in _COLUMNS})
        for row in reader
        if any(isinstance(value, str) and value.strip() for value in row.values())
    ]


def _row_faults(where: str, row: dict[str, str]) -> Iterator[Fault]:
    if not row["patient_id"]:
        yield Fault(where, "no patient_id", "the PatientID of the DICOM files", "Fill it in.")
    for column, prefix, wanted in (("participant_id", "sub-", True), ("session_id", "ses-", False)):
        label = _bare(row[column], prefix)
        if (wanted or row[column]) and not _LABEL.fullmatch(label):
            found = f"a {column} with other signs" if label else f"no {column}"
            yield Fault(where, found, f"{prefix}<letters and digits>", "Mend the label.")
        elif column == "session_id" and _DATE.fullmatch(label):
            yield Fault(where, "a date as session_id", "a label", "Names hold no date: use 1, 2.")
    if row["study_date"] and not _DATE.fullmatch(row["study_date"]):
        yield Fault(where, "a study_date of another form", "YYYY-MM-DD", "Write it so.")
    if row["study_date"] and not row["session_id"]:
        yield Fault(where, "a study_date without session_id", "both", "Add the session.")


def _conflicts(path: Path, rows: list[tuple[int, dict[str, str]]]) -> Iterator[Fault]:
    """Find patients of two labels, and studies of two sessions."""
    labels: dict[str, dict[str, int]] = defaultdict(dict)
    visits: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for line, row in rows:
        patient = row["patient_id"]
        labels[patient].setdefault(_bare(row["participant_id"], "sub-"), line)
        visits[patient, _compact(row["study_date"])].setdefault(row["session_id"], line)
    for found, what in ((labels, "participant_id"), (visits, "session_id")):
        for values in found.values():
            if len(values) > 1:
                lines = ", ".join(map(str, values.values()))
                remedy = "Correct one of the lines."
                yield Fault(f"{path}:{lines}", f"one patient, more than one {what}", "one", remedy)


def _compact(date: str) -> str:
    return date.replace("-", "")


def _bare(label: str, prefix: str) -> str:
    return label.removeprefix(prefix)
