"""Values and files beside an image, by the BIDS inheritance principle."""

import hashlib
import json
import os
import tarfile

import pytest

from drepano.index import inventory_digest, sidecars
from drepano.index.datasets import read_dataset
from drepano.index.findings import Problems

ASL = "sub-01/perf/sub-01_asl.nii.gz"
DWI = "sub-01/dwi/sub-01_acq-a_dwi.nii.gz"


def beside(place, path, content):
    """Write a file below the BIDS folder."""
    file = place.bids / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return file


def metadata(index, name="sub-01_asl.nii.gz"):
    return json.loads(index.images[name]["metadata"])


def companions(index, name):
    return json.loads(index.images[name]["companions"])


def test_an_image_alone(place) -> None:
    place.image(ASL)
    (row,) = place.index().images.values()
    assert (row["metadata"], row["companions"], row["companions_sha256"]) == ("{}", "{}", "")


def test_the_nearest_value_wins(place) -> None:
    place.image(ASL)
    beside(place, "asl.json", {"EchoTime": 1, "FlipAngle": 1, "M0Type": "Absent"})
    beside(place, "sub-01/sub-01_asl.json", {"EchoTime": 2, "FlipAngle": 2})
    beside(place, "sub-01/perf/sub-01_asl.json", {"EchoTime": 3, "PostLabelingDelay": [1, 2]})
    index = place.index()
    assert index.problems == []
    expected = {"EchoTime": 3, "FlipAngle": 2, "M0Type": "Absent", "PostLabelingDelay": [1, 2]}
    assert metadata(index) == expected


def test_in_one_folder_the_name_that_says_more_wins(place) -> None:
    place.image(DWI)
    beside(place, "sub-01/dwi/sub-01_dwi.json", {"EchoTime": 1, "FlipAngle": 1})
    beside(place, "sub-01/dwi/sub-01_acq-a_dwi.json", {"EchoTime": 2})
    index = place.index()
    assert index.problems == []
    assert metadata(index, "sub-01_acq-a_dwi.nii.gz") == {"EchoTime": 2, "FlipAngle": 1}


@pytest.mark.parametrize(
    "path",
    [
        "T1w.json",  # another suffix
        "task-x_asl.json",  # an entity that the image lacks
        "sub-02/perf/sub-02_asl.json",  # another subject
        "sub-01/anat/sub-01_asl.json",  # beside it, not above
        "derivatives/x/sub-01/perf/sub-01_asl.json",
    ],
)
def test_what_does_not_hold_for_the_image(place, path) -> None:
    place.image(ASL)
    beside(place, path, {"EchoTime": 1})
    assert metadata(place.index()) == {}


def test_the_session_of_a_folder_counts(place) -> None:
    place.image("sub-01/ses-a/perf/sub-01_asl.nii.gz")
    beside(place, "sub-01/ses-a/sub-01_ses-a_asl.json", {"EchoTime": 1})
    assert metadata(place.index()) == {"EchoTime": 1}


def test_names_dates_and_prose_are_never_kept(place) -> None:
    place.image(ASL)
    planted = {
        "PatientName": "Planted",
        "AcquisitionDateTime": "2020-02-02T10:00:00",
        "InstitutionName": "Planted",
        "Manufacturer": "Planted" * 10,
        "Units": {"Planted": 1},
        "SliceTiming": [0, "Planted"],
        "EchoTime": 0.01,
    }
    beside(place, "sub-01/perf/sub-01_asl.json", planted)
    assert metadata(place.index()) == {"EchoTime": 0.01}


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("{", "a sidecar that is not JSON in UTF-8"),
        ("[1]", "a sidecar that is no JSON object"),
    ],
)
def test_a_broken_sidecar_is_a_problem_and_no_value_of_another_is_taken(
    place, content, found
) -> None:
    place.image(ASL)
    beside(place, "asl.json", {"EchoTime": 1})
    path = beside(place, "sub-01/perf/sub-01_asl.json", content)
    index = place.index()
    assert metadata(index) == {}
    assert [(p["where"], p["found"]) for p in index.problems] == [(str(path), found)]
    assert index.images["sub-01_asl.nii.gz"]["reason"] == ""


def test_a_sidecar_that_is_not_utf_8(place) -> None:
    place.image(ASL)
    beside(place, "sub-01/perf/sub-01_asl.json", "").write_bytes(b'{"Units": "\xff"}')
    assert place.index().found == ["a sidecar that is not JSON in UTF-8"]


def test_a_number_that_is_none_is_dropped(place) -> None:
    place.image(ASL)
    beside(place, "sub-01/perf/sub-01_asl.json", '{"EchoTime": NaN, "FlipAngle": 90}')
    assert metadata(place.index()) == {"FlipAngle": 90}


def test_two_sidecars_that_fit_equally_well_are_a_problem(place) -> None:
    place.image("sub-01/dwi/sub-01_acq-a_run-1_dwi.nii.gz")
    beside(place, "dwi.json", {"EchoTime": 1})
    beside(place, "sub-01/dwi/sub-01_acq-a_dwi.json", {"EchoTime": 2})
    beside(place, "sub-01/dwi/sub-01_run-1_dwi.json", {"EchoTime": 3})
    index = place.index()
    name = "sub-01_acq-a_run-1_dwi.nii.gz"
    assert metadata(index, name) == {}
    assert index.found == [f"2 .json files that fit {name} equally well"]


