"""Which images the preparation of a session makes, known before any voxel is read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from drepano.imaging.files import PREPARED_SCAN
from drepano.imaging.preparation.naming import names_space, without_space
from drepano.settings.preparation import Preparation as Settings

BRAIN = ("mask", {"desc": "brain"})
TISSUES = ("dseg", {"desc": "tissue"})


def atlas_entities(name: str) -> dict[str, str]:
    """Return the BIDS entities of a warped atlas; underscores are no part of a label."""
    return {"atlas": name.replace("_", "")}


def made_from_template(
    settings: Settings, payload: dict[str, Any]
) -> list[tuple[str, dict[str, str]]]:
    """Return suffix and entities of the label maps that need the template."""
    if settings.template is None:
        return []
    brought = payload["brought"]
    own = [m for k, m in (("brain_mask", BRAIN), ("tissues", TISSUES)) if brought[k] is None]
    return [*own, *(("dseg", atlas_entities(name)) for name in settings.atlases)]


def wanted_maps(settings: Settings, payload: dict[str, Any]) -> list[tuple[str, dict[str, str]]]:
    """Return suffix and entities of all label maps that a space of the session holds.

    Maps that name no space are left out: only their grid tells to which scan they belong.
    """
    near = settings.scans[settings.reference].suffix
    moved = [
        (row["suffix"], without_space(row["entities"]))
        for row in payload["regions"]
        if names_space(row["entities"], near)
    ]
    return [*moved, *made_from_template(settings, payload)]


def expected_images(
    settings: Settings, payload: dict[str, Any], name: str
) -> Iterator[tuple[str, dict[str, str]]]:
    """Give suffix and entities of a scan's label maps, then of the scan itself."""
    asked = settings.scans[name]
    reference = settings.scans[settings.reference].suffix
    scan = {**payload["scans"][name].get("entities", asked.entities), **PREPARED_SCAN}
    if asked.coregister is not None and asked.coregister.grid == "reference":
        scan["space"] = reference
        for row in payload["regions"]:
            if names_space(row["entities"], asked.suffix):
                yield row["suffix"], {**row["entities"], "space": reference}
    elif name == settings.reference or asked.coregister is not None:
        space = {} if name == settings.reference else {"space": asked.suffix}
        for suffix, own in wanted_maps(settings, payload):
            yield suffix, {**own, **space}
        if asked.coregister is not None and asked.coregister.with_reference:
            yield reference, {**space, **PREPARED_SCAN}
    yield asked.suffix, scan
