"""Concepts that follow from another one: a class from its number, where no column delivers it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd

from drepano.catalogue.concepts import load_concepts


@dataclass(frozen=True, slots=True)
class Classes:
    """How a number becomes a class.

    Attributes
    ----------
    base
        Concept of the number.
    limits
        A class begins at each of these, inclusive, in the base's unit; the first class has no
        lower one. There is one less than the concept has categories.
    """

    base: str
    limits: tuple[float, ...]


DERIVED = {"tcd_class": Classes("tcd_tamv_max", (170.0, 200.0))}
"""Concept to what it follows from (tcd_class: Blood 2004;103:2822)."""


def derivable(columns: Collection[str], mapped: Collection[str]) -> dict[str, Classes]:
    """Return the asked concepts that no column of the site delivers and that follow from another.

    Parameters
    ----------
    columns
        Concepts of the study.
    mapped
        Concepts that the site has columns for.
    """
    return {n: rule for n, rule in DERIVED.items() if n in columns and n not in mapped}


def with_bases(columns: tuple[str, ...], derived: dict[str, Classes]) -> tuple[str, ...]:
    """Return the concepts to read: those of the study, then the bases that it does not ask for."""
    bases = dict.fromkeys(rule.base for rule in derived.values())
    return (*columns, *(base for base in bases if base not in columns))


def derive(resolved: pd.DataFrame, derived: dict[str, Classes]) -> pd.DataFrame:
    """Fill in derived concepts: a class for each number, the number's reason where there is none.

    Parameters
    ----------
    resolved
        Answers as `resolve` gives them, of the concepts and their bases.
    derived
        See `derivable`.
    """
    answers = resolved.copy()
    for name, rule in derived.items():
        mine = (answers["concept"] == name).to_numpy()
        base = answers[answers["concept"] == rule.base]
        categories = np.array([*load_concepts()[name].categories, None], dtype=object)
        numbers = base["number"].to_numpy(np.float64)
        classes = np.searchsorted(np.array(rule.limits), numbers, side="right")
        answers.loc[mine, "category"] = categories[np.where(np.isnan(numbers), -1, classes)]
        for column in ("reason", "cited"):
            answers.loc[mine, column] = base[column].to_numpy()
    return answers
