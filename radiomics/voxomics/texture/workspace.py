"""Volumes that a thread uses again for each image."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voxomics.geometry import Geometry
from voxomics.texture.walk import BLOCK, REACH


class Workspace:
    """Volumes over the box of a geometry; one thread at a time may use them.

    Attributes
    ----------
    margin
        Places before the box and behind it that the walk may read.
    own_keys : (P + 2 * margin,)
        Keys of the one region that is walked; 0 elsewhere, and everywhere between walks.
    root : (P,)
        The zones of GLSZM.
    """

    def __init__(self, geometry: Geometry) -> None:
        self._places = int(np.prod(geometry.shape))
        _, rows, columns = geometry.shape
        self.margin = REACH * (rows * columns + columns + 1) + BLOCK
        self.own_keys = np.zeros(self._places + 2 * self.margin, dtype=np.uint16)
        self.root = np.empty(self._places, dtype=np.uint32)

    @functools.cached_property
    def keys(self) -> NDArray[Any]:
        """Key of each place in all regions (P,), 0 outside: for what the walk cannot do."""
        return np.zeros(self._places, dtype=np.int32)
