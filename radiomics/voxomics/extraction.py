"""Image and regions to features, by the engine that is asked."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Literal, TypeVar

import numpy as np
import pandas as pd
import SimpleITK as sitk  # noqa: N813 - the name that everyone knows

from voxomics.checks import check_settings
from voxomics.engine import Engine
from voxomics.errors import GridMismatch, RegionRefused, SettingsRefused
from voxomics.names import Settings, feature_names
from voxomics.pyradiomics_engine import PyradiomicsEngine
from voxomics.regions import Region

Key = TypeVar("Key", bound=Hashable)
Features = dict[str, float]
EngineName = Literal["voxomics", "pyradiomics"]

_GEOMETRY_TOLERANCE = 1e-3
"""Greatest difference in origin and spacing, in voxels, and in direction cosines."""


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
    """Measure one label.

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
    image: sitk.Image,
    regions: Mapping[Key, Region],
    settings: Settings | None = None,
    *,
    engine: EngineName = "voxomics",
    threads: int = 1,
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
    if engine == "pyradiomics":
        return PyradiomicsEngine(settings).measure(image, regions)
    return Engine(settings, threads).measure(image, regions)


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
