"""Polygenic scores."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from drepano.settings.base import Fraction, Settings

BUILD = "{build}"
"""Stands for GRCh37 or GRCh38 in the path of a scoring file."""
BUILDS = ("GRCh37", "GRCh38")


class Score(Settings):
    """A polygenic score and how its variants are matched (docs/scores.md)."""

    file: str
    """Score of the package by name, or path of a PGS Catalog scoring file (.txt, .txt.gz);
    {build} in it stands for GRCh37 and GRCh38, and then both files must be there."""
    palindromic: Literal["drop", "keep"] = "drop"
    """Variants whose alleles are each other's complement (A/T, C/G): not used, or as written."""
    flip: bool = False
    """Match single bases on the other strand too, where they do not match as written."""
    absent: Literal["missing", "reference"] = "missing"
    """A variant that no record of the file speaks of: missing, or two reference alleles; the
    latter needs the site's reference FASTA, and is never done on X."""
    strict_up_to: int = Field(default=20, ge=0)
    """Scores of at most so many variants are null if one of them is missing."""
    min_match: Fraction = 0.75
    """Larger scores are null if less than this fraction of their variants is called."""

    @property
    def brought(self) -> tuple[Path, ...]:
        """Files that the study brings for it; none for a score of the package."""
        if not Path(self.file).suffix:
            return ()
        names = [self.file.replace(BUILD, build) for build in BUILDS]
        return tuple(Path(name) for name in dict.fromkeys(names))
