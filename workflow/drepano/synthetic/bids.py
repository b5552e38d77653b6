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
_SEQUENCES: dict[str, dict[str, object]] = {
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


def anat_folder(root: Path, person: Person, session: str) -> Path:
    """Return the folder of a session's anatomical images below a dataset's root."""
    level = root / person.participant
    return (level / f"ses-{session}" if session else level) / "anat"


def file_name(person: Person, session: str, rest: str) -> str:
    """Return a BIDS file name: subject, session where there is one, and `rest`."""
    middle = f"_ses-{session}" if session else ""
    return f"{person.participant}{middle}_{rest}"


def sidecar(sequence: str) -> dict[str, object]:
    """Return the side file of a scan; times in seconds, angles in degrees, field in tesla."""
    return {
        "Modality": "MR",
        "MagneticFieldStrength": 3,
        "Manufacturer": "synthetic",
        **_SEQUENCES[sequence],
    }


def describe_dataset(root: Path, people: Sequence[Person]) -> None:
    """Write the dataset's and the derivative's descriptions, participants and label table."""
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
    describe_regions(root / REGIONS)


def describe_regions(folder: Path) -> None:
    """Write the derivative's description and the label table that all its dseg files share."""
    write_json(
        folder / "dataset_description.json",
        {
            "Name": "Regions of the synthetic cohort",
            "BIDSVersion": BIDS_VERSION,
            "DatasetType": "derivative",
            "GeneratedBy": _GENERATED,
        },
    )
    rows: list[Row] = [{"index": number, "name": name} for name, number in LABELS.items()]
    write_rows(folder / "desc-tissue_dseg.tsv", ("index", "name"), rows)
