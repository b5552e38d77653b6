"""Quality: counts of a hand-made matrix, and the gates."""

import pyarrow as pa
import pytest

from drepano.contracts import Column
from drepano.contracts.states import MATRIX_STATES
from drepano.errors import ContractError
from drepano.matrix import quality
from drepano.settings import Gates

COLUMNS = [
    Column(name="t__r__a", type="number", meaning="m", state_source="t__r"),
    Column(name="t__r__b", type="number", meaning="m", state_source="t__r"),
    Column(name="clin__hb", type="number", meaning="m", state_source="clin__hb"),
]
MATRIX = pa.table(
    {
        "subject": ["a", "a", "b"],
        "session": ["1", "2", "1"],
        "t__r__a": [1.5, None, None],
        "t__r__b": [None, None, None],
        "clin__hb": [8.25, None, None],
    }
)


def states_of(*rows):
    names = ("subject", "session", "source", "state", "reason")
    return MATRIX_STATES.from_rows([dict(zip(names, row, strict=True)) for row in rows])


STATES = states_of(
    ("a", "1", "clin__hb", "measured", ""),
    ("a", "1", "t__r", "measured", ""),
    ("a", "1", "t__r__b", "undefined", "feature_undefined"),
    ("a", "2", "clin__hb", "withheld", "release_policy"),
    ("a", "2", "t__r", "failed", "unreadable"),
    ("b", "1", "clin__hb", "not_acquired", "not_recorded"),
    ("b", "1", "t__r", "not_acquired", "no_scan"),
)


def test_counts_by_hand():
    found = quality(MATRIX, STATES, COLUMNS, Gates())
    assert (found["subjects"], found["sessions"], found["columns"]) == (2, 3, 3)
    assert found["states"] == {"measured": 2, "not_acquired": 2, "failed": 1, "withheld": 1}
    assert found["sources"] == {
        "t__r": {"measured": 1, "not_acquired": 1, "failed": 1},
        "clin__hb": {"measured": 1, "not_acquired": 1, "withheld": 1},
    }
    assert found["column_states"] == {"undefined": 1}
    # 7 nulls of 9 cells, one of them withheld: there is a value.
    assert found["missing_fraction"] == 6 / 9
    assert found["failed_fraction"] == 1 / 4


@pytest.mark.parametrize(
    ("gates", "failed"),
    [
        ({}, ["max_failed_fraction"]),
        ({"max_failed_fraction": 0.25}, []),
        ({"max_failed_fraction": 0.25, "min_subjects": 2}, []),
        ({"max_failed_fraction": 0.25, "min_subjects": 3}, ["min_subjects"]),
        ({"max_failed_fraction": 0.25, "max_missing_fraction": 0.5}, ["max_missing_fraction"]),
    ],
)
def test_gates_include_their_limit(gates, failed):
    judged = quality(MATRIX, STATES, COLUMNS, Gates.model_validate(gates))["gates"]
    assert [gate["gate"] for gate in judged if not gate["passed"]] == failed
    assert len(judged) == 3


def test_an_empty_matrix_has_fractions():
    found = quality(MATRIX.slice(0, 0), STATES.slice(0, 0), COLUMNS, Gates())
    assert found["missing_fraction"] == 0.0
    assert found["failed_fraction"] == 0.0
    assert not found["gates"][0]["passed"]


def test_refuses_states_of_another_matrix():
    strange = states_of(("zz", "1", "t__r", "failed", "unreadable"))
    with pytest.raises(ContractError, match="1 rows of subjects or sessions"):
        quality(MATRIX, strange, COLUMNS, Gates())
