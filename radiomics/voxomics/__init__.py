"""Voxels to numbers: radiomics of an image and its regions, as a described table.

pyradiomics computes; voxomics gives it every region of an image in one pass, names the
columns without looking at data, describes each of them, and says which region was refused.
"""

from voxomics.checks import UNUSED_SETTINGS, check_settings
from voxomics.describe import FeatureDescription, describe
from voxomics.errors import (
    EngineMissing,
    GridMismatch,
    RegionRefused,
    SettingFault,
    SettingsRefused,
)
from voxomics.extraction import extract, extract_label, extract_regions
from voxomics.names import feature_names
from voxomics.reference import engine_version, library_versions
from voxomics.regions import Region

__all__ = [
    "UNUSED_SETTINGS",
    "EngineMissing",
    "FeatureDescription",
    "GridMismatch",
    "Region",
    "RegionRefused",
    "SettingFault",
    "SettingsRefused",
    "check_settings",
    "describe",
    "engine_version",
    "extract",
    "extract_label",
    "extract_regions",
    "feature_names",
    "library_versions",
]
