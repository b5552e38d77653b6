"""Volumes of the brain and its tissues."""

from __future__ import annotations

from drepano.settings.base import Settings


class Volumes(Settings):
    """Volumes of the brain and its tissues."""
