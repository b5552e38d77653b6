"""Diffusion tensor measures per region."""

from __future__ import annotations

from drepano.settings.base import Settings


class Diffusion(Settings):
    """Diffusion tensor measures per region."""
