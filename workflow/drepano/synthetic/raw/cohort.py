"""People to a dataset of raw scans alone, and to the tables of its truth."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from drepano.synthetic.anatomy import Grid
from drepano.synthetic.bids import describe_dataset, describe_regions
from drepano.synthetic.phenotype import draw_values
from drepano.synthetic.raw.delivery import VESSEL_FOLDER, Delivery
from drepano.synthetic.raw.rows import (
    LESION_COLUMNS,
    MEASURE_COLUMNS,
    SCAN_COLUMNS,
    TRANSFORM_COLUMNS,
)
from drepano.synthetic.raw.session import Truth, write_raw_session
from drepano.synthetic.raw.vessels import VESSELS
from drepano.synthetic.roster import Person
from drepano.synthetic.sessions import draw_sessions
from drepano.synthetic.tables import write_rows
from drepano.synthetic.template import load_template


def write_raw_imaging(
    bids: Path, truth: Path, people: Sequence[Person], grid: Grid, seed: int
) -> None:
    """Write all raw scans, the vessel masks, and the truth: maps and tables.

    Parameters
    ----------
    bids, truth
        Roots of the dataset and of the truth.
    people
        The cohort; its parts are `RAW_PARTS`.
    grid
        Grid of the heads, which is the T1w's.
    seed
        Seed of the cohort.
    """
    scanned = [person for person in people if person.part != "no_imaging"]
    describe_dataset(bids, scanned)
    describe_regions(bids / VESSEL_FOLDER, what="Vessels", desc="vessels", labels=VESSELS)
    template = load_template()
    gathered = Truth()
    for person in scanned:
        haematocrit = float(draw_values(person, seed)["hct_pct"]) / 100
        for session in draw_sessions(person, template, grid, seed):
            delivery = Delivery(bids, truth, person, session.name, seed)
            write_raw_session(session, delivery, haematocrit, gathered)
    write_rows(truth / "scans.tsv", SCAN_COLUMNS, gathered.scans)
    write_rows(truth / "transforms.tsv", TRANSFORM_COLUMNS, gathered.transforms)
    write_rows(truth / "measures.tsv", MEASURE_COLUMNS, gathered.measures)
    write_rows(truth / "lesions.tsv", LESION_COLUMNS, gathered.lesions)
