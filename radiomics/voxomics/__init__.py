"""Voxels to numbers: radiomics of an image and its regions, as a described table.

All regions of an image in one pass, with pyradiomics' features, names, settings and values.
Columns are named and described without looking at data; a region that is refused costs no other.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from voxomics.checks import UNUSED_SETTINGS, check_settings
from voxomics.departures import departure
from voxomics.describe import FeatureDescription, describe
from voxomics.errors import (
    EngineMissing,
    GridMismatch,
    ImageRefused,
    RegionRefused,
    SettingFault,
    SettingsRefused,
)
from voxomics.names import feature_names
from voxomics.parameters import read_parameters
from voxomics.versions import EngineName, engine_version, library_versions

if TYPE_CHECKING:
    from voxomics.extraction import extract, extract_label, extract_regions
    from voxomics.regions import Region

__all__ = [
    "UNUSED_SETTINGS",
    "EngineMissing",
    "EngineName",
    "FeatureDescription",
    "GridMismatch",
    "ImageRefused",
    "Region",
    "RegionRefused",
    "SettingFault",
    "SettingsRefused",
    "check_settings",
    "departure",
    "describe",
    "engine_version",
    "extract",
    "extract_label",
    "extract_regions",
    "feature_names",
    "library_versions",
    "read_parameters",
]

_ON_DEMAND = {
    "Region": "voxomics.regions",
    "extract": "voxomics.extraction",
    "extract_label": "voxomics.extraction",
    "extract_regions": "voxomics.extraction",
}
"""Imported when they are asked for: who only names and checks loads no compiler and no image."""


def __getattr__(name: str) -> object:
    if name not in _ON_DEMAND:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: object = getattr(importlib.import_module(_ON_DEMAND[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_ON_DEMAND})
