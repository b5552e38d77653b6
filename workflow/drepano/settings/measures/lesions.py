"""Lesions under the three definitions of silent cerebral infarcts."""

from __future__ import annotations

from drepano.settings.base import Settings


class Lesions(Settings):
    """Lesions under the three definitions of silent cerebral infarcts."""
