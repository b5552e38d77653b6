"""pyradiomics parameter files, as they are: YAML or JSON."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from voxomics.errors import SettingFault, SettingsRefused


def read_parameters(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read a parameter file: a mapping with imageType, featureClass and setting.

    Parameters
    ----------
    path
        File in YAML or JSON, which is YAML too; its content is checked by `check_settings`.

    Raises
    ------
    SettingsRefused
        The file cannot be read or does not hold a mapping.
    """
    import yaml  # noqa: PLC0415 - settings may come as a mapping

    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
        # JSON first: YAML reads a number such as 1e-3 as a text.
        found = json.loads(text) if path.suffix.lower() == ".json" else yaml.safe_load(text)
    except OSError as error:
        raise _refused(path, error.strerror or "no such file", "a file that can be read") from error
    except (UnicodeDecodeError, json.JSONDecodeError, yaml.YAMLError) as error:
        raise _refused(path, " ".join(str(error).split()), "YAML or JSON") from error
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise _refused(path, f"a {type(found).__name__}", "a mapping with imageType and so on")
    return found


def _refused(path: Path, found: str, expected: str) -> SettingsRefused:
    return SettingsRefused([SettingFault(path.name, found, expected)])
