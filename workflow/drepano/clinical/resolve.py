"""Rows of several sessions, sources and repetitions to one answer per subject and session."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

KEYS = ["subject", "session", "concept"]

UNUSABLE = ("unreadable", "out_of_range", "not_a_number", "unknown_category")
"""Reasons of a cell that says something which can not be used, the gravest first."""
_SILENT = ("refused", "not_recorded")
_RANKS = {reason: rank for rank, reason in enumerate((*UNUSABLE, *_SILENT))}
_REASONS = dict(enumerate(_RANKS))


def session_pairs(subjects: pa.Table, rows: pd.DataFrame) -> pd.DataFrame:
    """Return every `subject` and `session` of the index and of the clinical rows, sorted.

    A subject whom the index does not know and whose rows state no session has one, the
    empty one.
    """
    known: pd.DataFrame = subjects.select(["subject", "session"]).to_pandas().astype(object)
    stated = rows.loc[rows["session"] != "", ["subject", "session"]]
    pairs = pd.concat([known, stated])
    rest = rows.loc[~rows["subject"].isin(pairs["subject"]), ["subject"]].assign(session="")
    pairs = pd.concat([pairs, rest]).drop_duplicates()
    return pairs.sort_values(["subject", "session"], ignore_index=True)


def resolve(
    cells: list[pd.DataFrame], pairs: pd.DataFrame, concepts: tuple[str, ...]
) -> pd.DataFrame:
    """Give each subject, session and concept one value or one reason.

    Cells that say the same are one. Cells that say different things give no value: nobody
    here knows which one is right. An empty cell contradicts nothing.

    Parameters
    ----------
    cells
        Cells of each source, see `Delivery`; an empty session stands for all of the
        subject's.
    pairs
        Subjects and sessions, see `session_pairs`.
    concepts
        Concepts in the study's order.

    Returns
    -------
    pandas.DataFrame
        `subject`, `session`, `concept`, `number`, `category`, `reason` (empty: a value),
        and `cited`: file, line and column of the cells behind the reason, or None.
    """
    grid = pairs.merge(pd.DataFrame({"concept": pd.Series(concepts, dtype=object)}), how="cross")
    empty = {"number": np.nan, "category": None, "reason": "no_clinical_row", "cited": None}
    filled = [frame for frame in cells if len(frame)]
    if not filled:
        return grid.assign(**empty).astype({"category": object, "cited": object})
    spread = _spread(pd.concat(filled, ignore_index=True), pairs)
    spoken = spread[spread["reason"] == ""]
    silent = spread[spread["reason"] != ""].sort_values([*KEYS, "rank", "position", "line"])
    values = spoken.groupby(KEYS, sort=False).agg(
        number=("number", "first"),
        category=("category", "first"),
        low=("token", "min"),
        high=("token", "max"),
    )
    reasons = silent.drop_duplicates(KEYS)[[*KEYS, "rank", "where"]]
    answers = grid.merge(values.reset_index(), how="left", on=KEYS).merge(
        reasons, how="left", on=KEYS
    )
    return _decide(answers, spread)


def _spread(cells: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Write a row that holds for every session once per session; number equal values alike."""
    everywhere = cells[cells["session"] == ""].drop(columns="session").merge(pairs, on="subject")
    spread = pd.concat([everywhere, cells[cells["session"] != ""]], ignore_index=True)
    numbers, _ = pd.factorize(spread["number"])
    categories, known = pd.factorize(spread["category"])
    return spread.assign(
        token=numbers * (len(known) + 1) + categories,
        rank=spread["reason"].map(_RANKS),
    )


def _decide(answers: pd.DataFrame, spread: pd.DataFrame) -> pd.DataFrame:
    spoken = answers["low"].notna()
    conflict = spoken & ((answers["low"] != answers["high"]) | (answers["rank"] < len(UNUSABLE)))
    reason = answers["rank"].map(_REASONS).fillna("no_clinical_row").astype(object)
    reason = reason.mask(spoken, "").mask(conflict, "conflicting_rows")
    answers = answers.assign(reason=reason)
    answers.loc[conflict, "number"] = np.nan
    answers.loc[conflict, "category"] = None
    answers["category"] = answers["category"].astype(object).where(reason == "", None)
    answers["cited"] = _cite(answers, spread)
    return answers[[*KEYS, "number", "category", "reason", "cited"]]


def _cite(answers: pd.DataFrame, spread: pd.DataFrame) -> pd.Series:
    """Name the cells behind each reason that comes from cells."""
    conflict = answers["reason"] == "conflicting_rows"
    keys = answers.loc[conflict, KEYS]
    behind = spread[~spread["reason"].isin(_SILENT)].merge(keys, on=KEYS)
    behind = behind.sort_values([*KEYS, "position", "line"])
    groups = {key: "; ".join(cells) for key, cells in behind.groupby(KEYS, sort=False)["where"]}
    cited = answers["where"].astype(object).where(answers["reason"].isin(_RANKS), None)
    cited[conflict] = [groups[key] for key in keys.itertuples(index=False, name=None)]
    return cited
