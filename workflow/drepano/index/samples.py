"""Sample names of VCF files to subjects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from drepano.contracts.inventory import GENOME_SAMPLES
from drepano.contracts.sheets import read_columns, subject_label
from drepano.errors import InputError
from drepano.index.findings import Problems
from drepano.index.variants import VariantFile

SAMPLE = "sample"
PARTICIPANT = "participant_id"
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class SampleMap:
    """Sample name to subject; without a file, a sample is called like its subject."""

    path: Path | None
    subjects: dict[str, str]

    def subject_of(self, sample: str) -> str | None:
        """Return the subject of a sample, or None if the map does not know it."""
        return subject_label(sample) if self.path is None else self.subjects.get(sample)


def read_sample_map(path: Path | None, problems: Problems) -> SampleMap:
    """Read the site's map; a sample that it gives to two subjects is nobody's."""
    if path is None:
        return SampleMap(None, {})
    try:
        sheet = read_columns(path, [SAMPLE, PARTICIPANT])
    except InputError as error:
        problems.refuse(error)
        return SampleMap(path, {})
    subjects: dict[str, str] = {}
    refused: set[str] = set()
    rows = zip(sheet.lines, sheet.column(SAMPLE), sheet.column(PARTICIPANT), strict=True)
    for line, sample, participant in rows:
        subject = subject_label(participant)
        if not sample or not subject:
            _refuse_row(path, line, "a row without sample or participant", problems)
        elif subjects.setdefault(sample, subject) != subject:
            _refuse_row(path, line, "a sample that stands above with another subject", problems)
            refused.add(sample)
    for line, _ in sheet.misfits:
        _refuse_row(path, line, "a row with more or fewer cells than the header", problems)
    return SampleMap(path, {s: p for s, p in subjects.items() if s not in refused})


def _refuse_row(path: Path, line: int, found: str, problems: Problems) -> None:
    problems.error(
        f"{path}, line {line}",
        found=found,
        expected="one participant for each sample",
        remedy="Mend the row; no genotype is given to a sample whose owner is not sure.",
    )


def map_samples(files: list[VariantFile], samples: SampleMap, problems: Problems) -> pa.Table:
    """Write the GENOME_SAMPLES table of all files whose header can be read."""
    rows: list[dict[str, object]] = []
    for file in files:
        names = file.header.samples if file.header else []
        # A name that stands twice is two columns, and nobody knows which is whose.
        pairs = [(n, samples.subject_of(n)) for n in sorted(set(names))]
        path = str(file.entry.path)
        _note_unmapped(path, [n for n, s in pairs if not s], samples, problems)
        owners = Counter(s for _, s in pairs if s)
        _note_shared(path, [n for n, s in pairs if s and owners[s] > 1], problems)
        rows += [
            {"path": path, "sample": n, "subject": s} for n, s in pairs if s and owners[s] == 1
        ]
    _note_absent(files, samples, problems)
    return GENOME_SAMPLES.from_rows(rows)


def _some(names: Iterable[str]) -> str:
    listed = sorted(names)
    more = f", and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else ""
    return ", ".join(listed[:_SHOWN]) + more


def _note_unmapped(path: str, names: list[str], samples: SampleMap, problems: Problems) -> None:
    if names:
        problems.error(
            path,
            found=f"{len(names)} samples without a participant: {_some(names)}",
            expected=f"every sample in {samples.path or 'the header'}",
            remedy="Add them to the sample map, if they are patients of the study.",
        )


def _note_shared(path: str, names: list[str], problems: Problems) -> None:
    if names:
        problems.error(
            path,
            found=f"{len(names)} samples that share a participant: {_some(names)}",
            expected="one sample per participant in a file",
            remedy="Keep the better sample of each in the sample map; neither is used now.",
        )


def _note_absent(files: list[VariantFile], samples: SampleMap, problems: Problems) -> None:
    present = {name for file in files if file.header for name in file.header.samples}
    absent = sorted(set(samples.subjects) - present)
    if absent:
        problems.warning(
            samples.path,
            found=f"{len(absent)} samples that no VCF holds: {_some(absent)}",
            expected="samples of the site's VCF files",
            remedy="Mend their names, or add their files to genomics.vcf.",
        )
