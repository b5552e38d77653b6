"""Prepared images on disk: names, sidecars, and whether they are still what a row says."""

import hashlib
import json
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from drepano.contracts.inventory import PREPARED
from drepano.errors import UnitError
from drepano.imaging.preparation.naming import image_path
from drepano.imaging.preparation.writer import KEY, SessionWriter, all_there
from drepano.imaging.volumes import Volume

AFFINE = np.diag([1.0, 2.0, 3.0, 1.0])
WHY = UnitError("registration_failed", "overlap 0.1", "Look at the picture.")


def volume_of(value=1.0):
    return Volume(np.full((3, 4, 5), value, np.float32), AFFINE)


def writer_of(folder, key="k1"):
    return SessionWriter(folder, ("01", "2"), key, "drepano preparation 1")


@pytest.mark.parametrize(
    ("suffix", "entities", "more", "name"),
    [
        ("T1w", {"desc": "preproc"}, {}, "anat/sub-01_ses-2_desc-preproc_T1w.nii.gz"),
        (
            "dseg",
            {"desc": "tissue", "space": "asl"},
            {"datatype_of": "asl"},
            "perf/sub-01_ses-2_space-asl_desc-tissue_dseg.nii.gz",
        ),
        (
            "mask",
            {"label": "lesion", "acq": "3d", "space": "T1w"},
            {},
            "anat/sub-01_ses-2_acq-3d_space-T1w_label-lesion_mask.nii.gz",
        ),
    ],
)
def test_names_follow_bids(suffix, entities, more, name):
    path = image_path(Path("d"), ("01", "2"), suffix, entities, **more)
    assert path == Path("d/sub-01/ses-2") / name


def test_an_image_is_listed_with_the_hash_of_its_bytes(tmp_path):
    writer = writer_of(tmp_path)
    writer.image(volume_of(), "T1w", {"desc": "preproc"}, sidecar={"A": 1}, metadata={"B": 2})
    [row] = writer.rows
    PREPARED.from_rows([row])
    path = Path(row["path"])
    assert hashlib.sha256(path.read_bytes()).hexdigest() == row["sha256"]
    assert np.array_equal(nib.load(path).get_fdata(), volume_of().voxels)
    assert np.allclose(nib.load(path).affine, AFFINE)
    told = json.loads(path.with_name("sub-01_ses-2_desc-preproc_T1w.json").read_text())
    assert told == {"A": 1, "B": 2, KEY: "k1"}
    assert all_there(writer.rows)


def test_images_of_a_later_setting_are_not_taken_for_those_of_an_earlier(tmp_path):
    first, second = writer_of(tmp_path), writer_of(tmp_path, "k2")
    for number, writer in enumerate((first, second)):
        writer.image(volume_of(number), "T1w", {"desc": "preproc"}, sidecar={})
    assert all_there(second.rows)
    assert not all_there(first.rows)


def test_a_removed_image_is_missed(tmp_path):
    writer = writer_of(tmp_path)
    writer.image(volume_of(), "T1w", {"desc": "preproc"}, sidecar={})
    Path(writer.rows[0]["path"]).unlink()
    assert not all_there(writer.rows)


def test_what_cannot_be_made_is_a_row_and_takes_the_old_image_away(tmp_path):
    writer_of(tmp_path).image(volume_of(), "FLAIR", {"desc": "preproc"}, sidecar={})
    writer = writer_of(tmp_path, "k2")
    writer.unusable("FLAIR", {"desc": "preproc"}, WHY)
    [row] = writer.rows
    assert (row["reason"], row["sha256"]) == ("registration_failed", "")
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []
    assert all_there(writer.rows)


def test_an_image_that_was_made_is_not_called_unusable(tmp_path):
    writer = writer_of(tmp_path)
    writer.image(volume_of(), "FLAIR", {"desc": "preproc"}, sidecar={})
    writer.unusable("FLAIR", {"desc": "preproc"}, WHY)
    assert [row["reason"] for row in writer.rows] == [""]


def test_equal_voxels_give_equal_bytes(tmp_path):
    rows = []
    for folder in ("a", "b"):
        writer = writer_of(tmp_path / folder)
        writer.image(volume_of(), "T1w", {}, sidecar={})
        rows += writer.rows
    assert rows[0]["sha256"] == rows[1]["sha256"]
