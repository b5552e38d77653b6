"""Datasets: names, folders, derivatives, label tables, descriptions."""

import json
import os
from pathlib import Path

import pytest

from drepano.errors import InputError
from drepano.index import inventory_digest

DSEG = "derivatives/seg/sub-01/ses-a/anat/sub-01_ses-a_desc-fast_dseg.nii.gz"


def test_derivatives_are_found_below_the_dataset(place) -> None:
    place.image("sub-01/ses-a/anat/sub-01_ses-a_T1w.nii.gz")
    place.image(DSEG)
    place.image("derivatives/lesions/sub-01/ses-a/anat/sub-01_ses-a_label-lesion_mask.nii.gz")
    index = place.index()
    assert index.problems == []
    flags = {name: row["derivative"] for name, row in index.images.items()}
    assert flags == {
        "sub-01_ses-a_T1w.nii.gz": False,
        "sub-01_ses-a_desc-fast_dseg.nii.gz": True,
        "sub-01_ses-a_label-lesion_mask.nii.gz": True,
    }
    assert json.loads(index.images["sub-01_ses-a_label-lesion_mask.nii.gz"]["entities"]) == {
        "label": "lesion"
    }


def test_only_stated_derivatives_are_read(place) -> None:
    place.image("sub-01/anat/sub-01_T1w.nii.gz")
    place.image("derivatives/seg/sub-01/anat/sub-01_dseg.nii.gz")
    place.image("derivatives/other/sub-01/anat/sub-01_label-x_mask.nii.gz")
    place.settings["imaging"]["derivatives"] = [str(place.bids / "derivatives" / "seg")]
    assert sorted(place.index().images) == ["sub-01_T1w.nii.gz", "sub-01_dseg.nii.gz"]


@pytest.mark.parametrize(
    ("tables", "chosen"),
    [
        ([], None),
        (["dseg.tsv"], "dseg.tsv"),
        (["dseg.tsv", "desc-fast_dseg.tsv"], "desc-fast_dseg.tsv"),
        (["desc-slow_dseg.tsv"], None),
        (["dseg.tsv", "sub-01/sub-01_dseg.tsv"], "sub-01/sub-01_dseg.tsv"),
        (
            ["desc-fast_dseg.tsv", "sub-01/ses-a/anat/sub-01_ses-a_desc-fast_dseg.tsv"],
            "sub-01/ses-a/anat/sub-01_ses-a_desc-fast_dseg.tsv",
        ),
        (["sub-01/ses-a/anat/sub-01_ses-b_desc-fast_dseg.tsv", "dseg.tsv"], "dseg.tsv"),
    ],
)
def test_label_tables_are_inherited(place, tables, chosen) -> None:
    place.image("sub-01/ses-a/anat/sub-01_ses-a_T1w.nii.gz")
    image = place.image(DSEG)
    root = place.bids / "derivatives" / "seg"
    for name in tables:
        (root / name).write_text("index\tname\n1\tgrey\n")
    row = place.index().images[image.name]
    assert row["label_table"] == (None if chosen is None else str(root / chosen))
    assert (row["label_table_sha256"] is None) == (chosen is None)


def test_two_label_tables_that_fit_equally_are_a_problem(place) -> None:
    place.image("sub-01/anat/sub-01_T1w.nii.gz")
    image = place.image("derivatives/seg/sub-01/anat/sub-01_desc-a_res-1_dseg.nii.gz")
    for name in ("desc-a_dseg.tsv", "res-1_dseg.tsv"):
        (place.bids / "derivatives" / "seg" / name).write_text("index\tname\n")
    index = place.index()
    assert index.images[image.name]["label_table"] is None
    assert index.found == [f"2 label tables that fit {image.name} equally well"]


def test_a_mask_has_no_label_table(place) -> None:
    place.image("sub-01/anat/sub-01_T1w.nii.gz")
    place.image("derivatives/seg/sub-01/anat/sub-01_label-lesion_mask.nii.gz")
    (place.bids / "derivatives" / "seg" / "dseg.tsv").write_text("index\tname\n")
    assert place.index().images["sub-01_label-lesion_mask.nii.gz"]["label_table"] is None


@pytest.mark.parametrize(
    "name", ["sub-01_brain_mask.nii.gz", "T1.nii.gz", "sub-01_acq-a-b_T1w.nii.gz", "sub-01.nii"]
)
def test_images_without_a_bids_name_are_counted(place, name) -> None:
    place.image("sub-01/anat/sub-01_T1w.nii.gz")
    place.image(f"sub-01/anat/{name}")
    index = place.index()
    assert list(index.images) == ["sub-01_T1w.nii.gz"]
    assert index.found == [f"1 images without a BIDS name, the first: {name}"]
    assert index.problems[0]["severity"] == "warning"


