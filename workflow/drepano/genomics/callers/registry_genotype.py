"""What the clinical table says beside a genotype: whose DNA it is, and the registry's name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from drepano.genomics.interpretation.evidence import Trouble

REGISTRY = ("HbSS", "HbSC", "HbS/beta0", "HbS/beta+", "HbSD", "HbSE", "HbSO", "HbAS", "HbAA")
"""Categories of the concept `genotype`, `other` apart."""

_SAME = {"HbAS+cis": ("HbAS",), "HbS/beta": ("HbS/beta0", "HbS/beta+")}
"""Ours to those of the registry that do not gainsay it."""

SILENT = Trouble(
    "not_acquired", "clinical_unknown", "", "Give the concept in the site's clinical table."
)


def donor_dna(
    transplanted: Sequence[float | str],
    transfused: Sequence[float | str],
    dna: Literal["blood", "other"],
) -> bool | Trouble:
    """Return whether the DNA may be a donor's (rule 10).

    Parameters
    ----------
    transplanted, transfused
        Flags hsct and transfused_90d over all sessions, 0 and 1; empty: not told.
    dna
        Where the study's DNA comes from.
    """
    if 1.0 in transplanted or (dna == "blood" and 1.0 in transfused):
        return True
    if not transplanted or (dna == "blood" and not transfused):
        return SILENT
    return False


def gainsaid(genotype: str, registry: Sequence[float | str]) -> bool | Trouble:
    """Return whether the registry calls the genotype something else; it never overwrites ours.

    Parameters
    ----------
    registry
        Values of the concept `genotype` over all sessions; empty: not told.
    """
    if not registry:
        return SILENT
    ours = _SAME.get(genotype, (genotype,) if genotype in REGISTRY else ("other",))
    return any(value not in ours for value in registry)
