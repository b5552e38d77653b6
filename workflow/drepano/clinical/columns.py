"""Matrix columns of the clinical concepts that a study asks for."""

from __future__ import annotations

from drepano.catalogue.concepts import Concept, load_concepts
from drepano.contracts import Column
from drepano.settings import Clinical


def column_name(concept: str) -> str:
    """Return the matrix column of a concept, which is also its state source."""
    return f"clin__{concept}"


def declare_columns(clinical: Clinical) -> list[Column]:
    """Declare the clinical columns in the study's order, whatever the data hold."""
    concepts = load_concepts()
    return [_declare(concepts[name]) for name in clinical.columns]


def _declare(concept: Concept) -> Column:
    name = column_name(concept.name)
    return Column(
        name=name,
        type=concept.type,
        meaning=concept.meaning,
        unit=concept.unit,
        missing="not recorded, or refused by a limit: see states",
        source=f"LOINC {concept.loinc}" if concept.loinc else concept.source,
        standard="UCUM" if concept.unit else "",
        state_source=name,
        categories=concept.categories,
        minimum=concept.minimum,
        maximum=concept.maximum,
    )
