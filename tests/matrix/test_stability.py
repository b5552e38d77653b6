"""Intraclass correlation: planted variances, tables of the literature, and the same bits."""

import numpy as np
import pyarrow as pa
import pytest

from drepano.contracts import Column
from drepano.contracts.states import MATRIX_STATES
from drepano.contracts.values import IMAGING
from drepano.matrix import is_perturbed, quality, stability
from drepano.matrix.stability import intraclass
from drepano.settings import Gates, Study

NAME = "t1w__white__original_firstorder_Mean"


def study(**modality):
    base = {"suffix": "T1w", "region_sets": ["s"], "feature_classes": {"shape": None}}
    sets = {"s": {"suffix": "dseg", "regions": {"white": 1}}}
    modalities = {"t1w": base | modality, "flair": base}
    return Study.model_validate(
        {
            "study": "s",
            "version": "1.0.0",
            "imaging": {"region_sets": sets, "modalities": modalities},
        }
    )


PERTURBED = study(perturbation={"repeats": 5})
COLUMNS = [
    Column(name=NAME, type="number", meaning="m", state_source="t1w__white"),
    Column(name="flair__white__a", type="number", meaning="m", state_source="flair__white"),
    Column(name="t1w__all__count", type="number", meaning="m", state_source="t1w"),
]


def rows_of(values, columns=(NAME,)):
    """Give an imaging table of values (scans, items); NaN: no row; item 0 is far off."""
    rows = []
    for scan, items in enumerate(values):
        for column in columns:
            for item, value in enumerate([1e6, *items]):
                rows += [] if np.isnan(value) else [(f"{scan:05d}", "a", column, item, value)]
    names = ("subject", "session", "column", "item", "value")
    return IMAGING.from_rows(
        [dict(zip(names, row, strict=True), engine="e", key="k") for row in rows]
    )


def subjects_of(scans):
    return pa.table({"subject": [f"{n:05d}" for n in range(scans)], "session": ["a"] * scans})


def found(values, **more):
    table = rows_of(values)
    told = stability(subjects_of(len(values)), COLUMNS, more.pop("rows", table), PERTURBED)
    return told["columns"][NAME]


def test_the_table_of_shrout_and_fleiss_gives_their_icc():
    """Six targets, four judges: ICC(1,1) is 0.17 in table 4 of their paper (1979)."""
    ratings = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    told = found(np.array(ratings, dtype=float))
    assert told["icc"] == pytest.approx(0.1657, abs=5e-5)
    assert told["lower"] == pytest.approx(-0.1329, abs=5e-5)
    assert told["upper"] == pytest.approx(0.7226, abs=5e-5)
    assert (told["scans"], told["values"]) == (6, 24)


@pytest.mark.parametrize(("between", "within"), [(9.0, 1.0), (1.0, 1.0), (1.0, 9.0)])
def test_planted_variances_give_their_ratio(between, within):
    rng = np.random.default_rng(2)
    values = 500 + rng.normal(0, between**0.5, (2500, 1)) + rng.normal(0, within**0.5, (2500, 4))
    told = found(values)
    assert told["icc"] == pytest.approx(between / (between + within), abs=0.03)
    assert told["lower"] < told["icc"] < told["upper"]
    assert told["upper"] - told["lower"] < 0.09


def test_variances_that_are_exact_give_the_exact_ratio():
    """Scans at -1, 1 and values at ±d around: mean squares by hand."""
    d = 0.5
    values = np.array([[-1 - d, -1 + d], [1 - d, 1 + d]])
    between, within = 2 * 2 / 1, 4 * d**2 / 2
    assert found(values)["icc"] == pytest.approx((between - within) / (between + within), rel=1e-14)


def test_a_feature_that_holds_still_is_one_and_one_without_scans_apart_is_below_zero():
    assert found(np.array([[1.0, 1.0], [2.0, 2.0], [5.0, 5.0]])) == {
        "icc": 1.0,
        "lower": 1.0,
        "upper": 1.0,
        "scans": 3,
        "values": 6,
    }
    assert found(np.array([[1.0, 3.0], [3.0, 1.0], [2.0, 2.0]]))["icc"] == -1.0


