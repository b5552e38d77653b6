"""What the files of a session hold, and what drepano must say of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from drepano.synthetic.anatomy import LABELS
from drepano.synthetic.roster import Person
from drepano.synthetic.scans import WITHOUT
from drepano.synthetic.sessions import Session
from drepano.synthetic.tables import Row

MIN_VOXELS = 8
"""Regions below have a volume and no radiomics: `min_voxels` of config/study.yaml."""

TISSUES: dict[str, tuple[str, ...]] = {
    "grey_matter_left": ("grey matter left",),
    "grey_matter_right": ("grey matter right",),
    "white_matter": ("white matter left", "white matter right"),
    "ventricles": ("ventricles",),
}
"""Regions of config/study.yaml and the labels they are made of."""

LESION = "lesion"
SCAN_REGIONS = {"T1w": (*TISSUES,), "FLAIR": (*TISSUES, LESION)}

IMAGING_COLUMNS = (
    "subject",
    "session",
    "source",
    "voxels",
    "volume_mm3",
    "component_count",
    "state",
    "reason",
    "radiomics_state",
    "radiomics_reason",
)
LESION_COLUMNS = (
    "subject",
    "session",
    "lesion",
    "centre_x_mm",
    "centre_y_mm",
    "centre_z_mm",
    "voxels",
    "volume_mm3",
)


def imaging_rows(session: Session) -> Iterator[Row]:
    """Yield the truth of each scan and region: size, state and reason.

    `state` speaks of the region's volume and components, `radiomics_state` of its features.
    """
    person = session.person
    for suffix, regions in SCAN_REGIONS.items():
        for region in regions:
            state, reason = _fault(person, suffix, region)
            row = _row(person, session.name, f"{suffix.lower()}__{region}", state, reason)
            if state == "measured":
                _measure(row, session, region)
            yield row


def rows_without_imaging(person: Person) -> Iterator[Row]:
    """Yield the truth of a subject who was never scanned."""
    for suffix, regions in SCAN_REGIONS.items():
        for region in regions:
            source = f"{suffix.lower()}__{region}"
            yield _row(person, "", source, "not_acquired", "no_scan")


def lesion_rows(session: Session) -> Iterator[Row]:
    """Yield each lesion that was drawn, whether or not its mask was delivered whole."""
    for number, lesion in enumerate(session.lesions.lesions, start=1):
        x, y, z = lesion.seed.centre_mm
        yield {
            "subject": session.person.label,
            "session": session.name,
            "lesion": number,
            "centre_x_mm": x,
            "centre_y_mm": y,
            "centre_z_mm": z,
            "voxels": lesion.voxels,
            "volume_mm3": lesion.voxels * session.anatomy.grid.voxel_mm3,
        }


def _row(person: Person, session: str, source: str, state: str, reason: str) -> Row:
    return {
        "subject": person.label,
        "session": session,
        "source": source,
        "voxels": None,
        "volume_mm3": None,
        "component_count": None,
        "state": state,
        "reason": reason,
        "radiomics_state": state,
        "radiomics_reason": reason,
    }


def _fault(person: Person, suffix: str, region: str) -> tuple[str, str]:
    part = person.part
    faults: Sequence[tuple[bool, tuple[str, str]]] = (
        (part == WITHOUT[suffix], ("not_acquired", "no_scan")),
        (part == "truncated_flair" and suffix == "FLAIR", ("failed", "unreadable")),
        (part == "no_lesion_mask" and region == LESION, ("not_acquired", "no_regions")),
        (part == "other_grid" and region == LESION, ("failed", "grid_mismatch")),
        (part == "no_ventricles" and region == "ventricles", ("failed", "label_absent")),
    )
    return next((state for holds, state in faults if holds), ("measured", ""))


def _measure(row: Row, session: Session, region: str) -> None:
    if region == LESION:
        voxels = sum(lesion.voxels for lesion in session.lesions.lesions)
        row["component_count"] = len(session.lesions.lesions)
    else:
        numbers = [LABELS[name] for name in TISSUES[region]]
        voxels = int(np.isin(session.anatomy.labels, numbers).sum())
    row["voxels"] = voxels
    row["volume_mm3"] = voxels * session.anatomy.grid.voxel_mm3
    if voxels < MIN_VOXELS:
        reason = "region_too_small" if voxels else "region_empty"
        row["radiomics_state"], row["radiomics_reason"] = "undefined", reason
