"""What happens to a folder that is there already."""

import json
import re

import pytest

from drepano.errors import InputError
from drepano.synthetic import make_cohort

SMALL = {"subjects": 1, "seed": 3, "voxel_mm": 12.0}


@pytest.fixture
def made(tmp_path):
    folder = tmp_path / "demo"
    make_cohort(folder, **SMALL)
    return folder


def times(folder):
    return {p: p.stat().st_mtime_ns for p in sorted(folder.rglob("*"))}


def test_a_second_call_touches_nothing(made):
    before = times(made)
    make_cohort(made, **SMALL)
    assert times(made) == before


def test_results_beside_the_cohort_do_not_matter(made):
    (made / "results").mkdir()
    (made / "results" / "matrix.parquet").write_text("kept")
    before = times(made)
    make_cohort(made, **SMALL)
    assert times(made) == before


def test_a_changed_site_file_is_kept(made):
    site = made / "config" / "site.yaml"
    site.write_text(site.read_text().replace("shards: 2", "shards: 3"))
    make_cohort(made, **SMALL)
    assert "shards: 3" in site.read_text()


@pytest.mark.parametrize("change", [{"seed": 4}, {"subjects": 2}, {"voxel_mm": 11.0}])
def test_another_cohort_is_refused_and_left_whole(made, change):
    before = times(made)
    with pytest.raises(InputError, match="a cohort of other parameters"):
        make_cohort(made, **SMALL | change)
    assert times(made) == before


def test_another_study_is_another_cohort(made, root):
    with pytest.raises(InputError, match="a cohort of other parameters"):
        make_cohort(made, **SMALL, study=root / "config" / "study.yaml")


def test_a_study_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match=r"absent\.yaml: found no readable file"):
        make_cohort(tmp_path / "demo", **SMALL, study=tmp_path / "absent.yaml")
    assert not (tmp_path / "demo").exists()


def test_foreign_files_are_refused(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match="files that no synthetic cohort put there"):
        make_cohort(tmp_path, **SMALL)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "demo").write_text("mine")
    with pytest.raises(InputError, match="found a file"):
        make_cohort(tmp_path / "demo", **SMALL)


@pytest.mark.parametrize("text", ["not json", "[]", "\xff"])
def test_a_stamp_of_something_else_is_refused(tmp_path, text):
    (tmp_path / "cohort.json").write_text(text, encoding="latin-1")
    with pytest.raises(InputError, match="a cohort of other parameters"):
        make_cohort(tmp_path, **SMALL)


def test_a_broken_off_call_is_taken_up_with_the_old_key(made):
    stamp = made / "cohort.json"
    whole = json.loads(stamp.read_text())
    stamp.write_text(json.dumps(whole | {"files": None}))
    (made / "truth" / "imaging.tsv").unlink()
    key = (made / "config" / "pseudonym.key").read_text()
    make_cohort(made, **SMALL)
    assert json.loads(stamp.read_text()) == whole
    assert (made / "truth" / "imaging.tsv").is_file()
    assert (made / "config" / "pseudonym.key").read_text() == key


def test_a_removed_file_is_written_again(made):
    gone = next(made.rglob("*_T1w.nii.gz"))
    content = gone.read_bytes()
    gone.unlink()
    make_cohort(made, **SMALL)
    assert gone.read_bytes() == content


def test_the_key_is_secret_and_long(made):
    key = made / "config" / "pseudonym.key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert re.fullmatch("[0-9a-f]{64}\n", key.read_text())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"subjects": 0}, "subjects: found 0; expected 1 or more"),
        ({"seed": -1}, "seed: found -1; expected 0 or more"),
        ({"voxel_mm": 1.0}, "voxel_mm: found 1.0; expected 2 to 12"),
        ({"voxel_mm": float("nan")}, "voxel_mm: found nan; expected 2 to 12"),
    ],
)
def test_arguments_out_of_range_are_refused(tmp_path, change, message):
    with pytest.raises(InputError, match=message):
        make_cohort(tmp_path / "demo", **SMALL | change)
    assert not (tmp_path / "demo").exists()


def test_all_wrong_arguments_are_told_at_once(tmp_path):
    with pytest.raises(InputError) as caught:
        make_cohort(tmp_path / "demo", subjects=0, seed=-1, voxel_mm=99)
    assert [fault.where for fault in caught.value.faults] == ["subjects", "seed", "voxel_mm"]
