"""The imaging columns of the matrix, as the study declares them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import voxomics
from drepano.contracts import Column
from drepano.errors import ConfigError, Fault
from drepano.imaging.engine import engine_version
from drepano.imaging.measures.registry import measures_of
from drepano.imaging.names import column_of, source_of
from drepano.settings import Imaging, Modality

VOLUME = "volume_mm3"
COMPONENTS = "component_count"

_PLACES = {"imageType": "image_types", "featureClass": "feature_classes", "setting": "settings"}
_MESH_FEATURES = frozenset({"MeshVolume", "SurfaceArea", "SurfaceVolumeRatio", "Sphericity"})
"""Features of the surface mesh, whose values depend on the order and direction of the axes."""

_TURNED = "measured on axes turned to left, posterior, superior (LPS), whatever the file stores"

_MISSING = "no value: the state of this column or its region says why"


def engine_settings(modality: Modality) -> dict[str, Any]:
    """Return a modality's settings as a pyradiomics parameter mapping."""
    classes = {
        name: None if features is None else list(features)
        for name, features in modality.feature_classes.items()
    }
    return {
        "imageType": modality.image_types,
        "featureClass": classes,
        "setting": modality.settings,
    }


def check_settings(imaging: Imaging) -> None:
    """Refuse what the engine would not do as the study says.

    Raises
    ------
    ConfigError
        With every wrong image type, class, feature and setting of every modality, or because
        the engine is not installed.
    """
    engine_version(imaging.engine)
    faults = [
        fault
        for name, modality in imaging.modalities.items()
        for fault in _faults(name, modality, imaging.engine)
    ]
    if faults:
        raise ConfigError(*faults)


def _faults(name: str, modality: Modality, engine: voxomics.EngineName) -> Iterator[Fault]:
    start = f"imaging.modalities.{name}"
    for fault in voxomics.check_settings(engine_settings(modality), engine=engine):
        head, _, rest = fault.where.partition(".")
        place = f"{start}.{_PLACES.get(head, head)}{'.' if rest else ''}{rest}"
        hint = f"Did you mean {fault.nearest}?" if fault.nearest else "See docs/settings.md."
        yield Fault(place, fault.found, fault.expected, hint)
    own = {f"image_types.{kind}": values for kind, values in modality.image_types.items()}
    for place, values in (own | {"settings": modality.settings}).items():
        for key in voxomics.UNUSED_SETTINGS:
            if key in values:
                yield Fault(
                    f"{start}.{place}.{key}",
                    "a setting that has no effect here",
                    "none: regions and other_grid say which voxels are measured",
                    "Remove the key.",
                )


def declare_columns(imaging: Imaging | None) -> list[Column]:
    """Declare the columns of every modality and region, then of every measure, as the study lists.

    Derived regions follow those of the region sets.

    They follow from the study alone: the same study gives the same columns at every site.
    """
    if imaging is None:
        return []
    columns: list[Column] = []
    for name, modality in imaging.modalities.items():
        features = _describe_features(modality, imaging.engine)
        for set_name in modality.region_sets:
            rules = imaging.region_sets[set_name]
            for region in rules.regions:
                columns.append(_volume(name, region))
                if rules.count_components:
                    columns.append(_components(name, region))
                columns += [_feature(name, region, *item) for item in features]
        for region in modality.derived_regions:
            columns.append(_volume(name, region))
            columns += [_feature(name, region, *item) for item in features]
    return columns + [column for m in measures_of(imaging) for column in m.columns()]


def _describe_features(
    modality: Modality, engine: voxomics.EngineName
) -> list[tuple[str, voxomics.FeatureDescription]]:
    settings = engine_settings(modality)
    unit = "1" if modality.settings.get("normalize") else "[arb'U]"
    told = [(name, voxomics.describe(name, unit)) for name in voxomics.feature_names(settings)]
    if departure := voxomics.departure(settings, engine):
        told = [(n, replace(t, standard=f"{t.standard}; {departure}")) for n, t in told]
    return told


def _volume(modality: str, region: str) -> Column:
    return Column(
        name=column_of(modality, region, VOLUME),
        type="number",
        meaning=f"Voxels of {region} times the volume of one voxel; higher means larger. "
        "0 where the study takes an empty region for a true zero.",
        unit="mm3",
        missing=_MISSING,
        source="IBSI YEKZ",
        standard="IBSI YEKZ",
        state_source=source_of(modality, region),
        minimum=0.0,
    )


def _components(modality: str, region: str) -> Column:
    return Column(
        name=column_of(modality, region, COMPONENTS),
        type="integer",
        meaning=f"Number of 26-connected components of {region}, such as lesions; "
        "0 where the study takes an empty region for a true zero.",
        unit="1",
        missing=_MISSING,
        source="drepano",
        standard="voxels that share a face, an edge or a corner are one component",
        state_source=source_of(modality, region),
        minimum=0.0,
    )


def _feature(modality: str, region: str, name: str, told: voxomics.FeatureDescription) -> Column:
    return Column(
        name=column_of(modality, region, name),
        type="number",
        meaning=f"{told.meaning} Region {region} of {modality}.",
        unit=told.unit,
        missing=_MISSING,
        source=f"IBSI {told.ibsi}" if told.ibsi else "pyradiomics",
        standard=_standard(name, told),
        state_source=source_of(modality, region),
    )


def _standard(name: str, told: voxomics.FeatureDescription) -> str:
    """Add what holds here and not in the engine: scans are turned before it sees them."""
    _, feature_class, feature = name.split("_")
    on_mesh = feature_class == "shape" and feature in _MESH_FEATURES
    return f"{told.standard}; {_TURNED}" if on_mesh else told.standard
