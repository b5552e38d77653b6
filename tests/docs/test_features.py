"""The page of features is what the engine carries, complete, and true in ranges and defaults."""

import json
import re

import numpy as np
import pytest

import voxomics
from voxomics.describe import dictionary
from voxomics.filters.names import IMAGE_TYPES
from voxomics.names import FEATURE_CLASSES, WITHOUT_VALUE
from voxomics.page import features_page, image_rows, settings_rows
from voxomics.rules import RULES

SPACING_MM = (2.0, 1.25, 1.0)


def test_the_page_is_up_to_date(root):
    page = (root / "docs" / "features.md").read_text(encoding="utf-8")
    assert page == features_page(), "run: python -m voxomics.page docs/features.md"


def test_the_page_has_every_feature_image_type_and_setting():
    page = features_page()
    for feature_class in FEATURE_CLASSES:
        assert len(re.findall(rf"^## .*: `{feature_class}`$", page, re.MULTILINE)) == 1
    for _, feature in dictionary():
        assert f"| `{feature}` |" in page
    for names in WITHOUT_VALUE.values():
        assert all(f"`{name}` (" in page for name in names)
    assert {row["image_type"] for row in image_rows()} == set(IMAGE_TYPES)
    assert {row["setting"] for row in settings_rows()} == set(RULES)
    for row in image_rows():
        assert {name.strip() for name in row["settings"].split(",")} - {""} <= set(RULES)


def test_a_description_has_what_the_page_has():
    told = voxomics.describe("original_glcm_Correlation")
    assert told.formula == "Σ(p · (i − μ_x) · (j − μ_y)) / (σ_x · σ_y + ε)"
    assert (told.exception, told.range) == ("1 for a flat region", "[−1, 1]")
    assert told.standard.startswith("IBSI NI2N: mean over directions")


def test_defaults_are_those_of_the_page():
    rng = np.random.default_rng(3)
    image, mask = rng.normal(0, 300, (8, 9, 10)), np.ones((8, 9, 10), dtype="u1")
    kinds = {kind: {} for kind in ("Original", "Wavelet", "Gradient", "LBP2D", "LBP3D")}
    few = {"firstorder": ["Mean", "Energy", "Entropy"], "shape": None, "glcm": None}
    few |= dict.fromkeys(["glrlm", "gldm", "ngtdm"])
    told = {}
    for row in settings_rows():
        words = row["default"]
        told[row["setting"]] = json.loads(words) if row["setting"] not in TEXTS else words
    settings = {"imageType": kinds, "featureClass": few}
    plain = voxomics.extract(image, mask, settings)
    full = voxomics.extract(image, mask, settings | {"setting": told})
    assert plain.equals(full)


TEXTS = ("resegmentMode", "interpolator", "wavelet", "lbp2DMethod")


EXCEPTION = re.compile(r"(\d+) for a flat region")


def test_what_a_flat_region_gives_where_the_formula_has_no_value():
    mask = np.ones((3, 3, 3), dtype="u1")
    table = voxomics.extract(mask * 5.0, mask)
    told = {key: row["exception"] for key, row in dictionary().items() if row["exception"]}
    assert len(told) == 10
    for (kind, feature), exception in told.items():
        value = float(EXCEPTION.fullmatch(exception)[1])
        assert table[f"original_{kind}_{feature}"].iloc[0] == value


def holds(interval, value):
    """Tell whether a value lies in one of the intervals of a text; closed ends may round."""
    for part in interval.split(" or "):
        ends = part.strip("[()]").split(", ") if "," in part else [part, part]
        low, high = (LIMITS.get(end) or float(end.replace("−", "-")) for end in ends)
        above = value > low if part.startswith("(") else value >= low - 1e-9
        below = value < high if part.endswith(")") else value <= high + 1e-9
        if above and below:
            return True
    return False


LIMITS = {"−∞": -np.inf, "∞": np.inf, "1/(6π": 1 / (6 * np.pi), "1/(6π)": 1 / (6 * np.pi)}


REGIONS = {
    "flat": lambda _: (np.full((4, 4, 4), 3.0), np.ones((4, 4, 4))),
    "two voxels": lambda _: (np.arange(4.0).reshape(1, 2, 2) * 30, np.eye(2)[None]),
    "below zero": lambda rng: (rng.normal(-500, 90, (6, 6, 6)), np.ones((6, 6, 6))),
    "scattered": lambda rng: (rng.normal(0, 90, (7, 7, 7)), rng.random((7, 7, 7)) < 0.3),
    "checkerboard": lambda _: (np.indices((4, 4, 4)).sum(axis=0) % 2 * 99.0, np.ones((4, 4, 4))),
    "line": lambda rng: (rng.normal(0, 90, (1, 1, 9)), np.ones((1, 1, 9))),
}


@pytest.mark.parametrize("name", REGIONS)
def test_values_lie_in_the_ranges(name):
    image, inside = REGIONS[name](np.random.default_rng(5))
    classes = {c: [f for kind, f in dictionary() if kind == c] for c in FEATURE_CLASSES}
    del classes["shape2D"]
    settings = {"featureClass": classes, "setting": {"minimumROIDimensions": 1}}
    table = voxomics.extract(image, inside.astype("u1"), settings, spacing_mm=SPACING_MM)
    assert len(table) == 1
    for (kind, feature), row in dictionary().items():
        value = table.iloc[0].get(f"original_{kind}_{feature}", np.nan)
        assert np.isnan(value) or holds(row["range"], value), (kind, feature, value)
