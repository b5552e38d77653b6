"""Image and regions to features: pyradiomics' values, each image filtered once for all regions."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import SimpleITK as sitk  # noqa: N813 - the name that everyone knows

from voxomics.checks import check_settings
from voxomics.errors import GridMismatch, RegionRefused, SettingsRefused
from voxomics.names import (
    Settings,
    common_settings,
    feature_classes,
    feature_names,
    filtered_images,
    image_types,
)
from voxomics.reference import pyradiomics, quiet
from voxomics.regions import Region
from voxomics.shape import shape_features

Key = TypeVar("Key", bound=Hashable)
Features = dict[str, float]

MAX_LEVELS = 4096
"""More grey levels than this are refused: GLCM memory grows with their square (13 matrices of
8 bytes a cell, 1.7 GB here), and so many levels come from a binWidth of another intensity scale."""

_GEOMETRY_TOLERANCE = 1e-3
"""Greatest difference in origin and spacing, in voxels, and in direction cosines."""


@dataclass(slots=True)
class _Piece:
    """A region cut out, checked and resegmented: what every filtered image is measured in."""

    region: Region
    mask: sitk.Image
    box: Any
    values: Features = field(default_factory=dict)


def extract(
    image: sitk.Image,
    mask: sitk.Image,
    settings: Settings | None = None,
    labels: Sequence[int] | None = None,
) -> pd.DataFrame:
    """Measure every label of a mask.

    Parameters
    ----------
    image
        Three-dimensional scalar image.
    mask
        Label map on the grid of `image`; labels stored as floats are rounded.
    settings
        A pyradiomics parameter mapping (imageType, featureClass, setting).
    labels
        Labels to measure; None takes all but 0, in rising order.

    Returns
    -------
    DataFrame
        One row per label that could be measured (index `label`), one column per feature of
        `feature_names(settings)`; NaN where a feature is undefined. `attrs["refused"]` maps
        each label that was refused to the reason.
    """
    check_grid(image, mask)
    voxels = np.rint(sitk.GetArrayViewFromImage(mask).T)
    wanted = [int(n) for n in np.unique(voxels) if n != 0] if labels is None else [*labels]
    regions: dict[int, Region] = {}
    refused: dict[int, str] = {}
    for label in wanted:
        if region := Region.of(voxels == label):
            regions[label] = region
        else:
            refused[label] = "the label is not in the mask"
    rows: dict[int, Features] = {}
    for label, result in extract_regions(image, regions, settings).items():
        if isinstance(result, RegionRefused):
            refused[label] = result.reason
        else:
            rows[label] = result
    names = feature_names(settings)
    frame = pd.DataFrame([rows[n] for n in wanted if n in rows], columns=names, dtype=float)
    frame.index = pd.Index([n for n in wanted if n in rows], name="label", dtype="int64")
    frame.attrs["refused"] = refused
    return frame


def extract_label(
    image: sitk.Image, mask: sitk.Image, settings: Settings | None = None, label: int = 1
) -> Features:
    """Measure the label of a label map on the image's grid.

    Raises
    ------
    RegionRefused
        The label is absent, or pyradiomics gives no value for it.
    """
    frame = extract(image, mask, settings, [label])
    if label not in frame.index:
        raise RegionRefused(frame.attrs["refused"][label])
    values = frame.loc[label].to_numpy(dtype=float)
    return dict(zip(frame.columns, values.tolist(), strict=True))


def extract_regions(
    image: sitk.Image, regions: Mapping[Key, Region], settings: Settings | None = None
) -> dict[Key, Features | RegionRefused]:
    """Measure regions of one image; one that is refused leaves the others untouched.

    Parameters
    ----------
    image
        Three-dimensional scalar image.
    regions
        Regions on the image's grid; they may overlap.
    settings
        A pyradiomics parameter mapping.

    Returns
    -------
    dict
        For each region its features by name, NaN where undefined, or why it was refused.

    Raises
    ------
    SettingsRefused
        The settings hold faults.

    Notes
    -----
    pyradiomics filters the whole image and then cuts the region's box out. So an image is
    filtered once for all regions, unless resampling or preCrop cut the image first.
    """
    settings = settings or {}
    if faults := check_settings(settings):
        raise SettingsRefused(faults)
    with quiet():
        return _Extraction(settings).measure(image, regions)


def check_grid(image: sitk.Image, mask: sitk.Image) -> None:
    """Raise `GridMismatch` unless image and mask lie on one grid."""
    spacing = np.array(image.GetSpacing())
    places = [np.array([i.GetOrigin(), i.GetSpacing()]) for i in (image, mask)]
    moved = np.abs(places[0] - places[1])
    turned = np.abs(np.subtract(image.GetDirection(), mask.GetDirection()))
    same = image.GetSize() == mask.GetSize() and bool(
        (moved < _GEOMETRY_TOLERANCE * spacing).all() and (turned < _GEOMETRY_TOLERANCE).all()
    )
    if not same:
        message = f"image of {image.GetSize()} voxels, mask of {mask.GetSize()}, on another grid"
        raise GridMismatch(message)


class _Extraction:
    """One set of settings, applied as `RadiomicsFeatureExtractor.execute` applies them."""

    def __init__(self, settings: Settings) -> None:
        package = pyradiomics()
        self._operations = package.imageoperations
        self._settings = common_settings(settings)
        self._image_types = image_types(settings)
        self._names = feature_names(settings)
        self._extractor = package.featureextractor.RadiomicsFeatureExtractor()
        self._extractor.enabledFeatures = feature_classes(settings)
        # Three-dimensional shape is measured here, with a quicker mesh.
        self._shape = self._extractor.enabledFeatures.pop("shape", [])

    def measure(
        self, image: sitk.Image, regions: Mapping[Key, Region]
    ) -> dict[Key, Features | RegionRefused]:
        """Measure all regions of an image."""
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
