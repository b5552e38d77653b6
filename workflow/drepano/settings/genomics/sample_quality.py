"""Quality of a sample from all records of its files."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from drepano.errors import Fault
from drepano.settings.base import Fraction, Settings, refuse


class Sex(Settings):
    """Thresholds by which X and Y tell a sex (docs/sample_quality.md)."""

    min_records: int = Field(default=50, ge=1)
    """Fewer carried variants of X, or records of Y, tell nothing."""
    male_max_x_heterozygosity: Fraction = 0.1
    """At most this share of the variants carried on X is heterozygous in a male."""
    female_min_x_heterozygosity: Fraction = 0.25
    """At least this share is heterozygous in a female."""
    male_min_y_call_rate: Fraction = 0.5
    """At least this share of Y is called in a male; asked where a file has several samples."""
    female_max_y_call_rate: Fraction = 0.2
    """At most this share of Y is called in a female."""

    @model_validator(mode="after")
    def _apart(self) -> Self:
        pairs = (
            ("male_max_x_heterozygosity", "female_min_x_heterozygosity"),
            ("female_max_y_call_rate", "male_min_y_call_rate"),
        )
        faults = [
            Fault(low, f"{getattr(self, low):g}", f"less than {high}", "Set them apart.")
            for low, high in pairs
            if getattr(self, low) >= getattr(self, high)
        ]
        if faults:
            raise refuse(*faults)
        return self


class SampleQuality(Settings):
    """Quality of each sample; limits on it stand in `gates.quality`."""

    min_records: int = Field(default=100, ge=1)
    """Fewer called autosomal records than this tell nothing about a sample."""
    frequency: str = ""
    """INFO field of the allele's frequency in a population, for the corrected estimate of
    contamination; empty: it is not told."""
    sex: Sex = Sex()
    """Thresholds of the sex check."""
    markers: Path | None = None
    """TSV of common variants (chrom, grch37_pos, grch38_pos, ref, alt) for relatedness;
    null: relatedness is not told."""
    min_markers: int = Field(default=500, ge=1)
    """Two subjects with fewer markers called in both are not compared."""
