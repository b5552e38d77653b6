"""Which engine measures: its name beside each value, and in the key of each unit."""

from __future__ import annotations

import voxomics
from drepano.errors import ConfigError

ALGORITHM = 1
"""Raised by every change of this step that moves a value: no older result is used again."""

OWN_ENGINE = f"drepano imaging {ALGORITHM}"
"""What stands as the engine of volumes and component counts."""


def engine_version(engine: voxomics.EngineName) -> str:
    """Return name and version of the radiomics engine that a study asks for.

    Raises
    ------
    ConfigError
        The engine that the study asks for is not installed.
    """
    try:
        return voxomics.engine_version(engine)
    except voxomics.EngineMissing as error:
        raise ConfigError.of(
            "imaging.engine",
            found=f"no {engine} in this installation",
            expected="the engine that the study asks for",
            remedy=str(error),
        ) from error
