"""First order is NumPy's, on values of every kind and regions of every size."""

import dataclasses
import math

import numpy as np
import pytest

from voxomics.discretise import discretise
from voxomics.firstorder import FEATURES, first_order
from voxomics.geometry import Geometry

SIZES = (1, 2, 3, 4, 5, 11, 63, 255, 256, 257, 1000, 5000)
"""Voxels of the regions: around the lanes' number, and fewer or more than the buckets."""

KINDS = ("f4", "f8", "i2", "i4")


def draw(kind, size, rng):
    """Give values of a kind that a percentile or a sum may stumble over."""
    normal = rng.normal(50, 30, size)
    return {
        "normal": normal,
        "negative": normal - 5000,
        "ties": np.rint(normal / 20),
        "two values": rng.integers(0, 2, size) * 7.5,
        "constant": np.full(size, 0.1),
        "zeros of both signs": rng.choice([0.0, -0.0, 1.0], size),
        "one far out": np.where(np.arange(size) == size // 2, 1e30, normal),
        "both far out": np.sign(normal - 50) * 1e30,
        "every magnitude": np.exp(rng.uniform(-60, 60, size)) * rng.choice([-1, 1], size),
        "subnormal": normal * 1e-43,
        "rising": np.arange(size) * 1.5,
        "falling": -np.arange(size) * 1.5,
    }[kind]


def measured(arrays, **options):
    """Measure arrays, each of which is a region."""
    values = np.concatenate(arrays)
    labels = np.repeat(np.arange(1, len(arrays) + 1), [len(a) for a in arrays])
    geometry = Geometry(labels.astype("i4")[None, None], (1.0, 1.25, 2.0), len(arrays))
    width = float(max(np.ptp(values.astype("f8")) / 100, np.spacing(abs(values).max() * 4.0)))
    levels = discretise(geometry.gather(values[None, None]), geometry, bin_width=width)
    assert levels.refused == {}
    return first_order(geometry.gather(values[None, None]), geometry, levels, **options), levels


def expected(values, counts, volume, shift):
    """Measure one region with NumPy, and sum up without rounding."""
    values = values.astype("f8")
    n = len(values)
    mean = math.fsum(values) / n
    apart = values - mean if np.ptp(values) else np.zeros(n)
    m2, m3, m4 = (math.fsum(apart**power) / n for power in (2, 3, 4))
    p10, p25, p75, p90 = np.percentile(values, [10, 25, 75, 90])
    inner = values[(values >= p10) & (values <= p90)]
    inner_apart = inner - math.fsum(inner) / max(len(inner), 1)
    energy = math.fsum((values + shift) ** 2)
    p = counts / n
    return {
        "10Percentile": p10,
        "90Percentile": p90,
        "Energy": energy,
        "Entropy": -np.sum(p * np.log2(p + np.spacing(1))),
        "InterquartileRange": p75 - p25,
        "Kurtosis": m4 / m2**2 if m2 else 0.0,
        "Maximum": values.max(),
        "Mean": mean,
        "MeanAbsoluteDeviation": math.fsum(abs(apart)) / n,
        "Median": np.median(values),
        "Minimum": values.min(),
        "Range": values.max() - values.min(),
        "RobustMeanAbsoluteDeviation": math.fsum(abs(inner_apart)) / len(inner)
        if len(inner)
        else np.nan,
        "RootMeanSquared": math.sqrt(energy / n),
        "Skewness": m3 / m2**1.5 if m2 else 0.0,
        "StandardDeviation": math.sqrt(m2),
        "TotalEnergy": energy * volume,
        "Uniformity": np.sum(p**2),
        "Variance": m2,
    }


EXACT = {"10Percentile", "90Percentile", "Maximum", "Median", "Minimum", "InterquartileRange"}


@pytest.mark.parametrize("dtype", KINDS)
@pytest.mark.parametrize(
    "kind", ["normal", "negative", "ties", "two values", "constant", "rising", "falling"]
)
def test_every_feature_is_numpys(kind, dtype):
    rng = np.random.default_rng(3)
    arrays = [draw(kind, size, rng).astype(dtype) for size in SIZES]
    found, levels = measured(arrays, voxel_volume=2.5, shift=10)
    assert list(found) == list(FEATURES)
    for region, values in enumerate(arrays):
        counts = levels.voxels[levels.base[region] : levels.base[region + 1]]
        for name, value in expected(values, counts, 2.5, 10).items():
            got = found[name][region]
            if name in EXACT:
                assert got == value, (name, values.size)
            close = pytest.approx(value, rel=1e-12, abs=1e-12, nan_ok=True)
            assert got == close, (name, values.size)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize(
    "kind", ["zeros of both signs", "one far out", "both far out", "every magnitude", "subnormal"]
)
def test_percentiles_are_exact_however_the_values_lie(kind, dtype):
    rng = np.random.default_rng(4)
    arrays = [draw(kind, size, rng).astype(dtype) for size in SIZES]
    for values in arrays:
        found, _ = measured([values], voxel_volume=1)
        ranks = np.percentile(values.astype("f8"), [10, 25, 75, 90])
        assert found["10Percentile"][0] == ranks[0]
        assert found["InterquartileRange"][0] == ranks[2] - ranks[1]
        assert found["90Percentile"][0] == ranks[3]
        assert found["Median"][0] == np.median(values.astype("f8"))
        assert (found["Minimum"][0], found["Maximum"][0]) == (values.min(), values.max())
        mean = math.fsum(values.astype("f8")) / values.size
        rounding = 1e-12 * float(abs(values).max())
        assert found["Mean"][0] == pytest.approx(mean, rel=1e-12, abs=rounding)


def test_a_range_beyond_the_largest_float_does_not_matter_to_the_median():
    values = np.array([-1.5e308, -1.0, 2.0, 3.0, 1.5e308])
    geometry = Geometry(np.ones((1, 1, 5), dtype="i4"), (1, 1, 1), 1)
    levels = discretise(values / 2, geometry, bin_width=1e305)
    assert levels.refused == {}
    levels = dataclasses.replace(levels, extremes=levels.extremes * 2)
    with np.errstate(over="ignore"):
        found = first_order(values, geometry, levels, voxel_volume=1)
    assert found["Median"][0] == 2.0


def test_a_flat_region_has_no_spread_at_all():
    for value in (0.1, -7e12, 1e-40, 0.0):
        found, _ = measured([np.full(1000, value, dtype="f4")], voxel_volume=1)
        for name in ("Variance", "Skewness", "Kurtosis", "MeanAbsoluteDeviation", "Range"):
            assert found[name][0] == 0.0
        assert found["Mean"][0] == found["Median"][0] == np.float32(value)


def test_a_refused_region_has_no_value_and_costs_no_other():
    rng = np.random.default_rng(5)
    arrays = [rng.normal(size=300), np.array([1.0, np.nan, 2.0]), rng.normal(size=40)]
    values = np.concatenate(arrays)
    labels = np.repeat([1, 3, 4], [300, 3, 40]).astype("i4")[None, None]
    geometry = Geometry(labels, (1, 1, 1), 4)
    levels = discretise(values, geometry, bin_width=0.5)
    assert set(levels.refused) == {1, 2}
    found = first_order(values, geometry, levels, voxel_volume=1)
    for column in found.values():
        assert np.isnan(column[[1, 2]]).all()
        assert np.isfinite(column[[0, 3]]).all()
    assert found["Maximum"][3] == arrays[2].max()


def test_a_region_has_the_same_bits_wherever_it_stands():
    rng = np.random.default_rng(6)
    arrays = [rng.normal(size=size).astype("f4") for size in (700, 1, 90, 3000)]
    together, _ = measured(arrays, voxel_volume=1)
    for region, values in enumerate(arrays):
        width = np.ptp(np.concatenate(arrays).astype("f8")) / 100
        geometry = Geometry(np.ones((1, 1, values.size), dtype="i4"), (1, 1.25, 2), 1)
        levels = discretise(values, geometry, bin_width=width)
        alone = first_order(values, geometry, levels, voxel_volume=1)
        for name, column in alone.items():
            assert column[0] == together[name][region], name
