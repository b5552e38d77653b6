"""The other neighbourhoods, region by region: what the fused walk cannot do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voxomics.discretise import Levels
from voxomics.geometry import STEPS, Geometry
from voxomics.texture.gldm import measure_dependences
from voxomics.texture.glszm import measure_zones
from voxomics.texture.neighbours import count_neighbours, join_region
from voxomics.texture.ngtdm import measure_differences
from voxomics.texture.pairs import measure_sorted_pairs
from voxomics.texture.regions import CLASSES, COLUMNS
from voxomics.texture.runs import measure_sorted_runs
from voxomics.texture.settings import TextureSettings, pair_weights, run_weights
from voxomics.texture.workspace import Workspace
from voxomics.texture.zones import number_zones

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Region:
    """One region's part of the lists; see `walk_region`."""

    voxels: NDArray[np.int32]
    base: int
    level: NDArray[np.int32]
    counts: NDArray[np.int64]
    lines: NDArray[np.bool_]
    longest: int


@dataclass(frozen=True, slots=True)
class Others:
    """What every region shares.

    Attributes
    ----------
    geometry, settings, workspace
        See `texture`.
    mcc
        Whether MCC is asked.
    """

    geometry: Geometry
    settings: TextureSettings
    workspace: Workspace
    mcc: bool

    def measure_glcm(self, region: _Region) -> Floats:
        """Return the features of GLCM (24,)."""
        steps = self.settings.steps()
        return measure_sorted_pairs(
            self.workspace.keys,
            region.voxels,
            region.base,
            region.level,
            steps=steps,
            shape=np.array(self.geometry.shape),
            weights=pair_weights(self.settings.weighting_norm, steps, self.geometry.spacing_mm),
            symmetric=self.settings.symmetrical_glcm,
            mcc=self.mcc,
        )

    def measure_glrlm(self, region: _Region) -> Floats:
        """Return the features of GLRLM (16,)."""
        steps = self.settings.steps((1,))
        weights = run_weights(self.settings.weighting_norm, steps, self.geometry.spacing_mm)
        kept = region.lines[[STEPS.tolist().index(step) for step in steps.tolist()]]
        return measure_sorted_runs(
            self.workspace.keys,
            region.voxels,
            region.base,
            region.level,
            region.counts,
            offsets=self.geometry.offsets(steps)[kept],
            longest=region.longest,
            weights=weights[kept] if weights.size else weights,
        )

    def measure_glszm(self, region: _Region) -> Floats:
        """Return the features of GLSZM (16,) in a plane."""
        work = self.workspace
        offsets = self.geometry.offsets(self.settings.steps((1,)))
        join_region(work.keys, region.voxels, offsets, work.root)
        ranks = work.keys[region.voxels] - region.base
        sizes = np.empty(len(ranks) + 1, dtype=np.int32)
        zone_ranks = np.empty(len(ranks) + 1, dtype=np.int32)
        zones = number_zones(work.root, region.voxels, ranks, sizes, zone_ranks)
        rows = np.arange(len(region.level), dtype=np.int32)
        out = np.empty(len(CLASSES["glszm"]))
        measure_zones(sizes[:zones], zone_ranks[:zones], rows, region.level, out)
        return out

    def measure_gldm(self, region: _Region) -> Floats:
        """Return the features of GLDM (14,)."""
        out = np.empty(len(CLASSES["gldm"]))
        rows = np.arange(len(region.level), dtype=np.int32)
        measure_dependences(self._count(region)[0], rows, region.level, out)
        return out

    def measure_ngtdm(self, region: _Region) -> Floats:
        """Return the features of NGTDM (5,)."""
        out = np.empty(len(CLASSES["ngtdm"]))
        measure_differences(self._count(region)[1], region.counts, region.level, out)
        return out

    def _count(self, region: _Region) -> tuple[NDArray[np.uint32], Floats]:
        steps = self.settings.steps()
        dependences = np.zeros((len(region.level), 2 * len(steps) + 1), dtype=np.uint32)
        differences = np.zeros(len(region.level))
        count_neighbours(
            self.workspace.keys, region.voxels, region.base, region.level, steps,
            np.array(self.geometry.shape), self.settings.gldm_a, dependences, differences,
        )  # fmt: skip
        return dependences, differences


def measure_others(
    others: Others,
    levels: Levels,
    asked: Mapping[str, Sequence[int]],
    out: Floats,
) -> None:
    """Fill the columns of classes that the walk left.

    Parameters
    ----------
    asked
        Of each class the regions (from 0) that are left.
    out : (count, 75)
        Features of all classes.
    """
    for name, regions in asked.items():
        place = list(CLASSES).index(name)
        columns = slice(int(COLUMNS[place]), int(COLUMNS[place + 1]))
        measure = getattr(others, f"measure_{name}")
        for region in regions:
            if levels.base[region] < levels.base[region + 1]:
                out[region, columns] = measure(_region(others.geometry, levels, region))


def _region(geometry: Geometry, levels: Levels, region: int) -> _Region:
    keys = slice(int(levels.base[region]), int(levels.base[region + 1]))
    return _Region(
        voxels=geometry.voxels[geometry.start[region] : geometry.start[region + 1]],
        base=keys.start,
        level=levels.level[keys],
        counts=levels.voxels[keys],
        lines=geometry.lines[region],
        longest=int(geometry.longest[region]),
    )
