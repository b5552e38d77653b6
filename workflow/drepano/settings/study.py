"""The study: what is computed, the same at every site of a federation."""

from __future__ import annotations

import re
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from drepano.settings.base import NOTHING, Fraction, Name, Settings, refuse
from drepano.settings.genomics import Genomics
from drepano.settings.imaging import Imaging
from drepano.settings.preparation import Preparation

_VERSION = r"^\d+\.\d+\.\d+$"


def _as_version(value: object) -> object:
    if not isinstance(value, str) or not re.fullmatch(_VERSION, value):
        message = 'three numbers as text, such as "1.0.0"'
        raise ValueError(message)
    return value


class Clinical(Settings):
    """Clinical values."""

    columns: tuple[Name, ...] = Field(min_length=1)
    """Concepts out of the package's table of clinical concepts, in the order of the matrix."""


class QualityLimit(Settings):
    """Limits of a column, and the columns whose values are refused where it is outside."""

    minimum: float | None = None
    """Least value, inclusive."""
    maximum: float | None = None
    """Greatest value, inclusive."""
    excludes: tuple[str, ...] = Field(min_length=1)
    """Patterns (fnmatch) of columns that become nulls with the state `excluded_by_quality`."""


class Gates(Settings):
    """What a release must pass before it becomes the latest one."""

    min_subjects: int = Field(default=1, ge=1)
    """Least number of subjects."""
    max_failed_fraction: Fraction = 0.2
    """Greatest fraction of failed states among the sources that were acquired."""
    max_missing_fraction: Fraction = 1.0
    """Greatest fraction of null cells in the whole matrix."""
    quality: dict[str, QualityLimit] = {}
    """Column to its limits, such as `quality__t1w__snr: {minimum: 8, excludes: ["t1w__*"]}`.
    A null of the column excludes nothing."""


class Study(Settings):
    """The study file."""

    study: Name
    """Name of the study."""
    version: Annotated[str, BeforeValidator(_as_version)] = Field(pattern=_VERSION)
    """Version of the study, major.minor.patch; part of the contract."""
    imaging: Imaging | None = None
    """Radiomics of scans; null: none."""
    genomics: Genomics | None = None
    """Genotypes of panels; null: none."""
    clinical: Clinical | None = None
    """Clinical values; null: none."""
    gates: Gates = Gates()
    """What a release must pass."""

    def step(self, name: str) -> Preparation | Imaging | Genomics | Clinical | None:
        """Return the settings of a step by its name; None if the study does not have it."""
        if name == "preparation":
            return self.imaging.prepare if self.imaging else None
        if name == "scan":
            return self.genomics if self.genomics and self.genomics.scans else None
        found: Imaging | Genomics | Clinical | None = getattr(self, name)
        return found

    @model_validator(mode="after")
    def _computes_something(self) -> Self:
        if self.imaging is None and self.genomics is None and self.clinical is None:
            raise refuse(NOTHING)
        return self
