"""Which scan and which region files belong together: units, and states of what is not there."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

import voxomics
from drepano.contracts.states import STEP_STATES
from drepano.imaging.columns import engine_settings
from drepano.imaging.derived import region_sets_of
from drepano.imaging.engine import ALGORITHM, engine_version
from drepano.imaging.files import Absence, File, Session, SessionFiles, space_of
from drepano.imaging.findings import state_row
from drepano.imaging.measures.planning import MeasurePlanner, clinical_numbers
from drepano.imaging.measures.registry import measures_of
from drepano.imaging.names import source_of
from drepano.ranks import Plan, Unit, content_key
from drepano.settings import Imaging, Modality


def plan(
    imaging: Imaging | None,
    subjects: pa.Table,
    bids_files: pa.Table,
    prepared: pa.Table | None = None,
    clinical: pa.Table | None = None,
) -> Plan:
    """Pair scans with their regions, and measures with what they read.

    Parameters
    ----------
    imaging
        The study's imaging settings; None plans nothing.
    subjects
        `subjects` table of the index.
    bids_files
        `bids_files` table of the index.
    prepared
        `prepared` table of the preparation; None: scans and regions as they come.
    clinical
        Values of the clinical tables, for measures that take some; None: there are none.

    Returns
    -------
    Plan
        One unit for each subject, session and modality that has a scan and at least one
        region file, and for each measure that has what it needs; a state for every source
        that no unit makes.
    """
    if imaging is None:
        return Plan([], STEP_STATES.empty())
    measures = measures_of(imaging)
    suffixes = {m.suffix for m in imaging.modalities.values()}
    suffixes |= {rules.suffix for rules in imaging.region_sets.values()}
    suffixes |= {asked.suffix for m in measures for asked in m.inputs().values()}
    files = SessionFiles(bids_files, prepared, suffixes)
    recorded = clinical_numbers(clinical, {c for m in measures for c in m.clinical()})
    planners: list[_Planner | MeasurePlanner] = [
        *(_Planner(imaging, name) for name in imaging.modalities),
        *(MeasurePlanner(imaging, measure, recorded) for measure in measures),
    ]
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
        self._region_sets = imaging.region_sets
        self._sets = {n: imaging.region_sets[n] for n in self._modality.region_sets}
        self._fixed = (
            "imaging",
            ALGORITHM,
            engine_version(imaging.engine),
            voxomics.library_versions(imaging.engine),
            name,
            _settings_of_values(self._modality),
        )
        self._derived = region_sets_of(imaging, self._modality)
        names = voxomics.feature_names(engine_settings(self._modality))
        images = len({feature.split("_")[0] for feature in names})
        again = self._modality.perturbation.repeats if self._modality.perturbation else 0
        self._passes = images * (1 + again)

    def unit(
        self, session: Session, files: SessionFiles, states: list[dict[str, object]]
    ) -> Unit | None:
        """Return the unit of a session, adding states of what it will not make."""
        scan = self._scan(session, files)
        if isinstance(scan, Absence):
            self._add(states, session, dict.fromkeys(self._sets, scan))
            return None
        chosen: dict[str, File] = {}
        absent: dict[str, Absence] = {}
        for name in self._sets:
            regions = files.regions(session, name, self._region_sets, near=space_of(scan))
            if isinstance(regions, Absence):
                absent[name] = regions
            else:
                chosen[name] = regions
        self._add(states, session, absent)
        return self._unit(session, scan, chosen) if chosen else None

    def _scan(self, session: Session, files: SessionFiles) -> File | Absence:
        modality = self._modality
        return files.scan(
            session,
            modality.suffix,
            modality.entities,
            prepared=modality.prepared,
            where=f"modalities.{self._name}",
        )

    def _add(
        self, states: list[dict[str, object]], session: Session, absent: dict[str, Absence]
    ) -> None:
        """Add a state for each region of a set that is absent, and for what is made of them.

        A derived region takes the state of the set that failed, else of the first that is
        absent.
        """
        told = {region: why for n, why in absent.items() for region in self._sets[n].regions}
        for region, needed in self._derived.items():
            lacking = [absent[n] for n in needed if n in absent]
            if lacking:
                told[region] = next((a for a in lacking if a.state == "failed"), lacking[0])
        for region, absence in told.items():
            source = source_of(self._name, region)
            states.append(state_row(*session, source, absence.state, absence.why))

    def _unit(self, session: Session, scan: File, chosen: dict[str, File]) -> Unit:
        subject, label = session
        inputs = {
            name: (
                self._region_sets[file["rules"]].model_dump(
                    mode="json", exclude={"entities", "otherwise"}
                ),
                file["sha256"],
                file["label_table_sha256"],
            )
            for name, file in chosen.items()
        }
        regions = sum(len(self._sets[name].regions) for name in chosen)
        regions += sum(all(n in chosen for n in needed) for needed in self._derived.values())
        return Unit(
            name=f"sub-{subject}{f'_ses-{label}' if label else ''}_{self._name}",
            key=content_key(*self._fixed, subject, label, scan["sha256"], inputs),
            cost=float((scan["voxels"] or 1) * regions * self._passes),
            payload={
                "subject": subject,
                "session": label,
                "modality": self._name,
                "scan": scan["path"],
                "region_sets": {
                    name: {key: file[key] for key in ("path", "label_table", "rules")}
                    for name, file in chosen.items()
                },
            },
        )


def _settings_of_values(modality: Modality) -> dict[str, Any]:
    """Return the settings that move a value; those that choose files show in their hashes."""
    return modality.model_dump(
        mode="json", exclude={"suffix", "entities", "prepared", "region_sets"}
    )
