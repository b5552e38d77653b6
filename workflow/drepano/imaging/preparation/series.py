"""Series of volumes, such as ASL and DWI: their mean is what is registered."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np

from drepano.imaging.volumes import Volume, read_volume, volume_of


def read_mean(path: Path) -> tuple[Volume, int]:
    """Read an image, or the mean of a series along its fourth axis.

    Returns
    -------
    tuple
        The volume in float32 if it is a mean, and the number of volumes.

    Raises
    ------
    UnitError
        What reading refuses.
    """
    path.stat()
    count = _volumes(path)
    if count == 1:
        return read_volume(path), 1
    image = nib.load(path)
    total = np.zeros(image.shape[:3])
    for number in range(count):
        total += np.asarray(image.dataobj[..., number])
    return volume_of(image, (total / count).astype(np.float32), path), count


def _volumes(path: Path) -> int:
    """Return the number of volumes; 1 for what is no series, or cannot be read."""
    try:
        shape = nib.load(path).shape
    except (OSError, ValueError, nib.filebasedimages.ImageFileError):
        return 1  # `read_volume` says what is wrong with it
    return int(shape[3]) if len(shape) == 4 else 1
