"""Polygenic scores."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from drepano.settings.base import Fraction, Settings


class Score(Settings):
    """A polygenic score and how its variants are matched."""

    file: str
    """Score of the package by name, or path of a PGS Catalog scoring file (.txt, .txt.gz)."""
    palindromic: Literal["drop", "keep"] = "drop"
    """Variants whose alleles are each other's complement (A/T, C/G): not used, or as written."""
    flip: bool = False
    """Match alleles on the other strand too, where they do not match as written."""
    absent: Literal["missing", "reference"] = "missing"
    """A variant that no record of the file speaks of: missing, or two reference alleles."""
    strict_up_to: int = Field(default=20, ge=0)
    """Scores of at most so many variants are null if one of them is missing."""
    min_match: Fraction = 0.75
    """Larger scores are null if less than this fraction of their variants is called."""
