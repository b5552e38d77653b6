"""Diffusion-weighted signals to the scalars of the tensor: FA, MD, RD, AD, by dipy.

The scalars follow from the tensor's eigenvalues, which no rotation and no mirror of the
gradient directions changes, as long as it is the same for all volumes. So axes of the image may
be flipped or swapped without turning the directions, and a bvec file whose axes are named in
another order than the image's gives the same numbers. Directions that are wrong for some volumes
only, such as after a motion correction that did not turn them, do move the values.

References
----------
.. [1] Basser, Mattiello, Le Bihan, Biophys J 1994;66:259-267, the tensor.
.. [2] Chung, Lu, Henry, NeuroImage 2006;33:531-541, the weighted fit.
.. [3] Garyfallidis et al., Front Neuroinform 2014;8:8, dipy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MEASURES = ("fa", "md", "rd", "ad")
"""Scalars of the tensor, in the order in which they are told."""

_UNIT_TOLERANCE = 0.01
"""Greatest distance of a direction's length from 1: files hold four digits and more."""
_SAME_DIRECTION = 0.999
"""|Cosine| from which two directions count as one: 2.6 degrees."""
_TENSOR_UNKNOWNS = 6
_CHUNK = 10_000


@dataclass(frozen=True, slots=True)
class Gradients:
    """Gradients of a series.

    Attributes
    ----------
    bvals : (V,)
        b-values [s/mm²].
    bvecs : (V, 3)
        Directions, of length 1; any where the b-value is at most `b0_threshold`.
    b0_threshold
        Up to this b-value [s/mm²] a volume has no diffusion weighting.
    """

    bvals: Floats
    bvecs: Floats
    b0_threshold: float

    @property
    def weighted(self) -> NDArray[np.bool_]:
        """True for volumes with diffusion weighting (V,)."""
        return self.bvals > self.b0_threshold

    def up_to(self, b_max: float) -> tuple[Gradients, NDArray[np.bool_]]:
        """Return the gradients of at most `b_max` [s/mm²], and which volumes those are (V,)."""
        kept: NDArray[np.bool_] = self.bvals <= b_max
        return Gradients(self.bvals[kept], self.bvecs[kept], self.b0_threshold), kept


def count_faults(bvals: Floats, bvecs: Floats, volumes: int) -> list[str]:
    """Return how gradients and volumes disagree in number, as sentences; none if they agree."""
    faults = []
    if len(bvals) != volumes:
        faults.append(f"{len(bvals)} b-values for {volumes} volumes")
    if len(bvecs) != volumes:
        faults.append(f"{len(bvecs)} directions for {volumes} volumes")
    return faults


def gradient_faults(gradients: Gradients) -> list[str]:
    """Return which gradients can not be what they say, as sentences; none if all can.

    Found are b-values that are negative or not finite, and weighted volumes whose direction is
    not of length 1: some programs hide a second b-value in the length.
    """
    faults = []
    if not np.isfinite(gradients.bvals).all() or (gradients.bvals < 0).any():
        faults.append("a b-value that is negative or not a finite number")
    lengths = np.linalg.norm(gradients.bvecs[gradients.weighted], axis=1)
    wrong = int((~(np.abs(lengths - 1) <= _UNIT_TOLERANCE)).sum())  # NaN counts as wrong
    if wrong:
        faults.append(f"{wrong} of {len(lengths)} directions are not of length 1")
    return faults


def design_faults(gradients: Gradients, min_directions: int = _TENSOR_UNKNOWNS) -> list[str]:
    """Return why the gradients can not determine a tensor, as sentences; none if they can.

    Parameters
    ----------
    gradients
        Those that are fitted, without `gradient_faults`.
    min_directions
        Fewest distinct directions; opposite ones are one.
    """
    faults = []
    if gradients.weighted.all():
        faults.append(f"no volume with a b-value of at most {gradients.b0_threshold:g} s/mm2")
    directions = distinct_directions(gradients)
    if directions < min_directions:
        faults.append(f"{directions} directions, where {min_directions} are needed")
    elif _rank(gradients) < _TENSOR_UNKNOWNS:
        faults.append(f"{directions} directions on one cone or plane: they fix no tensor")
    return faults


def distinct_directions(gradients: Gradients) -> int:
    """Count the directions of weighted volumes; opposite ones and repeats are one."""
    kept: list[Floats] = []
    for direction in gradients.bvecs[gradients.weighted]:
        if all(abs(float(direction @ other)) < _SAME_DIRECTION for other in kept):
            kept.append(direction)
    return len(kept)


def _rank(gradients: Gradients) -> int:
    x, y, z = gradients.bvecs[gradients.weighted].T
    products = np.stack([x * x, y * y, z * z, x * y, x * z, y * z], axis=1)
    return int(np.linalg.matrix_rank(products, tol=1e-3))


@dataclass(frozen=True, slots=True)
class TensorScalars:
    """Scalars of the tensor of each voxel; NaN where it could not be fitted.

    Attributes
    ----------
    fa : (N,)
        Fractional anisotropy [1], 0 (alike in all directions) to 1; higher means that water
        moves along one direction, as in intact tracts.
    md : (N,)
        Mean diffusivity [mm²/s]; higher means that water moves more freely.
    rd : (N,)
        Radial diffusivity [mm²/s], across the main direction.
    ad : (N,)
        Axial diffusivity [mm²/s], along the main direction.
    """

    fa: Floats
    md: Floats
    rd: Floats
    ad: Floats


def tensor_scalars(signals: Floats, gradients: Gradients) -> TensorScalars:
    """Fit a tensor to each voxel by weighted least squares [2]_, and return its scalars.

    Parameters
    ----------
    signals : (N, V)
        Signals of each voxel; a voxel with one that is not finite or not positive has no value.
    gradients
        Gradients of the volumes, without faults.

    Raises
    ------
    ValueError
        The numbers of volumes disagree, or the gradients do not determine a tensor.

    Notes
    -----
    Eigenvalues that noise makes negative are raised to a small positive number, as dipy does.
    """
    from dipy.core.gradients import gradient_table  # noqa: PLC0415 - takes a second to import
    from dipy.reconst import dti  # noqa: PLC0415

    faults = count_faults(gradients.bvals, gradients.bvecs, signals.shape[1])
    faults = faults or [*gradient_faults(gradients), *design_faults(gradients)]
    if faults:
        raise ValueError("; ".join(faults))
    bvecs = np.where(gradients.weighted[:, None], gradients.bvecs, 0.0)
    table = gradient_table(
        np.where(gradients.weighted, gradients.bvals, 0.0),
        bvecs=bvecs,
        b0_threshold=gradients.b0_threshold,
        atol=_UNIT_TOLERANCE,
    )
    usable = (np.isfinite(signals) & (signals > 0)).all(axis=1)
    found = np.full((4, len(signals)), np.nan)
    if usable.any():
        make: Any = dti.TensorModel
        fit = make(table, fit_method="WLS", step=_CHUNK).fit(signals[usable].astype(np.float64))
        found[:, usable] = [fit.fa, fit.md, fit.rd, fit.ad]
    return TensorScalars(*found)
