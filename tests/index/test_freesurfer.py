"""FreeSurfer and FastSurfer folders: images under BIDS names, and what is no single session."""

import json

import pytest

from drepano.contracts.inventory import BIDS_FILES, SUBJECTS
from drepano.imaging import plan
from drepano.settings import Imaging

FOLDER = "derivatives/freesurfer"
KNOWN = {
    "aseg.mgz": ("dseg", "aseg"),
    "aparc+aseg.mgz": ("dseg", "aparcaseg"),
    "aparc.a2009s+aseg.mgz": ("dseg", "aparca2009saseg"),
    "aparc.DKTatlas+aseg.mgz": ("dseg", "aparcDKTatlasaseg"),
    "aparc.DKTatlas+aseg.deep.mgz": ("dseg", "aparcDKTatlasasegdeep"),
    "brainmask.mgz": ("mask", "brain"),
    "norm.mgz": ("T1w", "norm"),
    "T1.mgz": ("T1w", "conformed"),
}


@pytest.mark.parametrize(
    ("folder", "session"),
    [("sub-01", ""), ("sub-01_ses-a", "a"), ("sub-01/ses-a", "a")],
)
def test_images_get_bids_names(place, folder, session) -> None:
    scan = f"sub-01/ses-{session}/anat/sub-01_ses-{session}" if session else "sub-01/anat/sub-01"
    place.image(f"{scan}_T1w.nii.gz")
    for name in KNOWN:
        place.image(f"{FOLDER}/{folder}/mri/{name}")
    for other in ("mri/orig.mgz", "mri/orig/001.mgz", "mri/transforms/x.mgz"):
        place.image(f"{FOLDER}/{folder}/{other}")
    (place.bids / FOLDER / "dataset_description.json").unlink()
    index = place.index()
    assert index.problems == []
    rows = {name: row for name, row in index.images.items() if row["derivative"]}
    assert set(rows) == set(KNOWN)
    for name, (suffix, desc) in KNOWN.items():
        row = rows[name]
        assert (row["subject"], row["session"], row["suffix"]) == ("01", session, suffix)
        assert json.loads(row["entities"]) == {"desc": desc, "space": "fsnative"}
        assert len(row["sha256"]) == 64
        assert row["reason"] == ""
    assert index.flags == {("01", session): "i"}


@pytest.mark.parametrize(
    ("folder", "base", "found"),
    [
        ("sub-01_ses-a.long.sub-01", None, "a folder of FreeSurfer's longitudinal stream"),
        ("sub-01", "base-tps", "a folder of FreeSurfer's longitudinal stream"),
        ("sub-01", "base-tps.fastsurfer", "a folder of FreeSurfer's longitudinal stream"),
        ("sub-01_acq-x", None, "a FreeSurfer folder whose name is no subject and session"),
        ("sub-01_ses-a/ses-b", None, "a FreeSurfer folder whose name is no subject and session"),
        ("sub-01/ses-a/anat", None, "a FreeSurfer folder whose name is no subject and session"),
    ],
)
def test_what_is_of_no_single_session_is_a_problem_and_no_guess(place, folder, base, found) -> None:
    place.image("sub-01/anat/sub-01_T1w.nii.gz")
    place.image(f"{FOLDER}/{folder}/mri/aseg.mgz")
    place.image(f"{FOLDER}/sub-02/mri/aseg.mgz")
    if base:
        (place.bids / FOLDER / folder / base).write_text("sub-01_ses-a\n")
    index = place.index()
    assert [row["subject"] for row in index.images.values() if row["derivative"]] == ["02"]
    told = [p for p in index.problems if p["found"] == found]
    assert [(p["severity"], p["where"]) for p in told] == [
        ("error", str(place.bids / FOLDER / folder))
    ]


def test_a_folder_mri_in_the_raw_dataset_is_none_of_freesurfers(place) -> None:
    place.image("sub-01/anat/sub-01_T1w.nii.gz")
    place.image("sub-01/mri/aseg.mgz")
    index = place.index()
    assert list(index.images) == ["sub-01_T1w.nii.gz"]
    assert "1 images without a BIDS name, the first: aseg.mgz" in index.found


IMAGING = {
    "region_sets": {
        "aseg": {
            "suffix": "dseg",
            "entities": {"desc": "aseg"},
            "names": "freesurfer",
            "regions": {"hippocampus_left": "Left-Hippocampus"},
        }
    },
    "modalities": {
        "t1w": {
            "suffix": "T1w",
            "region_sets": ["aseg"],
            "other_grid": "resample_regions",
            "feature_classes": {"firstorder": ["Mean"]},
        }
    },
}


def planned(place):
    """Give the region file of the only unit."""
    index = place.index()
    made = plan(
        Imaging.model_validate(IMAGING),
        SUBJECTS.from_rows(index.subjects),
        BIDS_FILES.from_rows([*index.images.values()]),
    )
    assert made.states.num_rows == 0
    ((_, unit),) = made.units
    return unit.payload


def test_a_run_pairs_with_the_raw_scan_and_comes_after_files_on_its_grid(place) -> None:
    scan = place.image("sub-01/anat/sub-01_T1w.nii.gz")
    aseg = place.image(f"{FOLDER}/sub-01/mri/aseg.mgz")
    place.image(f"{FOLDER}/sub-01/mri/norm.mgz")
    payload = planned(place)
    assert payload["scan"] == str(scan)
    assert payload["region_sets"]["aseg"]["path"] == str(aseg)
    own = place.image("derivatives/fmriprep/sub-01/anat/sub-01_desc-aseg_dseg.nii.gz")
    assert planned(place)["region_sets"]["aseg"]["path"] == str(own)
