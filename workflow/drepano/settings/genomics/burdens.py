"""Burden of rare variants."""

from __future__ import annotations

import re
from typing import Literal, Self

from pydantic import Field, model_validator

from drepano.errors import Fault
from drepano.settings.base import Fraction, Settings, refuse

_REGION = re.compile(r"([1-9]|1[0-9]|2[0-2]|X|Y):([1-9][0-9]{0,8})-([1-9][0-9]{0,8})")


class Burden(Settings):
    """A mask: which variants of which genes or regions are counted."""

    genes: tuple[str, ...] = ()
    """Gene symbols or identifiers as the annotation has them; empty: every gene."""
    regions: dict[Literal["GRCh37", "GRCh38"], tuple[str, ...]] = {}
    """Build to regions, such as {GRCh38: ["19:12884422-12887201"]}; 1-based, inclusive.
    With genes too, both must hold, and only the regions of the files are read."""
    annotation: str = ""
    """INFO field of the annotation; empty: the first that the header describes of CSQ, ANN, vep."""
    consequences: tuple[str, ...] = ()
    """Sequence Ontology terms; empty: every one."""
    impacts: tuple[Literal["HIGH", "MODERATE", "LOW", "MODIFIER"], ...] = ()
    """Impacts as the annotation has them; empty: every one."""
    max_frequency: Fraction | None = None
    """Greatest frequency of the allele; null: not asked."""
    frequency: str = ""
    """Where the frequency stands: a field of the annotation, such as gnomADe_AF, or of INFO."""
    unknown_frequency: Literal["leave_out", "count"] = "leave_out"
    """What becomes of an allele whose frequency is not told, where max_frequency is asked."""
    absent: Literal["missing", "reference"] = "missing"
    """A subject whose files hold no variant of the mask: no burden, or 0 (every file that is
    read covers the whole mask, such as genomes, or exomes whose targets hold it)."""
    count: Literal["alleles", "variants"] = "alleles"
    """Count alleles (a homozygote is 2), or variants carried."""
    min_called: Fraction = Field(default=0.9)
    """A subject with fewer calls among the counted variants has no burden."""

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        faults = []
        if not self.genes and not self.regions:
            faults.append(Fault("", "no genes and no regions", "one of both", "Say where."))
        for build, regions in self.regions.items():
            where = f"regions.{build}"
            if not regions:
                faults.append(
                    Fault(where, "no region", "at least one", "Name it, or drop the key.")
                )
            for region in regions:
                parts = _REGION.fullmatch(region)
                if parts is None or int(parts[2]) > int(parts[3]):
                    expected = "chromosome:first-last, such as 19:12884422-12887201"
                    faults.append(Fault(where, repr(region), expected, "Correct the region."))
        if self.max_frequency is not None and not self.frequency:
            found, expected = "max_frequency without frequency", "the field that tells it"
            faults.append(Fault("frequency", found, expected, "Name the field."))
        if faults:
            raise refuse(*faults)
        return self

    def intervals(self, build: str) -> dict[str, list[tuple[int, int]]] | None:
        """Return the mask's intervals on a build by chromosome, 1-based and inclusive.

        None: the mask has no regions; empty: it has none on this build.
        """
        if not self.regions:
            return None
        found: dict[str, list[tuple[int, int]]] = {}
        for name, regions in self.regions.items():
            for region in regions if name == build else ():
                chrom, _, span = region.partition(":")
                first, _, last = span.partition("-")
                found.setdefault(chrom, []).append((int(first), int(last)))
        return {chrom: sorted(spans) for chrom, spans in found.items()}
