"""A registered T1w and its brain to tissues, sides and ventricles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from drepano.errors import UnitError
from drepano.imaging.preparation.brain import prior_maps
from drepano.imaging.preparation.mixture import Maps, bins_of, fit_mixture, posterior
from drepano.imaging.preparation.template import TemplateMaps
from drepano.imaging.preparation.template_registration import TemplateWarp
from drepano.imaging.volumes import Volume

Mask = NDArray[np.bool_]
Labels = NDArray[np.uint8]

TISSUES = {"grey matter": 1, "white matter": 2, "cerebrospinal fluid": 3}
"""Names and numbers of `Segmented.tissues`: the common labels of BIDS (GM, WM, CSF)."""

SIDES = {
    "grey matter left": 1,
    "grey matter right": 2,
    "white matter left": 3,
    "white matter right": 4,
    "ventricles": 5,
    "outer cerebrospinal fluid": 6,
}
"""Names and numbers of `Segmented.sides`."""

_UNCERTAIN_MM = 1.5
_ROUNDS = 4
_COUPLING = 0.6
"""How much a neighbour's tissue counts: log odds per face neighbour at 1 mm."""
_VENTRICLE_REACH_MM = 4.0


@dataclass(frozen=True, slots=True)
class Segmented:
    """Labels (X, Y, Z) on the grid of the scan: `TISSUES` and `SIDES`; 0 outside of the brain."""

    tissues: Labels
    sides: Labels


def segment(scan: Volume, brain: Mask, warp: TemplateWarp, template: TemplateMaps) -> Segmented:
    """Give each voxel of the brain its tissue, its side, and tell ventricles from other fluid.

    Parameters
    ----------
    scan
        T1w, bias field corrected.
    brain : (X, Y, Z)
        Brain mask on its grid, the site's or that of `find_brain`.
    warp, template
        Where the template's priors lie in the scan.

    Raises
    ------
    UnitError
        `brain_empty`: the mask has no voxel.

    Notes
    -----
    A mixture of three Gaussians weighted by the priors, then a mean-field Markov random field
    over the six neighbours, weaker along thick slices.
    Left is what the warp brings left of the template's midline.

    References
    ----------
    .. [1] Zhang et al., IEEE Trans Med Imaging 2001, https://doi.org/10.1109/42.906424
    """
    if not brain.any():
        raise UnitError(
            "brain_empty", "the brain mask has no voxel", "Look at the brain mask and at the scan."
        )
    box = _box(brain)
    part = _cut(scan, box)
    inside = brain[box]
    labels = _tissues(part, inside, warp, template)
    left = warp.to_subject(template.volume(template.x_mm), part, labels=False).voxels < 0
    ventricles = warp.to_subject(
        template.volume(template.ventricles.astype(np.uint8)), part, labels=True
    )
    sides = _sides(labels, left, _ventricles(labels, ventricles))
    whole = np.zeros((2, *brain.shape), np.uint8)
    whole[(slice(None), *box)] = labels, sides
    return Segmented(whole[0], whole[1])


def _box(brain: Mask) -> tuple[slice, slice, slice]:
    x, y, z = ndimage.find_objects(brain.astype(np.uint8))[0]
    return x, y, z


def _cut(scan: Volume, box: tuple[slice, slice, slice]) -> Volume:
    affine = scan.affine.copy()
    affine[:3, 3] += affine[:3, :3] @ [s.start for s in box]
    return Volume(scan.voxels[box], affine)


def _tissues(scan: Volume, inside: Mask, warp: TemplateWarp, template: TemplateMaps) -> Labels:
    values = np.nan_to_num(scan.voxels.astype(np.float32), posinf=0.0, neginf=0.0)
    priors = prior_maps(scan, warp, template, blur_mm=_UNCERTAIN_MM)
    # The mask says what is brain: what is left of the prior outside counts as fluid.
    priors[0] += priors[3]
    priors[3] = 0.0
    mixture = fit_mixture(values[inside], priors[:, inside])
    likelihoods = mixture.table()[:3, bins_of(values, mixture.edges)]
    fraction = _smoothed(posterior(likelihoods, priors[:3]), likelihoods, priors[:3], scan, inside)
    labels: Labels = np.array([3, 1, 2], np.uint8)[fraction.argmax(axis=0)]
    labels[~inside] = 0
    return labels


def _smoothed(fraction: Maps, likelihoods: Maps, priors: Maps, scan: Volume, inside: Mask) -> Maps:
    """Let neighbours agree: mean field of a Potts model over the six faces."""
    weights = (scan.spacing_mm.min() / scan.spacing_mm) ** 2
    for _ in range(_ROUNDS):
        fraction = fraction * inside
        around = np.zeros_like(fraction)
        for axis in range(3):
            kernel = np.array([1.0, 0.0, 1.0]) * weights[axis]
            around += ndimage.convolve1d(fraction, kernel, axis=axis + 1, mode="constant")
        fraction = posterior(likelihoods * np.exp(_COUPLING * around), priors)
    return fraction


def _ventricles(labels: Labels, expected: Volume) -> Mask:
    """Return the fluid that hangs together with the template's ventricles, not far from them."""
    near = (
        ndimage.distance_transform_edt(expected.voxels == 0, sampling=expected.spacing_mm)
        <= _VENTRICLE_REACH_MM
    )
    fluid = (labels == TISSUES["cerebrospinal fluid"]) & near
    parts, count = ndimage.label(fluid)
    met = np.zeros(count + 1, bool)
    met[np.unique(parts[(expected.voxels > 0) & fluid])] = True
    met[0] = False
    return np.asarray(met[parts])


def _sides(tissues: Labels, left: Mask, ventricles: Mask) -> Labels:
    sides = np.zeros_like(tissues)
    for name in ("grey matter", "white matter"):
        here = tissues == TISSUES[name]
        sides[here & left] = SIDES[f"{name} left"]
        sides[here & ~left] = SIDES[f"{name} right"]
    sides[tissues == TISSUES["cerebrospinal fluid"]] = SIDES["outer cerebrospinal fluid"]
    sides[ventricles] = SIDES["ventricles"]
    return sides
