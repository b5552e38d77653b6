"""A BIDS dataset and its derivative of regions: names, descriptions and side files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import drepano
from drepano.contracts import write_json
from drepano.synthetic.anatomy import LABELS
from drepano.synthetic.roster import Person
from drepano.synthetic.tables import Row, write_rows

BIDS_VERSION = "1.10.0"
REGIONS = Path("derivatives", "regions")

_GENERATED = [{"Name": "drepano synthetic", "Version": drepano.__version__}]
SEQUENCES: dict[str, dict[str, object]] = {
    "T1w": {
        "PulseSequenceType": "MPRAGE",
        "EchoTime": 0.00298,
        "InversionTime": 0.9,
        "RepetitionTime": 2.3,
        "FlipAngle": 9,
    },
    "FLAIR": {
        "PulseSequenceType": "Inversion recovery turbo spin echo",
        "EchoTime": 0.388,
        "InversionTime": 1.8,
        "RepetitionTime": 5.0,
        "FlipAngle": 120,
    },
}


def session_folder(root: Path, person: Person, session: str) -> Path:
    """Return the folder of a session below a dataset's root."""
    level = root / person.participant
    return level / f"ses-{session}" if session else level


def anat_folder(root: Path, person: Person, session: str) -> Path:
    """Return the folder of a session's anatomical images below a dataset's root."""
    return session_folder(root, person, session) / "anat"


def file_name(person: Person, session: str, rest: str) -> str:
    """Return a BIDS file name: subject, session where there is one, and `rest`."""
    middle = f"_ses-{session}" if session else ""
    return f"{person.participant}{middle}_{rest}"


def sidecar(sequence: str) -> dict[str, object]:
    """Return the side file of a scan; times in seconds, angles in degrees, field in tesla."""
    return of_scanner(SEQUENCES[sequence])


def of_scanner(sequence: dict[str, object]) -> dict[str, object]:
    """Return a side file: what holds for the scanner, then for the sequence."""
    return {
        "Modality": "MR",
        "MagneticFieldStrength": 3,
        "Manufacturer": "synthetic",
        **sequence,
    }


def describe_dataset(root: Path, people: Sequence[Person]) -> None:
    """Write the raw dataset's description and its participants."""
    write_json(
        root / "dataset_description.json",
        {
            "Name": "Synthetic sickle-cell cohort",
            "BIDSVersion": BIDS_VERSION,
            "DatasetType": "raw",
            "License": "CC0",
            "GeneratedBy": _GENERATED,
        },
    )
    rows: list[Row] = [
        {"participant_id": p.participant, "age": p.age, "sex": "male" if p.male else "female"}
        for p in people
    ]
    write_rows(root / "participants.tsv", ("participant_id", "age", "sex"), rows)
    write_json(
        root / "participants.json",
        {
            "age": {"Description": "age at the first session", "Units": "year"},
            "sex": {
                "Description": "sex as the registry states it",
                "Levels": {"male": "male", "female": "female"},
            },
        },
    )


def describe_regions(
    folder: Path, *, what: str = "Regions", desc: str = "tissue", labels: dict[str, int] = LABELS
) -> None:
    """Write a derivative's description and the label table that all its dseg files share."""
    write_json(
        folder / "dataset_description.json",
        {
            "Name": f"{what} of the synthetic cohort",
            "BIDSVersion": BIDS_VERSION,
            "DatasetType": "derivative",
            "GeneratedBy": _GENERATED,
        },
    )
    rows: list[Row] = [{"index": number, "name": name} for name, number in labels.items()]
    write_rows(folder / f"desc-{desc}_dseg.tsv", ("index", "name"), rows)
