"""`drepano check`: files and keys by name, the study against the data, and the verdict."""

import json
import logging

import nibabel as nib
import numpy as np
import pytest
import yaml

from drepano.cli import check as checks
from drepano.cli import foresight, verdict
from drepano.contracts.inventory import PROBLEMS, SUBJECTS
from drepano.errors import DrepanoError, InputError
from drepano.settings import load_site, load_study

IMAGING = {
    "region_sets": {"lesion": {"suffix": "mask", "regions": {"lesion": 1}}},
    "modalities": {
        "t1w": {"suffix": "T1w", "region_sets": ["lesion"], "feature_classes": {"shape": None}}
    },
}
STUDY = {
    "study": "s",
    "version": "1.0.0",
    "imaging": IMAGING,
    "clinical": {"columns": ["hb"]},
    "gates": {"min_subjects": 2},
}
SITE = {
    "site": "ward_7",
    "study": "study.yaml",
    "key_file": "key",
    "imaging": {"bids": "bids"},
    "clinical": [{"path": "c.tsv", "columns": {"hb": {"column": "Hb", "unit": "g/dL"}}}],
}


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with a site of one subject, and a launcher that is taken on trust."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(checks, "_check_launcher", lambda: None)
    (tmp_path / "key").write_text("0" * 64)
    (tmp_path / "key").chmod(0o600)
    (tmp_path / "c.tsv").write_text("participant_id\tHb\n01\t8\n")
    settings(tmp_path, {}, {})
    image(tmp_path, "sub-01/anat/sub-01_T1w.nii")
    image(tmp_path, "derivatives/seg/sub-01/anat/sub-01_label-lesion_mask.nii")
    return tmp_path


def settings(folder, site: dict, study: dict) -> None:
    (folder / "site.yaml").write_text(yaml.safe_dump(SITE | site))
    (folder / "study.yaml").write_text(yaml.safe_dump(STUDY | study))


def image(folder, name: str) -> None:
    path = folder / "bids" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    for root in (folder / "bids", folder / "bids" / "derivatives" / "seg"):
        root.mkdir(parents=True, exist_ok=True)
        text = '{"Name": "x", "BIDSVersion": "1.10.0"}'
        (root / "dataset_description.json").write_text(text)
    nib.save(nib.Nifti1Image(np.ones((3, 3, 3), dtype=np.int16), np.eye(4)), path)


def problems(folder) -> list[dict[str, str]]:
    site, study = load_site(folder / "site.yaml"), load_study(folder / "study.yaml")
    table = checks.data_problems(site, study, folder / "check", folder / "kept.parquet")
    PROBLEMS.check(table, "check")
    return table.to_pylist()


def test_faults_of_the_settings_name_file_and_key(place) -> None:
    modality = IMAGING["modalities"]["t1w"]
    settings(
        place,
        {"clinical": [{"path": "c.tsv", "columns": {"hb": {"column": "Hb"}}}]},
        {
            "imaging": IMAGING | {"modalities": {"t1w": modality | {"image_types": {"Lo": {}}}}},
            "clinical": {"columns": ["haemo"]},
            "genomics": {"panels": ["sdc", "panels/mine.tsv"]},
        },
    )
    with pytest.raises(DrepanoError) as caught:
        checks.check_settings(place / "site.yaml")
    told = {fault.where: fault.found for fault in caught.value.faults}
    assert set(told) == {
        "study.yaml: imaging.modalities.t1w.image_types",
        "study.yaml: genomics.panels: sdc",
        "study.yaml: genomics.panels: panels/mine.tsv",
        "study.yaml: clinical.columns",
        f"{place}/site.yaml: clinical, c.tsv: columns.hb",
    }
    assert f"{place}/panels/mine.tsv" in told["study.yaml: genomics.panels: panels/mine.tsv"]


def test_the_study_is_looked_at_against_the_data(place) -> None:
    regions = {"lesion": {"suffix": "mask", "entities": {"label": "wmh"}, "regions": {"x": 1}}}
    settings(place, {}, {"imaging": IMAGING | {"region_sets": regions}})
    first, *rest = problems(place)
    assert first["severity"] == "error"
    assert first["where"] == "study.yaml: imaging.region_sets.lesion"
    assert "there are: label-lesion_mask (1)" in first["found"]
    assert [(p["where"], p["found"]) for p in rest] == [
        ("study.yaml: gates.min_subjects", "1 subject at this site")
    ]


def test_a_site_without_scans_is_not_asked_for_them(place) -> None:
    settings(place, {"imaging": None}, {"gates": {}})
    assert problems(place) == []


def test_a_table_that_can_not_be_read_is_one_problem_beside_the_others(place) -> None:
    (place / "c.tsv").write_text("participant_id\tHaemoglobin\n01\t8\n")
    found = [(p["severity"], p["found"]) for p in problems(place)]
    assert found == [("error", "no column 'Hb'"), ("warning", "1 subject at this site")]


def test_a_disk_that_is_not_mounted_stops_check(place) -> None:
    (place / "bids" / "sub-01" / "anat" / "sub-01_T1w.nii").unlink()
    with pytest.raises(InputError, match="no image of any subject"):
        problems(place)


def test_steps_are_quiet_while_check_lists_their_problems(place, caplog) -> None:
    with caplog.at_level(logging.INFO):
        problems(place)
        assert caplog.text == ""
        logging.getLogger("drepano").info("again")
        assert "again" in caplog.text
    with caplog.at_level(logging.DEBUG):
        problems(place)
    assert "index: " in caplog.text


def subjects_of(*pairs):
    flags = {"imaging": True, "genomics": False, "clinical": False}
    return SUBJECTS.from_rows([{"subject": s, "session": e} | flags for s, e in pairs])


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        ([""], False),
        (["pre"], False),
        (["01", "02"], False),
        (["v1", "v10", "v2"], False),
        (["pre", "post"], True),
        (["baseline", "m12"], True),
        (["m12", "y2"], True),
        (["", "01"], True),
        (["1a", "2a"], True),
    ],
)
def test_sessions_whose_labels_do_not_count_are_doubted(labels, told) -> None:
    table = foresight._sessions(subjects_of(*(("01", label) for label in labels), ("02", "x")))
    rows = table.to_pylist()
    assert len(rows) == told
    for row in rows:
        assert row["severity"] == "warning"
        assert row["found"].startswith("labels that do not count, in 1 of 2 subjects: sub-01: ")
        assert "by label, not by time" in row["remedy"]


def rows_of(*severities):
    rest = {"where": "w", "found": "f", "expected": "e", "remedy": "r"}
    return PROBLEMS.from_rows([{"severity": s} | rest for s in severities])


@pytest.mark.parametrize(
    ("severities", "counts"),
    [
        ((), "0 errors, 0 warnings"),
        (("error",), "1 error, 0 warnings"),
        (("error", "error", "warning"), "2 errors, 1 warning"),
    ],
)
def test_the_verdict_counts_in_plain_words(severities, counts) -> None:
    text = verdict.as_text(rows_of(*severities))
    assert f"settings, key and launcher are sound; data: {counts}" in text.splitlines()
    assert ("is left out of the release" in text) == ("error" in severities)


def test_the_verdict_for_machines() -> None:
    told = json.loads(verdict.as_json(rows_of("error", "warning", "warning")))
    assert (told["settings"], told["errors"], told["warnings"]) == ("sound", 1, 2)
    assert [p["where"] for p in told["problems"]] == ["w", "w", "w"]
