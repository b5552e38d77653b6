"""The dictionary of a released matrix: a Frictionless Table Schema with the contract's id."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from drepano.contracts import Column
from drepano.contracts.identity import canonical_json, contract_id_of
from drepano.settings import Study

_KEY_FIELDS: tuple[dict[str, Any], ...] = (
    {
        "name": "subject",
        "type": "string",
        "title": "subject",
        "description": "Keyed pseudonym of the subject, the same in all releases of a site",
        "constraints": {"required": True, "pattern": "[0-9a-f]{32}"},
    },
    {
        "name": "session",
        "type": "integer",
        "title": "session",
        "description": "Rank of the session within the subject, from 1: order of the labels "
        "(numbers in them as numbers), which need not be the order in time",
        "constraints": {"required": True, "minimum": 1},
    },
)

_NO_NUMBER_DEPENDS_ON: dict[str, Any] = {
    "imaging": {"max_failed_fraction": True},
    # The fields tell the variants themselves, or the content of the files by their hash;
    # a path would differ between sites.
    "genomics": {
        "max_failed_fraction": True,
        "panels": True,
        "scores": {"__all__": {"file"}},
        "ancestry": {"loadings"},
        "sample_quality": {"markers"},
    },
}


def dictionary(study: Study, columns: Sequence[Column]) -> dict[str, Any]:
    """Describe the released matrix.

    Nothing in it depends on the data, the site or the machine.

    Returns
    -------
    dict
        A Table Schema (https://datapackage.org/standard/table-schema/). Further properties of
        a field: `unit` (UCUM), `missing`, `source`, `standard`, `stateSource`. The property
        `drepano` holds the study's name and version, the hash of the settings on which numbers
        depend, and `contract_id`, the hash of everything else.
    """
    described: dict[str, Any] = {
        "fields": [*_KEY_FIELDS, *(_field(column) for column in columns)],
        "missingValues": [""],
        "primaryKey": ["subject", "session"],
        "drepano": {
            "study": study.study,
            "version": study.version,
            "settings_sha256": _settings_hash(study),
        },
    }
    described["drepano"]["contract_id"] = contract_id_of(described)
    return described


def _settings_hash(study: Study) -> str:
    """Hash the settings that change a number and do not all show in the fields."""
    settings = study.model_dump(
        mode="json",
        include={"imaging", "genomics", "clinical"},
        exclude=_NO_NUMBER_DEPENDS_ON,
    )
    if study.gates.quality:
        settings["quality"] = study.model_dump(mode="json")["gates"]["quality"]
    return hashlib.sha256(canonical_json(settings).encode()).hexdigest()


def _field(column: Column) -> dict[str, Any]:
    field: dict[str, Any] = {
        "name": column.name,
        "type": "string" if column.type == "category" else column.type,
        "title": column.name.replace("__", " · ").replace("_", " "),
        "description": column.meaning,
        "unit": column.unit,
        "missing": column.missing,
        "source": column.source,
        "standard": column.standard,
        "stateSource": column.state_source,
    }
    if column.type == "boolean":
        field |= {"trueValues": ["true"], "falseValues": ["false"]}
    limits = {"minimum": _number(column.minimum), "maximum": _number(column.maximum)}
    constraints: dict[str, Any] = {k: v for k, v in limits.items() if v is not None}
    if column.categories:
        constraints["enum"] = list(column.categories)
    return field | ({"constraints": constraints} if constraints else {})


def _number(value: float | None) -> float | None:
    """Write 0 and 0.0 alike, so that they make the same contract."""
    return int(value) if value is not None and float(value).is_integer() else value
