"""Ancestry: projection on components of a reference that the study brings."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from drepano.settings.base import Fraction, Settings


class Ancestry(Settings):
    """Projection on the components of a reference panel, the same at every site."""

    loadings: Path
    """TSV: a line #shrinkage_correction=, then chrom, grch37_pos, grch38_pos, ref, alt,
    frequency (of alt), and pc1, pc2 and so on (docs/ancestry.md)."""
    components: int = Field(default=10, ge=1)
    """How many components are columns."""
    min_match: Fraction = 0.9
    """A sample with fewer of the variants called has no components."""
