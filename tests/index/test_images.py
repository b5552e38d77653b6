"""Images: what is recorded, and a row and a message for each that can not be used."""

import gzip
import os
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from drepano.index.findings import Problems
from drepano.index.headers import inspect_image

SHEAR = np.array([[1, 0.15, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]])
T1 = "sub-01/anat/sub-01_T1w.nii.gz"


def test_nothing_but_the_header_is_parsed(place, monkeypatch) -> None:
    """Voxels that nobody could unpack are found when features are taken, not here."""
    path = place.image("sub-01/anat/sub-01_T1w.nii")
    place.image("sub-02/anat/sub-02_T1w.nii.gz")

    def refuse(*_: object, **__: object):
        raise AssertionError("voxels were asked for")

    monkeypatch.setattr(nib, "load", refuse)
    monkeypatch.setattr("nibabel.arrayproxy.ArrayProxy.__array__", refuse)
    monkeypatch.setattr("gzip.open", refuse)
    index = place.index()
    assert index.problems == []
    assert index.images[path.name]["voxels"] == 120


def test_a_whole_image_is_recorded(place) -> None:
    path = place.image("sub-01/ses-a/anat/sub-01_ses-a_acq-mp2_run-01_T1w.nii.gz")
    index = place.index()
    assert index.problems == []
    (row,) = index.images.values()
    assert row["subject"] == "01"
    assert row["session"] == "a"
    assert row["suffix"] == "T1w"
    assert row["entities"] == '{"acq": "mp2", "run": "01"}'
    assert row["voxels"] == 4 * 5 * 6
    assert row["derivative"] is False
    assert (row["reason"], row["detail"], row["remedy"]) == ("", "", "")
    assert len(row["sha256"]) == 64
    assert row["path"] == str(path)
    assert index.flags == {("01", "a"): "i"}


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("sub-01_T1w.nii", (4, 5, 6)),
        ("sub-01_T1w.nii.gz", (4, 5, 6)),
        ("sub-01_T1w.nii.gz", (4, 5, 6, 1)),
        ("sub-01_T1w.mgz", (4, 5, 6)),
    ],
)
def test_formats(place, name, shape) -> None:
    place.image(f"sub-01/anat/{name}", shape=shape, dtype="float32")
    index = place.index()
    assert index.problems == []
    assert index.images[name]["voxels"] == 120


def test_nifti_2(place) -> None:
    path = place.image("sub-01/anat/sub-01_T1w.nii")
    nib.save(nib.Nifti2Image(np.ones((3, 3, 3), "u1"), np.eye(4)), path)
    assert place.index().images["sub-01_T1w.nii"]["voxels"] == 27


def test_a_rotated_grid_is_no_shear(place) -> None:
    turn = nib.affines.from_matvec(nib.eulerangles.euler2mat(0.3, 0.2, 0.1) * [1, 1, 3])
    place.image(T1, affine=turn)
    assert place.index().problems == []


