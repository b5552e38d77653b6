"""Limits of the study on columns of sample quality, down to the matrix."""

import pytest

from drepano.contracts import Column
from drepano.contracts.inventory import SUBJECTS
from drepano.contracts.values import CLINICAL, GENOMICS, IMAGING
from drepano.genomics import declare_interpretation
from drepano.matrix import build_matrix
from drepano.settings import QualityLimit

DOSAGE = Column(
    name="gen__v__dosage",
    type="number",
    meaning="copies",
    unit="1",
    missing="x",
    source="s",
    state_source="gen__v",
)
CALLED = {
    **dict.fromkeys(("ploidy", "phased", "genotype", "phase_set", "record")),
    **dict.fromkeys(("probability", "depth", "quality")),
}


@pytest.fixture
def built(cohort, gathering):
    """Join two subjects: a is called at half of the records, b everywhere; both are female."""

    def build(limits):
        rows = [
            "1 100 . C T . PASS . GT 0/1 0/1",
            "1 200 . C T . PASS . GT ./. 0/0",
            "X 5000000 . C T . PASS . GT 0/1 0/1",
        ]
        settings = {"min_records": 1, "sex": {"min_records": 1}}
        made = gathering(sample_quality=settings)
        path = cohort.write(*rows, samples="a b")
        sums = made.sums(path, "a b", ("1", 1, 1000), ("X", 1, 10**8))
        sexes = tuple(
            {"subject": s, "session": "", "column": "sex", "number": None, "category": sex}
            for s, sex in (("a", "female"), ("b", "male"))
        )
        found = made.conclude(sums, subjects="a b", clinical=sexes)
        flags = {"imaging": False, "genomics": True, "clinical": False}
        dosages = [{"subject": s, "variant": "v", "dosage": 1.0, "key": "k"} | CALLED for s in "ab"]
        matrix = build_matrix(
            SUBJECTS.from_rows([{"subject": s, "session": ""} | flags for s in "ab"]),
            [DOSAGE, *declare_interpretation(made.study)],
            IMAGING.empty(),
            GENOMICS.from_rows(dosages),
            CLINICAL.empty(),
            [found.states],
            {name: QualityLimit(**limit) for name, limit in limits.items()},
            interpretation=found.values,
        )
        states = {(r["subject"], r["source"]): r["state"] for r in matrix.states.to_pylist()}
        return {r["subject"]: r for r in matrix.matrix.to_pylist()}, states

    return build


def test_without_limits_all_is_there_or_has_its_state(built):
    rows, states = built({})
    assert rows["a"]["sample__call_rate"] == 0.5
    assert rows["a"]["sample__sex"] == "female"
    assert (rows["a"]["sample__sex__agrees"], rows["b"]["sample__sex__agrees"]) == (True, False)
    assert rows["a"]["sample__depth"] is None
    assert states["a", "sample__depth"] == "undefined"


def test_a_low_call_rate_excludes_genotypes(built):
    rows, states = built({"sample__call_rate": {"minimum": 0.95, "excludes": ("gen__*",)}})
    assert (rows["a"]["gen__v__dosage"], rows["b"]["gen__v__dosage"]) == (None, 1)
    assert states["a", "gen__v"] == "excluded_by_quality"
    assert rows["a"]["sample__call_rate"] == 0.5


def test_a_sex_that_disagrees_excludes_genotypes(built):
    rows, states = built({"sample__sex__agrees": {"minimum": 1, "excludes": ("gen__*",)}})
    assert (rows["a"]["gen__v__dosage"], rows["b"]["gen__v__dosage"]) == (1, None)
    assert states["b", "gen__v"] == "excluded_by_quality"
