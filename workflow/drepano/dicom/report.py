"""What a conversion tells: lists of what was made, left out and is to be mended."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field

from drepano.dicom.hidden import Hidden
from drepano.errors import EXIT_USER

WARNINGS = (
    "faces are not removed: deface the images before they leave the site",
    "burnt-in text is not looked for: BurnedInAnnotation of the header is all that is read",
)


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that was left out; holds no identifier.

    Attributes
    ----------
    who
        Subject and session by label, or the running number of a patient without label.
    what
        Series number and description, or a file.
    images
        How many files it has.
    reason, remedy
        Why, and what to do; the remedy is empty where nothing is to be done.
    description
        Of a series alone: people see many of one description as one line.
    """

    who: str
    what: str
    images: int
    reason: str
    remedy: str = ""
    description: str = ""

    def __str__(self) -> str:
        count = f", {self.images} files" if self.images > 1 else ""
        head = f"{self.who}: " if self.who else ""
        tail = f" {self.remedy}" if self.remedy else ""
        return f"{head}{self.what}{count}: {self.reason}.{tail}"


@dataclass(slots=True)
class Report:
    """All that a conversion has to tell.

    Attributes
    ----------
    dry_run
        Nothing was written: `converted` is what would be.
    converted, present
        Images made now, and those made before, by path without endings.
    unmapped_series, unmapped_patients, refused
        To be mended.
    skipped
        Left out as they should be.
    broken_files
        Files that can not be read, to be mended.
    other_files
        Files that are no DICOM.
    repeated
        Files that repeat an instance that is there already.
    remarks
        What is worth knowing.
    hidden
        Identifiers, which no note may show.
    """

    dry_run: bool = False
    converted: list[str] = field(default_factory=list)
    present: list[str] = field(default_factory=list)
    unmapped_series: list[Note] = field(default_factory=list)
    unmapped_patients: list[Note] = field(default_factory=list)
    refused: list[Note] = field(default_factory=list)
    skipped: list[Note] = field(default_factory=list)
    broken_files: list[Note] = field(default_factory=list)
    other_files: list[Note] = field(default_factory=list)
    repeated: int = 0
    remarks: list[str] = field(default_factory=list)
    hidden: Hidden = field(default_factory=Hidden, repr=False)

    @property
    def exit_code(self) -> int:
        """0 if all that matters is mapped and made, 2 if something is to be mended."""
        faulty = (
            *(self.unmapped_series, self.unmapped_patients),
            *(self.refused, self.broken_files),
        )
        nothing = not (self.converted or self.present)
        return EXIT_USER if any(faulty) or nothing else 0

    @property
    def summary(self) -> str:
        """The last line: counts of all."""
        patients = "patient" if len(self.unmapped_patients) == 1 else "patients"
        unreadable = "unreadable file" if len(self.broken_files) == 1 else "unreadable files"
        other = "other file" if len(self.other_files) == 1 else "other files"
        counts = (
            (len(self.converted), "to convert" if self.dry_run else "converted"),
            (len(self.present), "there already"),
            (len(self.unmapped_series), "series without a rule"),
            (len(self.unmapped_patients), f"{patients} without a label"),
            (len(self.refused), "refused"),
            (len(self.skipped), "skipped"),
            (len(self.broken_files), unreadable),
            (len(self.other_files), other),
        )
        shown = [f"{n} {what}" for n, what in counts if n or what == counts[0][1]]
        return f"drepano dicom: {', '.join(shown)}" + (" (dry run)" if self.dry_run else "")


_SHOWN = 3
_LISTS = (
    ("unmapped_patients", "patients without a label"),
    ("unmapped_series", "series without a rule"),
    ("refused", "refused"),
    ("broken_files", "unreadable files"),
    ("skipped", "skipped"),
    ("other_files", "no DICOM"),
)


_NOTES = frozenset(name for name, _ in _LISTS)
_TOLD = ("dry_run", "converted", "present", *(name for name, _ in _LISTS), "repeated", "remarks")


def as_text(report: Report) -> str:
    """Write a report for people; the summary comes last."""
    return "\n".join(_lines(report))


def _lines(report: Report) -> Iterator[str]:
    if report.converted:
        yield "to convert:" if report.dry_run else "converted:"
        yield from (f"  {stem}" for stem in report.converted)
    for name, title in _LISTS:
        notes = getattr(report, name)
        if notes:
            yield f"{title}:"
            yield from (f"  {line}" for line in _told(notes))
    if report.repeated:
        yield f"{report.repeated} files repeat an image that is there already; one of each is used"
    yield from report.remarks
    yield report.summary


def _told(notes: list[Note]) -> Iterator[str]:
    """Yield a line for each note, or for many of one description and reason."""
    groups: dict[tuple[str, str, str], list[Note]] = {}
    for note in sorted(notes, key=lambda note: note.who):
        alike = note.description or f"{note.who} {note.what}"
        groups.setdefault((alike, note.reason, note.remedy), []).append(note)
    for (alike, reason, remedy), group in groups.items():
        if len(group) <= _SHOWN:
            yield from map(str, group)
            continue
        subjects = len({note.who for note in group})
        first = f"the first: {group[0].who}, {group[0].what}"
        head = f"{alike}: {len(group)} series of {subjects} subjects or sessions, {first}"
        yield f"{head}: {reason}." + (f" {remedy}" if remedy else "")


def as_json(report: Report) -> str:
    """Write a report for machines."""
    told = {
        name: [asdict(note) for note in value] if name in _NOTES else value
        for name in _TOLD
        for value in [getattr(report, name)]
    } | {
        "warnings": list(WARNINGS),
        "summary": report.summary,
        "exit_code": report.exit_code,
    }
    return json.dumps(told, indent=2, ensure_ascii=False)