@pytest.mark.parametrize(
    ("name", "change", "reason", "detail"),
    [
        ("T1w.nii.gz", lambda _: b"", "unreadable", "an empty file (0 bytes)"),
        ("T1w.nii", lambda _: b"", "unreadable", "an empty file (0 bytes)"),
        ("T1w.nii", lambda b: b[:352], "unreadable", "352 bytes, where the header asks for 592"),
        ("T1w.nii", lambda b: b[:-1], "unreadable", "591 bytes, where the header asks for 592"),
        ("T1w.nii", lambda b: b[:100], "unreadable", "no usable image header"),
        ("T1w.nii", lambda _: b"\1" * 400, "unreadable", "no usable image header"),
        ("T1w.nii", lambda b: b.replace(b"n+1\0", b"ni1\0"), "unreadable", "no NIfTI image in a"),
        ("T1w.nii.gz", lambda b: b[:-9], "unreadable", "a gzip file that ends early"),
        ("T1w.nii.gz", lambda b: b[: len(b) // 2], "unreadable", "a gzip file that ends early"),
        ("T1w.nii.gz", lambda b: b[:30], "unreadable", "no usable image header: it ends after"),
        ("T1w.nii.gz", lambda _: b"plain text", "unreadable", "its content is not"),
        ("T1w.nii.gz", lambda _: b"\x1f\x8b" + b"\0" * 50, "unreadable", "it can not be read"),
        (
            "T1w.nii.gz",
            lambda b: gzip.compress(gzip.decompress(b)[:400]),
            "unreadable",
            "400 bytes, where the header asks for 592",
        ),
        ("T1w.mgz", lambda b: b[:-9], "unreadable", "a gzip file that ends early"),
        ("T1w.mgz", lambda _: gzip.compress(b"\0" * 400), "unreadable", "no usable image header"),
    ],
)
def test_a_damaged_image_is_a_row_and_a_problem(place, name, change, reason, detail) -> None:
    path = place.image(f"sub-01/anat/sub-01_{name}")
    path.write_bytes(change(path.read_bytes()))
    place.image("sub-02/anat/sub-02_T1w.nii.gz")
    index = place.index()
    row = index.images[path.name]
    assert row["reason"] == reason
    assert detail in row["detail"]
    assert index.images["sub-02_T1w.nii.gz"]["reason"] == ""
    (problem,) = index.problems
    assert problem["severity"] == "error"
    assert problem["where"] == str(path)
    assert problem["found"] == row["detail"]
    assert problem["remedy"] == row["remedy"] != ""
    assert index.flags == {("01", ""): "i", ("02", ""): "i"}


@pytest.mark.parametrize(
    ("options", "reason", "detail"),
    [
        ({"dtype": "complex64"}, "unsupported_pixels", "complex voxels"),
        ({"shape": (4, 5, 6, 2)}, "unsupported_pixels", "an image of 4 x 5 x 6 x 2 voxels"),
        ({"shape": (4, 5)}, "unsupported_pixels", "an image of 4 x 5 voxels"),
        ({"affine": SHEAR}, "bad_geometry", "a sheared affine: axes meet at a cosine of 0.1483"),
        ({"affine": np.diag([1, 1, 0, 1.0])}, "bad_geometry", "an affine that is not invertible"),
    ],
)
def test_an_image_that_no_feature_fits(place, options, reason, detail) -> None:
    options = dict(options)
    affine = options.pop("affine", None)
    path = place.image(T1, **options)
    if affine is not None:
        image = nib.load(path)
        image.header.set_sform(affine, code=1)
        nib.save(nib.Nifti1Image(np.asarray(image.dataobj), None, image.header), path)
    row = place.index().images[path.name]
    assert (row["reason"], row["detail"]) == (reason, detail)


def test_colour_voxels(place) -> None:
    path = place.image(T1)
    colour = np.zeros((3, 3, 3), dtype=[("R", "u1"), ("G", "u1"), ("B", "u1")])
    nib.save(nib.Nifti1Image(colour, np.eye(4)), path)
    assert place.index().images[path.name]["detail"] == "colour voxels"


def test_an_affine_of_nan(place) -> None:
    path = place.image("sub-01/anat/sub-01_T1w.nii")
    content = bytearray(path.read_bytes())
    content[280:284] = np.float32(np.nan).tobytes()
    path.write_bytes(content)
    assert place.index().images[path.name]["reason"] == "bad_geometry"


def test_a_quaternion_that_is_none(place) -> None:
    path = place.image("sub-01/anat/sub-01_T1w.nii")
    content = bytearray(path.read_bytes())
    content[252:256] = np.array([1, 0], "<i2").tobytes()  # qform_code, sform_code
    content[256:268] = np.array([1, 1, 1], "<f4").tobytes()  # quatern_b, c, d
    path.write_bytes(content)
    row = place.index().images[path.name]
    assert row["reason"] == "bad_geometry"
    assert "no usable affine" in row["detail"]


def test_a_series_is_no_problem_where_series_belong(place) -> None:
    place.image("sub-01/func/sub-01_task-rest_bold.nii.gz", shape=(4, 4, 4, 3))
    place.image("sub-01/anat/sub-01_MEGRE.nii.gz", shape=(4, 4, 4, 6))
    index = place.index()
    assert index.problems == []
    assert {row["reason"] for row in index.images.values()} == {""}
    assert index.images["sub-01_task-rest_bold.nii.gz"]["voxels"] == 4 * 4 * 4 * 3


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"shape": (4, 4, 4, 3, 2)}, "unsupported_pixels"),
        ({"shape": (4, 4)}, "unsupported_pixels"),
        ({"shape": (4, 4, 4, 3), "dtype": "complex64"}, "unsupported_pixels"),
    ],
)
def test_other_faults_of_a_series_stay(place, options, reason) -> None:
    path = place.image("sub-01/dwi/sub-01_dwi.nii.gz", **options)
    index = place.index()
    assert index.images[path.name]["reason"] == reason
    assert [p["where"] for p in index.problems] == [str(path)]


