"""Lesions and a T1w scan to which of the lesions are dark on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk  # noqa: N813 - the name that everyone knows
from numpy.typing import NDArray

from drepano.errors import UnitError
from drepano.imaging.grids import same_grid
from drepano.imaging.measures.chosen import Mask, mask_of
from drepano.imaging.measures.measure import Given
from drepano.imaging.regions import OtherGrid
from drepano.imaging.volumes import Volume, to_image
from drepano.settings.measures.lesions import T1Hypointensity
from voxomics.hypointensity import (
    is_dark,
    lesion_means,
    normal_white_matter,
    reference_around,
    reference_everywhere,
)
from voxomics.lesions import Lesion

ROLE = "t1w"


@dataclass(frozen=True, slots=True)
class LesionMap:
    """The lesions of a session on the grid of their scan.

    Attributes
    ----------
    scan
        The scan whose grid counts.
    mask : (X, Y, Z)
        All voxels of the lesion mask, also those of components too small to count.
    labels : (X, Y, Z)
        Lesions 1 to L.
    lesions : (L,)
        The same, measured.
    """

    scan: Volume
    mask: Mask
    labels: NDArray[np.int32]
    lesions: list[Lesion]


@dataclass(frozen=True, slots=True)
class Darkness:
    """What T1w says of each lesion, all (L,).

    Attributes
    ----------
    mean, reference
        Mean of the lesion, and median of its reference; NaN where there is none.
    dark
        True where the rule calls the lesion dark.
    why_not
        Why the rule cannot be applied, or None.
    """

    mean: list[float]
    reference: list[float]
    dark: list[bool]
    why_not: list[UnitError | None]


def find_dark(
    given: Given, rule: T1Hypointensity, found: LesionMap, other_grid: OtherGrid
) -> Darkness:
    """Apply the study's rule to each lesion.

    Raises
    ------
    UnitError
        T1w or white matter cannot be used.
    """
    t1w = _on_grid(given, rule, found.scan)
    white = mask_of(given, rule.white_matter, found.scan, other_grid)
    spacing, count = found.scan.spacing_mm, len(found.lesions)
    normal = normal_white_matter(white, found.mask, spacing, rule.margin_mm)
    means = lesion_means(t1w, found.labels, count)
    if rule.reference == "white_matter":
        references = reference_everywhere(t1w, normal, count)
    else:
        references = reference_around(
            t1w, normal, found.labels, count, spacing_mm=spacing, shell_mm=rule.shell_mm
        )
    why_not = [
        _why_not(float(mean), reference.voxels, rule.min_voxels)
        for mean, reference in zip(means, references, strict=True)
    ]
    pairs = zip(means, references, why_not, strict=True)
    return Darkness(
        mean=means.tolist(),
        reference=[reference.median for reference in references],
        dark=[why is None and is_dark(float(m), r, rule.deviations) for m, r, why in pairs],
        why_not=why_not,
    )


def _on_grid(given: Given, rule: T1Hypointensity, scan: Volume) -> NDArray[np.generic]:
    """Return the T1w (X, Y, Z) on the grid of the lesions' scan; NaN outside of it."""
    if ROLE in given.absent:
        raise given.absent[ROLE]
    t1w = given.scan(ROLE)
    if same_grid(t1w, scan):
        return t1w.voxels
    if rule.other_grid == "refuse":
        raise UnitError(
            "grid_mismatch",
            f"{given.files[ROLE].path.name} lies on another grid than the lesions' scan",
            "Prepare both onto one grid, or set t1_hypointensity.other_grid: resample if they "
            "are in one space.",
        )
    real = Volume(t1w.voxels.astype(np.float64), t1w.affine)
    moved = sitk.Resample(to_image(real), to_image(scan), sitk.Transform(), sitk.sitkLinear, np.nan)
    return np.asarray(sitk.GetArrayFromImage(moved).T)


def _why_not(mean: float, voxels: int, min_voxels: int) -> UnitError | None:
    if not np.isfinite(mean):
        return UnitError(
            "not_finite",
            "T1w has NaN or infinite voxels, or none, in a lesion",
            "Look at the T1w there, and at its coverage.",
        )
    if voxels < min_voxels:
        detail = f"{voxels} voxels of normal-appearing white matter, the study asks for "
        return UnitError(
            "region_too_small",
            f"{detail}{min_voxels}",
            "Look at the white matter, or lower margin_mm or min_voxels.",
        )
    return None
