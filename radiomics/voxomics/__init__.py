"""Voxels to numbers: radiomics of an image and its regions, as a described table.

All regions of an image in one pass, with pyradiomics' features, names, settings and values.
Columns are named and described without looking at data; a region that is refused costs no other.
"""

from voxomics import cache

cache.settle()

# Kernels are made when their modules are imported, and ask where they are kept.
# ruff: noqa: E402
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
from voxomics.extraction import extract, extract_label, extract_regions
from voxomics.names import feature_names
from voxomics.parameters import read_parameters
from voxomics.regions import Region
from voxomics.versions import EngineName, engine_version, library_versions

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
