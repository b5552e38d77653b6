"""Vessels from a mask of an angiography."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from drepano.settings.base import Name, Settings


class Circle(Settings):
    """Regions of the region set that are the arteries of the circle of Willis."""

    ba: Name = "ba"
    """Basilar artery."""
    l_pca: Name = "l_pca"
    """Left posterior cerebral artery."""
    r_pca: Name = "r_pca"
    """Right posterior cerebral artery."""
    l_ica: Name = "l_ica"
    """Left internal carotid artery."""
    r_ica: Name = "r_ica"
    """Right internal carotid artery."""
    l_aca: Name = "l_aca"
    """Left anterior cerebral artery."""
    r_aca: Name = "r_aca"
    """Right anterior cerebral artery."""
    l_pcom: Name = "l_pcom"
    """Left posterior communicating artery."""
    r_pcom: Name = "r_pcom"
    """Right posterior communicating artery."""
    acom: Name = "acom"
    """Anterior communicating artery."""
    third_a2: Name = "third_a2"
    """Third A2 segment."""


class Vessels(Settings):
    """Volume, length, radius, smallest lumen and tortuosity of each region of a vessel mask."""

    region_set: Name
    """Region set of the vessel mask or label map. Its `when_empty: zero` says that the
    segmentation covers every vessel that it asks for: one without a voxel is not there."""
    label_table: Literal["topcow"] | None = None
    """Label table for files that bring none: that of TopCoW (BA, R-PCA, ..., Acom, 3rd-A2)."""
    end_radii: float = Field(default=1.0, ge=0)
    """The smallest lumen is not looked for within this many mean radii of a vessel's ends."""
    circle: Circle | None = None
    """Add which parts of the circle of Willis are there; null: none."""
