"""A session to its scans and region files, with the parts of it missing or broken."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from drepano.contracts import write_json
from drepano.synthetic.anatomy import LABELS, Grid
from drepano.synthetic.bids import REGIONS, anat_folder, file_name, sidecar
from drepano.synthetic.contrast import FLAIR, T1W, Contrast, scan
from drepano.synthetic.nifti import write_image
from drepano.synthetic.roster import Part, Stream, generator
from drepano.synthetic.sessions import Session

SCANS: dict[str, Contrast] = {"T1w": T1W, "FLAIR": FLAIR}
"""BIDS suffixes of the scans, and how they look."""

WITHOUT: dict[str, Part] = {"T1w": "no_t1w", "FLAIR": "no_flair"}
"""The part of the subject who lacks a scan."""

_CROPPED_VOXELS = 2
_KEPT_OF_TRUNCATED = 0.5


def write_session(root: Path, session: Session, seed: int) -> None:
    """Write T1w, FLAIR, tissue dseg and lesion mask below the BIDS `root`."""
    for number, suffix in enumerate(SCANS):
        if session.person.part != WITHOUT[suffix]:
            _write_scan(root, session, suffix, seed=seed, number=number)
    _write_tissues(root / REGIONS, session)
    if session.person.part != "no_lesion_mask":
        _write_lesions(root / REGIONS, session)


def _write_scan(root: Path, session: Session, suffix: str, *, seed: int, number: int) -> None:
    person = session.person
    place = person.sessions.index(session.name)
    rng = generator(seed, Stream.SCAN, person.index, place, number)
    broken = suffix == "FLAIR" and person.part == "truncated_flair"
    folder = anat_folder(root, person, session.name)
    write_image(
        folder / file_name(person, session.name, f"{suffix}.nii.gz"),
        scan(session.anatomy, session.lesions.mask, SCANS[suffix], rng),
        session.anatomy.grid,
        mirrored=is_mirrored(session),
        kept_bytes=_KEPT_OF_TRUNCATED if broken else 1.0,
    )
    write_json(folder / file_name(person, session.name, f"{suffix}.json"), sidecar(suffix))


def _write_tissues(root: Path, session: Session) -> None:
    """Write one dseg for both scans, since they share a grid."""
    reference = "FLAIR" if session.person.part == "no_t1w" else "T1w"
    labels = session.anatomy.labels
    if session.person.part == "no_ventricles":
        labels = np.where(labels == LABELS["ventricles"], 0, labels).astype(np.uint8)
    name = f"space-{reference}_desc-tissue_dseg"
    _write_regions(root, session, name, labels, session.anatomy.grid)


def _write_lesions(root: Path, session: Session) -> None:
    mask = session.lesions.mask.astype(np.uint8)
    grid = session.anatomy.grid
    if session.person.part == "other_grid":
        mask, grid = _cropped(mask, grid)
    _write_regions(root, session, "space-FLAIR_label-lesion_mask", mask, grid)


def _write_regions(
    root: Path, session: Session, name: str, voxels: NDArray[np.uint8], grid: Grid
) -> None:
    path = anat_folder(root, session.person, session.name) / file_name(
        session.person, session.name, f"{name}.nii.gz"
    )
    write_image(path, voxels, grid, mirrored=is_mirrored(session))


def is_mirrored(session: Session) -> bool:
    """Tell whether the session's files store X from right to left: every third subject."""
    return session.person.index % 3 == 2


def _cropped(mask: NDArray[np.uint8], grid: Grid) -> tuple[NDArray[np.uint8], Grid]:
    """Cut slices off the lower end of each axis: the same place in the world, fewer voxels."""
    cut = _CROPPED_VOXELS
    smaller = mask[cut:, cut:, cut:]
    affine = grid.affine.copy()
    affine[:3, 3] += cut * grid.voxel_mm
    x, y, z = smaller.shape
    return smaller, replace(grid, shape=(x, y, z), affine=affine)
