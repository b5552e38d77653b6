"""The truth about clinical values, against a plain reading of the hospital's table."""

import csv
from collections import Counter

import pytest
import yaml

from drepano.catalogue.concepts import load_concepts

TO_CONCEPT = {
    ("g/L", "g/dL"): 1 / 10,
    ("umol/L", "bili_total"): 1 / 17.1,
    ("umol/L", "creatinine"): 1 / 88.4,
    ("fraction", "%"): 100,
}


@pytest.fixture(scope="module")
def table(cohort):
    with (cohort / "clinical/clinical.tsv").open(newline="") as handle:
        return {r["participant_id"]: r for r in csv.DictReader(handle, delimiter="\t")}


@pytest.fixture(scope="module")
def mapping(cohort):
    return yaml.safe_load((cohort / "config/site.yaml").read_text())["clinical"][0]


def observe(cell, concept, column, missing):
    """Read one cell as the site file explains it: state, reason, value."""
    if cell in missing:
        return "not_acquired", missing[cell], None
    if "values" in column:
        word = column["values"][cell]
        return "measured", "", {"true": 1.0, "false": 0.0}.get(word, word)
    unit = column["unit"]
    factor = TO_CONCEPT.get((unit, concept.unit)) or TO_CONCEPT.get((unit, concept.name))
    value = float(cell) * (1 if unit == concept.unit else factor)
    if not concept.minimum <= value <= concept.maximum:
        return "excluded_by_quality", "out_of_range", None
    return "measured", "", value


def test_every_row_is_what_the_table_says(table, mapping, truth):
    rows = truth("clinical")
    assert len(rows) == 12 * 16
    for row in rows:
        where = (row["subject"], row["concept"])
        if row["subject"] == "09":
            assert (row["state"], row["reason"]) == ("not_acquired", "no_clinical_row"), where
            assert row["value"] == ""
            continue
        column = mapping["columns"][row["concept"]]
        cell = table[f"sub-{row['subject']}"][column["column"]]
        concept = load_concepts()[row["concept"]]
        state, reason, value = observe(cell, concept, column, mapping["missing"])
        assert (row["state"], row["reason"]) == (state, reason), where
        if isinstance(value, float):
            assert float(row["value"]) == pytest.approx(value, rel=1e-12), where
        else:
            assert row["value"] == (value or ""), where


def test_every_state_of_clinical_values_shows(truth, table):
    found = Counter((row["state"], row["reason"]) for row in truth("clinical"))
    assert set(found) == {
        ("measured", ""),
        ("not_acquired", "no_clinical_row"),
        ("not_acquired", "not_recorded"),
        ("not_acquired", "refused"),
        ("excluded_by_quality", "out_of_range"),
    }
    assert found["excluded_by_quality", "out_of_range"] == 1
    cells = {cell for row in table.values() for cell in row.values()}
    assert {"", "-996", "-997"} <= cells


def test_values_fit_the_genotype(truth):
    value = {(r["subject"], r["concept"]): r["value"] for r in truth("clinical")}
    sickle = {}
    for person in truth("subjects"):
        subject = person["subject"]
        stated = value[subject, "genotype"]
        assert stated in {"", person["registry_genotype"]}
        assert value[subject, "age"] in {"", person["age"]}
        if share := value[subject, "hbs_pct"]:
            sickle.setdefault(person["registry_genotype"], []).append(float(share))
            total = float(share) + float(value[subject, "hbf_pct"] or 0)
            assert total <= 100
    assert max(sickle["HbAS"]) < 45
    assert min(sickle["HbSC"]) > 45
    assert max(sickle["HbSS"]) > 70


def test_headers_units_and_codes_are_the_hospitals_own(table, mapping):
    header = next(iter(table.values())).keys()
    assert {"haemoglobin", "hydroxyurea", "diagnosis"} <= set(header)
    assert mapping["columns"]["hb"] == {"column": "haemoglobin", "unit": "g/L"}
    assert mapping["columns"]["creatinine"]["unit"] == "umol/L"
    assert {row["sex"] for row in table.values()} - {"", "-996", "-997"} == {"1", "2"}
