"""Matrix columns of a panel: a dosage per variant, and its ploidy on X."""

from __future__ import annotations

from drepano.catalogue.panel import PanelVariant, load_panels
from drepano.contracts import Column
from drepano.settings import Genomics

MISSING = "no call of this variant; the reason stands in the states"


def state_source(variant: str) -> str:
    """Return the key under which the states explain nulls of a variant."""
    return f"gen__{variant}"


def ploidy_column(variant: str) -> str:
    """Return the name of the ploidy column of a variant on X."""
    return f"gen__{variant}__ploidy"


def declare_columns(genomics: Genomics | None) -> list[Column]:
    """Declare the columns of a study's panels, in the order of the panels.

    Raises
    ------
    ConfigError
        A panel is unknown or wrong; the faults of all panels at once.
    """
    if genomics is None:
        return []
    return [c for variant in load_panels(genomics.panels) for c in _columns(variant)]


def _columns(variant: PanelVariant) -> list[Column]:
    columns = [_dosage(variant)]
    if variant.chrom == "X":
        columns.append(_ploidy(variant))
    return columns


def _dosage(variant: PanelVariant) -> Column:
    known = variant.positions.items()
    place = ", ".join(f"{variant.chrom}:{position} ({build})" for build, position in known)
    effect = f": {variant.effect}" if variant.effect else ""
    return Column(
        name=f"gen__{variant.variant}__dosage",
        type="number",
        unit="1",
        meaning=f"{_named(variant, place)}, copies of {variant.alt}; higher is more of it{effect}",
        missing=MISSING,
        source=_source(variant),
        standard="genotype calls as counted; expected dosage (DS) unrounded where there is no GT",
        state_source=state_source(variant.variant),
        minimum=0,
        maximum=2,
    )


def _ploidy(variant: PanelVariant) -> Column:
    return Column(
        name=ploidy_column(variant.variant),
        type="integer",
        unit="1",
        meaning=f"{_named(variant)}, number of alleles in the call: "
        "1 in a hemizygous male, whose dosage is 0 or 1",
        missing=MISSING,
        source=_source(variant),
        standard="number of alleles in GT",
        state_source=state_source(variant.variant),
        minimum=1,
        maximum=2,
    )


def _named(variant: PanelVariant, place: str = "") -> str:
    """Name a variant by what is known of it: a panel may leave the gene out."""
    change = f"{variant.ref}>{variant.alt}"
    return " ".join(part for part in (variant.gene, place, change) if part)


def _source(variant: PanelVariant) -> str:
    return "; ".join(part for part in (variant.rsid, variant.source) if part)
