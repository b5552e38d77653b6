"""The reference scan of a session: bias field, template, brain, tissues and atlases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from drepano.errors import UnitError
from drepano.imaging.labels import label_numbers, read_label_table, voxels_of
from drepano.imaging.preparation.bias_field import correct_bias
from drepano.imaging.preparation.brain import find_brain
from drepano.imaging.preparation.dataset import Loaded
from drepano.imaging.preparation.respacing import respace
from drepano.imaging.preparation.space import LabelMap, Mask, Space, brought_map
from drepano.imaging.preparation.template_registration import TemplateWarp, register_to_template
from drepano.imaging.preparation.tissues import WHITE_MATTER, segment_tissues
from drepano.imaging.volumes import Volume
from drepano.settings.preparation import Preparation as Settings
from drepano.settings.preparation import PreparedScan

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
    """Return suffix and entities of all label maps that a space of the session holds."""
    near = settings.scans[settings.reference].suffix.lower()
    moved = [
        (row["suffix"], {k: v for k, v in row["entities"].items() if k != "space"})
        for row in payload["regions"]
        if row["entities"].get("space", near).lower() == near
    ]
    return [*moved, *made_from_template(settings, payload)]


def prepare_reference(
    scan: Volume, asked: PreparedScan, payload: dict[str, Any], settings: Settings, loaded: Loaded
) -> tuple[Space, TemplateWarp | None]:
    """Prepare the reference scan, and make the label maps of its space.

    A step that fails costs what needs it, and is told with each of these.

    Parameters
    ----------
    scan
        The raw scan, axes turned.
    asked
        What the study does to it.
    payload
        Files of the session that the site brought.
    settings, loaded
        The study's preparation; its template and atlases.

    Returns
    -------
    tuple
        The space, and the registration to the template if there is one.

    Raises
    ------
    UnitError
        The scan itself cannot be prepared.
    """
    if asked.bias_field is not None:
        scan = correct_bias(scan, None, asked.bias_field)
    space = Space(asked.suffix, respace(scan, asked.spacing_mm))
    _add_brought_regions(space, payload["regions"])
    warp = _registered(space, payload, settings, loaded)
    _add_brain(space, payload["brought"]["brain_mask"], warp)
    _add_tissues(space, payload["brought"]["tissues"], settings, loaded, warp)
    if warp is not None:
        for name, atlas in loaded.atlases.items():
            moved = warp.to_subject(atlas.labels, space.scan, labels=True)
            space.maps.append(LabelMap(moved, "dseg", atlas_entities(name), atlas.table))
    return space, warp


def _add_brought_regions(space: Space, rows: list[dict[str, Any]]) -> None:
    """Add the site's label maps that lie in this space, or that name none."""
    for row in rows:
        if row["entities"].get("space", space.suffix).lower() == space.suffix.lower():
            try:
                space.maps.append(brought_map(row, space.scan))
            except UnitError as error:
                space.faults.append((row["suffix"], row["entities"], error))


def _registered(
    space: Space, payload: dict[str, Any], settings: Settings, loaded: Loaded
) -> TemplateWarp | None:
    """Register to the template; if that fails, nothing that needs it is made."""
    if settings.template is None or loaded.template is None:
        return None
    try:
        return register_to_template(space.scan, loaded.template, settings.template)
    except UnitError as error:
        for suffix, entities in made_from_template(settings, payload):
            space.faults.append((suffix, entities, error))
        return None


def _add_brain(space: Space, brought: dict[str, Any] | None, warp: TemplateWarp | None) -> None:
    if brought is not None:
        space.brain = np.asarray(brought_map(brought, space.scan).volume.voxels > 0)
    elif warp is not None:
        try:
            space.brain = find_brain(space.scan, warp)
        except UnitError as error:
            space.faults.append((*BRAIN, error))
            return
        mask = Volume(space.brain.astype(np.uint8), space.scan.affine)
        space.maps.append(LabelMap(mask, *BRAIN))


def _add_tissues(
    space: Space,
    brought: dict[str, Any] | None,
    settings: Settings,
    loaded: Loaded,
    warp: TemplateWarp | None,
) -> None:
    if brought is not None:
        space.white_matter = _brought_white_matter(space, brought, settings)
    elif warp is not None and space.brain is not None:
        try:
            tissues = segment_tissues(space.scan, space.brain, warp)
        except UnitError as error:
            space.faults.append((*TISSUES, error))
            return
        space.white_matter = np.isin(tissues.voxels, WHITE_MATTER)
        space.maps.append(LabelMap(tissues, *TISSUES, loaded.tissue_table))


def _brought_white_matter(space: Space, brought: dict[str, Any], settings: Settings) -> Mask | None:
    labels = brought_map(brought, space.scan).volume.voxels
    table = brought["label_table"]
    wanted = settings.tissues[brought["choice"]].white_matter
    try:
        numbers = label_numbers(wanted, read_label_table(Path(table)) if table else None)
    except UnitError as error:
        space.faults.append((brought["suffix"], brought["entities"], error))
        return None
    return voxels_of(labels, numbers)
