"""FreeSurfer's label numbers and names, from the table `freesurfer.tsv`."""

from __future__ import annotations

import csv
from importlib import resources


def freesurfer_labels() -> list[tuple[int, str]]:
    """Return number and name of each label of aseg, aparc (Desikan, DKT) and aparc.a2009s.

    A number whose name changed stands twice: Left-Thalamus was Left-Thalamus-Proper up to
    FreeSurfer 6.
    """
    text = (resources.files("drepano.catalogue") / "freesurfer.tsv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines(), delimiter="\t")
    return [(int(row["index"]), row["name"]) for row in rows]
