"""How far the values of two engines lie apart, feature by feature, and what pyradiomics gives.

The measure is the relative difference. Where a quantity can be mathematically zero, the
reference's value is rounding noise, so that it is measured against the scale that the noise
comes from: 1e-9 is then 1e-12 of that scale.
"""

from __future__ import annotations

import contextlib
import logging
import math
import sys
import types
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import SimpleITK as sitk  # noqa: N813 - the name that everyone knows

LIMIT = 1e-9
"""Greatest relative difference that tests allow."""

ZERO = 1e-3
"""Part of its scale below which a value counts as noise."""

ROOT_NOISE = 3e-8
"""Root of the rounding noise of an entropy: Imc2 of an angle whose levels are independent is
such a root in both engines, and the mean over the angles holds a part of it."""

NOISE = 1e-13
"""Eigenvalues below it, of a matrix whose largest is 1, are rounding noise."""

NO_VARIANCE = 1e-24
"""Far below a variance of grey levels, which is at least the share of one pair."""

Row = Mapping[str, float]


def _square(value: float) -> float:
    return value * value


ROOTS = {
    "glcm_Imc2",
    "glcm_MCC",
    "shape_Elongation",
    "shape_Flatness",
    "shape_LeastAxisLength",
    "shape_MinorAxisLength",
    "shape2D_Elongation",
    "shape2D_MinorAxisLength",
}
"""Square roots of what can be zero: the noise of the root is that of the square."""


FORMS = ("firstorder_Skewness", "firstorder_Kurtosis")
"""Undefined in a flat region."""

FLAT = 1e-13
"""Range, as part of the intensity, of a region that is flat but for the rounding of a filter."""


def _intensity(row: Row, image: str) -> float:
    lowest, highest = (row.get(f"{image}_firstorder_{f}", 0.0) for f in ("Minimum", "Maximum"))
    return max(abs(lowest), abs(highest))


def _power(feature: str, power: float) -> Callable[[Row, str], float]:
    def scale(row: Row, image: str) -> float:
        return abs(row.get(f"{image}_{feature}", 0.0)) ** power

    return scale


def _one(_row: Row, _image: str) -> float:
    return 1.0


def _variance(row: Row, image: str) -> float:
    return _intensity(row, image) ** 2


SCALES: dict[str, Callable[[Row, str], float]] = {
    **{
        f"firstorder_{name}": _intensity
        for name in (
            "10Percentile",
            "90Percentile",
            "InterquartileRange",
            "Maximum",
            "Mean",
            "MeanAbsoluteDeviation",
            "Median",
            "Minimum",
            "Range",
            "RobustMeanAbsoluteDeviation",
            "StandardDeviation",
        )
    },
    "firstorder_Variance": _variance,
    "firstorder_Skewness": _one,
    "firstorder_Entropy": _one,
    "glcm_ClusterShade": _power("glcm_ClusterProminence", 0.75),
    "glcm_ClusterProminence": _power("glcm_JointAverage", 4),
    "glcm_ClusterTendency": _power("glcm_JointAverage", 2),
    "glcm_SumSquares": _power("glcm_JointAverage", 2),
    "glcm_DifferenceVariance": _power("glcm_DifferenceAverage", 2),
    **{
        f"glcm_{name}": _one
        for name in (
            "Correlation",
            "DifferenceEntropy",
            "Imc1",
            "Imc2",
            "JointEntropy",
            "MCC",
            "SumEntropy",
        )
    },
    "glrlm_GrayLevelVariance": _power("glrlm_HighGrayLevelRunEmphasis", 1),
    "glrlm_RunVariance": _power("glrlm_LongRunEmphasis", 1),
    "glrlm_RunEntropy": _one,
    "glszm_GrayLevelVariance": _power("glszm_HighGrayLevelZoneEmphasis", 1),
    "glszm_ZoneVariance": _power("glszm_LargeAreaEmphasis", 1),
    "glszm_ZoneEntropy": _one,
    "gldm_GrayLevelVariance": _power("gldm_HighGrayLevelEmphasis", 1),
    "gldm_DependenceVariance": _power("gldm_LargeDependenceEmphasis", 1),
    "gldm_DependenceEntropy": _one,
    "shape_Elongation": _one,
    "shape_Flatness": _one,
    "shape_LeastAxisLength": _power("shape_MajorAxisLength", 2),
    "shape_MinorAxisLength": _power("shape_MajorAxisLength", 2),
    "shape2D_Elongation": _one,
    "shape2D_MinorAxisLength": _power("shape2D_MajorAxisLength", 2),
}
"""What the noise of a feature grows with; features that are not here are never zero."""


