"""Series, mapping and subjects to scans with names; what gets none goes to the report."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from drepano.dicom.ledger import Ledger
from drepano.dicom.mapping import Mapping
from drepano.dicom.matching import choose
from drepano.dicom.naming import Scan, name_scans
from drepano.dicom.report import Note, Report
from drepano.dicom.series import Part, Series
from drepano.dicom.subjects import Subjects
from drepano.dicom.visits import Visit, find_visits

_SHOW = "Look at the file, or export the series again."


def plan(
    series: Sequence[Series],
    mapping: Mapping,
    subjects: Subjects,
    ledger: Ledger,
    report: Report,
) -> list[Scan]:
    """Find out what is to be made.

    Parameters
    ----------
    series
        In the order of acquisition.
    mapping, subjects
        The site's files.
    ledger
        What was made before.
    report
        Gets all that is left out; knows the identifiers that descriptions must not show.

    Returns
    -------
    list of Scan
        By name; one with a trouble can not be made.
    """
    visits = find_visits(
        [one for one in series if not one.first.kind], subjects, ledger, mapping.sessions
    )
    numbers = patient_numbers(series, subjects)
    _note_patients(series, numbers, report)
    scans: list[Scan] = []
    for one in series:
        label = subjects.labels.get(one.first.patient)
        visit = visits.get((label, one.first.study)) if label else None
        known = f"sub-{label}" if label else f"patient {numbers.get(one.first.patient, 0)}"
        who = f"sub-{visit.subject} ses-{visit.session}" if visit and visit.session else known
        scans += _scans(one, mapping, visit, who, report)
    named = name_scans(scans, ledger, repeats=mapping.repeats)
    report.repeated = sum(one.repeated for one in series)
    return named


def patient_numbers(series: Sequence[Series], subjects: Subjects) -> dict[str, int]:
    """Give numbers to the patients without label: by PatientID, so that a rerun tells the same."""
    unknown = {one.first.patient for one in series} - set(subjects.labels)
    return {patient: n for n, patient in enumerate(sorted(unknown), start=1)}


def _note_patients(series: Sequence[Series], numbers: dict[str, int], report: Report) -> None:
    for patient, number in numbers.items():
        own = [one for one in series if one.first.patient == patient and not one.first.kind]
        if not own:
            continue  # reports and the like alone: nothing to convert
        files = sum(len(one.headers) for one in own)
        what = f"{len(own)} series"
        if patient:
            reason = "its PatientID is not in the subjects file"
            remedy = "Add it; --unmapped writes a list with the ids, for the site's eyes alone."
        else:
            reason = "files without PatientID"
            remedy = "Set the PatientID of these files at their source: whose they are is unknown."
        report.unmapped_patients.append(Note(f"patient {number}", what, files, reason, remedy))


def _scans(
    series: Series,
    mapping: Mapping,
    visit: Visit | None,
    who: str,
    report: Report,
) -> list[Scan]:
    """Return the scans of one series; note its parts that are to be left out."""
    found = []
    for part in series.parts:
        choice = choose(part, mapping)
        what = part_text(part, report)
        count = len(part.headers)
        told = f"'{shown_description(part, report)}'"
        note = Note(who, what, count, choice.reason, description=told)
        if choice.fate == "skipped":
            report.skipped.append(note)
        elif visit is None:
            continue  # told with its patient
        elif choice.rule is None:
            remedy = "Add a rule for its description, or one with `skip: true`."
            report.unmapped_series.append(dataclasses.replace(note, remedy=remedy))
        elif trouble := _trouble(series, visit):
            report.refused.append(Note(who, what, count, *trouble))
        else:
            found.append(Scan(part, choice.rule, visit.subject, visit.session))
    return found


def _trouble(series: Series, visit: Visit) -> tuple[str, str] | None:
    """Return why a series can not be converted, and the remedy."""
    if series.trouble:
        return series.trouble, _SHOW
    if any(header.burned_in for header in series.headers):
        remedy = "Do not convert it, or have the text removed and the tag set by who can see to it."
        return "its header says that text is burnt into the picture (BurnedInAnnotation)", remedy
    return (visit.trouble, visit.remedy) if visit.trouble else None


def shown_description(part: Part, report: Report) -> str:
    """Return the series description without identifiers."""
    return report.hidden.blot(part.series.first.description) or "without description"


def part_text(part: Part, report: Report) -> str:
    """Name a part for people: number, description, and what parts it from its siblings."""
    header = part.series.first
    told = [f"series {header.number} '{shown_description(part, report)}'"]
    if len(part.series.parts) > 1:
        echo = [f"echo {part.echo_time_ms:g} ms"] if part.echo_time_ms is not None else []
        told += [*echo, part.component]
    return ", ".join(told)
