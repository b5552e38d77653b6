"""What a step gives to the ranks: how to compute a unit, and how to say why it cannot be."""

from __future__ import annotations

import importlib
from typing import Any, Protocol

from drepano.errors import UnitError
from drepano.ranks.unit import Unit, UnitResult


class Calculation(Protocol):
    """What a step gives to the ranks."""

    def compute(self, unit: Unit) -> UnitResult:
        """Compute a unit; raise `UnitError` if it has no value at all."""

    def refuse(self, unit: Unit, error: UnitError) -> UnitResult:
        """Return the states that say why the unit has no value."""


def resolve(reference: str) -> Any:  # noqa: ANN401
    """Import ``package.module:attribute``."""
    module, _, attribute = reference.partition(":")
    return getattr(importlib.import_module(module), attribute)
