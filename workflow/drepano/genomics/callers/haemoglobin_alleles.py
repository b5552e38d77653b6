"""What a chromosome with certain HBB variants is called, and the genotypes of two of them."""

from __future__ import annotations

import itertools

from drepano.catalogue.panel import PanelVariant

S = "hbb_rs334"
MAKASSAR = "hbb_rs334_g"
C = "hbb_rs33930165"
E = "hbb_rs33950507"
D = "hbb_rs33946267"
O_ARAB = "hbb_rs33946267_t"
ANTILLES = "hbb_c70ga"
KORLE_BU = "hbb_rs33974936"

LETTERS = {S: "S", C: "C", E: "E", D: "D", O_ARAB: "O"}
NAMED = frozenset({*LETTERS, MAKASSAR, ANTILLES, KORLE_BU})
"""Structural variants that the rules name."""

CIS_WITH_S = {O_ARAB: "S-Oman", KORLE_BU: "C-Harlem", ANTILLES: "S-Antilles"}
"""Haemoglobins of two changes on one chromosome (rule 5)."""

NEEDS_PHASE = frozenset(CIS_WITH_S)
"""Beside S these are another disease in cis than in trans: never presumed (rule 5)."""

THALASSAEMIA = {
    "bthal_zero": "beta0",
    "bthal_plus": "beta+",
    "bthal_plus_severe": "beta+",
    "bthal": "beta",
    "bthal_silent": "beta",
}
"""Category of the panel to the name of the allele; `beta`: the rules do not tell its class."""

STRUCTURAL = "hb_variant"
GENE = "HBB"

NORMAL = "A"
RARE = "rare"
"""A haemoglobin that is known and has no genotype of its own here."""

_ORDER = ("A", "S", "C", "D", "E", "O")
_THALS = ("beta0", "beta+", "beta")


def is_watched(row: PanelVariant) -> bool:
    """Return whether an allele of the panel matters to the genotype."""
    return row.gene == GENE and (row.category == STRUCTURAL or row.category in THALASSAEMIA)


def allele_of(chromosome: frozenset[str], categories: dict[str, str]) -> str | None:
    """Name the allele of a chromosome; None if the rules have no name for it.

    Parameters
    ----------
    chromosome
        Variants that it carries.
    categories
        Variant to its category in the panel.
    """
    if not chromosome:
        return NORMAL
    if len(chromosome) == 1:
        (variant,) = chromosome
        if variant in NAMED:
            return LETTERS.get(variant, RARE)
        return THALASSAEMIA.get(categories[variant])
    if S in chromosome and len(chromosome) == 2:
        (other,) = chromosome - {S}
        if other in CIS_WITH_S:
            return CIS_WITH_S[other]
        # Rule 7: a thalassaemia on the chromosome of S leaves a chromosome of S.
        return "S+cis" if categories[other] in THALASSAEMIA else None
    return None


def genotype_of(first: str, second: str) -> str | None:
    """Name the genotype of two alleles; None if the rules do not cover them."""
    pair = {first, second}
    if "S+cis" in pair:
        return "HbAS+cis" if pair == {"S+cis", NORMAL} else None
    if special := pair & set(CIS_WITH_S.values()):
        return f"HbA/{special.pop()}" if NORMAL in pair else None
    if RARE in pair:
        return None if pair & set(_THALS) else "other"
    letters = sorted((a for a in (first, second) if a in _ORDER), key=_ORDER.index)
    thals = sorted((a for a in (first, second) if a in _THALS), key=_THALS.index)
    return _written(letters, thals)


def _written(letters: list[str], thals: list[str]) -> str:
    if len(letters) == 2:
        return f"Hb{letters[0]}{letters[1]}"
    return f"Hb{letters[0]}/{thals[0]}" if letters else f"{thals[0]}/{thals[1]}"


_PAIRS = tuple(itertools.combinations_with_replacement(_ORDER, 2))
_FIRST = ("HbSS", "HbSC", *(f"HbS/{t}" for t in _THALS), "HbSD", "HbSE", "HbSO", "HbAS", "HbAA")
GENOTYPES = tuple(
    dict.fromkeys(
        [
            *_FIRST,
            *(_written(list(pair), []) for pair in _PAIRS),
            *(_written([letter], [thal]) for letter in _ORDER for thal in _THALS),
            *(_written([], list(p)) for p in itertools.combinations_with_replacement(_THALS, 2)),
            "HbAS+cis",
            *(f"HbA/{name}" for name in CIS_WITH_S.values()),
            "other",
        ]
    )
)
"""Categories: those of the registry's concept first, then all that the panel can tell."""
