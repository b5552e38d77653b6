"""What a feature is: meaning, unit, IBSI code, and how it departs from the standard."""

from __future__ import annotations

import csv
import functools
from dataclasses import dataclass
from importlib import resources

ARBITRARY = "[arb'U]"
"""UCUM unit of intensities that have no physical scale, such as T1w."""

_BINS = (
    "levels: bins of fixed width on multiples of binWidth, level 1 holds the region's minimum, "
    "where IBSI starts at the lower limit of re-segmentation; "
    "or binCount equal bins between the region's minimum and maximum"
)
_DIRECTIONAL = f"mean over directions (IBSI ITBB); {_BINS}"
_VOLUME = f"one matrix of the whole region (IBSI KOBO); {_BINS}"
_FAMILY = {
    "firstorder": "",
    "shape": "",
    "shape2D": "",
    "glcm": _DIRECTIONAL,
    "glrlm": _DIRECTIONAL,
    "glszm": _VOLUME,
    "gldm": _VOLUME,
    "ngtdm": _VOLUME,
}
_BINNED_FIRST_ORDER = {"Entropy", "Uniformity"}


@dataclass(frozen=True, slots=True)
class FeatureDescription:
    """A feature, described.

    Attributes
    ----------
    meaning
        One sentence, with the direction.
    unit
        UCUM code.
    ibsi
        IBSI code, empty where IBSI has no counterpart.
    standard
        The standard it follows, and how it departs from it.
    image_type
        Name of the image it was measured on, such as ``original`` or ``wavelet-HLL``.
    formula
        As docs/features.md explains its signs.
    exception
        The value where the formula has none, or empty.
    range
        Intervals that every value lies in.
    """

    meaning: str
    unit: str
    ibsi: str
    standard: str
    image_type: str
    formula: str
    exception: str
    range: str


@functools.cache
def dictionary() -> dict[tuple[str, str], dict[str, str]]:
    """Return the rows of `features.tsv` by class and feature."""
    text = resources.files("voxomics").joinpath("features.tsv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    return {(row["feature_class"], row["feature"]): row for row in rows}


def describe(feature_name: str, intensity_unit: str = ARBITRARY) -> FeatureDescription:
    """Describe a feature by its full name ``<image>_<class>_<feature>``.

    Parameters
    ----------
    feature_name
        As `feature_names` gives it.
    intensity_unit
        UCUM unit of the image's intensities; ``1`` for normalised ones.

    Raises
    ------
    KeyError
        No such feature.
    """
    image, feature_class, feature = feature_name.split("_")
    row = dictionary()[feature_class, feature]
    unit = row["unit"].replace("{i}", intensity_unit)
    if intensity_unit == "1":
        unit = {"12": "1", "mm3.12": "mm3"}.get(unit, unit)
    meaning = row["meaning"]
    if image != "original":
        meaning = f"{meaning} Measured on the filtered image {image}."
    return FeatureDescription(
        meaning=meaning,
        unit=unit,
        ibsi=row["ibsi"],
        standard=_standard(row, image),
        image_type=image,
        formula=row["formula"],
        exception=row["exception"],
        range=row["range"],
    )


def family_standard(feature_class: str) -> str:
    """Say how all features of a class are made, and depart from IBSI; empty if they do not."""
    return _FAMILY[feature_class]


def _standard(row: dict[str, str], image: str) -> str:
    """Say which standard a feature follows, and every departure that is known."""
    family = _FAMILY[row["feature_class"]]
    if row["feature"] in _BINNED_FIRST_ORDER and row["feature_class"] == "firstorder":
        family = _BINS
    filtered = "" if image == "original" else "on a filtered image: outside IBSI-1"
    notes = "; ".join(note for note in (row["departure"], family, filtered) if note)
    name = f"IBSI {row['ibsi']}" if row["ibsi"] else "no counterpart in IBSI"
    return f"{name}: {notes}" if notes else name
