"""The state of every subject, session and concept that has no value."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa

from drepano.clinical.columns import column_name
from drepano.clinical.frames import as_table
from drepano.contracts.states import STEP_STATES

STATES = {
    "no_clinical_column": "not_acquired",
    "no_clinical_row": "not_acquired",
    "not_recorded": "not_acquired",
    "refused": "not_acquired",
    "unreadable": "failed",
    "not_a_number": "failed",
    "unknown_category": "failed",
    "out_of_range": "excluded_by_quality",
    "conflicting_rows": "indeterminate",
}

REMEDIES = {
    "no_clinical_column": "Map a column of a clinical table to the concept in the site file.",
    "no_clinical_row": "Add a row of this participant, or of this session.",
    "not_recorded": "Nothing, or fill the cell in.",
    "refused": "Nothing.",
    "unreadable": "Give the row as many cells as the header has.",
    "not_a_number": "Write a plain number with the site file's decimal mark, or state the code "
    "as a missing one.",
    "unknown_category": "Write one of the concept's words, or map the code in the site file.",
    "out_of_range": "Check the value, and the unit that the site file states for the column.",
    "conflicting_rows": "Keep one row per participant and session, or make the rows agree.",
}


def states_of(resolved: pd.DataFrame) -> pa.Table:
    """Write the STEP_STATES rows of all that `resolve` gave a reason."""
    silent = resolved[resolved["reason"] != ""]
    told = silent.assign(
        source=silent["concept"].map(column_name),
        state=silent["reason"].map(STATES),
        detail=silent["cited"],
        remedy=silent["reason"].map(REMEDIES),
    )
    return as_table(told, STEP_STATES)
