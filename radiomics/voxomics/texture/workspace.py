"""Volumes that a thread uses again for each image."""

from __future__ import annotations

import numpy as np

from voxomics.geometry import Geometry


class Workspace:
    """Volumes over the box of a geometry; one thread at a time may use them.

    Attributes
    ----------
    keys : (P,)
        Key of each place, 0 outside the regions.
    root, sizes : (P,)
        The zones of GLSZM.
    """

    def __init__(self, geometry: Geometry) -> None:
        places = int(np.prod(geometry.shape))
        self.keys = np.zeros(places, dtype=np.int32)
        self.root = np.empty(places, dtype=np.int32)
        self.sizes = np.empty(places, dtype=np.int32)
