"""The label table that belongs to a segmentation, by BIDS inheritance."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from drepano.index.datasets import Dataset, Image
from drepano.index.findings import Problems
from drepano.index.names import parse_entities
from drepano.index.walk import Entry

_EXTENSIONS = (".nii.gz", ".nii", ".mgz")
Candidates = dict[Path, list[tuple[dict[str, str], Entry]]]


def label_tables(dataset: Dataset, problems: Problems) -> dict[Path, Entry]:
    """Return the label table of each `dseg` of a dataset that has one.

    The nearest folder decides, from the file's own up to the dataset's root; in it, the
    table that shares most entities with the file and states none that the file lacks (BIDS
    specification, inheritance principle). Two that fit equally well are a problem.
    """
    candidates: Candidates = defaultdict(list)
    for entry in dataset.label_tables:
        candidates[entry.path.parent].append((_own_entities(entry.path), entry))
    found = {}
    for image in dataset.images:
        if image.name.suffix == "dseg":
            table = _table_of(image, dataset.root, candidates, problems)
            if table is not None:
                found[image.entry.path] = table
    return found


def _own_entities(path: Path) -> dict[str, str]:
    special = ("datatype", "suffix", "ext")
    return {k: v for k, v in parse_entities(Path(path.name)).items() if k not in special}


def _table_of(image: Image, root: Path, candidates: Candidates, problems: Problems) -> Entry | None:
    path = image.entry.path
    entities = _own_entities(path)
    stem = next(path.name.removesuffix(e) for e in _EXTENSIONS if path.name.endswith(e))
    for folder in path.parents:
        fitting = [
            (found, entry)
            for found, entry in candidates.get(folder, [])
            if found.items() <= entities.items()
        ]
        most = max((len(found) for found, _ in fitting), default=0)
        best = [entry for found, entry in fitting if len(found) == most]
        own = [entry for entry in best if entry.path.name == f"{stem}.tsv"]
        if len(own or best) == 1:
            return (own or best)[0]
        if best:
            problems.error(
                folder,
                found=f"{len(best)} label tables that fit {path.name} equally well",
                expected="one label table",
                remedy="Keep one, or say in their names which file each belongs to.",
            )
            return None
        if folder == root:
            break
    return None
