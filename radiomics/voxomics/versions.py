"""Which engines there are, and what stands beside a value to say which one made it."""

from __future__ import annotations

import importlib.metadata
from typing import Literal

from voxomics.reference import pyradiomics

EngineName = Literal["voxomics", "pyradiomics"]

VERSION = "1.0"
"""Version of the own engine; raised by every change that moves a value."""

_LIBRARIES = {
    "voxomics": ("numba", "numpy", "PyWavelets", "scipy", "SimpleITK"),
    "pyradiomics": ("numpy", "PyWavelets", "SimpleITK"),
}


def engine_version(engine: EngineName = "voxomics") -> str:
    """Return name and version of an engine, such as ``voxomics 1.0``.

    Raises
    ------
    EngineMissing
        pyradiomics is asked and is not installed.
    """
    if engine == "voxomics":
        return f"voxomics {VERSION}"
    pyradiomics()
    return f"pyradiomics {importlib.metadata.version('pyradiomics')}"


def library_versions(engine: EngineName = "voxomics") -> dict[str, str]:
    """Return the versions of the libraries below an engine that can move a value."""
    return {name: importlib.metadata.version(name) for name in _LIBRARIES[engine]}
