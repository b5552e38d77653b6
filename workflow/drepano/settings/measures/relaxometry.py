"""R2* from multi-echo scans."""

from __future__ import annotations

from drepano.settings.base import Settings


class Relaxometry(Settings):
    """R2* from multi-echo scans."""
