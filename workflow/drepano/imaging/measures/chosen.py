"""Region choices of a measure to masks, and why there is none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from drepano.errors import UnitError
from drepano.imaging.measures.measure import Given, Missing
from drepano.imaging.regions import OtherGrid
from drepano.imaging.volumes import Volume
from drepano.settings.measures.choice import RegionChoice
from voxomics import Region

Mask = NDArray[np.bool_]

_NOT_THERE = frozenset({"no_scan", "no_regions"})


def role_of(region_set: str) -> str:
    """Return the role of a region set's file among the inputs of a measure."""
    return f"regions_{region_set}"


def mask_of(given: Given, choice: RegionChoice, scan: Volume, other_grid: OtherGrid) -> Mask:
    """Return the voxels (X, Y, Z) of the chosen regions together; none for a true zero.

    Raises
    ------
    UnitError
        The file is absent, or one of the regions cannot be had.
    """
    role = role_of(choice.region_set)
    if role in given.absent:
        raise given.absent[role]
    found = given.regions(role, choice.region_set, scan, other_grid)
    return painted([found[name] for name in choice.regions], scan.voxels.shape)


def painted(regions: Iterable[Region | UnitError | None], shape: Sequence[int]) -> Mask:
    """Return the voxels (X, Y, Z) of any of the regions.

    Raises
    ------
    UnitError
        The first of the regions that is one.
    """
    mask = np.zeros(tuple(shape), dtype=bool)
    for region in regions:
        if isinstance(region, UnitError):
            raise region
        if region is not None:
            ends = zip(region.lower, region.voxels.shape, strict=True)
            mask[tuple(slice(low, low + size) for low, size in ends)] |= region.voxels
    return mask


def missing(columns: Iterable[str], why: UnitError) -> Iterator[Missing]:
    """Say of each column that it has no value, and why."""
    state = "not_acquired" if why.reason in _NOT_THERE else "failed"
    for column in columns:
        yield Missing(column, state, why)
