"""A region file and the study's regions: masks on the scan's grid, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from drepano.errors import UnitError
from drepano.imaging.grids import resample_labels, same_grid, voxels_outside
from drepano.imaging.labels import (
    LabelTable,
    freesurfer_table,
    label_numbers,
    plain_name,
    read_label_table,
    voxels_of,
    whole_labels,
)
from drepano.imaging.volumes import Volume, read_volume, turn
from drepano.settings import RegionSet
from voxomics import Region

OtherGrid = Literal["refuse", "resample_regions"]
_SHOWN = 5
_NEIGHBOURS = np.ones((3, 3, 3), dtype=bool)
"""26-connected: voxels that share a face, an edge or a corner are one component."""


@dataclass(frozen=True, slots=True)
class RegionFile:
    """A label map on the scan's grid, with the map as delivered when that is another one.

    Attributes
    ----------
    labels
        Whole numbers on the scan's grid.
    delivered
        The label map on its own grid if it was resampled, else None.
    scan
        The scan whose grid counts.
    table
        Names of the labels, or None.
    """

    labels: Volume
    delivered: Volume | None
    scan: Volume
    table: LabelTable | None

    def region(self, wanted: tuple[int | str, ...], rules: RegionSet) -> Region | None:
        """Return a region, or None if it is empty and the study takes that for a true zero.

        Raises
        ------
        UnitError
            `label_unknown`, `label_absent`, or `region_cut` when resampling lost voxels.
        """
        table = freesurfer_table() if rules.names == "freesurfer" else self.table
        numbers = label_numbers(wanted, table)
        source = (self.delivered or self.labels).voxels
        if rules.when_empty == "failure":
            _check_present(source, numbers)
        elif rules.suffix == "mask" and not voxels_of(source, numbers).any():
            _check_coding(source, _asked(rules, table))
        if self.delivered is not None:
            self._check_kept(voxels_of(source, numbers), numbers)
        return Region.of(voxels_of(self.labels.voxels, numbers))

    def _check_kept(self, mask: NDArray[np.bool_], numbers: list[int]) -> None:
        """Refuse a region of which a part is not on the scan's grid: it would be too small."""
        if self.delivered is None or not mask.any():
            return
        outside = voxels_outside(mask, self.delivered, self.scan)
        if outside:
            detail = f"{outside} of {int(mask.sum())} voxels lie outside the scan"
        elif not voxels_of(self.labels.voxels, numbers).any():
            detail = f"none of {int(mask.sum())} voxels is left on the scan's grid"
        else:
            return
        raise UnitError(
            "region_cut", detail, "Deliver the regions on the grid of the scan, or another scan."
        )


def read_regions(path: Path, table: Path | None, scan: Volume, other_grid: OtherGrid) -> RegionFile:
    """Read a region file and bring it to the scan's grid.

    Parameters
    ----------
    path
        Label map or mask.
    table
        Its label table.
    scan
        The scan, axes turned.
    other_grid
        What the study says about regions on another grid.

    Raises
    ------
    UnitError
        `grid_mismatch`, or what reading the file refuses.
    """
    delivered = whole_labels(turn(read_volume(path), scan.affine), path.name)
    names = read_label_table(table) if table else None
    if same_grid(delivered, scan):
        return RegionFile(Volume(delivered.voxels, scan.affine), None, scan, names)
    if other_grid == "refuse":
        raise UnitError(
            "grid_mismatch",
            f"{path.name} has {_size(delivered)}, the scan {_size(scan)}, on different grids",
            "Deliver the regions on the scan's grid, or set other_grid: resample_regions.",
        )
    return RegionFile(resample_labels(delivered, scan), delivered, scan, names)


def _size(volume: Volume) -> str:
    voxels = " x ".join(str(n) for n in volume.voxels.shape)
    return f"{voxels} voxels of {' x '.join(f'{mm:.4g}' for mm in volume.spacing_mm)} mm"


def _check_present(labels: NDArray[np.int32], numbers: list[int]) -> None:
    absent = [str(number) for number in numbers if not (labels == number).any()]
    if absent:
        raise UnitError(
            "label_absent",
            f"no voxel has label {', '.join(absent)}",
            "Look at the segmentation, or set when_empty: zero if an empty region is a true zero.",
        )


def _asked(rules: RegionSet, table: LabelTable | None) -> set[int]:
    """Return the numbers of all regions of a set; a name that the file lacks has none."""
    names = table or {}
    labels = {label for wanted in rules.regions.values() for label in wanted}
    unknown = {label for label in labels if isinstance(label, str)}
    found = {n for name in unknown for n in names.get(plain_name(name), ())}
    return {label for label in labels if isinstance(label, int)} | found


def _check_coding(mask: NDArray[np.int32], asked: set[int]) -> None:
    """Refuse a mask that holds something, and nothing of what is asked: 255 is not no lesion."""
    foreign = sorted({int(n) for n in np.unique(mask)} - asked - {0})
    if foreign:
        listed = ", ".join(map(str, foreign[:_SHOWN]))
        raise UnitError(
            "label_absent",
            f"the mask holds {listed}{' and others' if len(foreign) > _SHOWN else ''}, "
            f"the study asks for {', '.join(map(str, sorted(asked)))}",
            "Write the mask as the study says, usually 0 and 1, or correct the label there.",
        )


def component_count(region: Region) -> int:
    """Count the 26-connected components of a region."""
    _, count = ndimage.label(region.voxels, structure=_NEIGHBOURS)
    return int(count)
