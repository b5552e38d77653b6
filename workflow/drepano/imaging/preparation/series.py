"""Series of volumes, such as ASL and DWI: their mean is what is registered."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from drepano.imaging.volumes import Volume, read_series


def read_mean(path: Path) -> tuple[Volume, int]:
    """Read an image, or the mean of a series along its fourth axis.

    Returns
    -------
    tuple
        The volume, in float32 if it is a mean, and the number of volumes.

    Raises
    ------
    UnitError, OSError
        As in `read_series`.
    """
    series = read_series(path)
    count = series.voxels.shape[3]
    if count == 1:
        return Volume(series.voxels[..., 0], series.affine), 1
    mean = series.voxels.mean(axis=3, dtype=np.float64)
    return Volume(mean.astype(np.float32), series.affine), count
