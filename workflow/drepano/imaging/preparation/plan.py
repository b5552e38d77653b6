"""Which files of a session are prepared together: one unit for each session with a scan."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow as pa

from drepano.contracts.states import STEP_STATES
from drepano.errors import InputError
from drepano.imaging.files import Absence, File, Session, SessionFiles
from drepano.imaging.preparation.engine import ALGORITHM, LIBRARIES
from drepano.ranks import Plan, Unit, content_key
from drepano.settings import Imaging
from drepano.settings.base import FileChoice

_REGISTRATION_COST = 20.0
"""Work on a voxel of a registered scan beside that of one that is only rewritten, roughly."""


def plan_preparation(imaging: Imaging | None, subjects: pa.Table, bids_files: pa.Table) -> Plan:
    """Collect what is prepared in each session.

    Parameters
    ----------
    imaging
        The study's imaging settings; without `prepare` nothing is planned.
    subjects, bids_files
        Tables of the index.

    Returns
    -------
    Plan
        One unit for each session that has a scan to prepare. It has no states: what is not
        there is told by the plan of extraction.

    Raises
    ------
    InputError
        Files of the template or of an atlas are not there; all are named.
    """
    if imaging is None or imaging.prepare is None:
        return Plan([], STEP_STATES.empty())
    planner = _Planner(imaging)
    asked = imaging.prepare
    suffixes = {scan.suffix for scan in asked.scans.values()}
    suffixes |= {rules.suffix for rules in imaging.region_sets.values()}
    suffixes |= {choice.suffix for choice in (*asked.brain_mask, *asked.tissues)}
    files = SessionFiles(bids_files, None, suffixes)
    pairs = zip(subjects["subject"].to_pylist(), subjects["session"].to_pylist(), strict=True)
    units = [(s[0], planner.unit(s, files)) for s in sorted(pairs)]
    return Plan([(s, unit) for s, unit in units if unit], STEP_STATES.empty())


class _Planner:
    def __init__(self, imaging: Imaging) -> None:
        if imaging.prepare is None:
            raise TypeError
        self._settings = imaging.prepare
        self._choices = {
            name: FileChoice(suffix=rules.suffix, entities=rules.entities)
            for name, rules in imaging.region_sets.items()
        }
        self._reference = self._settings.scans[self._settings.reference]
        self._fixed = (
            "preparation",
            ALGORITHM,
            {library: version(library) for library in LIBRARIES},
            self._settings.model_dump(mode="json", exclude={"max_failed_fraction"}),
            study_digests(imaging),
        )

    def unit(self, session: Session, files: SessionFiles) -> Unit | None:
        """Return the unit of a session, or None if it has no scan that is prepared."""
        scans = {
            name: files.scan(session, scan.suffix, scan.entities, prepared=False, where=where)
            for name, scan in self._settings.scans.items()
            for where in [f"prepare.scans.{name}"]
        }
        there = {name: f for name, f in scans.items() if _acquired(f)}
        if not there:
            return None
        brought = {
            "brain_mask": self._first(session, files, self._settings.brain_mask),
            "tissues": self._first(session, files, self._settings.tissues),
        }
        regions = list(self._regions(session, files))
        return self._unit(session, there, brought, regions)

    def _first(
        self, session: Session, files: SessionFiles, choices: tuple[FileChoice, ...]
    ) -> tuple[int, File] | None:
        """Return the first choice that the site brings, with its number."""
        near = self._reference.suffix
        for number, choice in enumerate(choices):
            file = files.derivative(
                session, choice.suffix, choice.entities, near=near, where="prepare"
            )
            if not isinstance(file, Absence):
                return number, file
        return None

    def _regions(self, session: Session, files: SessionFiles) -> Iterator[File]:
        """Give the site's region files of the study, each once, to move them between spaces."""
        seen = set()
        for choice in self._choices.values():
            for file in files.brought(session, choice.suffix, choice.entities):
                if not file["reason"] and file["path"] not in seen:
                    seen.add(file["path"])
                    yield file

    def _unit(
        self,
        session: Session,
        scans: dict[str, File | Absence],
        brought: dict[str, tuple[int, File] | None],
        regions: list[File],
    ) -> Unit:
        subject, label = session
        described = {name: _scan_payload(scan) for name, scan in scans.items()}
        payload = {
            "subject": subject,
            "session": label,
            "scans": described,
            "brought": {
                name: None if found is None else {"choice": found[0], **_region_payload(found[1])}
                for name, found in brought.items()
            },
            "regions": [_region_payload(file) for file in regions],
        }
        voxels = sum(s.get("voxels") or 1 for s in described.values())
        return Unit(
            name=f"sub-{subject}{f'_ses-{label}' if label else ''}",
            key=content_key(*self._fixed, _without_places(payload)),
            cost=_REGISTRATION_COST * float(voxels),
            payload=payload,
        )


def _acquired(scan: File | Absence) -> bool:
    return not (isinstance(scan, Absence) and scan.state == "not_acquired")


def _scan_payload(scan: File | Absence) -> dict[str, Any]:
    if isinstance(scan, Absence):
        why = scan.why
        return {"fault": [why.reason, why.detail, why.remedy]}
    kept = ("path", "sha256", "entities", "metadata", "voxels")
    return {name: scan[name] for name in kept}


def _region_payload(file: File) -> dict[str, Any]:
    kept = ("path", "sha256", "suffix", "entities", "label_table", "label_table_sha256")
    return {name: file[name] for name in kept}


def _without_places(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return a payload without paths: a moved file is the same file."""
    if isinstance(value, dict):
        dropped = {"path", "label_table", "voxels"}
        return {k: _without_places(v) for k, v in value.items() if k not in dropped}
    if isinstance(value, list):
        return [_without_places(v) for v in value]
    return value


def study_digests(imaging: Imaging) -> dict[str, str]:
    """Return the SHA-256 of each template and atlas file that the study names.

    Raises
    ------
    InputError
        Some are not there; all are named.
    """
    paths = study_files(imaging)
    absent = [path for path in paths if not path.is_file()]
    if absent:
        raise InputError.of(
            "study: imaging.prepare",
            found=f"no file {', '.join(map(str, absent))}",
            expected="the files of the template and of the atlases",
            remedy="Mend the paths in the study, or fetch the files; paths start where "
            "drepano runs.",
        )
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def study_files(imaging: Imaging | None) -> list[Path]:
    """Return the template and atlas files that the study names."""
    if imaging is None or imaging.prepare is None:
        return []
    asked = imaging.prepare
    template = asked.template
    given = (template.t1w, template.brain, template.grey, template.white) if template else ()
    atlases = [path for atlas in asked.atlases.values() for path in (atlas.volume, atlas.table)]
    return sorted({path for path in (*given, *atlases) if path is not None})
