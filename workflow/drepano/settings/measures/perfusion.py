"""Cerebral blood flow from ASL."""

from __future__ import annotations

from drepano.settings.base import Settings


class Perfusion(Settings):
    """Cerebral blood flow from ASL."""
