"""What prepared an image: part of each unit's key, and written beside each image."""

from __future__ import annotations

ALGORITHM = 1
"""Raised by every change of the preparation that moves a voxel."""

ENGINE = f"drepano preparation {ALGORITHM}"

LIBRARIES = ("nibabel", "nilearn", "numpy", "scipy", "SimpleITK")
"""Libraries whose version may move a voxel."""
