"""The derivative dataset as a whole: its description, its label tables, what all sessions share."""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

import drepano
from drepano.contracts import write_json, write_text
from drepano.imaging.labels import label_pairs, whole_labels
from drepano.imaging.preparation.orientation import canonical
from drepano.imaging.preparation.template import TemplateMaps, load_template
from drepano.imaging.preparation.tissues import SIDES
from drepano.imaging.volumes import Volume, read_volume
from drepano.settings.preparation import Preparation

BIDS_VERSION = "1.10.0"
_TISSUES = "desc-tissue_dseg.tsv"


@dataclass(frozen=True, slots=True)
class LoadedAtlas:
    """An atlas in the space of the template, and its label table (path, SHA-256) or None."""

    labels: Volume
    table: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class Loaded:
    """What all sessions share: the template, the atlases, the table of tissues."""

    template: TemplateMaps | None
    atlases: dict[str, LoadedAtlas]
    tissue_table: tuple[str, str]


def load_shared(settings: Preparation, folder: Path) -> Loaded:
    """Read the template and the atlases.

    Raises
    ------
    UnitError
        An atlas is not a label map.
    """
    atlases = {
        name: LoadedAtlas(
            whole_labels(canonical(read_volume(atlas.volume)), atlas.volume.name),
            _fingerprint(folder / atlas_table(name)) if atlas.table else None,
        )
        for name, atlas in settings.atlases.items()
    }
    template = load_template(settings.template) if settings.template else None
    return Loaded(template, atlases, _fingerprint(folder / _TISSUES))


def _fingerprint(path: Path) -> tuple[str, str]:
    return str(path), hashlib.sha256(path.read_bytes()).hexdigest()


def atlas_table(name: str) -> str:
    """Return the file name of an atlas's label table at the dataset's root."""
    return f"atlas-{name.replace('_', '')}_dseg.tsv"


def write_dataset(folder: Path, settings: Preparation) -> None:
    """Write the description and the label tables, which hold for all sessions (BIDS inheritance).

    Raises
    ------
    UnitError
        A label table of an atlas cannot be read.
    """
    write_json(
        folder / "dataset_description.json",
        {
            "Name": "Scans and regions prepared by drepano",
            "BIDSVersion": BIDS_VERSION,
            "DatasetType": "derivative",
            "GeneratedBy": [{"Name": "drepano", "Version": drepano.__version__}],
        },
    )
    _write_table(folder / _TISSUES, [(number, name) for name, number in SIDES.items()])
    for name, atlas in settings.atlases.items():
        if atlas.table is not None:
            _write_table(folder / atlas_table(name), label_pairs(atlas.table))


def _write_table(path: Path, rows: list[tuple[int, str]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter="\t", lineterminator="\n")
    writer.writerows([("index", "name"), *rows])
    write_text(path, text.getvalue())
