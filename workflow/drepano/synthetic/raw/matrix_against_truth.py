"""The matrix of a raw cohort beside the cohort's truth: one row for each value that both have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from drepano.synthetic.truth import CohortTruth

_BRAIN = {"brain": "intracranial"}
_FACTORS = {"smallest_lumen": 2.0, "vessels_volume": 1000.0}


@dataclass(frozen=True, slots=True)
class Compared:
    """A value of the matrix and the truth of it, in the same unit.

    Attributes
    ----------
    subject, session, column
        Where it stands in the matrix.
    quantity
        Group of like values, such as `perfusion cbf grey_matter`.
    found
        The matrix's value; None where it is null.
    true
        The truth.
    """

    subject: str
    session: str
    column: str
    quantity: str
    found: float | None
    true: float


def compare_with_truth(folder: Path) -> list[Compared]:
    """Compare `results/matrix.parquet` of a run in a raw cohort's folder with its truth."""
    matrix = pq.read_table(folder / "results" / "matrix.parquet").to_pylist()
    rows = {(row["subject"], row["session"]): row for row in matrix}
    return [c for row in CohortTruth(folder).rows("measures") for c in _compared(row, rows)]


def _compared(
    row: dict[str, str], matrix: dict[tuple[str, str], dict[str, float | None]]
) -> Iterator[Compared]:
    column, factor = _column(row["scan"], row["region"], row["quantity"])
    place = matrix.get((row["subject"], row["session"]))
    true = row["mean"] or row["pure"]
    if place is None or column not in place or not true:
        return
    measure = column.split("__")[0]
    name = column.split("__")[2]
    region = "" if measure == "vessels" else f" {column.split('__')[1]}"
    yield Compared(
        row["subject"],
        row["session"],
        column,
        f"{measure}{region} {name}",
        place[column],
        float(true) * factor,
    )


def _column(scan: str, region: str, quantity: str) -> tuple[str, float]:
    """Return the matrix column of a row of the truth, and its factor to the column's unit."""
    if scan == "angio":
        vessel = region.lower().replace("-", "_").replace("3rd", "third")
        name = "smallest_lumen" if quantity == "smallest_radius" else quantity
        factor = _FACTORS.get("vessels_volume" if quantity == "volume" else name, 1.0)
        return f"vessels__{vessel}__{name}", factor
    measure = {"asl": "perfusion", "dwi": "diffusion", "MEGRE": "relaxometry", "T1w": "volumes"}
    of_scan = (scan == "T1w") == (quantity == "volume")
    name = measure.get(scan, "") if of_scan else ""
    return f"{name}__{_BRAIN.get(region, region)}__{quantity}", 1.0
