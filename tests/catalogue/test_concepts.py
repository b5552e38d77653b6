"""The table of concepts, and its conversions as the sources state them."""

import re

import numpy as np
import pytest

from drepano.catalogue.concepts import Concept, load_concepts, parse_concepts
from drepano.errors import ContractError
from drepano.settings import load_study

HEADER = "name\ttype\tunit\tconversions\tminimum\tmaximum\tcategories\tloinc\tmeaning\tsource\n"


@pytest.mark.parametrize(
    ("name", "unit", "stated", "expected"),
    [
        ("hb", "g/dL", 8.1, 8.1),
        ("hb", "g/L", 81.0, 8.1),
        ("hb", "mmol/L", 5.0, 5.0 / 0.6206),
        ("hbf_pct", "1", 0.25, 25.0),
        ("hbf_pct", "fraction", 0.25, 25.0),
        ("retic_abs", "10*3/uL", 250.0, 250.0),
        ("ldh", "ukat/L", 10.0, 600.0),
        ("bili_total", "umol/L", 17.1, 1.0),
        ("creatinine", "umol/L", 88.4, 1.0),
        ("tcd_tamv_max", "m/s", 1.5, 150.0),
        ("uacr", "mg/mmol", 10.0, 88.4),
        ("ferritin", "ng/mL", 300.0, 300.0),
        ("age", "mo", 18.0, 1.5),
        ("age", "d", 3652.5, 10.0),
    ],
)
def test_conversions_are_exact(name: str, unit: str, stated: float, expected: float) -> None:
    assert load_concepts()[name].convert(np.array([stated]), unit).tolist() == [expected]


def test_limits_are_inclusive_and_nan_is_outside() -> None:
    hb = load_concepts()["hb"]
    values = np.array([1.999, 2.0, 20.0, 20.001, np.nan])
    assert hb.accepts(values).tolist() == [False, True, True, False, False]


def test_an_unknown_unit_is_never_converted() -> None:
    with pytest.raises(KeyError):
        load_concepts()["hb"].convert(np.array([8.0]), "mg/dL")


def test_every_concept_is_described() -> None:
    concepts = load_concepts()
    assert list(concepts)[:3] == ["age", "sex", "genotype"]
    for name, concept in concepts.items():
        assert concept.name == name
        assert concept.meaning
        assert concept.source
        assert "__" not in name
        assert len(set(concept.units)) == len(concept.units)
        if concept.type == "number":
            assert concept.minimum is not None
            assert concept.maximum is not None
            assert concept.minimum < concept.maximum


def test_synonyms_are_plain_and_belong_to_one_concept() -> None:
    names = [*load_concepts(), *(s for c in load_concepts().values() for s in c.synonyms)]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"\w+", name) and name == name.casefold() for name in names)
    assert {"haemoglobin", "hgb"} <= set(load_concepts()["hb"].synonyms)


def test_every_concept_of_the_demo_study_is_known(root) -> None:
    clinical = load_study(root / "config" / "study.yaml").clinical
    assert clinical is not None
    assert set(clinical.columns) <= set(load_concepts())


def test_the_concepts_are_those_of_the_domain_table(shared_data) -> None:
    table = shared_data.parent / "domain" / "clinical.tsv"
    if not table.exists():
        pytest.skip(f"the domain table is not at {table}")
    concepts = load_concepts()
    for line in table.read_text().splitlines()[1:]:
        cells = line.split("\t")
        names = cells[0].split(" / ")
        found: list[Concept] = [concepts[name] for name in names]
        if cells[2] == "boolean":
            assert {c.type for c in found} == {"boolean"}
            continue
        assert found[0].unit == cells[2]
        assert (found[0].minimum, found[0].maximum) == (float(cells[4]), float(cells[5]))
        assert found[0].loinc == cells[8].replace("?", "")


@pytest.mark.parametrize(
    "row",
    [
        "x\tnumber\tg\t\t\t5\t\t\tm\ts",
        "x\tnumber\t\t\t1\t5\t\t\tm\ts",
        "x\tcategory\t\t\t\t\t\t\tm\ts",
        "x\tdate\t\t\t\t\t\t\tm\ts",
    ],
)
def test_a_row_that_lacks_what_its_type_needs_is_refused(row: str) -> None:
    with pytest.raises(ContractError, match="concept table, line 2: found a concept of type"):
        parse_concepts(HEADER + row)


def test_a_conversion_that_is_none_is_refused() -> None:
    with pytest.raises(ContractError, match="the conversion 'kg:1000'"):
        parse_concepts(HEADER + "x\tnumber\tg\tkg:1000\t1\t5\t\t\tm\ts")


def test_the_page_shows_the_table_as_it_is(root) -> None:
    lines = (root / "docs" / "clinical.md").read_text(encoding="utf-8").splitlines()
    rows = [line for line in lines if line.startswith("| `")]
    shown = {row.split("|")[1].strip(" `"): row for row in rows}
    assert list(shown) == list(load_concepts())
    for name, concept in load_concepts().items():
        row = shown[name]
        assert concept.meaning in row
        assert concept.loinc in row
        assert all(f"`{unit}`" in row for unit in concept.units)
        assert all(f"`{category}`" in row for category in concept.categories)
        assert all(f"{c.operand:g})" in row for c in concept.conversions)
        if concept.minimum is not None:
            assert f"| {concept.minimum:g} to {concept.maximum:g} |" in row
