"""Intensity normalisation of a scan as the study says, and the landmarks that Nyul's needs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from drepano.errors import UnitError
from drepano.imaging.volumes import Volume
from drepano.settings.preparation import Normalisation
from voxomics.intensity import (
    PERCENTILES,
    EmptyTissue,
    FlatTissue,
    landmarks,
    nyul,
    standard_scale,
    whitestripe,
    zscore,
)

Mask = NDArray[np.bool_]

_LOOK = "Look at the scan and at its segmentation."


def normalise(
    scan: Volume, brain: Mask | None, white_matter: Mask | None, settings: Normalisation
) -> Volume:
    """Normalise the intensities of a whole scan by those of a tissue.

    Parameters
    ----------
    scan
        The scan, its bias field removed: a field would be taken for differences of tissue.
    brain, white_matter : (X, Y, Z)
        Masks on the scan's grid; None where there is none.
    settings
        What the study says.

    Returns
    -------
    Volume
        float32 on the same grid. zscore, whitestripe: 0 is the tissue's mean or the peak of
        white matter, 1 a standard deviation of it. nyul: the unit of the study's landmarks.
        Voxels that are not finite stay so.

    Raises
    ------
    UnitError
        `brain_empty`, `tissue_empty`: the tissue has no voxel, or there is no mask.
        `intensity_flat`: its intensities are the same, or two landmarks are.
    """
    white = settings.method == "whitestripe" or settings.within == "white_matter"
    tissue = _tissue(scan, white_matter if white else brain, white=white)
    try:
        if settings.method == "nyul":
            voxels = nyul(scan.voxels, tissue, settings.landmarks)
        elif settings.method == "whitestripe":
            voxels = whitestripe(tissue, settings.whitestripe_width).apply(scan.voxels)
        else:
            voxels = zscore(tissue).apply(scan.voxels)
    except (EmptyTissue, FlatTissue) as error:
        raise _refused(error, white=white) from error
    return Volume(voxels.astype(np.float32), scan.affine)


def standard_landmarks(
    scans: Iterable[tuple[Volume, Mask]],
    percentiles: Sequence[float] = PERCENTILES,
    ends: tuple[float, float] = (0.0, 100.0),
) -> dict[float, float]:
    """Learn Nyul's landmarks from a sample of scans, to be written into the study.

    Parameters
    ----------
    scans
        Scans, their bias field removed, and masks of the tissue; read one after the other.
    percentiles
        Where the landmarks lie in each scan's histogram.
    ends
        Standard intensities of the first and of the last landmark.

    Returns
    -------
    dict
        Percentile to standard intensity, rising.

    Raises
    ------
    UnitError
        A scan of the sample cannot be used; as for `normalise`.
    """
    wanted = sorted(percentiles)
    found = []
    for scan, mask in scans:
        try:
            found.append(landmarks(_tissue(scan, mask, white=False), wanted))
        except (EmptyTissue, FlatTissue) as error:
            raise _refused(error, white=False) from error
    if not found:
        raise UnitError("no_scan", "no scan to learn landmarks from", "Give some scans.")
    return dict(zip(wanted, standard_scale(found, ends).tolist(), strict=True))


def _tissue(scan: Volume, mask: Mask | None, *, white: bool) -> NDArray[np.float64]:
    """Return the intensities inside a mask."""
    if mask is None or not mask.any():
        what = "there is no mask" if mask is None else "the mask has no voxel"
        name = "white matter" if white else "the brain"
        reason = "tissue_empty" if white else "brain_empty"
        raise UnitError(reason, f"normalisation in {name}: {what}", _LOOK)
    return np.asarray(scan.voxels[mask], dtype=np.float64)


def _refused(error: EmptyTissue | FlatTissue, *, white: bool) -> UnitError:
    name = "white matter" if white else "the brain"
    if isinstance(error, EmptyTissue):
        reason = "tissue_empty" if white else "brain_empty"
        return UnitError(reason, f"normalisation in {name}: {error}", _LOOK)
    remedy = f"{_LOOK} For nyul, fewer landmarks may do."
    return UnitError("intensity_flat", f"normalisation in {name}: {error}", remedy)