def test_gradients_and_context_come_from_the_nearest_folder(place) -> None:
    place.image(DWI)
    place.image(ASL)
    beside(place, "dwi.bval", "0 9")
    bvec = beside(place, "dwi.bvec", "0\n0\n0")
    bval = beside(place, "sub-01/dwi/sub-01_acq-a_dwi.bval", "0 1")
    context = beside(place, "sub-01/perf/sub-01_aslcontext.tsv", "volume_type\ncontrol\n")
    index = place.index()
    assert index.problems == []
    assert companions(index, "sub-01_acq-a_dwi.nii.gz") == {"bval": str(bval), "bvec": str(bvec)}
    assert companions(index, "sub-01_asl.nii.gz") == {"aslcontext": str(context)}
    hashes = {
        kind: hashlib.sha256(path.read_bytes()).hexdigest()
        for kind, path in (("bval", bval), ("bvec", bvec))
    }
    told = json.dumps(hashes, sort_keys=True).encode()
    row = index.images["sub-01_acq-a_dwi.nii.gz"]
    assert row["companions_sha256"] == hashlib.sha256(told).hexdigest()


def test_two_gradients_that_fit_equally_well_are_a_problem(place) -> None:
    place.image("sub-01/dwi/sub-01_acq-a_run-1_dwi.nii.gz")
    beside(place, "sub-01/dwi/sub-01_acq-a_dwi.bval", "0")
    beside(place, "sub-01/dwi/sub-01_run-1_dwi.bval", "0")
    index = place.index()
    name = "sub-01_acq-a_run-1_dwi.nii.gz"
    assert companions(index, name) == {}
    assert index.found == [f"2 .bval files that fit {name} equally well"]


def test_a_link_to_nowhere_is_a_problem(place) -> None:
    place.image(ASL)
    path = place.bids / "sub-01/perf/sub-01_asl.json"
    path.symlink_to("../../.git/annex/objects/x")
    index = place.index()
    assert index.found == ["a link to a file that is not there"]
    assert metadata(index) == {}


@pytest.mark.parametrize("name", ["sub-01_asl.json", "sub-01_aslcontext.tsv", "sub-01_asl.bval"])
def test_a_changed_file_beside_an_image_changes_the_digest(place, name) -> None:
    place.image(ASL)
    path = beside(place, f"sub-01/perf/{name}", '{"EchoTime": 1}')
    before = inventory_digest(place.site)
    assert inventory_digest(place.site) == before
    path.write_text('{"EchoTime": 2}')
    os.utime(path, ns=(1, 1))
    changed = inventory_digest(place.site)
    assert changed != before
    path.unlink()
    assert inventory_digest(place.site) not in (before, changed)


def test_a_changed_companion_changes_its_hash(place) -> None:
    place.image(DWI)
    path = beside(place, "sub-01/dwi/sub-01_dwi.bval", "0 1")
    before = place.index().images["sub-01_acq-a_dwi.nii.gz"]["companions_sha256"]
    path.write_text("0 1000")
    after = place.index().images["sub-01_acq-a_dwi.nii.gz"]["companions_sha256"]
    assert len(before) == len(after) == 64
    assert before != after


def test_each_sidecar_is_read_once(place, monkeypatch) -> None:
    for subject in ("01", "02", "03"):
        place.image(f"sub-{subject}/perf/sub-{subject}_asl.nii.gz")
    beside(place, "asl.json", {"EchoTime": 1})
    beside(place, "T2w.json", {"EchoTime": 1})
    read, paths = sidecars.read_sidecar, []
    monkeypatch.setattr(
        sidecars, "read_sidecar", lambda path: paths.append(path.name) or read(path)
    )
    index = place.index()
    assert paths == ["asl.json"]
    assert all(json.loads(row["metadata"]) == {"EchoTime": 1} for row in index.images.values())


@pytest.mark.real_data
def test_real_datasets(shared_data, tmp_path) -> None:
    """ds114 keeps the gradients of all subjects at its root, asl002 all beside its scan."""
    for name in ("ds114", "asl002"):
        archive = shared_data / "bids" / "bids-examples" / f"{name}.tar.gz"
        with tarfile.open(archive) as opened:
            opened.extractall(tmp_path, filter="data")
    problems = Problems()
    read = {}
    for name in ("ds114", "asl002"):
        dataset = read_dataset(tmp_path / name, derivative=False, problems=Problems())
        found = sidecars.read_beside(dataset, problems)
        read |= {i.entry.path.name: b for i, b in zip(dataset.images, found, strict=True)}
    assert problems.rows == set()
    weighted = [beside for name, beside in read.items() if name.endswith("_dwi.nii.gz")]
    assert len(weighted) == 20
    assert {e.path for beside in weighted for e in beside.companions.values()} == {
        tmp_path / "ds114" / "dwi.bval",
        tmp_path / "ds114" / "dwi.bvec",
    }
    asl = read["sub-Sub103_asl.nii.gz"]
    assert asl.companions["aslcontext"].path.name == "sub-Sub103_aslcontext.tsv"
    assert asl.metadata["ArterialSpinLabelingType"] == "PCASL"
    assert asl.metadata["PostLabelingDelay"] == 2.0
    assert len(asl.metadata["SliceTiming"]) == 20
    assert "LabelingLocationDescription" not in asl.metadata
