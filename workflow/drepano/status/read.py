"""Read what a run left, whatever it got to; a file that is not there is a step that did not run."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from drepano.contracts import read_table
from drepano.contracts.inventory import SUBJECTS
from drepano.contracts.released import LATEST, QUALITY, read_manifest, verify
from drepano.errors import Fault
from drepano.status.digest import FailureKind, failures_digest, tsv_rows
from drepano.status.units import StepStatus, step_status

ON_RANKS = ("preparation", "imaging", "genomics", "scan")
"""Steps that are computed unit by unit."""

ALL_STEPS = (*ON_RANKS, "clinical")
"""Steps that a study may have."""


@dataclass(frozen=True, slots=True)
class IndexStatus:
    """What the index found: subjects, sessions, and problems by severity."""

    subjects: int
    sessions: int
    problems: dict[str, int]


@dataclass(frozen=True, slots=True)
class ClinicalStatus:
    """What the clinical step read: values, and problems by severity."""

    values: int
    problems: dict[str, int]


@dataclass(frozen=True, slots=True)
class ReleaseStatus:
    """The release that `latest` leads to.

    Attributes
    ----------
    version
        Its name.
    faults
        What is wrong with its files; empty if it is intact.
    subjects, sessions, columns, states, gates
        As its quality file tells; empty when that cannot be read.
    """

    version: str
    faults: list[Fault]
    subjects: int | None
    sessions: int | None
    columns: int | None
    states: dict[str, int]
    gates: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class SealStatus:
    """What the last run sealed: its version, whether it is the latest, the gates it failed."""

    version: str
    promoted: bool
    failed_gates: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Status:
    """What is there. None, or an absent name, is a step that has not run.

    Attributes
    ----------
    running
        True while a run is under way.
    asked
        Steps that the study has; None when the study cannot be read.
    others
        Versions that lie beside the one that `latest` leads to.
    """

    site: str
    running: bool
    asked: tuple[str, ...] | None
    index: IndexStatus | None
    steps: list[StepStatus]
    clinical: ClinicalStatus | None
    quality: dict[str, Any] | None
    failures: list[FailureKind]
    seal: SealStatus | None
    release: ReleaseStatus | None
    others: int


def status(
    results: Path,
    releases: Path,
    site: str,
    *,
    asked: Collection[str] | None = ALL_STEPS,
    running: bool = False,
) -> Status:
    """Look at a run's results and at the site's latest release; nothing is changed.

    What an earlier study left of a step that the present one does not have is not told.

    Parameters
    ----------
    results
        Folder of the results.
    releases
        Folder of the releases of all sites.
    site
        Name of the site.
    asked
        Steps that the study has; None if it cannot be read, then whatever is there is told.
    running
        True if a run is known to be under way.
    """
    told = ALL_STEPS if asked is None else asked
    steps = [step_status(results, step) for step in ON_RANKS if step in told]
    release = _release(releases / site)
    return Status(
        site=site,
        running=running,
        asked=None if asked is None else tuple(step for step in ALL_STEPS if step in asked),
        index=_index(results / "index"),
        steps=[step for step in steps if step is not None],
        clinical=_clinical(results) if "clinical" in told else None,
        quality=_json(results / QUALITY),
        failures=[kind for kind in failures_digest(results) if kind.step in told],
        seal=_seal(results / "release.json"),
        release=release,
        others=_others(releases / site, release.version if release else ""),
    )


def _index(folder: Path) -> IndexStatus | None:
    path = folder / "subjects.parquet"
    if not path.exists():
        return None
    subjects = read_table(path, SUBJECTS)
    return IndexStatus(
        subjects=pc.count_distinct(subjects["subject"]).as_py(),
        sessions=subjects.num_rows,
        problems=_problems(folder / "problems.tsv"),
    )


def _clinical(results: Path) -> ClinicalStatus | None:
    path = results / "clinical.parquet"
    if not path.exists():
        return None
    problems = _problems(results / "clinical_problems.tsv")
    return ClinicalStatus(pq.read_metadata(path).num_rows, problems)


def _problems(path: Path) -> dict[str, int]:
    return dict(sorted(Counter(row["severity"] for row in tsv_rows(path)).items()))


def _json(path: Path) -> dict[str, Any] | None:
    """Read a JSON file of a run; None if it is not there."""
    if not path.exists():
        return None
    value: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return value


def _seal(path: Path) -> SealStatus | None:
    told = _json(path)
    if told is None:
        return None
    return SealStatus(told["version"], told["promoted"], told["failed_gates"])


def _others(folder: Path, latest: str) -> int:
    """Count the versions of a site but the latest; hidden folders are being written."""
    if not folder.is_dir():
        return 0
    names = [path.name for path in folder.iterdir() if path.is_dir() and not path.is_symlink()]
    return sum(name != latest and not name.startswith(".") for name in names)


def _release(folder: Path) -> ReleaseStatus | None:
    link = folder / LATEST
    if not link.is_symlink():
        return None
    version = link.readlink().name
    faults = verify(folder / version)
    try:
        read_manifest(folder / version)
        told = _json(folder / version / QUALITY) or {}
        gates, states = list(told.get("gates", [])), dict(told.get("states", {}))
    except (OSError, ValueError, TypeError, AttributeError):
        # The faults tell what is wrong; there is nothing to count.
        told, gates, states = {}, [], {}
    return ReleaseStatus(
        version,
        faults,
        subjects=told.get("subjects"),
        sessions=told.get("sessions"),
        columns=told.get("columns"),
        states=states,
        gates=gates,
    )
