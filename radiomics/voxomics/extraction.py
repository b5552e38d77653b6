"""Image and regions to features, by the engine that is asked."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import SimpleITK as sitk  # noqa: N813 - the name that everyone knows

from voxomics.checks import check_settings
from voxomics.engine import Engine
from voxomics.errors import ImageRefused, RegionRefused, SettingsRefused
from voxomics.grids import TOLERANCE, fit_mask, reaches_out
from voxomics.images import Image, as_image, as_mask, check_finite
from voxomics.labels import cut_regions, label_array
from voxomics.names import Settings, feature_names
from voxomics.parameters import read_parameters
from voxomics.progress import Progress, ignore
from voxomics.pyradiomics_engine import PyradiomicsEngine
from voxomics.regions import Region
from voxomics.versions import EngineName

if TYPE_CHECKING:
    import pandas as pd

_REACHES_OUT = "the label reaches out of the image, so that it cannot be corrected"

Key = TypeVar("Key", bound=Hashable)
Features = dict[str, float]


def extract(  # noqa: PLR0913 - each by name
    image: Image,
    mask: Image,
    settings: Settings | str | os.PathLike[str] | None = None,
    labels: Sequence[int] | None = None,
    *,
    spacing_mm: Sequence[float] | None = None,
    engine: EngineName = "voxomics",
    threads: int = 1,
    progress: Progress = ignore,
) -> pd.DataFrame:
    """Measure every label of a mask.

    Parameters
    ----------
    image
        Three-dimensional image of one number a voxel: SimpleITK image, nibabel image, array
        (Z, Y, X), or path.
    mask
        Label map on the grid of `image`, in any of these forms; labels stored as floats are
        rounded.
    settings
        A pyradiomics parameter mapping (imageType, featureClass, setting), or the path of a
        parameter file; None takes pyradiomics' defaults.
    labels
        Labels to measure; None takes the one that the settings name, or else all but 0, in
        rising order.
    spacing_mm : (3,)
        Voxel edges along Z, Y, X of arrays; 1 mm if not given.
    engine
        ``voxomics``, or ``pyradiomics`` behind the same door.
    threads
        How many filtered images the own engine measures at a time; values do not depend on it.
    progress
        Called with the name of each image when all labels are measured on it.

    Returns
    -------
    DataFrame
        One row per label that could be measured (index `label`), one column per feature of
        `feature_names(settings)`; NaN where a feature is undefined. `attrs["refused"]` maps
        each label that was refused to the reason, and `attrs["gaps"]` each label that has no
        value on some images to their names, as where its voxels are not finite.

    Raises
    ------
    SettingsRefused
        The settings hold faults, all of which are named.
    ImageRefused
        Image or mask cannot be taken, or the mask holds no label.
    GridMismatch
        They lie on different grids, and correctMask does not allow to mend it.
    """
    settings = _read_settings(settings, engine)
    own = settings.get("setting") or {}
    if isinstance(labels, str) or not isinstance(labels, (Iterable, type(None))):
        raise TypeError(f"labels: found {labels!r}; expected a list of whole numbers, or None")
    if spacing_mm is not None and not any(isinstance(one, np.ndarray) for one in (image, mask)):
        raise ImageRefused("spacing_mm goes with arrays; images and files carry their own")
    with _named("image"):
        grid = as_image(image, _of_array(image, spacing_mm))
        check_finite(grid)
    with _named("mask"):
        drawn = as_mask(mask, _of_array(mask, spacing_mm), own.get("label_channel") or 0)
    fitted = fit_mask(grid, drawn, _tolerance(own), correct=bool(own.get("correctMask")))
    if labels is None and own.get("label") is not None:
        labels = [own["label"]]
    regions, refused = cut_regions(label_array(fitted), labels)
    if fitted is not drawn:
        for label in _reaching_out(grid, drawn, labels):
            regions.pop(label, None)
            refused[label] = _REACHES_OUT
    if labels is None and not regions and not refused:
        raise ImageRefused("the mask holds no label: every voxel is 0")
    wanted = [*regions, *refused] if labels is None else [*dict.fromkeys(labels)]
    rows: dict[int, Features] = {}
    found = extract_regions(
        grid, regions, settings, engine=engine, threads=threads, progress=progress
    )
    for label, result in found.items():
        if isinstance(result, RegionRefused):
            refused[label] = result.reason
        else:
            rows[label] = result
    frame = _as_frame({n: rows[n] for n in wanted if n in rows}, feature_names(settings))
    frame.attrs["refused"] = {n: refused[n] for n in wanted if n in refused}
    frame.attrs["gaps"] = _tell_gaps(frame)
    return frame


def _reaching_out(image: sitk.Image, mask: sitk.Image, labels: Sequence[int] | None) -> list[int]:
    """Return the labels of a mask on another grid that cannot be brought to the image whole."""
    there, _ = cut_regions(label_array(mask), labels)
    return [label for label, region in there.items() if reaches_out(image, mask, region)]


@contextlib.contextmanager
def _named(what: str) -> Iterator[None]:
    """Say which of the two is refused."""
    try:
        yield
    except ImageRefused as error:
        raise ImageRefused(f"{what}: {error}") from error


def _tell_gaps(frame: pd.DataFrame) -> dict[int, str]:
    """Name for each label the images on which it has no value at all."""
    gaps: dict[int, list[str]] = {}
    empty = np.isnan(frame.to_numpy())
    columns: dict[str, list[int]] = {}
    for place, name in enumerate(frame.columns):
        image, kind, _ = name.split("_", 2)
        if kind not in ("shape", "shape2D"):
            columns.setdefault(image, []).append(place)
    for image, places in columns.items():
        for label in frame.index[empty[:, places].all(axis=1)]:
            gaps.setdefault(int(label), []).append(image)
    return {
        label: f"no value on {', '.join(names)}: voxels of the region are not finite there, or it "
        "holds no two neighbours"
        for label, names in gaps.items()
    }


def _as_frame(rows: Mapping[int, Features], names: Sequence[str]) -> pd.DataFrame:
    import pandas as pd  # noqa: PLC0415 - half of the time that an import would take

    values = np.array([[row[name] for name in names] for row in rows.values()], dtype=float)
    index = pd.Index([*rows], name="label", dtype="int64")
    return pd.DataFrame(values.reshape(len(rows), len(names)), index=index, columns=[*names])


def _of_array(given: Image, spacing_mm: Sequence[float] | None) -> Sequence[float] | None:
    return spacing_mm if isinstance(given, np.ndarray) else None


def _tolerance(own: Mapping[str, Any]) -> float:
    return float(own.get("geometryTolerance") or TOLERANCE)


def _read_settings(
    settings: Settings | str | os.PathLike[str] | None, engine: EngineName
) -> Settings:
    """Read the settings, and refuse them if they hold faults."""
    if isinstance(settings, (str, os.PathLike)):
        settings = read_parameters(settings)
    settings = settings or {}
    if faults := check_settings(settings, engine=engine):
        raise SettingsRefused(faults)
    return settings


def extract_label(
    image: Image,
    mask: Image,
    settings: Settings | str | os.PathLike[str] | None = None,
    label: int = 1,
    *,
    spacing_mm: Sequence[float] | None = None,
    engine: EngineName = "voxomics",
) -> Features:
    """Measure one label of a label map on the grid of the image; see `extract`.

    Raises
    ------
    RegionRefused
        The label is absent, or the engine gives no value for it.
    """
    frame = extract(image, mask, settings, [label], spacing_mm=spacing_mm, engine=engine)
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
    progress: Progress = ignore,
) -> dict[Key, Features | RegionRefused]:
    """Measure regions of one image; one that is refused leaves the others untouched.

    Parameters
    ----------
    image
        Three-dimensional image of one number a voxel.
    regions
        Regions on the image's grid; they may overlap.
    settings
        A pyradiomics parameter mapping.
    engine, threads, progress
        See `extract`.

    Returns
    -------
    dict
        For each region its features by name, NaN where undefined, or why it was refused.

    Raises
    ------
    SettingsRefused
        The settings hold faults.
    EngineMissing
        pyradiomics is asked and is not installed.

    Notes
    -----
    An image is filtered once for all regions. pyradiomics, which filters the whole image and
    then cuts the region's box out, has the same values. Where it cuts the image first, because
    of resampling, the own engine resamples the whole image once instead; with preCrop it cuts
    as pyradiomics does, and filters for each region.
    """
    settings = _read_settings(settings, engine)
    if engine == "pyradiomics":
        return PyradiomicsEngine(settings, progress).measure(image, regions)
    return Engine(settings, threads, progress).measure(image, regions)
