"""Ids that do not meet: said once per kind, with examples."""

from drepano.index.findings import Problems
from drepano.index.strangers import note_strangers


def told(scanned, sampled, visited) -> dict[str, str]:
    problems = Problems()
    note_strangers(scanned, sampled, visited, problems)
    rows = problems.table().to_pylist()
    assert {row["severity"] for row in rows} <= {"warning"}
    return {row["where"]: row["found"] for row in rows}


def test_ids_that_meet_are_no_problem() -> None:
    assert told(["01", "02"], ["01"], ["01", "02"]) == {}
    assert told([], [], ["01"]) == {}
    assert told([], ["01"], []) == {}
    assert told(["01"], [], []) == {}


def test_participants_that_no_other_source_knows() -> None:
    assert told(["01"], ["A"], ["B", "01"]) == {
        "clinical tables": "no scan and no genotype for 1 of 2: B",
        "VCF samples": "no scan and no row for 1 of 1: A",
    }


def test_ten_examples_and_the_count() -> None:
    found = told(["x"], [], [f"P{n:02}" for n in range(25)])["clinical tables"]
    assert found.startswith("no scan and no genotype for 25 of 25: ")
    assert found.endswith("P08, P09, and 15 more")


def test_spellings_are_named_in_pairs() -> None:
    found = told(["03", "ab1"], ["P_007"], ["3", "AB_1", "P7", "12"])
    pairs = "different spellings, 3 in all: 03 and 3, AB_1 and ab1, P7 and P_007"
    assert found["participant ids"] == pairs


def test_ids_of_one_source_are_different_people() -> None:
    assert told(["3", "03"], [], ["3", "03"]) == {}
    assert "participant ids" not in told(["10", "100"], [], ["1", "1000"])


def test_the_index_tells_them(place) -> None:
    place.image("sub-03/anat/sub-03_T1w.nii.gz")
    place.vcf("c.vcf.gz", ["S3"])
    place.clinic("participant_id\tHb\n3\t8\n")
    assert set(place.index().found) == {
        "no scan and no genotype for 1 of 1: 3",
        "different spellings, 1 in all: 03 and 3",
        "no scan and no row for 1 of 1: S3",
    }
