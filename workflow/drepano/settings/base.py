"""What every settings model shares: frozen, typed, unknown keys refused by name."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

_NAME = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")


class Settings(BaseModel):
    """Base of all settings."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, validate_default=True
    )


def _check_name(value: str) -> str:
    if not _NAME.fullmatch(value):
        message = (
            f"{value!r} must be lower-case letters and digits joined by single underscores: "
            "it becomes a part of column names, which split at '__'"
        )
        raise ValueError(message)
    return value


Name = Annotated[str, AfterValidator(_check_name)]
"""Part of a column name."""
