"""Which files a measure reads in each session: units, and states of what is not there."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import version
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

import voxomics
from drepano.imaging.engine import ALGORITHM
from drepano.imaging.files import Absence, File, Session, SessionFiles, space_of
from drepano.imaging.findings import state_row
from drepano.imaging.measures.measure import Input, Measure
from drepano.ranks import Unit, content_key
from drepano.settings import Imaging

ClinicalNumbers = dict[tuple[str, str, str], float]
"""Subject, session (empty: all) and concept to the number."""

_LIBRARIES = ("dipy", "scipy")
"""Libraries beside the engine's whose version may move a measure."""

_COST_FACTOR = 10.0
"""Work on a voxel of a measure beside that of one radiomics image type, roughly."""


def clinical_numbers(clinical: pa.Table | None, concepts: Iterable[str]) -> ClinicalNumbers:
    """Return the recorded numbers of the asked concepts."""
    wanted = sorted(concepts)
    if clinical is None or not wanted:
        return {}
    rows = clinical.filter(pc.is_in(clinical["column"], value_set=pa.array(wanted)))
    return {
        (row["subject"], row["session"], row["column"]): row["number"]
        for row in rows.to_pylist()
        if row["number"] is not None
    }


class MeasurePlanner:
    """Makes the units of one measure."""

    def __init__(self, imaging: Imaging, measure: Measure, recorded: ClinicalNumbers) -> None:
        self._measure = measure
        self._inputs = measure.inputs()
        self._recorded = recorded
        self._region_sets = imaging.region_sets
        self._fixed = (
            "imaging",
            ALGORITHM,
            "measure",
            measure.name,
            measure.version,
            voxomics.library_versions(imaging.engine),
            {library: version(library) for library in _LIBRARIES},
            measure.settings,
        )

    def unit(
        self, session: Session, files: SessionFiles, states: list[dict[str, object]]
    ) -> Unit | None:
        """Return the unit of a session, or None and the state that says why."""
        chosen: dict[str, list[File]] = {}
        absent: dict[str, Absence] = {}
        # Scans first: label maps are looked for in their space.
        for role, asked in sorted(self._inputs.items(), key=lambda item: item[1].derivative):
            scans = [space_of(chosen[r][0]) for r in chosen if not self._inputs[r].is_label_map]
            found = self._files(role, asked, session, files, near=scans[0] if scans else "T1w")
            if not isinstance(found, Absence):
                chosen[role] = found
            elif asked.required:
                states.append(state_row(*session, self._measure.name, found.state, found.why))
                return None
            else:
                absent[role] = found
        return self._unit(session, chosen, absent)

    def _files(
        self, role: str, asked: Input, session: Session, files: SessionFiles, *, near: str
    ) -> list[File] | Absence:
        """Return the files of a role: one, or those of a scan that differ in one entity."""
        where = f"measures.{self._measure.name}, {role}"
        suffix, entities = asked.suffix, asked.entities
        if asked.varying:
            return files.scans(session, suffix, entities, varying=asked.varying, where=where)
        if asked.derivative:
            found = (
                files.regions(session, asked.region_set, self._region_sets, near=near)
                if asked.region_set
                else files.derivative(session, suffix, entities, near=near, where=where)
            )
        else:
            found = files.scan(session, suffix, entities, prepared=asked.prepared, where=where)
        return found if isinstance(found, Absence) else [found]

    def _unit(
        self, session: Session, chosen: dict[str, list[File]], absent: dict[str, Absence]
    ) -> Unit:
        subject, label = session
        clinical = self._clinical(session)
        inputs = {role: [_content(file) for file in files] for role, files in chosen.items()}
        rules = {
            asked.region_set: chosen[role][0]["rules"]
            for role, asked in self._inputs.items()
            if asked.region_set and role in chosen
        }
        described = {
            name: self._region_sets[used].model_dump(mode="json", exclude={"entities", "otherwise"})
            for name, used in rules.items()
        }
        told = {role: (a.state, a.why.reason) for role, a in absent.items()}
        name = self._measure.name
        return Unit(
            name=f"sub-{subject}{f'_ses-{label}' if label else ''}_{name}",
            key=content_key(*self._fixed, subject, label, inputs, described, told, clinical),
            cost=_COST_FACTOR * sum(float(f["voxels"] or 1) for fs in chosen.values() for f in fs),
            payload={
                "subject": subject,
                "session": label,
                "measure": name,
                "files": {role: [_told(f) for f in files] for role, files in chosen.items()},
                "absent": {
                    role: (a.why.reason, a.why.detail, a.why.remedy) for role, a in absent.items()
                },
                "rules": rules,
                "clinical": clinical,
            },
        )

    def _clinical(self, session: Session) -> dict[str, float]:
        """Return the session's own number of each concept, else that of all sessions."""
        subject, label = session
        found = {
            concept: self._recorded.get(
                (subject, label, concept), self._recorded.get((subject, "", concept))
            )
            for concept in self._measure.clinical()
        }
        return {concept: number for concept, number in found.items() if number is not None}


def _told(file: File) -> File:
    """Return what of a file a measure reads."""
    return {name: file[name] for name in ("path", "label_table", "metadata", "companions")}


def _content(file: File) -> tuple[Any, ...]:
    """Return what of a file its values can depend on."""
    return (
        file["sha256"],
        file["label_table_sha256"],
        file["metadata"],
        file["companions_sha256"],
    )
