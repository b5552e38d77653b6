"""Self-test of an installed engine: values that it carries, no network, no pyradiomics.

IBSI's digital phantom with its consensus values and tolerances, and golden values of
pyradiomics 3.0.1 on a phantom that follows from a formula.
"""

from __future__ import annotations

import csv
import json
import math
import platform
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib import resources

from voxomics.extraction import extract, extract_label
from voxomics.selftest.cases import GOLDEN, consensus_cases, golden_phantom, ibsi_phantom
from voxomics.versions import engine_version, library_versions

__all__ = ["Check", "run_selftest", "write_checks"]

RELATIVE = 1e-6
ABSOLUTE = 1e-9
"""How near golden values must be, the absolute one where the value is mathematically zero."""

EXCESS = 3.0
"""Kurtosis is not the excess: so much higher than IBSI's."""

CONVENTIONS = {
    "original_shape_MinorAxisLength": "another convention than IBSI",
    "original_shape_LeastAxisLength": "another convention than IBSI",
}
"""Features that depart from IBSI as pyradiomics does; their values are checked as golden ones."""

_DEPRECATED_SHAPE = ("Compactness1", "Compactness2", "SphericalDisproportion")


@dataclass(frozen=True, slots=True)
class Check:
    """One value against what it should be.

    Attributes
    ----------
    group
        ``IBSI`` or ``golden``, with the case.
    feature
        Full name, with the label for golden values.
    found, expected, tolerance
        The value, the reference, and the greatest distance allowed.
    note
        Why a miss is none, or empty.
    """

    group: str
    feature: str
    found: float
    expected: float
    tolerance: float
    note: str = ""

    @property
    def passed(self) -> bool:
        """Whether the value is near enough, or departs by a convention that is told."""
        if math.isnan(self.expected):
            return math.isnan(self.found)
        return bool(self.note) or abs(self.found - self.expected) <= self.tolerance


def run_selftest() -> list[Check]:
    """Measure both phantoms, and compare every value that there is a reference for."""
    return [*_check_consensus(), *_check_golden()]


def write_checks(checks: Sequence[Check]) -> str:
    """Return checks as JSON: engine, libraries, counts, and every value; null for NaN."""
    told = [
        {name: _finite(value) for name, value in asdict(check).items()} | {"passed": check.passed}
        for check in checks
    ]
    return json.dumps(
        {
            "engine": engine_version(),
            "python": platform.python_version(),
            "libraries": library_versions(),
            "values": len(checks),
            "missed": sum(not check.passed for check in checks),
            "checks": told,
        },
        indent=1,
        allow_nan=False,
    )


def _finite(value: str | float) -> str | float | None:
    """Return what JSON can hold."""
    return value if isinstance(value, str) or math.isfinite(value) else None


def _rows(name: str) -> list[dict[str, str]]:
    text = resources.files("voxomics.selftest").joinpath(name).read_text(encoding="utf-8")
    return [*csv.DictReader(text.splitlines(), delimiter="\t")]


def _check_consensus() -> Iterator[Check]:
    image, mask = ibsi_phantom()
    tables = {case: extract_label(image, mask, own) for case, own in consensus_cases().items()}
    for row in _rows("consensus.tsv"):
        feature = row["feature"]
        old = feature.split("_")[-1] in _DEPRECATED_SHAPE
        found = tables["3D deprecated" if old else row["case"]][feature]
        if feature == "original_firstorder_Kurtosis":
            found -= EXCESS
        expected, tolerance = float(row["value"]), float(row["tolerance"])
        # Values of tolerance 0 are printed to three digits.
        tolerance = tolerance or _half_of_third_digit(expected)
        note = CONVENTIONS.get(feature, "")
        yield Check(f"IBSI {row['case']}", feature, found, expected, tolerance, note)


def _half_of_third_digit(value: float) -> float:
    if value == 0:
        return ABSOLUTE
    return 0.5 * 10.0 ** (math.floor(math.log10(abs(value))) - 2) * (1 + 1e-9)


def _check_golden() -> Iterator[Check]:
    image, mask = golden_phantom()
    tables = {case: extract(image, mask, own).to_dict() for case, own in GOLDEN.items()}
    for row in _rows("golden.tsv"):
        found = tables[row["case"]][row["feature"]][int(row["label"])]
        expected = float(row["value"])
        tolerance = max(RELATIVE * abs(expected), ABSOLUTE)
        feature = f"{row['feature']} of label {row['label']}"
        yield Check(f"golden {row['case']}", feature, found, expected, tolerance)
