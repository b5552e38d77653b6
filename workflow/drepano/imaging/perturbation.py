"""A scan and its regions, disturbed as the study says: the same at every run and on any rank."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from drepano.imaging.derived import mask_of
from drepano.imaging.volumes import Volume
from drepano.settings import Perturbation
from voxomics import Region
from voxomics.derived_regions import grow
from voxomics.perturbation import noise_level, shift_image, shift_mask


@dataclass(frozen=True, slots=True)
class Disturbed:
    """One perturbation of a scan; None for a region of which nothing is left."""

    scan: Volume
    regions: dict[str, Region | None]


def disturb(
    scan: Volume,
    regions: Mapping[str, Region],
    settings: Perturbation,
    names: tuple[str, str, str],
) -> Iterator[tuple[int, Disturbed]]:
    """Give each perturbation of a scan with its number, from 1.

    Parameters
    ----------
    scan
        Axes turned, so that the storage of the file reaches no random number.
    regions
        Regions on the scan's grid.
    settings
        How much is disturbed.
    names
        Subject, session and modality: each has random numbers of its own.

    Notes
    -----
    A chain of noise, translation and volume adaptation, as in Zwanenburg 2019; scan and regions
    are sampled on the same moved grid.

    References
    ----------
    .. [1] Zwanenburg et al., Sci Rep 2019;9:614, https://doi.org/10.1038/s41598-018-36938-4
    """
    noise = settings.noise * noise_level(scan.voxels)
    for number in range(1, settings.repeats + 1):
        random = np.random.default_rng(_seeds(settings.seed, names, number))
        # Drawn whatever they are multiplied with: one setting does not move another's numbers.
        by_mm = settings.grow_mm * random.uniform(-1, 1)
        shift = (settings.shift_voxels * random.uniform(-1, 1, 3)).tolist()
        voxels = scan.voxels.astype(np.float64)
        if noise > 0:
            voxels += noise * random.standard_normal(voxels.shape)
        if any(shift):
            voxels = shift_image(voxels, shift)
        moved = {name: _moved(region, shift, by_mm, scan) for name, region in regions.items()}
        yield number, Disturbed(Volume(voxels, scan.affine), moved)


def _seeds(seed: int, names: tuple[str, str, str], number: int) -> list[int]:
    digest = hashlib.sha256("\n".join(names).encode()).digest()
    return [seed, number, *np.frombuffer(digest, dtype="<u4").tolist()]


def _moved(region: Region, shift: list[float], by_mm: float, scan: Volume) -> Region | None:
    mask = mask_of(region, scan)
    if any(shift):
        mask = shift_mask(mask, shift)
    return Region.of(grow(mask, scan.spacing_mm.tolist(), by_mm))
