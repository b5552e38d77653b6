"""pyradiomics behind the same door: each image filtered once for all regions, its own values."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import SimpleITK as sitk  # noqa: N813 - the name that everyone knows

from voxomics.errors import RegionRefused
from voxomics.names import (
    Settings,
    common_settings,
    feature_classes,
    feature_names,
    image_types,
)
from voxomics.progress import Progress, ignore
from voxomics.reference import filtered_images, pyradiomics, quiet
from voxomics.regions import Region
from voxomics.shape import shape_features

Key = TypeVar("Key", bound=Hashable)
Features = dict[str, float]

MAX_LEVELS = 4096
"""More grey levels than this are refused: GLCM memory grows with their square (13 matrices of
8 bytes a cell, 1.7 GB here), and so many levels come from a binWidth of another intensity scale."""


@dataclass(slots=True)
class _Piece:
    """A region cut out, checked and resegmented: what every filtered image is measured in."""

    region: Region
    mask: sitk.Image
    box: Any
    values: Features = field(default_factory=dict)


class PyradiomicsEngine:
    """One set of settings, applied as `RadiomicsFeatureExtractor.execute` applies them."""

    def __init__(self, settings: Settings, progress: Progress = ignore) -> None:
        package = pyradiomics()
        self._operations = package.imageoperations
        self._settings = common_settings(settings)
        self._image_types = image_types(settings)
        self._names = feature_names(settings)
        self._extractor = package.featureextractor.RadiomicsFeatureExtractor()
        self._extractor.enabledFeatures = feature_classes(settings)
        self._progress = progress
        # Three-dimensional shape is measured here, with a quicker mesh.
        self._shape = self._extractor.enabledFeatures.pop("shape", [])

    def measure(
        self, image: sitk.Image, regions: Mapping[Key, Region]
    ) -> dict[Key, Features | RegionRefused]:
        """Measure all regions of an image."""
        with quiet():
            if self._cuts_first():
                return {key: self._alone(image, region) for key, region in regions.items()}
            if self._settings["normalize"]:
                image = self._operations.normalizeImage(image, **self._settings)
            return self._together(image, regions)

    def _cuts_first(self) -> bool:
        """Tell whether pyradiomics cuts the image to the region before it filters."""
        own = self._settings
        resampled = own["resampledPixelSpacing"] is not None and own["interpolator"] is not None
        return resampled or bool(own["preCrop"])

    def _alone(self, image: sitk.Image, region: Region) -> Features | RegionRefused:
        """Measure one region of an image that is normalised, resampled or cut for it."""
        full = np.zeros(image.GetSize()[::-1], dtype=np.uint32)
        box = tuple(
            slice(low, low + n) for low, n in zip(region.lower, region.voxels.shape, strict=True)
        )
        full.T[box] = region.voxels
        mask = sitk.GetImageFromArray(full)
        mask.CopyInformation(image)
        try:
            image, mask = self._extractor.loadImage(image, mask, None, **self._settings)
        except Exception as error:  # noqa: BLE001 - what pyradiomics refuses is this region's result
            return RegionRefused(_sentence(error))
        cut = Region.of(sitk.GetArrayViewFromImage(mask).T == 1)
        if cut is None:
            return RegionRefused("no voxel is left after resampling")
        return self._together(image, {0: cut})[0]

    def _together(
        self, image: sitk.Image, regions: Mapping[Key, Region]
    ) -> dict[Key, Features | RegionRefused]:
        """Measure regions on the image and on each filtered image, one filtered image at a time."""
        image = _widened(image)
        results: dict[Key, Features | RegionRefused] = {}
        pieces: dict[Key, _Piece] = {}
        for key, region in regions.items():
            try:
                pieces[key] = self._piece(image, region)
            except Exception as error:  # noqa: BLE001 - this region's result, not the image's
                results[key] = RegionRefused(_sentence(error))
        for filtered, name, settings in self._filtered(image):
            for key in [*pieces]:
                try:
                    self._add(pieces[key], filtered, name, settings)
                except Exception as error:  # noqa: BLE001 - as above
                    results[key] = RegionRefused(_sentence(error))
                    del pieces[key]
            self._progress(name)
        for key, piece in pieces.items():
            results[key] = {n: piece.values.get(n, float("nan")) for n in self._names}
        return {key: results[key] for key in regions}

    def _filtered(self, image: sitk.Image) -> Iterator[tuple[sitk.Image, str, dict[str, Any]]]:
        """Give the image under each image type, one at a time; none if only shape is asked."""
        if all(name.startswith("shape") for name in self._extractor.enabledFeatures):
            return
        for kind, own in self._image_types.items():
            yield from filtered_images(image, kind, self._settings | own)

    def _piece(self, image: sitk.Image, region: Region) -> _Piece:
        """Cut a region out, check it, resegment it and measure its shape."""
        cropped = region.crop(image)
        mask = region.as_mask(cropped)
        own = self._settings
        box, _ = self._operations.checkMask(cropped, mask, **own)
        inner = mask
        if own["resegmentRange"] is not None:
            inner = self._operations.resegmentMask(cropped, mask, **own)
            # The shape mask is cut to this box too, even if shape is not resegmented.
            box, _ = self._operations.checkMask(cropped, inner, **own)
        shape_mask = inner if own.get("resegmentShape") else mask
        values = {}
        if self._shape:
            tight = self._operations.cropToTumorMask(cropped, shape_mask, box)
            values = shape_features(tight[0], tight[1], self._shape, own)
        flat = self._extractor.computeShape(cropped, shape_mask, box, **own)
        return _Piece(region, inner, box, values | _as_floats(flat))

    def _add(self, piece: _Piece, image: sitk.Image, name: str, settings: dict[str, Any]) -> None:
        """Measure a region on one filtered image; no value where a voxel of it is not finite."""
        cropped, mask = self._operations.cropToTumorMask(
            piece.region.crop(image), piece.mask, piece.box
        )
        inside = sitk.GetArrayViewFromImage(cropped)[sitk.GetArrayViewFromImage(mask) == 1]
        if not np.isfinite(inside).all():
            return
        _check_levels(inside, settings)
        features = self._extractor.computeFeatures(cropped, mask, name, **settings)
        piece.values |= _as_floats(features)


def _widened(image: sitk.Image) -> sitk.Image:
    """Return whole numbers as float64: pyradiomics' sums overflow in narrow integers.

    Its filters give the same bits for int16 and float64, not for float32 (wavelet).
    """
    kind = image.GetPixelID()
    floating = kind in (sitk.sitkFloat32, sitk.sitkFloat64)
    return image if floating else sitk.Cast(image, sitk.sitkFloat64)


def _check_levels(inside: Any, settings: Mapping[str, Any]) -> None:  # noqa: ANN401 - SimpleITK's array
    if settings.get("binCount"):
        return
    width = settings.get("binWidth", 25)
    levels = float(np.ptp(inside.astype(float))) / width
    if levels > MAX_LEVELS:
        message = f"{levels:.0f} grey levels at binWidth {width:g}, at most {MAX_LEVELS} are taken"
        raise RegionRefused(message)


def _as_floats(values: Mapping[str, Any]) -> Features:
    return {name: float(value) for name, value in values.items()}


def _sentence(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text or type(error).__name__
