"""Lesions and a region set to where each lesion lies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drepano.errors import UnitError
from drepano.imaging.measures.chosen import role_of
from drepano.imaging.measures.measure import Given
from drepano.imaging.measures.t1_hypointensity import LesionMap
from drepano.imaging.regions import OtherGrid
from drepano.settings.measures.lesions import ELSEWHERE
from voxomics.lesions import Places, RegionsOverlap, locate


@dataclass(frozen=True, slots=True)
class PlacesOfSet:
    """What a region set says of the lesions.

    Attributes
    ----------
    places
        Where lesions lie, in the order of `index`.
    index
        Region part of columns to the number of the place, `<set>_elsewhere` included.
    failed
        Region part of columns to why it has no value.
    study_number : (L,)
        Region that holds most of each lesion as it stands in the study, from 1; 0: none.
    """

    places: Places
    index: dict[str, int]
    failed: dict[str, UnitError]
    study_number: NDArray[np.int64]


def everywhere(lesions: LesionMap) -> Places:
    """Return one place that holds all of each lesion."""
    voxels = [[lesion.voxels, 0] for lesion in lesions.lesions]
    count = len(voxels)
    return Places(np.array(voxels, dtype=np.int64).reshape(count, 2), np.zeros(count, np.int64))


def place_lesions(
    given: Given, lesions: LesionMap, name: str, other_grid: OtherGrid
) -> PlacesOfSet:
    """Split lesions over the regions of a set.

    A region that cannot be had fails alone, and with it `elsewhere`, in which its lesions lie.

    Raises
    ------
    UnitError
        The file cannot be used, or regions share voxels.
    """
    role, elsewhere_part = role_of(name), f"{name}_{ELSEWHERE}"
    if role in given.absent:
        raise given.absent[role]
    found = given.regions(role, name, lesions.scan, other_grid)
    failed = {region: r for region, r in found.items() if isinstance(r, UnitError)}
    usable = {region: r for region, r in found.items() if not isinstance(r, UnitError)}
    try:
        places = locate(lesions.labels, lesions.lesions, [*usable.values()])
    except RegionsOverlap as error:
        raise UnitError(
            "regions_overlap",
            f"{name}: {error}",
            "Make two region sets of it, each of regions that share no voxel.",
        ) from error
    index = {region: number for number, region in enumerate(usable)}
    numbers = [1 + place for place, region in enumerate(found) if region in usable]
    if failed:
        failed[elsewhere_part] = next(iter(failed.values()))
    else:
        index[elsewhere_part] = len(usable)
    return PlacesOfSet(places, index, failed, np.array([*numbers, 0])[places.home])
