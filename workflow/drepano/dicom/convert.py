"""`drepano dicom`: a source to a BIDS dataset; what can be converted is, the rest is listed."""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from drepano.contracts.files import naming_storage_errors, writing
from drepano.dicom.cleaning import NotConverted
from drepano.dicom.conversion import convert
from drepano.dicom.headers import Header, read_header
from drepano.dicom.ledger import (
    Ledger,
    Made,
    read_ledger,
    study_digest,
    working_in,
    write_ledger,
)
from drepano.dicom.mapping import Mapping
from drepano.dicom.naming import Scan
from drepano.dicom.placing import describe, list_images, place
from drepano.dicom.planning import part_text, patient_numbers, plan
from drepano.dicom.reading import NotRead
from drepano.dicom.report import Note, Report
from drepano.dicom.series import Series, group_series, hold_back
from drepano.dicom.sources import find_files
from drepano.dicom.subjects import Subjects
from drepano.errors import InputError

log = logging.getLogger(__name__)
_EACH = 1000


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be converted, and where to.

    Attributes
    ----------
    source
        A folder, an archive or a file.
    bids
        Root of the dataset; made where it is absent.
    mapping, subjects
        The site's files.
    dry_run
        Tell, and write nothing.
    unmapped
        Where to write patients and studies without label, with their ids; None for nowhere.
    """

    source: Path
    bids: Path
    mapping: Mapping
    subjects: Subjects
    dry_run: bool = False
    unmapped: Path | None = None


def convert_source(order: Order) -> Report:
    """Convert what is new in a source.

    Raises
    ------
    InputError
        The source is not there, or holds the dataset.
    BusyError
        Another conversion into the dataset is under way.
    """
    _check_places(order)
    if order.dry_run:
        with tempfile.TemporaryDirectory(prefix="drepano-") as scratch:
            return _convert(order, Path(scratch))
    with naming_storage_errors(order.bids), working_in(order.bids) as scratch:
        return _convert(order, scratch)


def _check_places(order: Order) -> None:
    source, bids = order.source.resolve(), order.bids.resolve()
    if source == bids or source in bids.parents:
        raise InputError.of(
            order.bids,
            found="a dataset inside its source",
            expected="a folder apart: what was made would be read as a source",
            remedy="Choose another folder.",
        )
    if order.unmapped and bids in order.unmapped.resolve().parents:
        raise InputError.of(
            order.unmapped,
            found="a list with patients' ids inside the dataset",
            expected="a place that is not shared",
            remedy="Choose another place.",
        )


def _convert(order: Order, scratch: Path) -> Report:
    report = Report(dry_run=order.dry_run)
    unpacked = scratch / "unpacked"
    unpacked.mkdir()
    headers, broken = _read_all(order.source, unpacked, report)
    series = hold_back(group_series(headers), broken)
    ledger = read_ledger(order.bids)
    scans = plan(series, order.mapping, order.subjects, ledger, report)
    if same := order.subjects.unchanged:
        report.remarks.append(
            f"{same} labels are the PatientID itself: right only where that is a pseudonym"
        )
    if order.unmapped:
        _write_unmapped(order.unmapped, series, order)
    todo = _new(order, scans, ledger, report)
    if order.dry_run:
        report.converted += [scan.stem for scan in todo]
    else:
        _make_all(order, todo, ledger, report, scratch / "scan")
    return report


def _read_all(source: Path, unpacked: Path, report: Report) -> tuple[list[Header], list[str]]:
    """Return the headers, and the names of files that should have one."""
    found = find_files(source, unpacked)
    headers: list[Header] = []
    broken: list[tuple[str, str]] = []
    other: list[tuple[str, str]] = []
    log.info("%d files to look at", len(found.files))
    for number, file in enumerate(found.files, start=1):
        try:
            header = read_header(file)
        except NotRead as error:
            (broken if error.broken else other).append((file.shown, error.reason))
            continue
        if header is not None:
            report.hidden.add(header.identifying, header.names)
            headers.append(header)
        if number % _EACH == 0:
            log.info("%d of %d files looked at", number, len(found.files))
    # Names are shown when all identifiers are known, for a folder may have a patient's name.
    blot, remedy = report.hidden.blot, "Copy or export it again."
    report.broken_files += [
        Note("", blot(name), 1, why, remedy) for name, why in [*found.troubles, *broken]
    ]
    report.other_files += [Note("", blot(name), 1, why) for name, why in other]
    return headers, [name for name, _ in broken]


def _write_unmapped(path: Path, series: Sequence[Series], order: Order) -> None:
    """Write patients without label and studies without session: lines for the subjects file."""
    subjects = order.subjects
    numbers = patient_numbers(series, subjects)
    by_table = order.mapping.sessions == "table"
    studies = sorted(
        {
            (numbers.get(h.patient, 0), h.patient, subjects.labels.get(h.patient, ""), h.study_date)
            for h in (one.first for one in series if not one.first.kind)
            if h.patient in numbers
            or (by_table and subjects.session(h.patient, h.study_date) is None)
        }
    )
    lines = ["number\tpatient_id\tparticipant_id\tstudy_date\tsession_id"]
    lines += [f"{n or ''}\t{patient}\t{label}\t{date}\t" for n, patient, label, date in studies]
    with writing(path) as temporary:  # for this user alone
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _new(order: Order, scans: list[Scan], ledger: Ledger, report: Report) -> list[Scan]:
    """Return what is to be made; note what is there and what can not be made."""
    todo = []
    for scan in scans:
        if scan.trouble:
            report.refused.append(_note(scan, report, scan.trouble, scan.remedy))
        elif ledger.holds(scan.part.digest, order.bids):
            report.present.append(scan.stem)
        else:
            todo.append(scan)
    return todo


def _make_all(order: Order, todo: list[Scan], ledger: Ledger, report: Report, folder: Path) -> None:
    try:
        for number, scan in enumerate(todo, start=1):
            log.info("%s (%d of %d)", scan.stem, number, len(todo))
            _make(order.bids, scan, ledger, report, folder)
    finally:  # an interrupted conversion keeps what it made
        if todo:
            write_ledger(order.bids, ledger)
    if made := [*report.converted, *report.present]:
        _list(order, made, report)


def _make(bids: Path, scan: Scan, ledger: Ledger, report: Report, folder: Path) -> None:
    folder.mkdir()
    try:
        files = convert(scan, folder)
        there = all((bids / name).exists() for name in files)
        sums = place(files, bids)
    except NotConverted as error:
        report.refused.append(_note(scan, report, error.reason, error.remedy))
        return
    finally:
        shutil.rmtree(folder)
    ledger.images[scan.part.digest] = Made(scan.stem, scan.rule_digest, sums)
    study = study_digest(scan.subject, scan.part.series.first.study)
    ledger.studies[study] = (scan.subject, scan.session)
    (report.present if there else report.converted).append(scan.stem)


def _list(order: Order, stems: list[str], report: Report) -> None:
    try:
        describe(order.bids, order.mapping.name)
        list_images(order.bids, stems)
    except NotConverted as error:
        report.refused.append(Note("", "tables of the dataset", 1, error.reason, error.remedy))


def _note(scan: Scan, report: Report, reason: str, remedy: str) -> Note:
    what = part_text(scan.part, report)
    return Note(scan.who, what, len(scan.part.headers), reason, remedy)
