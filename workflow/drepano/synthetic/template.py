"""The MNI152 template inside the nilearn wheel to maps that a head is shaped from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Maps = NDArray[np.float32]

RESOLUTION_MM = 2
_MARGIN_VOXELS = 14
# The lateral ventricles are the largest fluid component in this box of MNI space (mm).
_VENTRICLE_BOX_MM = ((-46.0, 46.0), (-62.0, 40.0), (-22.0, 34.0))
_VENTRICLE_DEPTH_MM = 12.0


@dataclass(frozen=True, slots=True)
class Template:
    """Maps of MNI space, all (X, Y, Z) on one 2 mm grid.

    Attributes
    ----------
    grey, white
        Fraction of the tissue, 0–1.
    texture
        What the T1w template shows beyond its tissues: template minus the mean of each
        tissue, as a fraction of the grey to white contrast.
    brain_depth_mm
        Distance to the brain's surface, positive inside.
    ventricle_depth_mm
        Distance to the surface of the lateral ventricles, positive inside.
    affine
        (4, 4), voxel to MNI millimetres.
    """

    grey: Maps
    white: Maps
    texture: Maps
    brain_depth_mm: Maps
    ventricle_depth_mm: Maps
    affine: NDArray[np.float64]


@cache
def load_template() -> Template:
    """Read T1w, grey matter, white matter and brain mask; nothing is downloaded.

    References
    ----------
    .. [1] Fonov et al., NeuroImage 2011, https://doi.org/10.1016/j.neuroimage.2010.07.033,
       the ICBM152 2009a symmetric template, as nilearn ships it.
    """
    # Imported here: nilearn takes seconds to import, and `drepano --help` does not need it.
    from nilearn import datasets  # noqa: PLC0415

    image = datasets.load_mni152_template(resolution=RESOLUTION_MM)
    t1, grey, white, brain = (
        _padded(source.get_fdata(dtype=np.float32))
        for source in (
            image,
            datasets.load_mni152_gm_template(resolution=RESOLUTION_MM),
            datasets.load_mni152_wm_template(resolution=RESOLUTION_MM),
            datasets.load_mni152_brain_mask(resolution=RESOLUTION_MM),
        )
    )
    affine = np.array(image.affine, dtype=np.float64)
    affine[:3, 3] -= _MARGIN_VOXELS * RESOLUTION_MM
    brain_depth = _signed_depth_mm(brain > 0.5)
    fluid = np.clip(1 - grey - white, 0, 1) * (brain > 0.5)
    ventricles = _lateral_ventricles(fluid > 0.5, brain_depth, affine)
    return Template(
        grey=grey,
        white=white,
        texture=_texture(t1, grey, white, fluid),
        brain_depth_mm=brain_depth,
        ventricle_depth_mm=_signed_depth_mm(ventricles),
        affine=affine,
    )


def _padded(values: Maps) -> Maps:
    """Add air around, so that a scalp fits and distances hold at the template's border."""
    return np.pad(values, _MARGIN_VOXELS)


def _signed_depth_mm(inside: NDArray[np.bool_]) -> Maps:
    inner = ndimage.distance_transform_edt(inside, sampling=RESOLUTION_MM)
    outer = ndimage.distance_transform_edt(~inside, sampling=RESOLUTION_MM)
    # Half a voxel: the surface lies between the last voxel inside and the first outside.
    return np.asarray(inner - outer + np.where(inside, -1, 1) * RESOLUTION_MM / 2, np.float32)


def _lateral_ventricles(
    fluid: NDArray[np.bool_], brain_depth: Maps, affine: NDArray[np.float64]
) -> NDArray[np.bool_]:
    candidate = fluid & (brain_depth > _VENTRICLE_DEPTH_MM)
    for axis, (low, high) in enumerate(_VENTRICLE_BOX_MM):
        place = affine[axis, 3] + affine[axis, axis] * np.arange(fluid.shape[axis])
        shape = [1, 1, 1]
        shape[axis] = -1
        candidate &= ((place > low) & (place < high)).reshape(shape)
    components, _ = ndimage.label(candidate)
    sizes = np.bincount(components.ravel())
    sizes[0] = 0
    return np.asarray(components == sizes.argmax())


def _texture(t1: Maps, grey: Maps, white: Maps, fluid: Maps) -> Maps:
    grey_mean, white_mean, fluid_mean = (
        float(np.average(t1, weights=weight)) for weight in (grey**4, white**4, fluid**4)
    )
    expected = grey * grey_mean + white * white_mean + fluid * fluid_mean
    return np.asarray((t1 - expected) / (white_mean - grey_mean), np.float32)