@pytest.mark.parametrize("values", [[[1.0, 2.0]], [[3.0, 3.0], [3.0, 3.0]], [[1.0], [2.0]]])
def test_without_two_scans_or_any_variance_there_is_none(values):
    told = found(np.array(values))
    assert told["icc"] is told["lower"] is told["upper"] is None


def test_a_large_mean_costs_no_digit():
    rng = np.random.default_rng(3)
    values = rng.integers(0, 64, (30, 1)) + rng.integers(0, 8, (30, 5)) / 8
    assert found(values + 2.0**40)["icc"] == pytest.approx(found(values)["icc"], rel=1e-9)


def test_scans_of_unequal_numbers_are_weighed_as_donner_does():
    values = np.array([[1.0, 2.0, 3.0], [5.0, 6.0, np.nan], [9.0, np.nan, np.nan], [2.0, 2.5, 4.0]])
    groups = [row[~np.isnan(row)] for row in values]
    groups = [g for g in groups if len(g) > 1]
    count = np.array([len(g) for g in groups], dtype=float)
    grand = np.concatenate(groups).mean()
    between = sum(len(g) * (g.mean() - grand) ** 2 for g in groups) / 2
    within = sum(((g - g.mean()) ** 2).sum() for g in groups) / (8 - 3)
    size = (8 - (count**2).sum() / 8) / 2
    told = found(values)
    assert told["icc"] == pytest.approx((between - within) / (between + (size - 1) * within))
    assert (told["scans"], told["values"]) == (3, 8)


def test_no_cut_into_pieces_moves_a_bit():
    rng = np.random.default_rng(4)
    values = rng.normal(0, 1, (40, 1)) + rng.normal(0, 0.3, (40, 7))
    table = rows_of(values)
    expected = found(values)
    for size in (1, 3, 17, 64):
        assert found(values, rows=iter(table.to_batches(max_chunksize=size))) == expected
    halves = [*table.slice(160).to_batches(), *table.slice(0, 160).to_batches()]
    assert found(values, rows=iter(halves)) == expected


def test_only_perturbed_modalities_have_an_icc():
    table = rows_of(np.array([[1.0, 2.0], [3.0, 5.0]]), [c.name for c in COLUMNS])
    told = stability(subjects_of(2), COLUMNS, table, PERTURBED)
    assert (told["model"], told["confidence"]) == ("ICC(1,1)", 0.95)
    assert list(told["columns"]) == [NAME]
    assert is_perturbed(PERTURBED)
    assert not is_perturbed(study())
    genomics = Study.model_validate({"study": "s", "version": "1.0.0", "genomics": {}})
    assert not is_perturbed(genomics)


def test_columns_that_nobody_measured_have_none():
    told = stability(subjects_of(3), COLUMNS, IMAGING.empty(), PERTURBED)
    assert told["columns"][NAME] == dict.fromkeys(("icc", "lower", "upper")) | {
        "scans": 0,
        "values": 0,
    }


def test_it_stands_in_the_quality_report():
    matrix = subjects_of(1).append_column(NAME, pa.array([1.0]))
    states = {"subject": "00000", "session": "a", "source": "t1w__white", "state": "measured"}
    told = MATRIX_STATES.from_rows([states | {"reason": ""}])
    plain = quality(matrix, told, COLUMNS[:1], Gates())
    assert "stability" not in plain
    stable = {"model": "ICC(1,1)"}
    assert quality(matrix, told, COLUMNS[:1], Gates(), stable) == plain | {"stability": stable}


def test_confidence_holds_what_it_says():
    """Of 200 cohorts drawn with a known ratio, 95 % of the intervals hold it."""
    rng = np.random.default_rng(9)
    held = 0
    for _ in range(200):
        values = rng.normal(0, 2, (25, 1)) + rng.normal(0, 1, (25, 5))
        within = ((values - values.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
        told = intraclass(np.full(25, 5.0), values.mean(axis=1), within)
        held += told.lower <= 0.8 <= told.upper
    assert 180 <= held <= 199
