"""Image types: an image filtered once, for all regions, and named as pyradiomics names it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from voxomics.filters.names import image_names, log_name, wavelet_axes, wavelet_name

if TYPE_CHECKING:
    import SimpleITK as sitk  # noqa: N813 - the name that everyone knows

# The filters are imported where they are applied: names and checks need names alone.
# ruff: noqa: PLC0415

__all__ = ["filtered", "image_names", "widened"]

Array = NDArray[Any]
Box = tuple[slice, slice, slice]

_SMALLEST_EDGE = 4
"""Voxels along each axis that the recursive filter needs."""


def filtered(
    image: sitk.Image,
    kind: str,
    settings: Mapping[str, Any],
    box: Box | None = None,
    inside: NDArray[np.bool_] | None = None,
) -> Iterator[tuple[Array, str]]:
    """Apply an image type to a whole image.

    Parameters
    ----------
    image
        Three-dimensional, one number a voxel. Whole numbers are filtered in double precision.
    kind
        Image type, such as Original, LoG, Wavelet.
    settings
        Settings of the image type and common ones, as pyradiomics names them.
    box
        What is needed, as slices (start, stop) along Z, Y, X; None takes the whole image.
    inside : (Z, Y, X)
        Where it is needed, for LBP3D, which works voxel by voxel; None takes all of the box.

    Yields
    ------
    image : (Z, Y, X)
        Values inside the box, bit for bit those of pyradiomics on the whole image; what lies
        outside is undefined. Nothing comes of a filter that the image is too small for.
    name
        Such as ``wavelet-LLH``.
    """
    import SimpleITK as sitk  # noqa: N813 - the name that everyone knows

    image = widened(image)
    array = sitk.GetArrayViewFromImage(image)
    box = box or (slice(0, array.shape[0]), slice(0, array.shape[1]), slice(0, array.shape[2]))
    if kind == "Original":
        # A copy: a view would not outlive the image that was cast here.
        yield sitk.GetArrayFromImage(image), "original"
    elif kind == "LoG":
        yield from _laplacians(array, image.GetSpacing()[::-1], settings, box)
    elif kind == "Wavelet":
        yield from _wavelets(array, settings, box)
    elif kind == "Gradient":
        from voxomics.filters.intensity import gradient_magnitude

        use_spacing = settings.get("gradientUseSpacing", True)
        yield gradient_magnitude(image, box, use_spacing=use_spacing), "gradient"
    elif kind == "LBP2D":
        from voxomics.filters.patterns import circle_patterns

        yield circle_patterns(array, settings, box), "lbp-2D"
    elif kind == "LBP3D":
        from voxomics.filters.patterns import sphere_patterns

        if inside is None:
            inside = np.zeros(array.shape, dtype=np.bool_)
            inside[box] = True
        for name, patterns in sphere_patterns(array, settings, inside):
            yield patterns, f"lbp-3D-{name}"
    else:
        from voxomics.filters.intensity import rescale

        yield rescale(array, kind, box), image_names(kind, settings)[0]


def widened(image: sitk.Image) -> sitk.Image:
    """Return whole numbers as float64: pyradiomics' sums overflow in narrow integers.

    Its filters give the same bits for int16 and float64, not for float32 (wavelet).
    """
    import SimpleITK as sitk  # noqa: N813 - the name that everyone knows

    floating = image.GetPixelID() in (sitk.sitkFloat32, sitk.sitkFloat64)
    return image if floating else sitk.Cast(image, sitk.sitkFloat64)


def _laplacians(
    array: Array, spacing_mm: tuple[float, ...], settings: Mapping[str, Any], box: Box
) -> Iterator[tuple[Array, str]]:
    from voxomics.filters.gaussian import laplacian_of_gaussian

    size = np.array(array.shape)
    if size.min() < _SMALLEST_EDGE:
        return
    # A view of SimpleITK's memory is read-only, which would be a kernel of its own.
    values = array.copy()
    for sigma in settings.get("sigma") or []:
        if sigma > 0 and (size >= np.ceil(sigma / np.array(spacing_mm)) + 1).all():
            yield laplacian_of_gaussian(values, spacing_mm, sigma, box), log_name(sigma)


def _wavelets(array: Array, settings: Mapping[str, Any], box: Box) -> Iterator[tuple[Array, str]]:
    from voxomics.filters.wavelet import stationary_wavelet

    wavelet = settings.get("wavelet", "coif1")
    level, start_level = settings.get("level", 1), settings.get("start_level", 0)
    bands = stationary_wavelet(
        array, wavelet, box, level=level, start_level=start_level, axes=wavelet_axes(settings)
    )
    for number, name, band in bands:
        yield band, wavelet_name(number, name)
