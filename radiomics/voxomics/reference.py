"""The door to pyradiomics: imported once, on first use, and kept quiet."""

from __future__ import annotations

import contextlib
import functools
import importlib.metadata
import importlib.util
import logging
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import SimpleITK as sitk  # noqa: N813 - the name that everyone knows

from voxomics.errors import EngineMissing

_SILENT = logging.CRITICAL + 1


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Swallow the warnings of pyradiomics (division by zero in flat regions, old calls).

    Not safe beside other threads that change the warning filters.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@functools.cache
def pyradiomics() -> ModuleType:
    """Return the package of pyradiomics, its logger silenced.

    Raises
    ------
    EngineMissing
        It is not installed. A folder named `radiomics` can be imported in its place as an
        empty namespace, so a module of the real package is asked for.
    """
    try:
        with quiet():
            module = importlib.import_module("radiomics.featureextractor")
            package = importlib.import_module("radiomics")
    except ImportError as error:
        message = (
            f"pyradiomics cannot be imported ({error}). Install pyradiomics 3.0.1 "
            "(Python 3.11), and let no folder named `radiomics` with an __init__.py hide it."
        )
        raise EngineMissing(message) from error
    logging.getLogger("radiomics").setLevel(_SILENT)
    package.featureextractor = module  # type: ignore[attr-defined]
    return package


def engine_version() -> str:
    """Return name and version of the engine, such as ``pyradiomics 3.0.1``."""
    pyradiomics()
    return f"pyradiomics {importlib.metadata.version('pyradiomics')}"


def library_versions() -> dict[str, str]:
    """Return the versions of the libraries below the engine that can move a value."""
    pyradiomics()
    names = ("numpy", "PyWavelets", "SimpleITK")
    return {name: importlib.metadata.version(name) for name in names}


@functools.cache
def parameter_schema() -> dict[str, Any]:
    """Return pyradiomics' own schema of the key `setting`: name to type, range, choices."""
    import yaml  # noqa: PLC0415 - for this alone

    schema_file, _ = pyradiomics().getParameterValidationFiles()
    schema = yaml.safe_load(Path(schema_file).read_text(encoding="utf-8"))
    settings: dict[str, Any] = schema["mapping"]["setting"]["mapping"]
    return settings


def filtered_images(
    image: sitk.Image, kind: str, settings: Mapping[str, Any]
) -> list[tuple[sitk.Image, str, dict[str, Any]]]:
    """Let pyradiomics apply one image type to a whole image: image, name and settings of each."""
    with quiet():
        generator = getattr(pyradiomics().imageoperations, f"get{kind}Image")
        return list(generator(image, None, **settings))
