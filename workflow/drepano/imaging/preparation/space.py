"""The space of one scan: the scan on its grid, and the label maps that lie on the same grid."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk  # noqa: N813 - the name that everyone knows
from numpy.typing import NDArray

from drepano.errors import UnitError
from drepano.imaging.labels import whole_labels
from drepano.imaging.preparation.coregistration import resample
from drepano.imaging.preparation.naming import without_space
from drepano.imaging.preparation.orientation import canonical
from drepano.imaging.volumes import Volume, read_volume

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class LabelMap:
    """A label map or mask on the grid of a space.

    Attributes
    ----------
    volume
        Whole numbers.
    suffix, entities
        Its BIDS name, without the space.
    table
        Path and SHA-256 of its label table, or None.
    written
        False for a file that the site brought on this grid: it is there already.
    """

    volume: Volume
    suffix: str
    entities: dict[str, str]
    table: tuple[str, str] | None = None
    written: bool = True

    def on(self, scan: Volume, transform: sitk.Transform) -> LabelMap:
        """Return the map on the grid of another scan.

        `transform` leads from points of that scan to points of this map.
        """
        volume = resample(self.volume, scan, transform, labels=True)
        return LabelMap(volume, self.suffix, self.entities, self.table)


@dataclass(slots=True)
class Space:
    """A scan and what lies on its grid.

    Attributes
    ----------
    suffix
        BIDS suffix of the scan, which names its space.
    scan
        Bias corrected, on the grid on which it is measured, not yet normalised.
    brain, white_matter : (X, Y, Z) or None
        Masks, where they could be made.
    maps
        Label maps on the same grid.
    faults
        Label maps that could not be made: suffix, entities, why.
    """

    suffix: str
    scan: Volume
    brain: Mask | None = None
    white_matter: Mask | None = None
    maps: list[LabelMap] = field(default_factory=list)
    faults: list[tuple[str, dict[str, str], UnitError]] = field(default_factory=list)

    def moved(self, suffix: str, scan: Volume, transform: sitk.Transform) -> Space:
        """Return the space of another scan, with all label maps brought to its grid.

        Parameters
        ----------
        suffix, scan
            The other scan.
        transform
            From points of the other scan to points of this one.
        """

        def mask(voxels: Mask | None) -> Mask | None:
            if voxels is None:
                return None
            source = Volume(voxels.astype(np.uint8), self.scan.affine)
            return np.asarray(resample(source, scan, transform, labels=True).voxels > 0)

        return Space(
            suffix,
            scan,
            mask(self.brain),
            mask(self.white_matter),
            [labels.on(scan, transform) for labels in self.maps],
            list(self.faults),
        )


def read_labels(row: dict[str, Any]) -> Volume:
    """Read a label map that the site brought, on its own grid, axes turned.

    Raises
    ------
    UnitError
        What reading refuses.
    """
    path = Path(row["path"])
    return whole_labels(canonical(read_volume(path)), path.name)


def brought_map(row: dict[str, Any], scan: Volume) -> LabelMap:
    """Read a label map of the site and bring it to the grid of the scan in whose space it lies.

    Raises
    ------
    UnitError
        What reading refuses.
    """
    labels = read_labels(row)
    on_grid = resample(labels, scan, sitk.Transform(3, sitk.sitkIdentity), labels=True)
    table = row["label_table"]
    return LabelMap(
        on_grid,
        row["suffix"],
        without_space(row["entities"]),
        (table, row["label_table_sha256"]) if table else None,
        written=False,
    )
