"""Where the labels of a map lie: one scan, run by run, that the lists and the shapes share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voxomics.kernels import kernel

Labels = NDArray[np.int32]
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Extents:
    """Where the labels of a map lie.

    Attributes
    ----------
    count, runs : (L,)
        Voxels of each label, and runs of them along X.
    lower, upper : (L, 3)
        First and last index along Z, Y, X; of a label without voxels, lower is above upper.
    sums : (L, 3)
        Sums of the voxels' indices along Z, Y, X.
    products : (L, 6)
        Sums of the products zz, yy, xx, zy, zx, yx.
    """

    count: Counts
    runs: Counts
    lower: Counts
    upper: Counts
    sums: Counts
    products: Counts


def measure_extents(labels: Labels, count: int) -> Extents:
    """Count the voxels of labels 1 to `count`, and say where they lie.

    Raises
    ------
    ValueError
        A label is negative or above `count`.
    """
    extents = Extents(
        np.zeros(count, dtype=np.int64),
        np.zeros(count, dtype=np.int64),
        np.full((count, 3), np.iinfo(np.int64).max, dtype=np.int64),
        np.full((count, 3), -1, dtype=np.int64),
        np.zeros((count, 3), dtype=np.int64),
        np.zeros((count, 6), dtype=np.int64),
    )
    if not _scan(
        labels, extents.count, extents.runs, extents.lower, extents.upper, extents.sums,
        extents.products,
    ):  # fmt: skip
        message = f"labels from {labels.min()} to {labels.max()}, where 0 to {count} were said"
        raise ValueError(message)
    return extents


@kernel
def _scan(  # noqa: PLR0917 - a kernel takes plain arrays
    labels: Labels,
    count: Counts,
    runs: Counts,
    lower: Counts,
    upper: Counts,
    sums: Counts,
    products: Counts,
) -> bool:
    """Fill the extents run by run: a run is what a row holds of one label without a gap.

    Returns whether all labels are there to be filled; if not, it stops.
    """
    nz, ny, nx = labels.shape
    for z in range(nz):
        for y in range(ny):
            row = labels[z, y]
            some = np.int32(0)
            for x in range(nx):
                some |= row[x]
            if some == 0:
                continue
            x = 0
            while x < nx:
                label = row[x]
                first = x
                x += 1
                while x < nx and row[x] == label:
                    x += 1
                if label == 0:
                    continue
                if label < 0 or label > count.size:
                    return False
                k = label - 1
                n = x - first
                last = x - 1
                total = n * (first + last) // 2
                count[k] += n
                runs[k] += 1
                lower[k, 0] = min(lower[k, 0], z)
                lower[k, 1] = min(lower[k, 1], y)
                lower[k, 2] = min(lower[k, 2], first)
                upper[k, 0] = max(upper[k, 0], z)
                upper[k, 1] = max(upper[k, 1], y)
                upper[k, 2] = max(upper[k, 2], last)
                sums[k, 0] += n * z
                sums[k, 1] += n * y
                sums[k, 2] += total
                below = (first - 1) * first * (2 * first - 1) // 6
                products[k, 0] += n * z * z
                products[k, 1] += n * y * y
                products[k, 2] += last * (last + 1) * (2 * last + 1) // 6 - below
                products[k, 3] += n * z * y
                products[k, 4] += z * total
                products[k, 5] += y * total
    return True
