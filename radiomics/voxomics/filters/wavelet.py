"""Stationary wavelet transform: PyWavelets' values, bit for bit, inside the box that is needed.

An axis of odd length is lengthened by its own first plane, as pyradiomics does, and the image
goes round. Each level is the undilated transform of the approximation of the level before.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pywt  # type: ignore[import-untyped]
from numpy.typing import NDArray

from voxomics.kernels import kernel

Array = NDArray[Any]
Box = tuple[slice, slice, slice]


class _Grid(NamedTuple):
    """Where one level lies: even lengths that it goes round, size of its bands, what is needed."""

    even: tuple[int, ...]
    size: tuple[int, ...]
    box: tuple[slice, ...]


def stationary_wavelet(
    image: Array, wavelet: str, box: Box, *, level: int, start_level: int, axes: tuple[int, ...]
) -> Iterator[tuple[int, str, Array]]:
    """Transform an image.

    Parameters
    ----------
    image : (Z, Y, X)
        Float32 is transformed in single precision, all else in double.
    wavelet
        Name of a discrete wavelet of PyWavelets.
    box
        What is needed.
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
        Values inside the box; what lies outside is undefined.
    """
    data = np.asarray(image, dtype=np.float32 if image.dtype == np.float32 else np.float64)
    even = tuple(n + n % 2 for n in image.shape)
    everything = tuple(slice(0, n) for n in even)
    for step in range(start_level + level):
        last = step == start_level + level - 1
        # What the next level reads, or what is asked.
        size, need = (image.shape, box) if last else (even, everything)
        for name, band in _bands(data, wavelet, size, need, axes):
            if "H" not in name:
                data = band
            elif step >= start_level:
                cropped = band[tuple(slice(0, n) for n in image.shape)]
                yield step - start_level + 1, name, np.ascontiguousarray(cropped)
    yield level, "L" * len(axes), data


def _bands(
    data: Array,
    wavelet: str,
    size: tuple[int, ...],
    box: tuple[slice, ...],
    axes: tuple[int, ...],
) -> Iterator[tuple[str, Array]]:
    """Give each band of one level as an array of a size, in PyWavelets' order."""
    taps = _filters(wavelet, data.dtype)
    even = tuple(n + n % 2 for n in data.shape)
    if min(even[axis] for axis in axes) < len(taps[0]):
        # The filter goes round more than once: PyWavelets sums in yet another order.
        padded = np.pad(data, [(0, n % 2) for n in data.shape], "wrap")
        found = pywt.swtn(padded, pywt.Wavelet(wavelet), level=1, start_level=0, axes=axes)[0]
        for name, band in found.items():
            cropped = band[tuple(slice(0, n) for n in size)]
            yield name.replace("a", "L").replace("d", "H"), np.ascontiguousarray(cropped)
        return
    places = [np.arange(part.start, part.stop) for part in box]
    for axis in axes:
        half = len(taps[0]) // 2
        places[axis] = np.arange(box[axis].start - half + 1, box[axis].stop + half) % even[axis]
    places = [np.where(place == n, 0, place) for place, n in zip(places, data.shape, strict=True)]
    yield from _split("", data[np.ix_(*places)], taps, _Grid(even, size, box), axes)


def _split(
    name: str,
    source: Array,
    taps: tuple[Array, Array],
    grid: _Grid,
    axes: tuple[int, ...],
) -> Iterator[tuple[str, Array]]:
    """Filter along the first of the axes, and both halves along the others."""
    axis, *others = axes
    size = list(source.shape)
    size[axis] -= len(taps[0]) - 1
    corner = np.zeros(3, dtype=np.int64)
    if not others:
        corner[:] = [part.start for part in grid.box]
    pair = [np.empty(size if others else grid.size, dtype=source.dtype) for _ in "LH"]
    convolve = _convolve_rows if axis < 2 else _convolve_lines
    places = (axis, grid.box[axis].start - grid.even[axis], np.array(size), corner)
    convolve(source, taps[0], taps[1], *places, pair[0], pair[1])
    for letter, half in zip("LH", (pair.pop(0), pair.pop(0)), strict=True):
        if others:
            yield from _split(name + letter, half, taps, grid, tuple(others))
        else:
            yield name + letter, half


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


@kernel
def _convolve_rows(  # noqa: PLR0913, PLR0917 - a kernel takes plain arrays
    source: Array,
    low: Array,
    high: Array,
    axis: int,
    past_end: int,
    size: Array,
    corner: Array,
    lows: Array,
    highs: Array,
) -> None:
    """Filter along Z or Y, a row along X at a time.

    The last outputs of a line reach over its end; PyWavelets sums those taps first.
    """
    width = low.size
    for z in range(size[0]):
        for y in range(size[1]):
            a = lows[z + corner[0], y + corner[1], corner[2] : corner[2] + size[2]]
            d = highs[z + corner[0], y + corner[1], corner[2] : corner[2] + size[2]]
            over = max((z if axis == 0 else y) + past_end + width // 2, 0)
            for q in range(width):
                j = over - q if q <= over else q
                step = width - 1 - j
                row = source[z + step, y] if axis == 0 else source[z, y + step]
                to_low, to_high = low[j], high[j]
                if q == 0:
                    for x in range(size[2]):
                        a[x] = to_low * row[x]
                        d[x] = to_high * row[x]
                else:
                    for x in range(size[2]):
                        a[x] += to_low * row[x]
                        d[x] += to_high * row[x]


@kernel
def _convolve_lines(  # noqa: PLR0913, PLR0917 - a kernel takes plain arrays
    source: Array,
    low: Array,
    high: Array,
    axis: int,  # noqa: ARG001 - as the kernel above
    past_end: int,
    size: Array,
    corner: Array,
    lows: Array,
    highs: Array,
) -> None:
    """Filter along X; the last outputs again in the order of those that reach over the end."""
    width = low.size
    for z in range(size[0]):
        for y in range(size[1]):
            a = lows[z + corner[0], y + corner[1], corner[2] : corner[2] + size[2]]
            d = highs[z + corner[0], y + corner[1], corner[2] : corner[2] + size[2]]
            row = source[z, y]
            for x in range(size[2]):
                a[x] = low[0] * row[x + width - 1]
                d[x] = high[0] * row[x + width - 1]
            for j in range(1, width):
                to_low, to_high = low[j], high[j]
                for x in range(size[2]):
                    a[x] += to_low * row[x + width - 1 - j]
                    d[x] += to_high * row[x + width - 1 - j]
            for x in range(max(0, -past_end - width // 2 + 1), size[2]):
                over = x + past_end + width // 2
                u = low[over] * row[x + width - 1 - over]
                v = high[over] * row[x + width - 1 - over]
                for q in range(1, width):
                    j = over - q if q <= over else q
                    u += low[j] * row[x + width - 1 - j]
                    v += high[j] * row[x + width - 1 - j]
                a[x] = u
                d[x] = v
