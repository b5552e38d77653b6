"""Where the own engine departs from pyradiomics by intent."""

from __future__ import annotations

from voxomics.names import Settings
from voxomics.versions import EngineName

RESAMPLED_WHOLE = (
    "the whole image is resampled once and then filtered, where pyradiomics resamples and "
    "filters the box around each region"
)


def departure(settings: Settings, engine: EngineName = "voxomics") -> str:
    """Say how the values under these settings depart from pyradiomics; empty if they do not.

    Parameters
    ----------
    settings
        A pyradiomics parameter mapping.
    engine
        The engine that measures.
    """
    own = settings.get("setting") or {}
    resampled = own.get("resampledPixelSpacing") and own.get("interpolator", "") is not None
    if engine == "voxomics" and resampled and not own.get("preCrop"):
        return RESAMPLED_WHOLE
    return ""