def difference(name: str, own: float, expected: float, row: Row) -> float:
    """Return how far one value lies from the reference's, relative to it.

    Parameters
    ----------
    name
        ``<image>_<class>_<feature>``.
    own, expected
        The two values.
    row
        All of the reference's values, which tell the scale.

    Returns
    -------
    float
        0 if both are undefined, infinite if one is.
    """
    if math.isnan(own) or math.isnan(expected):
        return 0.0 if math.isnan(own) and math.isnan(expected) else math.inf
    if own == expected:
        return 0.0
    image, feature = name.split("_", 1)
    spread = row.get(f"{image}_firstorder_Range", math.inf)
    if feature in FORMS and spread <= FLAT * _intensity(row, image):
        # 0/0: 0 in the reference, or 1 and -1 where its mean is not the value itself.
        return 0.0 if own == 0 or spread else math.inf
    if feature == "glcm_Imc2" and abs(own - expected) < ROOT_NOISE:
        return 0.0
    if feature in ROOTS:
        own, expected = _square(own), _square(expected)
    scale = SCALES[feature](row, image) if feature in SCALES else 0.0
    against = max(abs(expected), ZERO * scale)
    return abs(own - expected) / against if against else math.inf


def far_apart(own: Row, expected: Row) -> dict[str, tuple[float, float]]:
    """Return the values of one region, own and expected, that differ by more than `LIMIT`."""
    return {
        name: (own[name], value)
        for name, value in expected.items()
        if difference(name, own[name], value, expected) > LIMIT
    }


@dataclass(slots=True)
class Parity:
    """The worst of many differences, of one class of features.

    Attributes
    ----------
    compared
        Number of values.
    worst
        Largest relative difference.
    feature
        Where it was.
    """

    compared: int = 0
    worst: float = 0.0
    feature: str = ""

    def add(self, name: str, apart: float) -> None:
        """Count one value."""
        self.compared += 1
        if apart > self.worst:
            self.worst, self.feature = apart, name


@dataclass(slots=True)
class Report:
    """Differences of many values, by class of features."""

    classes: dict[str, Parity] = field(default_factory=dict)

    def add(self, own: Row, expected: Row) -> None:
        """Compare the values of one region; names and their order have to be the same."""
        if list(own) != list(expected):
            raise ValueError("the engines name different features, or in another order")
        for name, value in expected.items():
            kind = name.split("_")[1]
            apart = difference(name, own[name], value, expected)
            self.classes.setdefault(kind, Parity()).add(name, apart)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Silence the reference: warnings, and its log."""
    logging.getLogger("radiomics").setLevel(logging.CRITICAL + 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def lend_sphere_patterns() -> None:
    """Give pyradiomics what its LBP3D imports: names that SciPy dropped, and an icosphere."""
    import scipy.ndimage  # noqa: PLC0415 - for LBP3D alone
    import scipy.special  # noqa: PLC0415

    from voxomics.filters.patterns import icosphere  # noqa: PLC0415

    def made(name: str, **contents: Any) -> None:  # noqa: ANN401 - functions of any kind
        module = types.ModuleType(name)
        module.__dict__.update(contents)
        sys.modules[name] = module

    made("scipy.ndimage.interpolation", map_coordinates=scipy.ndimage.map_coordinates)
    made("trimesh")
    made(
        "trimesh.creation",
        icosphere=lambda cuts, radius: types.SimpleNamespace(vertices=icosphere(cuts) * radius),
    )
    if not hasattr(scipy.special, "sph_harm"):
        scipy.special.sph_harm = lambda m, n, azimuth, polar: scipy.special.sph_harm_y(
            n, m, polar, azimuth
        )


class _Euler:
    """The number e for the reference's Imc2, whose powers are 1 but for noise are 1."""

    def __pow__(self, power: Any) -> Any:  # noqa: ANN401 - an array
        found = np.e**power
        found[found > 1 - NOISE] = 1
        return found


class _Settled:
    """NumPy for the reference's MCC and Imc2: what is rounding noise is 0.

    Where all pairs of an angle start at one level, Correlation is 1, or noise if the mean is not
    that level to the last bit. Where the levels of an angle are independent, the second
    eigenvalue and the difference of the entropies are 0 but for rounding; the reference takes
    the root of the noise, or leaves the angle out where the noise is negative. See
    `docs/engine.md`.
    """

    e = _Euler()

    @staticmethod
    def sum(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - as NumPy has it
        """Add up; a variance that is the square of a mean's rounding is 0, for Correlation."""
        found = np.sum(*given, **named)
        if named.get("keepdims") and given[1:] == ((1, 2),):
            found[np.abs(found) < NO_VARIANCE] = 0
        return found

    class linalg:  # noqa: N801 - in NumPy's place
        """The part of it that MCC calls."""

        @staticmethod
        def eigvals(matrices: Any) -> Any:  # noqa: ANN401 - as NumPy has them
            values = np.linalg.eigvals(matrices)
            values[np.abs(values) < NOISE] = 0
            return values

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any part of NumPy
        return getattr(np, name)


def reference(
    image: sitk.Image, mask: sitk.Image, settings: Mapping[str, Any], label: int = 1
) -> dict[str, float] | Exception:
    """Return what pyradiomics' own extractor gives for one label, or the error that it raises."""
    with quiet():
        from radiomics import featureextractor, glcm  # noqa: PLC0415 - where it installs

        glcm.numpy = _Settled()
        extractor = featureextractor.RadiomicsFeatureExtractor(
            {name: dict(part) for name, part in settings.items()}, additionalInfo=False
        )
        try:
            found = extractor.execute(image, mask, label=label)
        except Exception as error:  # noqa: BLE001 - what it refuses is compared too
            return error
        return {name: float(value) for name, value in found.items()}
