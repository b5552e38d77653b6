"""Vessels from a mask of an angiography."""

from __future__ import annotations

from drepano.settings.base import Settings


class Vessels(Settings):
    """Vessels from a mask of an angiography."""
