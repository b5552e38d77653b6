"""Callers: conclusions from the calls of several variants of the panel."""

from __future__ import annotations

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

    @property
    def any(self) -> bool:
        """True if one of them is asked."""
        return any(getattr(self, name) for name in type(self).model_fields)
