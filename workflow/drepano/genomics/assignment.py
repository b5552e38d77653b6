"""Which sample of which file is read for a subject's chromosome, and why none is."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from drepano.genomics.panel.rows import Why
from drepano.genomics.reading.calls import OUTCOMES, SITE_ABSENT, Outcome

_NO_SAMPLE = Outcome("not_acquired", "no_sample", "Nothing, unless the subject was typed.")
_CONFLICT = Outcome(
    "indeterminate", "sample_conflict", "Keep one file per subject and chromosome in the site file."
)


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample of a file."""

    path: str
    sample: str


@dataclass(frozen=True, slots=True)
class File:
    """A file as the index found it.

    Attributes
    ----------
    row
        Its row of `genome_files`.
    contigs
        Chromosomes that hold records, without prefix; 23 is X.
    why
        What makes it unusable; None if nothing does.
    """

    row: dict[str, Any]
    contigs: frozenset[str]
    why: Why | None


def files_of(table: pa.Table, build: str) -> dict[str, File]:
    """Return the files of a `genome_files` table by path.

    Parameters
    ----------
    build
        That of the site file; a file whose header tells another is unusable.
    """
    files = {}
    for row in table.to_pylist():
        contigs = frozenset("X" if name == "23" else name for name in json.loads(row["contigs"]))
        files[row["path"]] = File(row, contigs, _fault(row, build))
    return files


def _fault(row: dict[str, Any], build: str) -> Why | None:
    if row["reason"]:
        outcome = Outcome("failed", row["reason"], row["remedy"])
        return Why(outcome, f"{row['path']}: {row['detail']}")
    if row["build"] and row["build"] != build:
        remedy = "Give files of the build that the site file states, or correct it there."
        detail = f"{row['path']}: its header says {row['build']}, the site file {build}"
        return Why(Outcome("failed", "wrong_build", remedy), detail)
    return None


def samples_of(table: pa.Table, files: dict[str, File]) -> dict[str, list[Sample]]:
    """Return the samples of each subject in a `genome_samples` table, in order of their files."""
    samples: dict[str, list[Sample]] = defaultdict(list)
    for row in sorted(table.to_pylist(), key=lambda row: (row["path"], row["sample"])):
        if row["path"] in files:
            samples[row["subject"]].append(Sample(row["path"], row["sample"]))
    return samples


def serve(samples: list[Sample], files: dict[str, File], chrom: str) -> Sample | Why:
    """Return the one sample of a subject to read a chromosome from, or why there is none."""
    usable = [sample for sample in samples if files[sample.path].why is None]
    holding = [sample for sample in usable if chrom in files[sample.path].contigs]
    if len(holding) == 1:
        return holding[0]
    if holding:
        return Why(_CONFLICT, ", ".join(sorted({sample.path for sample in holding})))
    faults = [why for sample in samples if (why := files[sample.path].why) is not None]
    if faults:
        return faults[0]
    return Why(OUTCOMES[SITE_ABSENT]) if samples else Why(_NO_SAMPLE)