def test_a_series_that_ends_early(place) -> None:
    path = place.image("sub-01/perf/sub-01_asl.nii", shape=(4, 4, 4, 3))
    path.write_bytes(path.read_bytes()[:-1])
    assert place.index().images[path.name]["reason"] == "unreadable"


def test_bytes_after_a_gzipped_image_and_several_members_are_no_damage(place) -> None:
    path = place.image(T1)
    content = gzip.decompress(path.read_bytes())
    path.write_bytes(gzip.compress(content[:500]) + gzip.compress(content[500:] + b"\0" * 16))
    assert place.index().problems == []


def test_a_link_to_nowhere_is_a_row_and_a_problem(place) -> None:
    path = place.image(T1)
    path.unlink()
    path.symlink_to("../../.git/annex/objects/x")
    index = place.index()
    row = index.images[path.name]
    assert (row["reason"], row["sha256"]) == ("unreadable", "")
    assert index.found == ["a link to a file that is not there"]
    assert "datalad get" in index.problems[0]["remedy"]
    assert index.flags == {("01", ""): "i"}


def test_a_file_that_can_not_be_opened(place, monkeypatch) -> None:
    path = place.image(T1)
    place.image("sub-02/anat/sub-02_T1w.nii.gz")
    opened = Path.open

    def refuse(self: Path, *args: object, **options: object):
        if self == path:
            raise PermissionError(13, "Permission denied")
        return opened(self, *args, **options)

    monkeypatch.setattr(Path, "open", refuse)
    index = place.index()
    assert index.images[path.name]["reason"] == "unreadable"
    assert index.images[path.name]["sha256"] == ""
    assert {p["where"] for p in index.problems} == {str(path)}
    assert "permission denied" in index.found


def test_a_hash_that_fails_makes_the_file_unreadable(place, monkeypatch) -> None:
    path = place.image(T1)
    monkeypatch.setattr(
        "drepano.index.fingerprints._sha256", lambda _: OSError(5, "Input/output error")
    )
    index = place.index()
    assert index.images[path.name]["reason"] == "unreadable"
    assert index.found == ["input/output error"]
    assert index.problems[0]["remedy"] == index.images[path.name]["remedy"]


def test_a_folder_that_can_not_be_listed(place, monkeypatch) -> None:
    place.image(T1)
    place.image("sub-02/anat/sub-02_T1w.nii.gz")
    listed = os.scandir

    def refuse(folder: Path):
        if str(folder).endswith("sub-01/anat"):
            raise PermissionError(13, "Permission denied")
        return listed(folder)

    monkeypatch.setattr("drepano.index.walk.os.scandir", refuse)
    index = place.index()
    assert index.found == ["permission denied"]
    assert list(index.images) == ["sub-02_T1w.nii.gz"]


def test_no_file_is_too_odd_for_a_header(tmp_path) -> None:
    """Any bytes give a fate, never an exception."""
    random = np.random.default_rng(5)
    good = tmp_path / "good.nii"
    nib.save(nib.Nifti1Image(np.ones((3, 3, 3), "i2"), np.eye(4)), good)
    content = good.read_bytes()
    path = tmp_path / "odd.nii"
    for _ in range(300):
        changed = bytearray(content)
        for place in random.integers(0, 352, 3):
            changed[place] = random.integers(0, 256)
        path.write_bytes(changed)
        _, fate = inspect_image(path, len(changed))
        assert fate.reason in ("", "unreadable", "unsupported_pixels", "bad_geometry")


def test_problems_are_sorted_and_told_once() -> None:
    problems = Problems()
    for where in ("b", "a", "b"):
        problems.warning(where, found="f", expected="e", remedy="r")
    problems.error("z", found="f", expected="e", remedy="r")
    assert [p["where"] for p in problems.table().to_pylist()] == ["z", "a", "b"]
