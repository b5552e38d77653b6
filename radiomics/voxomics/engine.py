"""The own engine: image and regions to features, each filtered image walked once."""

from __future__ import annotations

import functools
import threading
from collections import deque
from collections.abc import Hashable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import SimpleITK as sitk  # noqa: N813 - the name that everyone knows
from numpy.typing import NDArray

from voxomics.discretise import discretise
from voxomics.errors import RegionRefused
from voxomics.filters import filtered, image_names, number_type, widened
from voxomics.filters.footprint import Footprint
from voxomics.firstorder import first_order
from voxomics.geometry import Geometry
from voxomics.names import (
    Settings,
    common_settings,
    feature_classes,
    feature_names,
    image_types,
)
from voxomics.pieces import Piece, check_size, lay, prepare
from voxomics.progress import Progress, ignore
from voxomics.regions import Region
from voxomics.resampling import crop_each, normalise, resample_whole
from voxomics.shape import shape2d, shape3d
from voxomics.texture import CLASSES, TextureSettings, Workspace, texture

Key = TypeVar("Key", bound=Hashable)
Features = dict[str, float]
Array = NDArray[Any]
Columns = dict[str, NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class _Layer:
    """Regions that do not overlap, listed once for every image.

    Attributes
    ----------
    keys
        Region `r` of the geometry belongs to ``keys[r]``.
    geometry
        The voxels that the images are measured in.
    columns
        What was measured, by full name.
    refused
        Regions (from 0) that give no value at all, and the reason.
    """

    keys: Sequence[Hashable]
    geometry: Geometry
    columns: Columns
    refused: dict[int, str]


class Engine:
    """One set of settings, applied to images and their regions.

    Parameters
    ----------
    settings
        A pyradiomics parameter mapping without faults.
    threads
        How many filtered images are measured at a time; each takes memory of its own. Values
        do not depend on it.
    progress
        Called with the name of each image that was measured, from the thread that did it.
    """

    def __init__(self, settings: Settings, threads: int = 1, progress: Progress = ignore) -> None:
        self._settings = common_settings(settings)
        self._image_types = image_types(settings)
        self._classes = feature_classes(settings)
        self._names = feature_names(settings)
        self._threads = threads
        self._progress = progress

    def measure(
        self, image: sitk.Image, regions: Mapping[Key, Region]
    ) -> dict[Key, Features | RegionRefused]:
        """Measure all regions of an image."""
        own = self._settings
        if own["normalize"]:
            image = normalise(image, own)
        if own["preCrop"]:
            return self._each_alone(image, regions)
        if not self._is_resampled():
            return self._together(image, regions)
        checked, results = self._check(regions)
        for resampled, members in resample_whole(image, checked, own):
            left: dict[Key, Region] = {}
            for key, region in members.items():
                if isinstance(region, RegionRefused):
                    results[key] = region
                else:
                    left[key] = region
            results |= self._together(resampled, left)
        return {key: results[key] for key in regions}

    def _is_resampled(self) -> bool:
        own = self._settings
        return own["resampledPixelSpacing"] is not None and own["interpolator"] is not None

    def _each_alone(
        self, image: sitk.Image, regions: Mapping[Key, Region]
    ) -> dict[Key, Features | RegionRefused]:
        """Cut the image for each region, as pyradiomics does, and filter what was cut."""
        checked, results = self._check(regions)
        for key, region in checked.items():
            try:
                part, kept = crop_each(image, region, self._settings)
            except RegionRefused as refused:
                results[key] = refused
                continue
            results[key] = self._together(part, {key: kept})[key]
        return {key: results[key] for key in regions}

    def _check(
        self, regions: Mapping[Key, Region]
    ) -> tuple[dict[Key, Region], dict[Key, Features | RegionRefused]]:
        """Part the regions in those with voxels, in the smallest box, and those refused.

        How many voxels are enough is asked after resampling, as pyradiomics does.
        """
        own = self._settings
        if self._is_resampled():
            own = own | {"minimumROISize": None}
        checked: dict[Key, Region] = {}
        refused: dict[Key, Features | RegionRefused] = {}
        for key, region in regions.items():
            try:
                checked[key] = check_size(region, own)
            except RegionRefused as error:
                refused[key] = error
        return checked, refused

    def _together(
        self, image: sitk.Image, regions: Mapping[Key, Region]
    ) -> dict[Key, Features | RegionRefused]:
        """Measure regions on the image and on each filtered image."""
        stored = number_type(image)
        image = widened(image)
        voxels = sitk.GetArrayViewFromImage(image)
        results: dict[Key, Features | RegionRefused] = {}
        pieces: dict[Key, Piece] = {}
        for key, region in regions.items():
            try:
                pieces[key] = prepare(voxels, region, self._settings)
            except RegionRefused as refused:
                results[key] = refused
        layers = [
            self._layer(keys, labels, shapes, image.GetSpacing()[::-1])
            for keys, labels, shapes in lay(pieces, voxels.shape)
        ]
        if layers and any(name in self._classes for name in ("firstorder", *CLASSES)):
            self._measure_images(image, stored, layers)
        for layer in layers:
            results |= self._rows(layer)
        return {key: results[key] for key in regions}

    def _rows(self, layer: _Layer) -> dict[Any, Features | RegionRefused]:
        """Turn the columns of a layer into a result for each of its regions."""
        nothing = np.full(len(layer.keys), np.nan)
        table = np.array([layer.columns.get(name, nothing) for name in self._names])
        table = table.reshape(len(self._names), len(layer.keys))
        return {
            key: RegionRefused(layer.refused[number])
            if number in layer.refused
            else dict(zip(self._names, table[:, number].tolist(), strict=True))
            for number, key in enumerate(layer.keys)
        }

    def _layer(
        self,
        keys: Sequence[Hashable],
        labels: NDArray[np.int32],
        shapes: NDArray[np.int32],
        spacing_mm: tuple[float, ...],
    ) -> _Layer:
        """List the voxels of the regions, and measure their shape."""
        layer = _Layer(keys, Geometry(labels, spacing_mm, len(keys)), {}, {})
        if wanted := self._classes.get("shape"):
            values = shape3d(shapes, spacing_mm, len(keys))
            layer.columns.update({f"original_shape_{name}": values[name] for name in wanted})
        if wanted := self._classes.get("shape2D"):
            across = self._settings["force2Ddimension"]
            layer.refused.update(_thick_regions(layer.geometry, across))
            values = shape2d(shapes, spacing_mm, len(keys), across=across)
            layer.columns.update({f"original_shape2D_{name}": values[name] for name in wanted})
        return layer

    def _measure_images(
        self, image: sitk.Image, stored: np.dtype[Any], layers: Sequence[_Layer]
    ) -> None:
        """Filter and measure, one filtered image at a time in each thread."""
        sources = _Sources(self._sources(image, stored, layers))
        if self._threads == 1:
            self._work(sources, layers)
            return
        with ThreadPoolExecutor(self._threads) as pool:
            for done in [pool.submit(self._work, sources, layers) for _ in range(self._threads)]:
                done.result()

    def _work(self, sources: _Sources, layers: Sequence[_Layer]) -> None:
        """Measure images until none is left."""
        workspace = Workspace(layers[0].geometry) if len(layers) == 1 else None
        for image, name, settings in sources:
            for layer in layers:
                self._measure_image(image, name, settings, layer, workspace)
            del image
            self._progress(name)

    def _sources(
        self, image: sitk.Image, stored: np.dtype[Any], layers: Sequence[_Layer]
    ) -> Iterator[Iterator[tuple[Array, str, Mapping[str, Any]]]]:
        """Give a generator of filtered images for each image type, and each width of LoG.

        Those of most images first: their last one then does not keep one thread alone at work.
        """
        # What lies outside the regions is never read, so it need not be filtered.
        need = Footprint(image.GetSize()[::-1], [layer.geometry.source for layer in layers])
        kinds = [(kind, self._settings | own) for kind, own in self._image_types.items()]
        for kind, settings in sorted(kinds, key=_count_images, reverse=True):
            sigmas = settings.get("sigma") or [] if kind == "LoG" else [None]
            for sigma in sigmas:
                one = settings if sigma is None else settings | {"sigma": [sigma]}
                images = filtered(image, kind, one, need, stored=stored)
                # A generator expression would hold the last image while the next is made.
                yield map(functools.partial(_with_settings, settings), images)

    def _measure_image(
        self,
        image: Array,
        name: str,
        settings: Mapping[str, Any],
        layer: _Layer,
        workspace: Workspace | None,
    ) -> None:
        """Measure the regions of a layer on one image; no value where a voxel is not finite."""
        geometry = layer.geometry
        values = geometry.gather(image)
        width, count = settings.get("binWidth", 25), settings.get("binCount")
        levels = discretise(values, geometry, bin_width=width, bin_count=count)
        for region, reason in levels.refused.items():
            if np.isfinite(values[geometry.start[region] : geometry.start[region + 1]]).all():
                layer.refused[region] = reason
        if wanted := self._classes.get("firstorder"):
            shift = settings.get("voxelArrayShift", 0)
            found = first_order(
                values, geometry, levels, voxel_volume=geometry.voxel_mm3, shift=shift
            )
            layer.columns.update({f"{name}_firstorder_{f}": found[f] for f in wanted})
        classes = {c: self._classes[c] for c in CLASSES if c in self._classes}
        if classes:
            textures = texture(levels, geometry, classes, TextureSettings.of(settings), workspace)
            for kind, features in textures.items():
                layer.columns.update({f"{name}_{kind}_{f}": v for f, v in features.items()})


def _count_images(kind: tuple[str, Mapping[str, Any]]) -> int:
    return 1 if kind[0] == "LoG" else len(image_names(*kind))


def _with_settings(
    settings: Mapping[str, Any], image: tuple[Array, str]
) -> tuple[Array, str, Mapping[str, Any]]:
    return *image, settings


class _Sources:
    """Filtered images of several generators, for several threads: each advances one at a time."""

    def __init__(self, sources: Iterator[Iterator[tuple[Array, str, Mapping[str, Any]]]]) -> None:
        self._idle = deque(sources)
        self._busy = 0
        self._change = threading.Condition()

    def __iter__(self) -> Iterator[tuple[Array, str, Mapping[str, Any]]]:
        while (source := self._take()) is not None:
            try:
                item = next(source, None)
            except BaseException:
                self._give_back(None)
                raise
            self._give_back(None if item is None else source)
            if item is not None:
                yield item
                del item

    def _take(self) -> Iterator[tuple[Array, str, Mapping[str, Any]]] | None:
        """Return a generator that no other thread advances; None when all are exhausted."""
        with self._change:
            while not self._idle and self._busy:
                self._change.wait()
            if not self._idle:
                return None
            self._busy += 1
            return self._idle.popleft()

    def _give_back(self, source: Iterator[tuple[Array, str, Mapping[str, Any]]] | None) -> None:
        with self._change:
            self._busy -= 1
            if source is not None:
                # To the front: who has most images left goes on.
                self._idle.appendleft(source)
            self._change.notify_all()


def _thick_regions(geometry: Geometry, across: int) -> dict[int, str]:
    """Name the regions that pyradiomics refuses for shape2D.

    It looks at the region's edge along Z, Y, X and, counted the other way round, along X, Y, Z.
    """
    edges = geometry.boxes[:, :, 1] - geometry.boxes[:, :, 0] + 1
    thick = (edges[:, across] > 1) & (edges[:, 2 - across] > 1)
    return {int(r): "the region lies in more than one plane" for r in np.flatnonzero(thick)}
