"""Errors that fail the unit whose file they are in."""

from __future__ import annotations

from pathlib import Path

from drepano.errors import UnitError


def unreadable(path: Path, found: str) -> UnitError:
    """Say that a file cannot be read for sure."""
    remedy = "Copy the file again from where it was made, and make its index anew."
    return UnitError("unreadable", f"{path.name}: {found}", remedy)


def half_call(place: str) -> UnitError:
    """Say that a study refuses half calls, and where one is."""
    return UnitError(
        "missing_genotype",
        f"{place} has a half call, which the study refuses",
        "Call the genotype again, or let half_calls of the study be missing.",
    )
