"""Studies to subjects and sessions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from drepano.dicom.ledger import Ledger, study_digest
from drepano.dicom.series import Series
from drepano.dicom.subjects import Subjects

_NO_TABLE = "a study on a date that the subjects file does not have"


@dataclass(frozen=True, slots=True)
class Visit:
    """Whose a study is.

    Attributes
    ----------
    subject, session
        Labels; the session may be empty.
    trouble, remedy
        Why it has none; empty if it has.
    """

    subject: str
    session: str = ""
    trouble: str = ""
    remedy: str = ""


def find_visits(
    series: Sequence[Series], subjects: Subjects, ledger: Ledger, sessions: str
) -> dict[tuple[str, str], Visit]:
    """Return the visits by subject label and study UID, of patients in the subjects file.

    Parameters
    ----------
    series
        Of all patients.
    subjects
        Labels, and sessions by date.
    ledger
        Sessions that were given before.
    sessions
        `none`, `table` or `order`.
    """
    dates: dict[str, dict[str, tuple[str, str]]] = defaultdict(dict)
    for one in series:
        header = one.first
        label = subjects.labels.get(header.patient)
        if label is not None:
            dates[label][header.study] = (header.study_date, header.patient)
    visits: dict[tuple[str, str], Visit] = {}
    for label, studies in dates.items():
        if sessions == "table":
            found = _by_table(label, studies, subjects)
        elif sessions == "order":
            found = _by_order(label, studies, ledger)
        else:
            found = _alone(label, studies, ledger)
        visits |= {(label, study): visit for study, visit in found.items()}
    return {key: _unless_shared(key, visit, dates) for key, visit in visits.items()}


Studies = dict[str, tuple[str, str]]


def _unless_shared(
    key: tuple[str, str], visit: Visit, dates: dict[str, dict[str, tuple[str, str]]]
) -> Visit:
    """Refuse a study that holds images of several subjects: some of them are of somebody else."""
    label, study = key
    if sum(study in studies for studies in dates.values()) == 1:
        return visit
    remedy = "Find out at the source whose it is; one study UID is never of two people."
    return Visit(label, "", "one study UID with several subjects", remedy)


def _by_table(label: str, studies: Studies, subjects: Subjects) -> dict[str, Visit]:
    found = {}
    for study, (date, patient) in studies.items():
        session = subjects.session(patient, date)
        if session is None:
            remedy = "Add a line of patient_id, participant_id, study_date and session_id."
            found[study] = Visit(label, trouble=_NO_TABLE, remedy=remedy)
        else:
            found[study] = Visit(label, session)
    return found


def _by_order(label: str, studies: Studies, ledger: Ledger) -> dict[str, Visit]:
    """Give numbers to the dates: known ones keep theirs, new ones go on from the greatest."""
    used = {session for subject, session in ledger.studies.values() if subject == label}
    numbers: dict[str, int] = {}
    for study, (date, _) in studies.items():
        known = ledger.studies.get(study_digest(label, study))
        if known and known[1].isdecimal():
            numbers[date] = int(known[1])
    latest = max((int(session) for session in used if session.isdecimal()), default=0)
    last_date = max(numbers, default="")
    found: dict[str, Visit] = {}
    for date in sorted({date for date, _ in studies.values()}):
        trouble = remedy = ""
        if not date:
            trouble, remedy = "a study without date", "Give its session by `sessions: table`."
        elif date not in numbers and date < last_date:
            trouble = "a study before one that has its session number already"
            remedy = "Give sessions by `sessions: table`, or remove the subject's folder and its "
            remedy += "ledger to number anew."
        elif date not in numbers:
            latest += 1
            numbers[date] = latest
        session = "" if trouble else f"{numbers[date]:02d}"
        for study in (s for s, (d, _) in studies.items() if d == date):
            found[study] = Visit(label, session, trouble, remedy)
    return found


def _alone(label: str, studies: Studies, ledger: Ledger) -> dict[str, Visit]:
    """Take a single date of a subject; several would be mixed in one folder."""
    remedy = "State `sessions: order` or `sessions: table` in the mapping."
    digests = {study_digest(label, study) for study in studies}
    earlier = {d for d, visit in ledger.studies.items() if visit[0] == label}
    trouble = ""
    if len({date for date, _ in studies.values()}) > 1:
        trouble = "studies of several dates, and the mapping has no sessions"
    elif earlier and not earlier & digests:
        trouble = "another study was converted before, and the mapping has no sessions"
    return {study: Visit(label, "", trouble, remedy if trouble else "") for study in studies}
