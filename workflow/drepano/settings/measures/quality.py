"""Image quality of each scan."""

from __future__ import annotations

from drepano.settings.base import Settings


class Quality(Settings):
    """Image quality of each scan."""
