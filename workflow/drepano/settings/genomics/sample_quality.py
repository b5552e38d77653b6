"""Quality of a sample from all records of its files."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from drepano.settings.base import Settings


class SampleQuality(Settings):
    """Quality of each sample; limits on it stand in `gates.quality`."""

    markers: Path | None = None
    """TSV of common variants (chrom, grch37_pos, grch38_pos, ref, alt) for relatedness;
    null: relatedness is not told."""
    min_records: int = Field(default=100, ge=1)
    """Fewer usable records than this tell nothing about a sample."""
