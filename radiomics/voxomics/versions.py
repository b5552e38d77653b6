"""Which engines there are, and what stands beside a value to say which one made it."""

from __future__ import annotations

from typing import Literal

EngineName = Literal["voxomics", "pyradiomics"]

VERSION = "1.1"
"""Version of the own engine; raised by every change that moves a value."""

_LIBRARIES = {
    "voxomics": ("numba", "numpy", "PyWavelets", "scipy", "SimpleITK"),
    "pyradiomics": ("numpy", "PyWavelets", "SimpleITK"),
}


def engine_version(engine: EngineName = "voxomics") -> str:
    """Return name and version of an engine, such as ``voxomics 1.1``.

    Raises
    ------
    EngineMissing
        pyradiomics is asked and is not installed.
    """
    if engine == "voxomics":
        return f"voxomics {VERSION}"
    import importlib.metadata  # noqa: PLC0415 - it takes longer than all of this package

    from voxomics.reference import pyradiomics  # noqa: PLC0415 - for this engine alone

    pyradiomics()
    return f"pyradiomics {importlib.metadata.version('pyradiomics')}"


def library_versions(engine: EngineName = "voxomics") -> dict[str, str]:
    """Return the versions of the libraries below an engine that can move a value."""
    import importlib.metadata  # noqa: PLC0415 - as above

    return {name: importlib.metadata.version(name) for name in _LIBRARIES[engine]}