@pytest.mark.parametrize(
    "path", ["sub-01/anat/sub-02_T1w.nii.gz", "sub-01/ses-a/anat/sub-01_ses-b_T1w.nii.gz"]
)
def test_a_name_and_a_folder_that_disagree(place, path) -> None:
    place.image(path)
    place.image("sub-03/anat/sub-03_T1w.nii.gz")
    index = place.index()
    assert index.found == ["a name that says another subject or session than its folder"]
    assert index.flags == {("03", ""): "i"}


def test_a_name_without_session_takes_that_of_its_folder(place) -> None:
    place.image("sub-01/ses-a/anat/sub-01_T1w.nii.gz")
    assert place.index().flags == {("01", "a"): "i"}


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (None, "no description"),
        (b"{", "a description that is not JSON in UTF-8"),
        ('{"Name": "é"}'.encode("latin-1"), "a description that is not JSON in UTF-8"),
        (b"[]", "a description without Name or BIDSVersion"),
        (b'{"Name": "x"}', "a description without Name or BIDSVersion"),
    ],
)
def test_a_dataset_without_usable_description_is_used(place, content, found) -> None:
    place.image("sub-01/anat/sub-01_T1w.nii.gz")
    path = place.bids / "dataset_description.json"
    path.unlink() if content is None else path.write_bytes(content)
    index = place.index()
    assert index.found == [found]
    assert index.problems[0]["severity"] == "warning"
    assert index.flags == {("01", ""): "i"}


def test_a_dataset_without_subjects_is_told(place) -> None:
    place.describe(place.bids)
    with pytest.raises(InputError, match="no image of any subject"):
        place.index()


def test_hidden_files_are_left_out(place) -> None:
    place.image("sub-01/anat/sub-01_T1w.nii.gz")
    place.image("sub-01/anat/._sub-01_T1w.nii.gz")
    assert list(place.index().images) == ["sub-01_T1w.nii.gz"]


def test_links_to_folders_are_followed_and_circles_end(place, tmp_path) -> None:
    path = place.image("sub-01/anat/sub-01_T1w.nii.gz")
    elsewhere = tmp_path / "elsewhere"
    (place.bids / "sub-01").rename(elsewhere)
    (place.bids / "sub-01").symlink_to(elsewhere)
    (elsewhere / "again").symlink_to(elsewhere)
    index = place.index()
    assert index.images[path.name]["path"] == str(path)
    assert index.found == ["a link to a folder above itself"]


def test_many_subjects_keep_their_own(place) -> None:
    """200 subjects of two sessions: each row says what its path says."""
    first = place.image("sub-000/ses-a/anat/sub-000_ses-a_T1w.nii.gz")
    for number in range(200):
        for session in ("a", "b"):
            name = f"sub-{number:03}/ses-{session}/anat/sub-{number:03}_ses-{session}_T1w.nii.gz"
            path = place.bids / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                path.hardlink_to(first)
    index = place.index()
    assert index.problems == []
    assert len(index.images) == 400
    for row in index.images.values():
        stem = f"sub-{row['subject']}_ses-{row['session']}_T1w.nii.gz"
        assert Path(str(row["path"])).name == stem
    assert len(index.subjects) == 400
    assert len({row["sha256"] for row in index.images.values()}) == 1


def test_a_link_to_itself_is_a_problem_and_stops_nothing(place) -> None:
    path = place.image("sub-01/anat/sub-01_T1w.nii.gz")
    (path.parent / "loop").symlink_to("loop")
    index = place.index()
    assert list(index.images) == [path.name]
    assert index.found == ["too many levels of symbolic links"]
    assert inventory_digest(place.site)


def test_a_pipe_among_the_scans_is_not_opened(place) -> None:
    path = place.image("sub-01/anat/sub-01_T1w.nii.gz")
    os.mkfifo(path.with_name("sub-01_FLAIR.nii.gz"))
    index = place.index()
    assert index.images["sub-01_FLAIR.nii.gz"]["reason"] == "unreadable"
    assert index.found == ["neither a file nor a folder"]


@pytest.mark.parametrize(
    "name",
    [
        b"sub-01/anat/sub-01_acq-\xef_T1w.nii.gz",
        b"derivatives/\xef/sub-01/anat/sub-01_dseg.nii.gz",
    ],
)
def test_names_that_are_not_utf_8_are_told_and_stop_nothing(place, name) -> None:
    """Bytes of an old encoding, as a file server of the nineties leaves them."""
    path = place.image("sub-01/anat/sub-01_T1w.nii.gz")
    odd = os.path.join(os.fsencode(place.bids), name)  # noqa: PTH118 - bytes
    os.makedirs(os.path.dirname(odd), exist_ok=True)  # noqa: PTH103, PTH120 - bytes
    Path(os.fsdecode(odd)).write_bytes(path.read_bytes())
    index = place.index()
    assert list(index.images) == [path.name]
    assert any(found.startswith("1 images without a BIDS name") for found in index.found)
    assert inventory_digest(place.site)
