"""Limits on image quality: what is outside takes other values away, and says so."""

import pytest

from drepano.contracts import Column
from drepano.contracts.inventory import SUBJECTS
from drepano.contracts.states import STEP_STATES
from drepano.contracts.values import CLINICAL, GENOMICS, IMAGING
from drepano.errors import ConfigError
from drepano.matrix import build_matrix
from drepano.settings import QualityLimit

NAMES = {
    "t1w__wm__mean": "t1w__wm",
    "t1w__wm__volume": "t1w__wm",
    "flair__wm__mean": "flair__wm",
    "quality__t1w__snr": "quality__t1w",
}


def columns():
    return [
        Column(
            name=n,
            type="number",
            meaning="m",
            unit="1",
            missing="x",
            source="s",
            standard="",
            state_source=source,
        )
        for n, source in NAMES.items()
    ]


def built(limits, **snr):
    flags = {"imaging": True, "genomics": False, "clinical": False}
    subjects = SUBJECTS.from_rows([{"subject": s, "session": ""} | flags for s in snr])
    rest = {"session": "", "item": 0, "engine": "e", "key": "k"}
    rows = [
        rest | {"subject": s, "column": n, "value": 1.0}
        for s in snr
        for n in NAMES
        if n != "quality__t1w__snr"
    ]
    rows += [
        rest | {"subject": s, "column": "quality__t1w__snr", "value": value}
        for s, value in snr.items()
        if value is not None
    ]
    lacking = [
        {"subject": s, "session": "", "source": "quality__t1w", "state": "not_acquired"}
        | {"reason": "no_scan", "detail": None, "remedy": None}
        for s, value in snr.items()
        if value is None
    ]
    made = build_matrix(
        subjects,
        columns(),
        IMAGING.from_rows(rows),
        GENOMICS.empty(),
        CLINICAL.empty(),
        [STEP_STATES.from_rows(lacking)],
        limits,
    )
    states = {
        (r["subject"], r["source"]): (r["state"], r["reason"]) for r in made.states.to_pylist()
    }
    return {r["subject"]: r for r in made.matrix.to_pylist()}, states


REFUSED = ("excluded_by_quality", "quality_limit")
MEASURED = ("measured", "")


def limit(**more):
    return {"quality__t1w__snr": QualityLimit(**({"minimum": 8, "excludes": ("t1w__*",)} | more))}


def test_a_scan_below_the_limit_loses_its_values_and_no_other():
    rows, states = built(limit(), a=5.0, b=8.0)
    assert rows["a"]["t1w__wm__mean"] is None
    assert rows["a"]["t1w__wm__volume"] is None
    assert rows["a"]["flair__wm__mean"] == 1
    assert rows["a"]["quality__t1w__snr"] == 5
    assert rows["b"]["t1w__wm__mean"] == 1
    assert states["a", "t1w__wm"] == REFUSED
    assert states["b", "t1w__wm"] == states["a", "flair__wm"] == MEASURED


def test_single_columns_can_be_refused():
    rows, states = built(limit(excludes=("t1w__*__mean",)), a=5.0)
    assert (rows["a"]["t1w__wm__mean"], rows["a"]["t1w__wm__volume"]) == (None, 1)
    assert states["a", "t1w__wm__mean"] == REFUSED
    assert states["a", "t1w__wm"] == MEASURED


def test_above_the_greatest_value():
    rows, _ = built(limit(minimum=None, maximum=7), a=5.0, b=8.0)
    assert [rows[s]["t1w__wm__mean"] for s in "ab"] == [1, None]


def test_what_was_not_measured_excludes_nothing():
    rows, states = built(limit(), a=None)
    assert rows["a"]["t1w__wm__mean"] == 1
    assert states["a", "t1w__wm"] == MEASURED


def test_names_and_patterns_that_fit_nothing_are_all_told():
    wrong = limit(excludes=("t2w__*",)) | {
        "quality__t1w__sn": QualityLimit(minimum=1, excludes=("t1w__*",))
    }
    with pytest.raises(ConfigError) as caught:
        built(wrong, a=5.0)
    assert {f.where for f in caught.value.faults} == {
        "study: gates.quality.quality__t1w__snr.excludes",
        "study: gates.quality.quality__t1w__sn",
    }
