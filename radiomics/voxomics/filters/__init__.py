"""Image types: an image filtered once, for all regions, and named as pyradiomics names it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from voxomics.filters.names import image_names, log_name, wavelet_axes, wavelet_name

if TYPE_CHECKING:
    import SimpleITK as sitk  # noqa: N813 - the name that everyone knows

    from voxomics.filters.footprint import Footprint

# The filters are imported where they are applied: names and checks need names alone.
# ruff: noqa: PLC0415

__all__ = ["filtered", "image_names", "number_type", "widened"]

Array = NDArray[Any]

_SMALLEST_EDGE = 4
"""Voxels along each axis that the recursive filter needs."""


def filtered(
    image: sitk.Image,
    kind: str,
    settings: Mapping[str, Any],
    need: Footprint | None = None,
    *,
    stored: np.dtype[Any] | None = None,
) -> Iterator[tuple[Array, str]]:
    """Apply an image type to a whole image.

    The image's memory is looked up now, not when the first filtered image is asked for: several
    threads may then go on with what was returned for one image. SimpleITK moves the memory if it
    is asked for while one of its own filters reads.

    Parameters
    ----------
    image
        Three-dimensional, one number a voxel. Whole numbers are filtered in double precision.
    kind
        Image type, such as Original, LoG, Wavelet.
    settings
        Settings of the image type and common ones, as pyradiomics names them.
    need
        Where values are needed; None takes the whole image.
    stored
        Type of the numbers if the image was widened before; None takes the image's own.

    Yields
    ------
    image : (Z, Y, X)
        Values where they are needed, bit for bit those of pyradiomics on the whole image; all
        others are undefined. Nothing comes of a filter that the image is too small for. The
        original is no copy where the image has floating point already: keep the image as long.
    name
        Such as ``wavelet-LLH``.
    """
    import SimpleITK as sitk  # noqa: N813 - the name that everyone knows

    from voxomics.filters.footprint import Footprint

    if stored is None:
        stored = number_type(image)
    wide = widened(image)
    array = sitk.GetArrayViewFromImage(wide)
    if need is None:
        need = Footprint.within(array.shape)
    if kind == "Original":
        return iter([(array if wide is image else array.copy(), "original")])
    return _apply(wide, array, kind, settings, need, stored)


def _apply(  # noqa: PLR0917 - as given
    image: sitk.Image,
    array: Array,
    kind: str,
    settings: Mapping[str, Any],
    need: Footprint,
    stored: np.dtype[Any],
) -> Iterator[tuple[Array, str]]:
    box = need.box
    if kind == "LoG":
        yield from _laplacians(array, image.GetSpacing()[::-1], settings, need)
    elif kind == "Wavelet":
        yield from _wavelets(array, settings, need)
    elif kind == "Gradient":
        from voxomics.filters.intensity import gradient_magnitude

        use_spacing = settings.get("gradientUseSpacing", True)
        yield gradient_magnitude(image, box, use_spacing=use_spacing), "gradient"
    elif kind == "LBP2D":
        from voxomics.filters.patterns import circle_patterns

        yield circle_patterns(array, settings, box), "lbp-2D"
    elif kind == "LBP3D":
        from voxomics.filters.patterns import sphere_patterns

        for name, patterns in sphere_patterns(array, settings, need.inside(), stored):
            yield patterns, f"lbp-3D-{name}"
    else:
        from voxomics.filters.intensity import rescale

        yield rescale(array, kind, box), image_names(kind, settings)[0]


def number_type(image: sitk.Image) -> np.dtype[Any]:
    """Return NumPy's type of an image's numbers."""
    import SimpleITK as sitk  # noqa: N813 - the name that everyone knows

    kind: np.dtype[Any] = sitk.GetArrayViewFromImage(image).dtype
    return kind


def widened(image: sitk.Image) -> sitk.Image:
    """Return whole numbers as float64: pyradiomics' sums overflow in narrow integers.

    Its filters give the same bits for int16 and float64, not for float32 (wavelet).
    """
    import SimpleITK as sitk  # noqa: N813 - the name that everyone knows

    floating = image.GetPixelID() in (sitk.sitkFloat32, sitk.sitkFloat64)
    return image if floating else sitk.Cast(image, sitk.sitkFloat64)


def _laplacians(
    array: Array, spacing_mm: tuple[float, ...], settings: Mapping[str, Any], need: Footprint
) -> Iterator[tuple[Array, str]]:
    from voxomics.filters.gaussian import laplacian_of_gaussian

    size = np.array(array.shape)
    if size.min() < _SMALLEST_EDGE:
        return
    for sigma in settings.get("sigma") or []:
        if sigma > 0 and (size >= np.ceil(sigma / np.array(spacing_mm)) + 1).all():
            yield laplacian_of_gaussian(array, spacing_mm, sigma, need), log_name(sigma)


def _wavelets(
    array: Array, settings: Mapping[str, Any], need: Footprint
) -> Iterator[tuple[Array, str]]:
    from voxomics.filters.wavelet import stationary_wavelet

    wavelet = settings.get("wavelet", "coif1")
    level, start_level = settings.get("level", 1), settings.get("start_level", 0)
    bands = stationary_wavelet(
        array, wavelet, need, level=level, start_level=start_level, axes=wavelet_axes(settings)
    )
    for number, name, band in bands:
        yield band, wavelet_name(number, name)
