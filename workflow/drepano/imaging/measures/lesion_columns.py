"""Names and declarations of the columns of lesions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from drepano.contracts import Column
from drepano.settings.measures.lesions import ELSEWHERE, EVERYWHERE, Lesions
from voxomics.lesions import Burden

NAME = "lesions"
EACH = f"{NAME}__each__"
"""Start of the columns of single lesions, which stand in the long table alone."""

Definition = Literal["liberal", "traditional", "restrictive"]

_ENDS: dict[Definition, str] = {
    "liberal": "",
    "traditional": "_traditional",
    "restrictive": "_restrictive",
}
_SOURCE = "Stotesbury et al., Front Neurol 2022, https://doi.org/10.3389/fneur.2022.867329"
_STANDARD = "26-connected components of the lesion mask on the grid of the scan"
_MISSING = "no value: the state of lesions, or of this column, says why"


def definitions(settings: Lesions) -> tuple[Definition, ...]:
    """Return the definitions that the study computes."""
    if settings.t1_hypointensity is None:
        return ("liberal", "traditional")
    return ("liberal", "traditional", "restrictive")


def burden_names(where: str, definition: Definition) -> tuple[str, str, str]:
    """Return the names of count, volume and largest diameter in a place."""
    start, end = f"{NAME}__{where}__", _ENDS[definition]
    return f"{start}count{end}", f"{start}volume{end}", f"{start}largest_diameter{end}"


def burden_values(where: str, definition: Definition, found: Burden) -> dict[str, float]:
    """Return the values of the same columns."""
    values = (found.count, found.volume_ml, found.largest_diameter_mm)
    return dict(zip(burden_names(where, definition), values, strict=True))


def places(settings: Lesions, regions: dict[str, tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    """Give the region part of all columns, and what it means; `regions` by location set."""
    yield EVERYWHERE, "wherever they lie"
    for name in settings.locations:
        for region in regions[name]:
            yield region, f"in {region} of {name}"
        yield f"{name}_{ELSEWHERE}", f"in no region of {name}"


def declare(settings: Lesions, regions: dict[str, tuple[str, ...]]) -> list[Column]:
    """Declare the columns of the matrix."""
    return [
        column
        for where, meant in places(settings, regions)
        for definition in definitions(settings)
        for column in _columns(settings, where, meant, definition)
    ]


def _columns(
    settings: Lesions, where: str, meant: str, definition: Definition
) -> tuple[Column, Column, Column]:
    which = _which(settings, definition)
    count, volume, diameter = burden_names(where, definition)
    counted = "" if where == EVERYWHERE else "; a lesion counts where most of it lies"
    split = "" if where == EVERYWHERE else "; a lesion's voxels are split over the regions"
    length = "in space" if settings.dimension == "space" else "within a slice"
    return (
        _column(count, "integer", "1", f"Number of lesions {meant}, {which}{counted}; {_MORE}"),
        _column(volume, "number", "mL", f"Volume of lesions {meant}, {which}{split}; {_MORE}"),
        _column(
            diameter,
            "number",
            "mm",
            f"Largest length {length} of a lesion {meant}, {which}{counted}; {_MORE}",
        ),
    )


_MORE = "higher means more injury, 0 that there is none."


def _which(settings: Lesions, definition: Definition) -> str:
    if definition == "liberal":
        return "of any length"
    long = f"of at least {settings.traditional_mm:g} mm"
    return long if definition == "traditional" else f"{long} and dark on T1w"


def _column(name: str, kind: Literal["integer", "number"], unit: str, meaning: str) -> Column:
    return Column(
        name=name,
        type=kind,
        meaning=meaning,
        unit=unit,
        missing=_MISSING,
        source=_SOURCE,
        standard=_STANDARD,
        state_source=NAME,
        minimum=0.0,
    )
