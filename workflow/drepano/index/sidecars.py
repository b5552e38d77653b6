"""What stands beside an image: values of its JSON sidecars, gradients, the ASL context."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from drepano.index.acquisition import read_sidecar
from drepano.index.datasets import Dataset, Image
from drepano.index.findings import Problems
from drepano.index.inheritance import Fitting, Inheritance, best_of
from drepano.index.threads import each
from drepano.index.walk import Entry

Read = dict[Path, dict[str, Any] | None]
"""Kept values of each sidecar; None for one that can not be used."""

_GRADIENTS = ("bval", "bvec")


@dataclass(frozen=True, slots=True)
class Beside:
    """What belongs to one image.

    Attributes
    ----------
    metadata
        Values of its sidecars, nearest last.
    companions
        `bval`, `bvec`, `aslcontext` to the file.
    """

    metadata: dict[str, Any] = field(default_factory=dict)
    companions: dict[str, Entry] = field(default_factory=dict)

    @property
    def metadata_json(self) -> str:
        """The metadata as JSON with sorted keys."""
        return json.dumps(self.metadata, sort_keys=True)

    @property
    def companions_json(self) -> str:
        """Paths of the companions as JSON with sorted keys."""
        paths = {kind: str(entry.path) for kind, entry in self.companions.items()}
        return json.dumps(paths, sort_keys=True)


def read_beside(dataset: Dataset, problems: Problems) -> list[Beside]:
    """Return what belongs to each image of a dataset, in the order of its images.

    Values of all JSON files that hold for an image are merged from the dataset's root down to
    the image's folder: the nearest one wins. Of the other files only the nearest one counts
    (BIDS specification, inheritance principle, rule 5). Two that fit equally well, and files
    that can not be read, are problems; such an image has no metadata at all, because a value
    from further up may be the wrong one.
    """
    inheritance = Inheritance(dataset.root, dataset.sidecars)
    levels = [[*inheritance.levels(i, f"{i.name.suffix}.json")] for i in dataset.images]
    read = _read_all(levels, problems)
    return [
        Beside(_merged(image, found, read, problems), _companions(image, inheritance, problems))
        for image, found in zip(dataset.images, levels, strict=True)
    ]


def _read_all(levels: list[list[Fitting]], problems: Problems) -> Read:
    """Read each sidecar that holds for some image once."""
    paths = sorted({e.path for found in levels for fitting in found for _, e in fitting})
    read: Read = {}
    for path, outcome in zip(paths, each(read_sidecar, paths), strict=True):
        if isinstance(outcome, str):
            problems.error(
                path,
                found=outcome,
                expected="a JSON object in UTF-8",
                remedy="Mend the file; until then its images count as having no metadata.",
            )
        read[path] = None if isinstance(outcome, str) else outcome
    return read


def _merged(image: Image, levels: list[Fitting], read: Read, problems: Problems) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for fitting in reversed(levels):
        counts = [count for count, _ in fitting]
        if len({*counts}) < len(counts):
            twice = next(count for count in counts if counts.count(count) > 1)
            _note_tie(image, [e for count, e in fitting if count == twice], problems)
            return {}
        for _, entry in fitting:
            values = read[entry.path]
            if values is None:
                return {}
            merged |= values
    return merged


def _companions(image: Image, inheritance: Inheritance, problems: Problems) -> dict[str, Entry]:
    suffix = image.name.suffix
    wanted = {kind: f"{suffix}.{kind}" for kind in _GRADIENTS}
    if suffix == "asl":
        wanted["aslcontext"] = "aslcontext.tsv"
    found = {}
    for kind, last in wanted.items():
        best = best_of(next(inheritance.levels(image, last), []))
        if len(best) == 1:
            found[kind] = best[0]
        elif best:
            _note_tie(image, best, problems)
    return found


def _note_tie(image: Image, tied: list[Entry], problems: Problems) -> None:
    kind = "".join(tied[0].path.suffixes)
    problems.error(
        tied[0].path.parent,
        found=f"{len(tied)} {kind} files that fit {image.entry.path.name} equally well",
        expected="one file",
        remedy="Keep one, or say in their names which image each belongs to.",
    )
