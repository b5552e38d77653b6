"""Which scans a session has, which of them are broken, and the files they are written to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drepano.contracts import write_json, write_text
from drepano.synthetic.bids import file_name, of_scanner, session_folder
from drepano.synthetic.nifti import write_volume
from drepano.synthetic.raw.poses import ScanGrid
from drepano.synthetic.roster import Part, Person, Stream, generator
from drepano.synthetic.tables import Row

SCANS = ("T1w", "FLAIR", "asl", "dwi", "angio", "MEGRE")
"""BIDS suffixes, in the order of the truth."""

MAPS = Path("maps")
"""Folder of the truth's maps, below the truth."""

VESSEL_FOLDER = Path("derivatives", "vessels")
VESSEL_NAME = "acq-TOF_desc-vessels_dseg.nii.gz"

_EVERY = frozenset({"asl", "dwi", "angio", "MEGRE"})
_FURTHER: dict[Part, frozenset[str]] = {
    "complete": _EVERY,
    "no_lesions": frozenset({"asl", "dwi"}),
    "no_asl": frozenset({"dwi", "angio", "MEGRE"}),
    "asl_without_metadata": frozenset({"asl", "MEGRE"}),
    "gradient_mismatch": frozenset({"asl", "dwi"}),
    "noise_flair": frozenset({"asl", "angio"}),
    "no_flair": frozenset({"asl", "dwi"}),
    "no_t1w": frozenset({"asl"}),
    "no_clinical": frozenset({"asl"}),
    "nan_flair": frozenset({"MEGRE"}),
    "no_sample": _EVERY,
}
_LACKED: dict[Part, str] = {"no_t1w": "T1w", "no_flair": "FLAIR"}
_BROKEN: dict[tuple[Part, str], str] = {
    ("noise_flair", "FLAIR"): "registration_failed",
    ("nan_flair", "FLAIR"): "not_finite",
    ("asl_without_metadata", "asl"): "no_metadata",
    ("gradient_mismatch", "dwi"): "companion_mismatch",
}


def state_of(person: Person, session: str, scan: str) -> tuple[str, str]:
    """Return state and reason of a scan by itself; a later session has T1w and FLAIR alone."""
    structural = scan in ("T1w", "FLAIR")
    first = session == person.sessions[0]
    lacks = _LACKED.get(person.part) == scan
    if lacks or not (structural or (first and scan in _FURTHER[person.part])):
        return "not_acquired", "no_scan"
    reason = _BROKEN.get((person.part, scan), "")
    return ("failed", reason) if reason else ("measured", "")


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where the files of one session go.

    Attributes
    ----------
    bids, truth
        Roots of the dataset and of the truth.
    person, session
        Whose files they are.
    seed
        Seed of the cohort.
    """

    bids: Path
    truth: Path
    person: Person
    session: str
    seed: int

    @property
    def mirrored(self) -> bool:
        """Voxels are stored from right to left: every third subject."""
        return self.person.index % 3 == 2

    def where(self, scan: str) -> Row:
        """Return the key of a row of the truth."""
        return {"subject": self.person.label, "session": self.session, "scan": scan}

    def rng(self, stream: Stream, scan: str) -> np.random.Generator:
        """Return the generator of one scan."""
        place = self.person.sessions.index(self.session)
        return generator(self.seed, stream, self.person.index, place, SCANS.index(scan))

    def path(self, datatype: str, name: str) -> Path:
        """Return the path of a raw file."""
        folder = session_folder(self.bids, self.person, self.session)
        return folder / datatype / file_name(self.person, self.session, name)

    def scan(self, datatype: str, name: str, voxels: NDArray[Any], grid: ScanGrid) -> None:
        """Write a raw image; `name` is what follows subject and session."""
        self._write(self.path(datatype, f"{name}.nii.gz"), voxels, grid)

    def sidecar(self, datatype: str, name: str, sequence: dict[str, object]) -> None:
        """Write a side file."""
        write_json(self.path(datatype, f"{name}.json"), of_scanner(sequence))

    def text(self, datatype: str, name: str, text: str) -> None:
        """Write a file beside an image; `name` has its extension."""
        write_text(self.path(datatype, name), text)

    def vessels(self, labels: NDArray[np.uint8], grid: ScanGrid) -> None:
        """Write the label map of the vessels, as a site's own derivative."""
        folder = session_folder(self.bids / VESSEL_FOLDER, self.person, self.session) / "anat"
        self._write(folder / file_name(self.person, self.session, VESSEL_NAME), labels, grid)

    def known(self, scan: str, what: str, voxels: NDArray[Any], grid: ScanGrid) -> None:
        """Write a map of the truth on the voxels of a scan."""
        path = map_path(self.truth, self.person.participant, self.session, scan, what)
        self._write(path, voxels, grid)

    def _write(self, path: Path, voxels: NDArray[Any], grid: ScanGrid) -> None:
        write_volume(path, voxels, grid.affine, mirrored=self.mirrored)


def map_path(truth: Path, participant: str, session: str, scan: str, what: str) -> Path:
    """Return the path of a map of the truth on the voxels of a scan."""
    level = [participant, *([f"ses-{session}"] if session else [])]
    return truth.joinpath(MAPS, *level, "_".join([*level, f"space-{scan}_desc-{what}.nii.gz"]))
