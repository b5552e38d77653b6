"""The label table that belongs to a segmentation, by BIDS inheritance."""

from __future__ import annotations

from pathlib import Path

from drepano.index.datasets import Dataset, Image
from drepano.index.findings import Problems
from drepano.index.inheritance import Inheritance, best_of
from drepano.index.walk import Entry

_EXTENSIONS = (".nii.gz", ".nii", ".mgz")


def label_tables(dataset: Dataset, problems: Problems) -> dict[Path, Entry]:
    """Return the label table of each `dseg` of a dataset that has one.

    The nearest folder decides, from the file's own up to the dataset's root; in it, the
    table that shares most entities with the file and states none that the file lacks (BIDS
    specification, inheritance principle). Two that fit equally well are a problem.
    """
    inheritance = Inheritance(dataset.root, dataset.label_tables)
    found = {}
    for image in dataset.images:
        if image.name.suffix == "dseg":
            table = _table_of(image, inheritance, problems)
            if table is not None:
                found[image.entry.path] = table
    return found


def _table_of(image: Image, inheritance: Inheritance, problems: Problems) -> Entry | None:
    path = image.entry.path
    stem = next(path.name.removesuffix(e) for e in _EXTENSIONS if path.name.endswith(e))
    for fitting in inheritance.levels(image, "dseg.tsv"):
        best = best_of(fitting)
        own = [entry for entry in best if entry.path.name == f"{stem}.tsv"]
        if len(own or best) == 1:
            return (own or best)[0]
        problems.error(
            best[0].path.parent,
            found=f"{len(best)} label tables that fit {path.name} equally well",
            expected="one label table",
            remedy="Keep one, or say in their names which file each belongs to.",
        )
        return None
    return None
