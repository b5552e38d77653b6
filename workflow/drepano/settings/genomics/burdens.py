"""Burden of rare variants."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from drepano.errors import Fault
from drepano.settings.base import Fraction, Settings, refuse


class Burden(Settings):
    """A mask: which variants of which genes or regions are counted."""

    genes: tuple[str, ...] = ()
    """Gene symbols or identifiers as the annotation has them."""
    regions: dict[Literal["GRCh37", "GRCh38"], tuple[str, ...]] = {}
    """Build to regions, such as {GRCh38: ["19:12884422-12887201"]}; 1-based, inclusive."""
    consequences: tuple[str, ...] = ()
    """Sequence Ontology terms; empty: every one."""
    impacts: tuple[Literal["HIGH", "MODERATE", "LOW", "MODIFIER"], ...] = ()
    """Impacts as the annotation has them; empty: every one."""
    max_frequency: Fraction | None = None
    """Greatest frequency of the allele; null: not asked."""
    frequency: str = ""
    """Where the frequency stands: a field of the annotation, such as gnomADe_AF, or of INFO."""
    count: Literal["alleles", "variants"] = "alleles"
    """Count alleles (a homozygote is 2), or variants carried."""
    min_called: Fraction = Field(default=0.9)
    """A subject with fewer calls among the counted variants has no burden."""

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        faults = []
        if not self.genes and not self.regions:
            faults.append(Fault("", "no genes and no regions", "one of both", "Say where."))
        if self.max_frequency is not None and not self.frequency:
            found, expected = "max_frequency without frequency", "the field that tells it"
            faults.append(Fault("frequency", found, expected, "Name the field."))
        if faults:
            raise refuse(*faults)
        return self
