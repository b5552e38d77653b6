"""What the engine says when it has no value to give."""

from __future__ import annotations

from dataclasses import dataclass


class EngineMissing(ImportError):  # noqa: N818 - says what is the case, as the others do
    """Pyradiomics is not installed, or something else hides it."""


class GridMismatch(ValueError):  # noqa: N818
    """Image and mask lie on different grids."""


class ImageRefused(ValueError):  # noqa: N818
    """The engine cannot take what was given as an image or as a mask."""


class RegionRefused(ValueError):  # noqa: N818
    """The engine gives no value for this region; others are not touched.

    Parameters
    ----------
    reason
        One sentence: what was found.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class SettingFault:
    """One thing in the settings that the engine would refuse or silently leave out.

    Attributes
    ----------
    where
        Place in the mapping, such as ``setting.binWidth``.
    found, expected
        What stands there, and what may.
    nearest
        Nearest known name, or empty.
    """

    where: str
    found: str
    expected: str
    nearest: str = ""

    def __str__(self) -> str:
        hint = f" (did you mean {self.nearest}?)" if self.nearest else ""
        return f"{self.where}: found {self.found}; expected {self.expected}{hint}"


class SettingsRefused(ValueError):  # noqa: N818
    """The settings hold faults; `faults` names every one."""

    def __init__(self, faults: list[SettingFault]) -> None:
        self.faults = faults
        super().__init__("\n".join(str(fault) for fault in faults))
