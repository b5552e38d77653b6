"""Settings that can not be meant are refused, all at once, with the nearest known name."""

import pytest

from drepano.clinical import check_concepts, declare_columns
from drepano.errors import ConfigError
from drepano.settings import Clinical, ClinicalSource


def _source(**columns: dict) -> ClinicalSource:
    return ClinicalSource.model_validate({"path": "lab.tsv", "columns": columns})


def test_what_can_be_meant_passes() -> None:
    source = _source(
        hb={"column": "Hb", "unit": "mmol/L"},
        sex={"column": "S", "values": {1: "male"}},
        hsct={"column": "T", "values": {1: "true", 0: "false"}},
        genotype={"column": "G"},
    )
    check_concepts(Clinical(columns=("hb", "sex")), (source,))


def test_every_mistake_is_named_at_once() -> None:
    source = _source(
        hbf={"column": "F", "unit": "%"},
        hb={"column": "Hb"},
        ldh={"column": "LDH", "unit": "IU"},
        sex={"column": "S", "unit": "1", "values": {"m": "man"}},
        hsct={"column": "T", "values": {"n/a": "false"}},
        plt={"column": "P", "unit": "10*9/L", "values": {"1": "true"}},
    )
    with pytest.raises(ConfigError) as error:
        check_concepts(Clinical(columns=("hbs_pc", "hb", "hb")), (source,))
    text = str(error.value)
    assert len(error.value.faults) == 9
    for expected in (
        "study: clinical.columns: found the unknown concept hbs_pc",
        "Did you mean hbs_pct?",
        "found hb more than once",
        "lab.tsv: columns.hbf: found the unknown concept hbf",
        "columns.hb: found no unit; expected one of g/dL, g/L, mmol/L",
        "columns.ldh: found the unit 'IU'; expected one of U/L, ukat/L",
        "columns.sex: found the unit '1'; expected no unit: it is a category",
        "columns.sex.values: found codes that mean 'man'; expected female | male",
        "columns.hsct: found 'n/a' both as a value and as missing",
        "columns.plt: found codes in `values`",
    ):
        assert expected in text


def test_a_name_like_no_other_gets_the_list() -> None:
    with pytest.raises(ConfigError, match="Known concepts: age, sex, genotype"):
        check_concepts(Clinical(columns=("zzzzqqq",)), ())


def test_columns_are_declared_in_the_studys_order() -> None:
    columns = declare_columns(Clinical(columns=("sex", "hb", "hsct", "tcd_tamv_max")))
    assert [c.name for c in columns] == [
        "clin__sex",
        "clin__hb",
        "clin__hsct",
        "clin__tcd_tamv_max",
    ]
    sex, hb, hsct, tcd = columns
    assert (sex.type, sex.categories, sex.unit) == ("category", ("female", "male"), "")
    assert (hb.type, hb.unit, hb.minimum, hb.maximum) == ("number", "g/dL", 2.0, 20.0)
    assert hb.source == "LOINC 718-7"
    assert (hsct.type, hsct.minimum) == ("boolean", None)
    assert tcd.source == "Flanagan 2011, PMC3123027"
    assert [c.state_source for c in columns] == [c.name for c in columns]
    assert all(c.missing for c in columns)
