"""Which scan and which region files belong together: units, and states of what is not there."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import pyarrow as pa

import voxomics
from drepano.contracts.states import STEP_STATES
from drepano.errors import UnitError
from drepano.imaging.columns import engine_settings, source_of
from drepano.imaging.engine import ALGORITHM, engine_version
from drepano.imaging.findings import state_row
from drepano.ranks import Plan, Unit, content_key
from drepano.settings import Imaging, Modality, RegionSet

Session = tuple[str, str]
File = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Absence:
    """Why a scan or a region file cannot be used."""

    state: str
    why: UnitError


class _Files:
    """Image files by subject, session and suffix."""

    def __init__(self, table: pa.Table, suffixes: Iterable[str]) -> None:
        self._found: dict[tuple[str, str, str, bool], list[File]] = defaultdict(list)
        wanted = {*suffixes}
        for row in table.to_pylist():
            if row["suffix"] in wanted:
                row["entities"] = json.loads(row["entities"])
                key = (row["subject"], row["session"], row["suffix"], row["derivative"])
                self._found[key].append(row)

    def matching(
        self, session: Session, suffix: str, entities: Mapping[str, str], *, derivative: bool
    ) -> list[File]:
        """Return the files of a session that carry the asked suffix and entities."""
        files = self._found.get((*session, suffix, derivative), [])
        return [f for f in files if entities.items() <= f["entities"].items()]


def plan(imaging: Imaging | None, subjects: pa.Table, bids_files: pa.Table) -> Plan:
    """Pair scans with their regions.

    Parameters
    ----------
    imaging
        The study's imaging settings; None plans nothing.
    subjects
        `subjects` table of the index.
    bids_files
        `bids_files` table of the index.

    Returns
    -------
    Plan
        One unit for each subject, session and modality that has a scan and at least one
        region file; a state for every source that no unit makes.
    """
    if imaging is None:
        return Plan([], STEP_STATES.empty())
    suffixes = [m.suffix for m in imaging.modalities.values()]
    files = _Files(bids_files, [*suffixes, *(r.suffix for r in imaging.region_sets.values())])
    planners = [_Planner(imaging, name) for name in imaging.modalities]
    units: list[tuple[str, Unit]] = []
    states: list[dict[str, object]] = []
    for subject, session in _sessions(subjects):
        for planner in planners:
            unit = planner.unit((subject, session), files, states)
            if unit is not None:
                units.append((subject, unit))
    return Plan(units, STEP_STATES.from_rows(states))


def _sessions(subjects: pa.Table) -> list[Session]:
    pairs = zip(subjects["subject"].to_pylist(), subjects["session"].to_pylist(), strict=True)
    return sorted(pairs)


class _Planner:
    """Makes the units of one modality."""

    def __init__(self, imaging: Imaging, name: str) -> None:
        self._name = name
        self._modality = imaging.modalities[name]
        self._sets = {n: imaging.region_sets[n] for n in self._modality.region_sets}
        self._fixed = (
            "imaging",
            ALGORITHM,
            engine_version(imaging.engine),
            voxomics.library_versions(imaging.engine),
            name,
            _settings_of_values(self._modality),
        )
        names = voxomics.feature_names(engine_settings(self._modality))
        self._images = len({feature.split("_")[0] for feature in names})

    def unit(self, session: Session, files: _Files, states: list[dict[str, object]]) -> Unit | None:
        """Return the unit of a session, adding states of what it will not make."""
        scan = self._scan(session, files)
        if isinstance(scan, _Absence):
            for region_set in self._sets.values():
                self._add(states, session, region_set, scan)
            return None
        chosen: dict[str, File] = {}
        for name, region_set in self._sets.items():
            regions = self._regions(session, region_set, files)
            if isinstance(regions, _Absence):
                self._add(states, session, region_set, regions)
            else:
                chosen[name] = regions
        return self._unit(session, scan, chosen) if chosen else None

    def _scan(self, session: Session, files: _Files) -> File | _Absence:
        modality = self._modality
        found = files.matching(session, modality.suffix, modality.entities, derivative=False)
        if not found:
            detail = f"no raw {_described(modality.suffix, modality.entities)}"
            remedy = "Deliver the scan, or leave it: the columns stay empty."
            return _Absence("not_acquired", UnitError("no_scan", detail, remedy))
        return _single(found, f"modalities.{self._name}")

    def _regions(self, session: Session, region_set: RegionSet, files: _Files) -> File | _Absence:
        suffix, entities = region_set.suffix, region_set.entities
        found = files.matching(session, suffix, entities, derivative=True)
        if not found:
            detail = f"no derivative {_described(suffix, entities)}"
            remedy = "Run the segmentation, or correct suffix and entities in the study."
            return _Absence("not_acquired", UnitError("no_regions", detail, remedy))
        return _single(_in_space_of(found, self._modality.suffix), "region_sets")

    def _add(
        self,
        states: list[dict[str, object]],
        session: Session,
        region_set: RegionSet,
        absence: _Absence,
    ) -> None:
        for region in region_set.regions:
            source = source_of(self._name, region)
            states.append(state_row(*session, source, absence.state, absence.why))

    def _unit(self, session: Session, scan: File, chosen: dict[str, File]) -> Unit:
        subject, label = session
        inputs = {
            name: (
                self._sets[name].model_dump(mode="json", exclude={"entities"}),
                file["sha256"],
                file["label_table_sha256"],
            )
            for name, file in chosen.items()
        }
        regions = sum(len(self._sets[name].regions) for name in chosen)
        return Unit(
            name=f"sub-{subject}{f'_ses-{label}' if label else ''}_{self._name}",
            key=content_key(*self._fixed, subject, label, scan["sha256"], inputs),
            cost=float((scan["voxels"] or 1) * regions * self._images),
            payload={
                "subject": subject,
                "session": label,
                "modality": self._name,
                "scan": scan["path"],
                "region_sets": {
                    name: {"path": file["path"], "label_table": file["label_table"]}
                    for name, file in chosen.items()
                },
            },
        )


def _settings_of_values(modality: Modality) -> dict[str, Any]:
    """Return the settings that move a value; those that choose files show in their hashes."""
    return modality.model_dump(mode="json", exclude={"suffix", "entities", "region_sets"})


def _single(found: list[File], where: str) -> File | _Absence:
    """Return the only file, or why none can be used."""
    if len(found) > 1:
        names = ", ".join(sorted("/".join(PurePath(f["path"]).parts[-4:]) for f in found))
        remedy = f"Add entities to imaging.{where} in the study, so that one file fits."
        return _Absence("failed", UnitError("ambiguous_scan", names, remedy))
    file = found[0]
    if file["reason"]:
        detail = f"{PurePath(file['path']).name}: {file['detail']}"
        return _Absence("failed", UnitError(file["reason"], detail, file["remedy"]))
    return file


def _in_space_of(found: list[File], suffix: str) -> list[File]:
    """Of several region files, prefer those in the scan's own space.

    First those that name it (``space-T1w`` for a T1w), then those that name none, which BIDS
    reads as the space of the scan itself.
    """
    if len(found) < 2:
        return found
    own = [f for f in found if f["entities"].get("space", "").lower() == suffix.lower()]
    return own or [f for f in found if "space" not in f["entities"]] or found


def _described(suffix: str, entities: Mapping[str, str]) -> str:
    asked = ", ".join(f"{k}-{v}" for k, v in sorted(entities.items()))
    return f"{suffix} with {asked}" if asked else suffix
