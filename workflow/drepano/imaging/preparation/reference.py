"""The reference scan of a session: bias field, template, brain, tissues and atlases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from drepano.errors import UnitError
from drepano.imaging.grids import same_grid
from drepano.imaging.labels import (
    LabelTable,
    freesurfer_table,
    label_numbers,
    read_label_table,
    voxels_of,
)
from drepano.imaging.preparation.bias_field import correct_bias
from drepano.imaging.preparation.brain import find_brain
from drepano.imaging.preparation.dataset import Loaded
from drepano.imaging.preparation.expected import (
    BRAIN,
    TISSUES,
    atlas_entities,
    made_from_template,
)
from drepano.imaging.preparation.naming import names_space, without_space
from drepano.imaging.preparation.respacing import respace
from drepano.imaging.preparation.space import LabelMap, Mask, Space, brought_map, read_labels
from drepano.imaging.preparation.template import TemplateMaps
from drepano.imaging.preparation.template_registration import (
    TemplateWarp,
    check_registered,
    register_to_template,
)
from drepano.imaging.preparation.tissues import SIDES, segment
from drepano.imaging.volumes import Volume
from drepano.settings.preparation import Preparation as Settings

_WHITE = [number for name, number in SIDES.items() if name.startswith("white matter")]


@dataclass(frozen=True, slots=True)
class OnTemplate:
    """The template, and where it lies in the reference scan."""

    maps: TemplateMaps
    warp: TemplateWarp

    def image(self, like: Volume) -> Volume:
        """Return the template's T1w on the grid of the reference."""
        return self.warp.to_subject(self.maps.volume(self.maps.t1w), like, labels=False)


Draw = Callable[[Space, OnTemplate], None]
"""Draws the registration to the template, before it is judged."""


def prepare_reference(
    scan: Volume,
    payload: dict[str, Any],
    settings: Settings,
    loaded: Loaded,
    draw: Draw,
) -> Space:
    """Prepare the reference scan, and make the label maps of its space.

    A step that fails costs what needs it, and is told with each of these.

    Parameters
    ----------
    scan
        The raw scan, axes turned.
    payload
        Files of the session that the site brought.
    settings, loaded
        The study's preparation; its template and atlases.
    draw
        Draws the registration to the template.

    Raises
    ------
    UnitError
        The scan itself cannot be prepared.
    """
    asked, acquired = settings.scans[settings.reference], scan
    if asked.bias_field is not None:
        scan = correct_bias(scan, None, asked.bias_field)
    space = Space(asked.suffix, respace(scan, asked.spacing_mm))
    _add_brought_regions(space, payload["regions"], acquired)
    placed = _registered(space, payload, settings, loaded, draw)
    _add_brain(space, payload["brought"]["brain_mask"], placed)
    _add_tissues(space, payload["brought"]["tissues"], settings, loaded, placed)
    if placed is not None:
        for name, atlas in loaded.atlases.items():
            moved = placed.warp.to_subject(atlas.labels, space.scan, labels=True)
            space.maps.append(LabelMap(moved, "dseg", atlas_entities(name), atlas.table))
    return space


def _add_brought_regions(space: Space, rows: list[dict[str, Any]], acquired: Volume) -> None:
    """Add the site's label maps that name this space, or name none and lie on this scan's grid.

    A map that names no space belongs to some scan of the session, and only its grid tells to
    which: the vessels of an angiography are no map of the T1w.
    """
    for row in rows:
        try:
            if names_space(row["entities"], space.suffix) or (
                "space" not in row["entities"] and same_grid(read_labels(row), acquired)
            ):
                space.maps.append(brought_map(row, space.scan))
        except UnitError as error:
            space.faults.append((row["suffix"], without_space(row["entities"]), error))


def _registered(
    space: Space, payload: dict[str, Any], settings: Settings, loaded: Loaded, draw: Draw
) -> OnTemplate | None:
    """Register to the template; if that fails, nothing that needs it is made."""
    if settings.template is None or loaded.template is None:
        return None
    try:
        warp = register_to_template(space.scan, loaded.template, settings.template)
        placed = OnTemplate(loaded.template, warp)
        draw(space, placed)
        check_registered(warp, settings.template)
    except UnitError as error:
        space.faults += [(*asked, error) for asked in made_from_template(settings, payload)]
        return None
    return placed


def _add_brain(space: Space, brought: dict[str, Any] | None, placed: OnTemplate | None) -> None:
    try:
        if brought is not None:
            space.brain = np.asarray(brought_map(brought, space.scan).volume.voxels > 0)
            return
        if placed is None:
            return
        space.brain = find_brain(space.scan, placed.warp, placed.maps)
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
    placed: OnTemplate | None,
) -> None:
    try:
        if brought is not None:
            space.white_matter = _brought_white_matter(space, brought, settings)
            return
        if placed is None or space.brain is None:
            return
        found = segment(space.scan, space.brain, placed.warp, placed.maps)
    except UnitError as error:
        space.faults.append((*TISSUES, error))
        return
    space.white_matter = np.isin(found.sides, _WHITE)
    sides = Volume(found.sides, space.scan.affine)
    space.maps.append(LabelMap(sides, *TISSUES, loaded.tissue_table))


def _brought_white_matter(space: Space, brought: dict[str, Any], settings: Settings) -> Mask:
    labels = brought_map(brought, space.scan).volume.voxels
    chosen, table = settings.tissues[brought["choice"]], brought["label_table"]
    if chosen.names == "freesurfer":
        names: LabelTable | None = freesurfer_table()
    else:
        names = read_label_table(Path(table)) if table else None
    return voxels_of(labels, label_numbers(chosen.white_matter, names))
