"""JSON Schemas of the settings files, for editors; tests check that they did not drift."""

from __future__ import annotations

import json
from pathlib import Path

from drepano.contracts import write_text
from drepano.settings.base import Settings
from drepano.settings.reference import settings_page
from drepano.settings.site import Site
from drepano.settings.study import Study

MODELS: dict[str, type[Settings]] = {"study": Study, "site": Site}


def schema_text(name: str) -> str:
    """Return the JSON Schema of `study` or `site` as text."""
    return json.dumps(MODELS[name].model_json_schema(), indent=2, sort_keys=True) + "\n"


def export_schemas(folder: Path, page: Path) -> list[Path]:
    """Write `study.schema.json` and `site.schema.json` into `folder`, and the settings page."""
    write_text(page, settings_page())
    paths = [page]
    for name in MODELS:
        path = folder / f"{name}.schema.json"
        write_text(path, schema_text(name))
        paths.append(path)
    return paths
