"""Alleles that come together on a chromosome: APOL1, G6PD and the beta-globin cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

GENES: Mapping[str, Mapping[str, tuple[float, frozenset[str]]]] = {
    "apol1": {
        "G0": (0.6, frozenset()),
        "G1": (0.25, frozenset({"apol1_rs73885319", "apol1_rs60910145"})),
        "G2": (0.15, frozenset({"apol1_rs71785313"})),
    },
    "g6pd": {
        "B": (0.6, frozenset()),
        "A+": (0.2, frozenset({"g6pd_rs1050829"})),
        "A-": (0.2, frozenset({"g6pd_rs1050829", "g6pd_rs1050828"})),
    },
    "beta": {
        "BEN": (0.4, frozenset({"hbg1_rs28440105"})),
        "CAR": (0.25, frozenset({"hbg1_rs28440105", "hbb_rs968857"})),
        "SEN": (0.15, frozenset({"hbg1_rs28440105", "hbb_rs10128556"})),
        "CAM": (0.1, frozenset()),
        "AI": (0.1, frozenset({"hbb_rs3834466", "hbg1_rs28440105", "hbb_rs10128556"})),
    },
}
"""Gene to its haplotypes: frequency, and the panel's ALT alleles on it. Frequencies are round
numbers of the order that is seen in West Africa, where all of them are common."""

_MEMBERS = {
    "apol1": (*("apol1_rs73885319", "apol1_rs60910145", "apol1_rs71785313", "apol1_rs73885316"),),
    "g6pd": (
        *("g6pd_rs1050828", "g6pd_rs1050829", "g6pd_rs5030868", "g6pd_rs5030872"),
        *("g6pd_rs76723693", "g6pd_rs137852328_a", "g6pd_rs137852328_t"),
    ),
    "beta": (*("hbb_rs3834466", "hbg1_rs28440105", "hbb_rs10128556", "hbb_rs968857"),),
}
_GENE_OF = {variant: gene for gene, variants in _MEMBERS.items() for variant in variants}


@dataclass(frozen=True, slots=True)
class Haplotypes:
    """Haplotypes of one chromosome set.

    Attributes
    ----------
    names
        Gene to the name of its haplotype.
    """

    names: Mapping[str, str]

    def carried(self, gene: str) -> frozenset[str]:
        """Return the ALT alleles of a gene."""
        return GENES[gene][self.names[gene]][1]


def linked_gene(variant: str) -> str | None:
    """Return the gene whose haplotypes decide a variant; None if chance does."""
    return _GENE_OF.get(variant)


def draw_haplotypes(rng: np.random.Generator) -> Haplotypes:
    """Draw a haplotype of each gene."""
    names = {}
    for gene, haplotypes in GENES.items():
        shares = [share for share, _ in haplotypes.values()]
        names[gene] = str(rng.choice(list(haplotypes), p=shares))
    return Haplotypes(names)
