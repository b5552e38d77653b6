"""Genomics of a study: panels, callers, and what a pass over whole files gathers."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from drepano.settings.base import Fraction, Name, Settings
from drepano.settings.genomics.ancestry import Ancestry
from drepano.settings.genomics.burdens import Burden
from drepano.settings.genomics.callers import Callers
from drepano.settings.genomics.sample_quality import SampleQuality
from drepano.settings.genomics.scores import Score


class Genomics(Settings):
    """Genotypes of panels, and what follows from genotypes."""

    panels: tuple[str, ...] = ("scd",)
    """Panels of the package by name, or paths of panel files (TSV, docs/panels.md)."""
    accepted_filters: tuple[str, ...] = ("PASS", ".")
    """FILTER values whose calls are used; a record with any other is `filtered`."""
    min_depth: int = Field(default=0, ge=0)
    """Calls with DP below are no calls; calls without DP are not touched."""
    min_genotype_quality: int = Field(default=0, ge=0)
    """Calls with GQ below are no calls; calls without GQ are not touched."""
    min_block_depth: int = Field(default=10, ge=1)
    """A gVCF reference block says reference only with at least this DP (or MIN_DP)."""
    min_block_quality: int = Field(default=20, ge=1)
    """A gVCF reference block says reference only with at least this GQ."""
    half_calls: Literal["missing", "refuse"] = "missing"
    """A half call such as 0/. is no call (`missing`), or fails its file (`refuse`)."""
    callers: Callers = Callers()
    """What is concluded from the panel's calls."""
    scores: dict[Name, Score] = {}
    """Name to a polygenic score."""
    burdens: dict[Name, Burden] = {}
    """Name to a count of variants in genes or regions."""
    ancestry: Ancestry | None = None
    """Projection on components that the study brings; null: none."""
    sample_quality: SampleQuality | None = None
    """Quality of each sample from all records of its files; null: none."""
    max_failed_fraction: Fraction = 0.2
    """The step fails when more than this fraction of its units failed."""

    @property
    def scans(self) -> bool:
        """True if something is gathered in a pass over whole files."""
        blocks = (self.scores, self.burdens, self.ancestry, self.sample_quality)
        return any(blocks) or self.callers.scans

    @property
    def interprets(self) -> bool:
        """True if something is concluded from calls or sums."""
        return self.scans or self.callers.any


__all__ = ["Ancestry", "Burden", "Callers", "Genomics", "SampleQuality", "Score"]
