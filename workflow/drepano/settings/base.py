"""What every settings model shares: frozen, typed, unknown keys refused by name."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from drepano.errors import Fault

REFUSED = "refused"
"""Name of the errors that `refuse` makes."""

NOTHING = Fault(
    "", "none of the three", "at least one of imaging, genomics, clinical", "Add what there is."
)
"""A study or site that is about nothing."""

_NAME = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")


class Settings(BaseModel):
    """Base of all settings."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, validate_default=True
    )


def refuse(*faults: Fault) -> PydanticCustomError:
    """Build the error of a rule over several keys; each `where` starts at the model."""
    return PydanticCustomError(REFUSED, "refused", {"faults": faults})


def _check_name(value: str) -> str:
    if not _NAME.fullmatch(value):
        message = (
            "lower-case letters and digits joined by single underscores: "
            "it becomes a part of column names, which split at '__'"
        )
        raise ValueError(message)
    return value


Name = Annotated[str, AfterValidator(_check_name)]
"""Part of a column name."""

Fraction = Annotated[float, Field(ge=0, le=1)]
"""From none to all."""


class FileChoice(Settings):
    """Which file of a session is meant, by its BIDS name."""

    suffix: str
    """BIDS suffix, such as T1w or mask."""
    entities: dict[str, str] = {}
    """BIDS entities that the file must have, such as {desc: brain}."""
