"""Clinical tables of a site to long values, states of all that has no value, and problems."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa

from drepano.clinical.check import check_concepts
from drepano.clinical.delivery import Delivery, deliver
from drepano.clinical.derived import derivable, derive, with_bases
from drepano.clinical.frames import as_table
from drepano.clinical.problems import list_problems
from drepano.clinical.resolve import resolve, session_pairs
from drepano.clinical.states import states_of
from drepano.contracts.values import CLINICAL
from drepano.errors import Fault, InputError
from drepano.settings import Clinical, ClinicalSource

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ClinicalTables:
    """What the clinical step makes.

    Attributes
    ----------
    values
        CLINICAL table: one row per subject, session and concept that has a value.
    states
        STEP_STATES table: one row per subject, session and concept that has none.
    problems
        PROBLEMS table: the cells and rows that could not be used, never their content.
    """

    values: pa.Table
    states: pa.Table
    problems: pa.Table


def read_clinical(
    clinical: Clinical, sources: tuple[ClinicalSource, ...], subjects: pa.Table
) -> ClinicalTables:
    """Read the study's concepts out of the site's clinical tables.

    Parameters
    ----------
    clinical
        Concepts that the study asks for.
    sources
        Tables of the site.
    subjects
        SUBJECTS table: a row without session holds for all sessions that it lists for the
        subject. A participant whom it does not know is kept.

    Returns
    -------
    ClinicalTables
        Every subject, session and concept stands once, in `values` or in `states`.

    Raises
    ------
    ConfigError
        A concept, unit or code of the settings can not be meant.
    InputError
        A table, or a column that the site file names, can not be read; names all of them.
    """
    check_concepts(clinical, sources)
    mapped = {name for source in sources for name in source.columns}
    derived = derivable(clinical.columns, mapped)
    asked = clinical.model_copy(update={"columns": with_bases(clinical.columns, derived)})
    deliveries = _deliver_all(asked, sources)
    rows = pd.concat([d.rows for d in deliveries]) if deliveries else _no_rows()
    pairs = session_pairs(subjects, rows)
    resolved = resolve([d.cells for d in deliveries], pairs, asked.columns)
    resolved.loc[
        (resolved["reason"] == "no_clinical_row") & ~resolved["concept"].isin(mapped), "reason"
    ] = "no_clinical_column"
    answers = derive(resolved, derived)
    answers = answers[answers["concept"].isin(clinical.columns)]
    tables = ClinicalTables(
        _values(answers),
        states_of(answers),
        list_problems(deliveries, resolved, pairs, subjects),
    )
    logger.info(
        "clinical: %d files, %d values, %d cells without value, %d problems",
        len(sources),
        tables.values.num_rows,
        tables.states.num_rows,
        tables.problems.num_rows,
    )
    return tables


def _no_rows() -> pd.DataFrame:
    return pd.DataFrame({"subject": [], "session": []}, dtype=object)


def _deliver_all(clinical: Clinical, sources: tuple[ClinicalSource, ...]) -> list[Delivery]:
    deliveries: list[Delivery] = []
    faults: list[Fault] = []
    for position, source in enumerate(sources):
        try:
            deliveries.append(deliver(clinical, source, position))
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(*faults)
    return deliveries


def _values(resolved: pd.DataFrame) -> pa.Table:
    measured = resolved[resolved["reason"] == ""].rename(columns={"concept": "column"})
    return as_table(measured, CLINICAL)
