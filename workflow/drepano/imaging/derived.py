"""The study's derived regions: out of the regions of a scan, or why there is none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from drepano.errors import UnitError
from drepano.imaging.volumes import Volume
from drepano.settings import DerivedRegion, Imaging, Modality, Without
from voxomics import Region
from voxomics.derived_regions import border_zone, without

Found = Mapping[str, Region | UnitError | None]
"""Regions by name; None for an empty one that is a true zero, or why there is none."""


def region_sets_of(imaging: Imaging, modality: Modality) -> dict[str, tuple[str, ...]]:
    """Return the region sets that each derived region of a modality needs, in their order."""
    owner = {r: n for n in modality.region_sets for r in imaging.region_sets[n].regions}
    needed: dict[str, tuple[str, ...]] = {}
    for name, rules in modality.derived_regions.items():
        sets = {
            region_set
            for source in rules.sources
            for region_set in (needed[source] if source in needed else (owner[source],))
        }
        needed[name] = tuple(n for n in modality.region_sets if n in sets)
    return needed


def derived_regions(
    modality: Modality, names: Iterable[str], found: Found, scan: Volume
) -> Iterator[tuple[str, Region | UnitError | None]]:
    """Make derived regions in the order of the study.

    Parameters
    ----------
    modality
        The modality whose derived regions they are.
    names
        Those of them whose region sets are there.
    found
        The regions that they are made of.
    scan
        The scan on whose grid all of them lie.

    Yields
    ------
    tuple
        Name and region; None for one that is truly empty; or the error of the first source
        that failed.
    """
    known = dict(found)
    for name in names:
        known[name] = derive(modality.derived_regions[name], known, scan)
        yield name, known[name]


def derive(rules: DerivedRegion, found: Found, scan: Volume) -> Region | UnitError | None:
    """Make one derived region; None if it has no voxel, which is a true zero."""
    for source in rules.sources:
        why = found[source]
        if isinstance(why, UnitError):
            detail = f"it is made of {source}: {why.detail}"
            return UnitError(why.reason, detail, why.remedy)
    spacing = scan.spacing_mm.tolist()
    if isinstance(rules, Without):
        of, minus = (_joined(names, found, scan) for names in (rules.of, rules.minus))
        return Region.of(without(of, minus, spacing, rules.margin_mm))
    between = [_joined([name], found, scan) for name in rules.between]
    within = _joined(rules.within, found, scan) if rules.within else None
    return Region.of(border_zone(between, spacing, rules.width_mm, within))


def mask_of(region: Region | None, scan: Volume) -> NDArray[np.bool_]:
    """Return a region as a mask (X, Y, Z) on the scan's grid; nothing is an empty one."""
    mask = np.zeros(scan.voxels.shape, dtype=np.bool_)
    if region is not None:
        box = zip(region.lower, region.voxels.shape, strict=True)
        mask[tuple(slice(low, low + n) for low, n in box)] = region.voxels
    return mask


def _joined(names: Iterable[str], found: Found, scan: Volume) -> NDArray[np.bool_]:
    mask = np.zeros(scan.voxels.shape, dtype=np.bool_)
    for name in names:
        region = found[name]
        if isinstance(region, Region):
            mask |= mask_of(region, scan)
    return mask
