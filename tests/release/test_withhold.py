"""What the site does not release is null, says so, and keeps its column."""

import pytest

from drepano.contracts.states import MATRIX_STATES
from drepano.errors import ConfigError
from drepano.matrix import quality
from drepano.release import withhold
from drepano.settings import Gates, Release


def states_of(states, source):
    return [row["state"] for row in states.to_pylist() if row["source"] == source]


def test_genotypes_are_withheld_by_default(small):
    matrix, states = small.tables()
    shown, said = withhold(matrix, states, small.columns, Release())
    assert shown.schema.names == matrix.schema.names
    assert shown.schema.types == matrix.schema.types
    assert shown["gen__hbb_rs334__dosage"].null_count == matrix.num_rows
    assert shown.drop_columns("gen__hbb_rs334__dosage").equals(
        matrix.drop_columns("gen__hbb_rs334__dosage")
    )
    assert states_of(said, "gen__hbb_rs334") == ["withheld", "withheld", *["not_acquired"] * 2]
    reasons = {(r["state"], r["reason"]) for r in said.to_pylist()}
    assert ("withheld", "release_policy") in reasons
    assert states_of(said, "clin__sex") == states_of(states, "clin__sex")


def test_everything_is_released_when_the_site_says_so(small):
    tables = small.tables()
    shown = withhold(*tables, small.columns, Release(genotypes="released"))
    assert shown[0].equals(tables[0])
    assert shown[1].equals(tables[1])


def test_one_column_of_a_source_gets_a_row_of_its_own(small):
    release = Release(genotypes="released", withheld_columns=("t1w__*__a",))
    matrix, states = withhold(*small.tables(), small.columns, release)
    assert matrix["t1w__grey__a"].null_count == 4
    assert matrix["t1w__grey__n"].null_count == 1
    assert states_of(states, "t1w__grey") == ["measured", "not_acquired", "measured", "measured"]
    # Only where there was a value: the second row has none, and its source tells why.
    assert states_of(states, "t1w__grey__a") == ["withheld"] * 3
    MATRIX_STATES.check(states, "test")


def test_a_row_of_its_own_that_tells_why_there_is_no_value_stays(small):
    matrix, states = small.tables()
    own = {"subject": "Adaeze", "session": "20190102", "source": "t1w__grey__a"}
    own |= {"state": "undefined", "reason": "feature_undefined"}
    states = MATRIX_STATES.from_rows([*states.to_pylist(), own])
    release = Release(genotypes="released", withheld_columns=("t1w__grey__a",))
    _, said = withhold(matrix, states, small.columns, release)
    assert states_of(said, "t1w__grey__a") == ["undefined", "withheld", "withheld"]


def test_withholding_does_not_change_what_counts_as_missing(small):
    matrix, states = small.tables()
    everything = Release(withheld_columns=("*",))
    shown = withhold(matrix, states, small.columns, everything)
    before = quality(matrix, states, small.columns, Gates())
    after = quality(*shown, small.columns, Gates())
    assert after["missing_fraction"] == before["missing_fraction"] > 0
    assert after["failed_fraction"] == before["failed_fraction"]
    assert "measured" not in after["states"]


def test_a_pattern_that_fits_nothing_is_refused(small):
    release = Release(withheld_columns=("clin__sexx", "clin__*", "t2w__*"))
    with pytest.raises(ConfigError, match="'clin__sexx', which fits no column") as caught:
        withhold(*small.tables(), small.columns, release)
    assert len(caught.value.faults) == 2
