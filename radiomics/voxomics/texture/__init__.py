"""Texture: how grey levels stand beside each other in each region, in five classes."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from voxomics.discretise import Levels
from voxomics.geometry import STEPS, Geometry
from voxomics.texture.empty import settle_pairs, settle_runs
from voxomics.texture.neighbours import place_keys
from voxomics.texture.others import Others, measure_others
from voxomics.texture.regions import (
    CLASSES,
    COLUMNS,
    MOST_KEYS,
    MOST_LEVELS,
    measure_regions,
)
from voxomics.texture.settings import TextureSettings, pair_weights, run_weights
from voxomics.texture.workspace import Workspace
from voxomics.texture.zones import find_links

__all__ = ["CLASSES", "TextureSettings", "Workspace", "texture"]


def texture(
    levels: Levels,
    geometry: Geometry,
    classes: Mapping[str, Sequence[str]],
    settings: TextureSettings | None = None,
    workspace: Workspace | None = None,
) -> dict[str, dict[str, NDArray[np.float64]]]:
    """Measure the texture of all regions of one image.

    Parameters
    ----------
    levels
        Grey levels of the regions on `geometry`.
    classes
        Features asked of each class; classes are glcm, glrlm, glszm, gldm, ngtdm.
    settings
        None takes pyradiomics' defaults.
    workspace
        Volumes to work in, made for this geometry; None makes them.

    Returns
    -------
    dict
        Of each class and feature asked, the values of the regions (count,). NaN where
        pyradiomics gives NaN, and in a refused region.
    """
    settings = settings or TextureSettings()
    workspace = workspace or Workspace(geometry)
    out = np.full((geometry.count, int(COLUMNS[-1])), np.nan)
    mcc = "MCC" in classes.get("glcm", ())
    quick = _quick_classes(settings)
    wanted = [name in classes and quick[name] for name in CLASSES]
    if any(wanted):
        norm = settings.weighting_norm
        measure_regions(
            levels.keys, workspace.own_keys, workspace.margin, geometry.voxels, geometry.start,
            levels.base, levels.level, levels.voxels, geometry.offsets(), _links(),
            geometry.lines, geometry.longest, np.array([*wanted, mcc]),
            pair_weights(norm, STEPS, geometry.spacing_mm),
            run_weights(norm, STEPS, geometry.spacing_mm), workspace.root, out,
        )  # fmt: skip
    left = {name: _left(name, levels, quick=quick[name]) for name in classes}
    if any(left.values()):
        place_keys(workspace.keys, geometry.voxels, levels.keys)
        measure_others(Others(geometry, settings, workspace, mcc), levels, left, out)
    settle_pairs(out[:, COLUMNS[0] : COLUMNS[1]], geometry, settings, np.diff(levels.base))
    settle_runs(out[:, COLUMNS[1] : COLUMNS[2]], geometry, settings, np.diff(levels.base))
    return {
        name: {
            feature: out[:, COLUMNS[place] + features.index(feature)].copy()
            for feature in classes[name]
        }
        for place, (name, features) in enumerate(CLASSES.items())
        if name in classes
    }


def _quick_classes(settings: TextureSettings) -> dict[str, bool]:
    """Tell which classes the fused walk can measure under these settings."""
    return {
        "glcm": settings.near and settings.symmetrical_glcm,
        "glrlm": not settings.force_2d,
        "glszm": not settings.force_2d,
        "gldm": settings.near and settings.gldm_a == 0,
        "ngtdm": settings.near,
    }


def _left(name: str, levels: Levels, *, quick: bool) -> Sequence[int]:
    """Return the regions of whom the fused walk has not measured a class."""
    if not quick:
        return range(len(levels.base) - 1)
    most = MOST_LEVELS if name in ("glcm", "glrlm") else MOST_KEYS
    found: list[int] = np.flatnonzero(np.diff(levels.base) > most).tolist()
    return found


@functools.cache
def _links() -> NDArray[np.int16]:
    links: NDArray[np.int16] = find_links(STEPS)
    return links
