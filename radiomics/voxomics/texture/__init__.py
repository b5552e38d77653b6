"""Texture: how grey levels stand beside each other in each region, in five classes."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from voxomics.discretise import Levels
from voxomics.geometry import STEPS, Geometry
from voxomics.texture.regions import CLASSES, COLUMNS, fill_keys, find_links, measure_regions
from voxomics.texture.settings import TextureSettings, pair_weights, run_weights

__all__ = ["CLASSES", "TextureSettings", "Workspace", "texture"]

MOST_LEVELS = 700
"""Levels up to which a region's GLCM is a table of 13 n² counts; above it is sorted pairs."""


class Workspace:
    """Volumes over the box of a geometry that are used again for each image.

    One thread at a time may use it.
    """

    def __init__(self, geometry: Geometry) -> None:
        places = int(np.prod(geometry.shape))
        self.keys = np.zeros(places, dtype=np.int32)
        self.root = np.empty(places, dtype=np.int32)
        self.sizes = np.empty(places, dtype=np.int32)


@functools.cache
def _links() -> NDArray[np.int16]:
    links: NDArray[np.int16] = find_links(STEPS)
    return links


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
    wanted = np.array([name in classes for name in CLASSES] + ["MCC" in classes.get("glcm", ())])
    dense = np.diff(levels.base) <= MOST_LEVELS
    norm = settings.weighting_norm
    measure_regions(
        workspace.keys, geometry.voxels, geometry.start, levels.base, levels.level, levels.voxels,
        geometry.offsets(), _links(), geometry.lines, geometry.longest, wanted, dense,
        pair_weights(norm, STEPS, geometry.spacing_mm),
        run_weights(norm, STEPS, geometry.spacing_mm),
        workspace.root, workspace.sizes, out,
    )  # fmt: skip
    return {
        name: {
            feature: out[:, COLUMNS[place] + features.index(feature)].copy()
            for feature in classes[name]
        }
        for place, (name, features) in enumerate(CLASSES.items())
        if name in classes
    }
