"""Callers: conclusions from the calls of several variants of the panel."""

from __future__ import annotations

from typing import Literal

from drepano.settings.base import Settings


class Callers(Settings):
    """Conclusions from the panel's calls, by the rules in docs/genotypes.md."""

    haemoglobin: bool = False
    """Haemoglobin genotype of HBB, such as HbSS or HbS/beta0."""
    alpha_globin: bool = False
    """Alpha-globin deletions, from structural variants or the site's table, never from SNVs."""
    beta_haplotype: bool = False
    """Haplotypes of the beta-globin cluster, from phased data."""
    apol1: bool = False
    """APOL1 risk haplotypes G1 and G2."""
    g6pd: bool = False
    """G6PD class by sex."""
    ugt1a1: bool = False
    """UGT1A1 promoter repeats."""
    dna: Literal["blood", "other"] = "blood"
    """Where the study's DNA comes from: after a transfusion, blood holds the donor's DNA too."""

    @property
    def scans(self) -> bool:
        """True if one of them reads coverage and structural variants out of whole files."""
        return self.haemoglobin or self.alpha_globin

    @property
    def any(self) -> bool:
        """True if one of them is asked."""
        return self.scans or self.beta_haplotype or self.apol1 or self.g6pd or self.ugt1a1
