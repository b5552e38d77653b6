"""Stationary wavelet transform: PyWavelets' values, bit for bit, where they are needed.

An axis of odd length is lengthened by its own first plane, as pyradiomics does, and the image
goes round. Each level is the undilated transform of the approximation of the level before.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pywt  # type: ignore[import-untyped]
from numpy.typing import NDArray

from voxomics.filters.convolution import transform_rows
from voxomics.filters.footprint import Footprint

Array = NDArray[Any]

_NAMES = str.maketrans("ad", "LH")


def stationary_wavelet(
    image: Array,
    wavelet: str,
    need: Footprint,
    *,
    level: int,
    start_level: int,
    axes: tuple[int, ...],
) -> Iterator[tuple[int, str, Array]]:
    """Transform an image.

    Parameters
    ----------
    image : (Z, Y, X)
        Float32 is transformed in single precision, all else in double.
    wavelet
        Name of a discrete wavelet of PyWavelets.
    need
        Where values are needed.
    level, start_level
        How many levels are given, after how many that are not.
    axes
        Axes along which the image is transformed, in the order of the letters of a name.

    Yields
    ------
    level
        From 1, counted from the start level.
    name
        A letter for each axis: L for low, H for high. The last image is the approximation.
    image : (Z, Y, X)
        Values where they are needed; all others are undefined.
    """
    data = np.asarray(image, dtype=np.float32 if image.dtype == np.float32 else np.float64)
    even = tuple(n + n % 2 for n in image.shape)
    everything = Footprint.within(even)
    for step in range(start_level + level):
        last = step == start_level + level - 1
        # What the next level reads, or what is asked.
        wanted = need if last else everything
        for name, band in _bands(data, wavelet, wanted, axes):
            if "H" not in name:
                data = band
            elif step >= start_level:
                cropped = band[tuple(slice(0, n) for n in image.shape)]
                yield step - start_level + 1, name, np.ascontiguousarray(cropped)
                del cropped
            # The next pair is made while neither this nor its caller's is in memory.
            del band
    yield level, "L" * len(axes), data


def _bands(
    data: Array, wavelet: str, need: Footprint, axes: tuple[int, ...]
) -> Iterator[tuple[str, Array]]:
    """Give each band of one level as an array of the footprint's shape, in PyWavelets' order."""
    low, high = _filters(wavelet, data.dtype)
    even = tuple(n + n % 2 for n in data.shape)
    if min(even[axis] for axis in axes) < len(low):
        # The filter goes round more than once: PyWavelets sums in yet another order.
        padded = np.pad(data, [(0, n % 2) for n in data.shape], "wrap")
        found = pywt.swtn(padded, pywt.Wavelet(wavelet), level=1, start_level=0, axes=axes)[0]
        for name, band in found.items():
            cropped = band[tuple(slice(0, n) for n in need.shape)]
            yield name.translate(_NAMES), np.ascontiguousarray(cropped)
        return
    # SimpleITK's memory is read-only. With one kind of image there is one kernel.
    source = np.ascontiguousarray(data).view()
    source.flags.writeable = False
    widths = [len(low) if axis in axes else 1 for axis in range(3)]
    places = [_places(*line) for line in zip(need.box, widths, data.shape, even, strict=True)]
    past_end = np.array([part.start - n for part, n in zip(need.box, even, strict=True)])
    rows = np.ascontiguousarray(need.shadows[2][need.box[:2]])
    corner = np.array([part.start for part in need.box])
    taps = {"L": low, "H": high, "": np.ones(1, data.dtype)}
    letters = ["LH" if axis in axes else ("",) for axis in range(3)]
    for along_x, along_y in itertools.product(letters[2], letters[1]):
        # Both bands of a pair share what was done along X and Y.
        pair = [np.empty(need.shape, data.dtype) for _ in letters[0]]
        last = np.stack([taps[along_z] for along_z in letters[0]])
        transform_rows(
            source, *places, taps[along_x], taps[along_y], last, past_end, rows, corner,
            pair[0].reshape(-1), pair[-1].reshape(-1), np.array(need.shape)
        )  # fmt: skip
        for along_z in letters[0]:
            yield along_x + along_y + along_z, pair.pop(0)


def _places(part: slice, width: int, size: int, even: int) -> NDArray[np.int64]:
    """Return which voxels along an axis a filter reads for a part of it."""
    places = np.arange(part.start - max(width // 2 - 1, 0), part.stop + width // 2) % even
    return np.where(places == size, 0, places)


def _filters(wavelet: str, dtype: np.dtype[Any]) -> tuple[Array, Array]:
    """Return low and high taps as PyWavelets has them in this precision.

    In single precision they are not those of `dec_lo` and `dec_hi` rounded, so they are read
    off the answer to an impulse.
    """
    width = pywt.Wavelet(wavelet).dec_len
    impulse = np.zeros(4 * width, dtype)
    impulse[2 * width] = 1
    first = 2 * width - width // 2
    low, high = pywt.swt(impulse, wavelet, 1)[0]
    return low[first : first + width].copy(), high[first : first + width].copy()
