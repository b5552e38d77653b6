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
    lengths : (2, 13, plane)
        The runs of GLRLM so far, in two planes.
    """

    def __init__(self, geometry: Geometry) -> None:
        places = int(np.prod(geometry.shape))
        self.keys = np.zeros(places, dtype=np.int32)
        self.root = np.empty(places, dtype=np.int32)
        self.sizes = np.empty(places, dtype=np.int32)
        _, rows, columns = geometry.shape
        self.lengths = np.zeros((2, 13, rows * columns), dtype=np.uint16)
