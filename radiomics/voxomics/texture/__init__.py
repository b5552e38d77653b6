"""Texture: how grey levels stand beside each other in each region, in five classes."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from voxomics.discretise import Levels
from voxomics.geometry import STEPS, Geometry
from voxomics.texture.empty import settle_pairs, settle_runs
from voxomics.texture.others import Others, measure_others
from voxomics.texture.regions import CLASSES, COLUMNS, fill_keys, find_links, measure_regions
from voxomics.texture.settings import TextureSettings, pair_weights, run_weights
from voxomics.texture.workspace import Workspace

__all__ = ["CLASSES", "TextureSettings", "Workspace", "texture"]

MOST_LEVELS = 700
"""Levels up to which a region's GLCM and GLRLM are tables; above it pairs and runs are sorted."""


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
    fill_keys(workspace.keys, geometry.voxels, levels.keys)
    mcc = "MCC" in classes.get("glcm", ())
    quick = _quick_classes(settings)
    dense = np.diff(levels.base) <= MOST_LEVELS
    wanted = [name in classes and quick[name] for name in CLASSES]
    if any(wanted):
        norm = settings.weighting_norm
        measure_regions(
            workspace.keys, geometry.voxels, geometry.start, levels.base, levels.level,
            levels.voxels, geometry.offsets(), _links(), geometry.lines, geometry.longest,
            np.array([*wanted, mcc]), dense, pair_weights(norm, STEPS, geometry.spacing_mm),
            run_weights(norm, STEPS, geometry.spacing_mm), workspace.root, workspace.sizes,
            workspace.lengths, out,
        )  # fmt: skip
    many = np.flatnonzero(~dense).tolist()
    left: dict[str, Sequence[int]] = {
        name: range(geometry.count) if not quick[name] else many
        for name in classes
        if not quick[name] or name in ("glcm", "glrlm")
    }
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


@functools.cache
def _links() -> NDArray[np.int16]:
    links: NDArray[np.int16] = find_links(STEPS)
    return links
