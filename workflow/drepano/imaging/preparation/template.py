"""The study's template to T1w, brain, tissue priors, sides and ventricles on one grid."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from drepano.errors import ConfigError
from drepano.imaging.grids import same_grid
from drepano.imaging.preparation.orientation import canonical
from drepano.imaging.volumes import Volume, read_volume
from drepano.settings.preparation import Template

Maps = NDArray[np.float32]
Mask = NDArray[np.bool_]

_VENTRICLE_DEPTH_MM = 20.0
"""Fluid deeper than this below the brain's surface may be a ventricle."""


@dataclass(frozen=True, slots=True)
class TemplateMaps:
    """What is known of the template, all (X, Y, Z) on one grid, axes RAS.

    Attributes
    ----------
    t1w
        T1w intensities, 0 outside of the brain where the template is brain only.
    brain
        Brain, fluid around and in it included, without holes.
    grey, white
        Probability (0-1) of the tissue.
    ventricles
        The lateral ventricles and the third, as far as they lie deep in the brain.
    affine
        (4, 4), voxel to the template's millimetres.
    """

    t1w: Maps
    brain: Mask
    grey: Maps
    white: Maps
    ventricles: Mask
    affine: NDArray[np.float64]

    @property
    def fluid(self) -> Maps:
        """Probability (0-1) of cerebrospinal fluid: the rest of the brain."""
        return np.asarray(np.clip(self.brain - self.grey - self.white, 0, 1), np.float32)

    @property
    def x_mm(self) -> Maps:
        """Distance from the midline, in mm, negative to the left."""
        x = self.affine[0, 3] + self.affine[0, 0] * np.arange(self.t1w.shape[0])
        return np.broadcast_to(x.astype(np.float32).reshape(-1, 1, 1), self.t1w.shape)

    def volume(self, voxels: NDArray[np.generic]) -> Volume:
        """Place voxels on the template's grid."""
        return Volume(voxels, self.affine)


@lru_cache(maxsize=2)
def load_template(settings: Template) -> TemplateMaps:
    """Read the study's files, or the MNI152 template of the nilearn wheel; nothing is downloaded.

    Raises
    ------
    ConfigError
        The study's files lie on different grids.
    UnitError
        One of them cannot be read.

    References
    ----------
    .. [1] Fonov et al., NeuroImage 2011, https://doi.org/10.1016/j.neuroimage.2010.07.033,
       the ICBM152 2009a symmetric template, as nilearn ships it: brain only.
    """
    t1w, brain, grey, white = (
        _of_files(settings.t1w, settings.brain, settings.grey, settings.white)
        if settings.t1w and settings.brain and settings.grey and settings.white
        else _of_nilearn()
    )
    inside = _solid(np.asarray(brain.voxels) > 0.5)
    affine = t1w.affine
    grey_map, white_map = (np.asarray(v.voxels, np.float32) * inside for v in (grey, white))
    fluid = inside & (grey_map + white_map < 0.5)
    return TemplateMaps(
        t1w=np.asarray(t1w.voxels, np.float32),
        brain=inside,
        grey=grey_map,
        white=white_map,
        ventricles=_deep(fluid, inside, t1w.spacing_mm),
        affine=affine,
    )


def _of_nilearn() -> list[Volume]:
    # Imported here: nilearn takes seconds to import, and few commands need it.
    from nilearn import datasets  # noqa: PLC0415

    images = (
        datasets.load_mni152_template(resolution=1),
        datasets.load_mni152_brain_mask(resolution=1),
        datasets.load_mni152_gm_template(resolution=1),
        datasets.load_mni152_wm_template(resolution=1),
    )
    return [
        canonical(Volume(np.asarray(i.dataobj, np.float32), np.asarray(i.affine, np.float64)))
        for i in images
    ]


def _of_files(*paths: Path) -> list[Volume]:
    volumes = [canonical(read_volume(path)) for path in paths]
    wrong = [p.name for p, v in zip(paths, volumes, strict=True) if not same_grid(v, volumes[0])]
    if wrong:
        raise ConfigError.of(
            "imaging.prepare.template",
            found=f"{', '.join(wrong)} on another grid than {paths[0].name}",
            expected="all files of the template on one grid",
            remedy="Resample them to the grid of t1w.",
        )
    return volumes


def _solid(brain: Mask) -> Mask:
    """Close sulci that the mask leaves out, and fill what it encloses."""
    reach = 4
    closed = ndimage.binary_closing(
        np.pad(brain, reach), ndimage.generate_binary_structure(3, 1), reach
    )[reach:-reach, reach:-reach, reach:-reach]
    return np.asarray(ndimage.binary_fill_holes(closed | brain))


def _deep(fluid: Mask, brain: Mask, spacing_mm: NDArray[np.float64]) -> Mask:
    """Return the largest part of the deep fluid, thin sheets cut off: the ventricles."""
    depth = ndimage.distance_transform_edt(brain, sampling=spacing_mm)
    deep = ndimage.binary_opening(fluid & (depth > _VENTRICLE_DEPTH_MM))
    parts, count = ndimage.label(deep)
    if not count:
        return np.zeros_like(fluid)
    return np.asarray(parts == 1 + np.bincount(parts.ravel())[1:].argmax())
