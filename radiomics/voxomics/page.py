"""The page of features, image types and settings, written from what the engine carries.

`python -m voxomics.page docs/features.md` writes it anew.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path

from voxomics.describe import dictionary, family_standard
from voxomics.names import DEPRECATED, WITHOUT_VALUE, current_features
from voxomics.rules import RULES

_TITLES = {
    "firstorder": "First order",
    "shape": "Shape",
    "shape2D": "Shape in a plane",
    "glcm": "Grey level co-occurrence matrix",
    "glrlm": "Grey level run length matrix",
    "glszm": "Grey level size zone matrix",
    "gldm": "Grey level dependence matrix",
    "ngtdm": "Neighbouring grey tone difference matrix",
}
"""Heading of each class, in the order of the page."""


def features_page() -> str:
    """Return the page as Markdown."""
    parts = [_text("opening.md"), *map(_class_section, _TITLES)]
    parts += ["## Image types", _text("images.md"), _image_table()]
    parts += ["## Settings", _text("settings.md"), _settings_table()]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def settings_rows() -> list[dict[str, str]]:
    """Return the settings in the order of the page: name, default as JSON, part, meaning."""
    return _rows("settings.tsv")


def image_rows() -> list[dict[str, str]]:
    """Return the image types in the order of the page."""
    return _rows("images.tsv")


def _class_section(feature_class: str) -> str:
    title = f"## {_TITLES[feature_class]}: `{feature_class}`"
    parts = [title, _text(f"{feature_class}.md").strip()]
    if standard := family_standard(feature_class):
        parts.append(f"All of this class: {standard}.")
    head = ("feature", "formula", "unit", "range", "IBSI", "what it tells", "departs from IBSI")
    parts.append(_table(head, _feature_cells(feature_class)))
    if others := WITHOUT_VALUE.get(feature_class):
        said = [f"`{name}` ({_instead(name, equal)})" for name, equal in others.items()]
        parts.append(f"Known to pyradiomics without a value, and refused: {', '.join(said)}.")
    return "\n\n".join(parts)


def _instead(name: str, equal: str) -> str:
    other = {
        "DependencePercentage": "always 1",
        "GrayLevelNonUniformityNormalized": "equals `Uniformity` of first order",
    }
    return f"equals `{equal}`" if equal else other[name]


def _feature_cells(feature_class: str) -> Iterator[list[str]]:
    current = current_features(feature_class)
    for feature in [*current, *DEPRECATED.get(feature_class, ())]:
        row = dictionary()[feature_class, feature]
        exception = f"; {row['exception']}" if row["exception"] else ""
        unit = row["unit"].replace("{i}", "i").replace(".", " · ")
        for number in "23":
            unit = unit.replace(f"i{number}", f"i{'²³'[int(number) - 2]}")
            unit = unit.replace(f"mm{number}", f"mm{'²³'[int(number) - 2]}")
        yield [
            f"`{feature}`",
            f"`{row['formula']}`{exception}",
            unit.replace("mm-1", "mm⁻¹"),
            row["range"],
            row["ibsi"],
            row["meaning"],
            row["departure"] if row["ibsi"] else _join("no counterpart", row["departure"]),
        ]


def _join(*parts: str) -> str:
    return "; ".join(part for part in parts if part)


def _image_table() -> str:
    head = ("image type", "image", "value", "settings", "what it is", "at the boundary")
    cells = [
        [
            f"`{row['image_type']}`",
            _code(row["names"]),
            row["formula"],
            _code(row["settings"]),
            row["meaning"],
            row["boundary"],
        ]
        for row in image_rows()
    ]
    return _table(head, cells)


def _code(names: str) -> str:
    """Set names in code, and leave the words between them."""
    words = [word.strip() for word in names.replace(";", ",").split(",") if word.strip()]
    halves = [word.partition(" ") for word in words]
    return ", ".join(
        f"`{name}`{gap}{rest}" if name != "..." else name for name, gap, rest in halves
    )


def _settings_table() -> str:
    cells = [
        [f"`{r['setting']}`", r["part"], f"`{r['default']}`", _rule(r["setting"]), r["meaning"]]
        for r in settings_rows()
    ]
    return _table(("setting", "of", "default", "may be", "what it does"), cells)


def _rule(name: str) -> str:
    named = {
        "interpolator": "a name or number of SimpleITK's",
        "wavelet": "a name of PyWavelets'",
        "weightingNorm": "one of the norms",
    }
    return named.get(name) or str(RULES[name])


def _table(head: Sequence[str], rows: Iterator[list[str]] | list[list[str]]) -> str:
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines)


def _rows(name: str) -> list[dict[str, str]]:
    text = resources.files("voxomics").joinpath(name).read_text(encoding="utf-8")
    return [*csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)]


def _text(name: str) -> str:
    return resources.files("voxomics").joinpath("pages", name).read_text(encoding="utf-8")


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(features_page(), encoding="utf-8")
