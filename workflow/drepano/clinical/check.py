"""Check the study's concepts and the site's columns against the table of concepts, all at once."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from drepano.catalogue.concepts import Concept, load_concepts
from drepano.errors import ConfigError, Fault
from drepano.settings import Clinical, ClinicalColumn, ClinicalSource

FLAGS = {"true": 1.0, "false": 0.0}
"""What a flag's cell may say when the site states no codes, in any case; and its number."""


def check_concepts(clinical: Clinical, sources: tuple[ClinicalSource, ...]) -> None:
    """Refuse concepts, units and codes that can not be meant.

    Raises
    ------
    ConfigError
        Names every mistake of the study and of all sources: a concept that is unknown or
        stands twice, a unit that is missing, unknown or out of place, a code that means
        nothing the concept knows.
    """
    faults = [*_study_faults(clinical)]
    for source in sources:
        faults += _source_faults(source)
    if faults:
        raise ConfigError(*faults)


def _study_faults(clinical: Clinical) -> Iterator[Fault]:
    where = "study: clinical.columns"
    for position, name in enumerate(clinical.columns):
        if name not in load_concepts():
            yield _unknown(where, name)
        elif name in clinical.columns[:position]:
            found = f"{name} more than once"
            yield Fault(where, found, "each concept once", "Remove the repetition.")


def _source_faults(source: ClinicalSource) -> Iterator[Fault]:
    for name, column in source.columns.items():
        where = f"site: clinical, {source.path.name}: columns.{name}"
        concept = load_concepts().get(name)
        if concept is None:
            yield _unknown(where, name)
            continue
        yield from _unit_faults(where, concept, column)
        yield from _code_faults(where, concept, column, source)


def _unknown(where: str, name: str) -> Fault:
    known = list(load_concepts())
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    remedy = f"Did you mean {near[0]}?" if near else f"Known concepts: {', '.join(known)}."
    return Fault(where, f"the unknown concept {name}", "a known concept", remedy)


def _unit_faults(where: str, concept: Concept, column: ClinicalColumn) -> Iterator[Fault]:
    known = ", ".join(concept.units)
    if concept.units and column.unit is None:
        remedy = "State the unit that the file's values are in; it is never guessed."
        yield Fault(where, "no unit", f"one of {known}", remedy)
    elif concept.units and column.unit not in concept.units:
        remedy = "State a known unit, or convert the values before they are delivered."
        yield Fault(where, f"the unit {column.unit!r}", f"one of {known}", remedy)
    elif not concept.units and column.unit is not None:
        found = f"the unit {column.unit!r}"
        yield Fault(where, found, f"no unit: it is a {concept.type}", "Remove the unit.")


def _code_faults(
    where: str, concept: Concept, column: ClinicalColumn, source: ClinicalSource
) -> Iterator[Fault]:
    if concept.type == "number":
        if column.values:
            found = "codes in `values`"
            yield Fault(where, found, "none: it is a number", "Remove them; see `missing`.")
        return
    known = concept.categories or tuple(FLAGS)
    wrong = sorted({v for v in column.values.values() if v not in known})
    if wrong:
        found = f"codes that mean {', '.join(map(repr, wrong))}"
        remedy = "Map every code of the file to one of the known words."
        yield Fault(f"{where}.values", found, " | ".join(known), remedy)
    twice = sorted(set(column.values) & (set(source.missing) | set(column.missing)))
    if twice:
        found = f"{', '.join(map(repr, twice))} both as a value and as missing"
        yield Fault(where, found, "one meaning per code", "Remove it from one of the two.")
