"""How a long measurement tells how far it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Progress: TypeAlias = Callable[[str], object]
"""Called with the name of each image, such as ``wavelet-LLH``, when all regions are measured."""


def ignore(_: str) -> None:
    """Take no notice."""
