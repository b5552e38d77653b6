"""The whole site: subjects, fingerprints, what must be there, and real datasets."""

import tarfile
from pathlib import Path

import pytest

from drepano.errors import InputError
from drepano.index import fingerprints, inventory_digest
from drepano.settings import parse_site

FIXED = {"site": "tiny", "study": "study.yaml", "key_file": "key"}


def test_subjects_of_all_three_kinds_are_joined(place) -> None:
    place.image("sub-01/ses-a/anat/sub-01_ses-a_T1w.nii.gz")
    place.image("sub-02/ses-a/anat/sub-02_ses-a_T1w.nii.gz")
    place.vcf("c.vcf.gz", ["02", "03"])
    place.clinic("participant_id\tvisit\tHb\n02\tses-b\t8\nsub-04\t\t8\n03\t\t9\n", session="visit")
    assert place.index().flags == {
        ("01", "a"): "i",
        ("02", "a"): "ig",
        ("02", "b"): "gc",
        ("03", ""): "gc",
        ("04", ""): "c",
    }


def test_a_row_for_every_session_adds_none(place) -> None:
    place.image("sub-01/ses-a/anat/sub-01_ses-a_T1w.nii.gz")
    place.clinic("participant_id\tHb\n01\t8\n")
    assert place.index().flags == {("01", "a"): "ic"}


def test_derivatives_add_no_session_to_a_scanned_subject(place) -> None:
    place.image("sub-01/ses-a/anat/sub-01_ses-a_T1w.nii.gz")
    place.image("derivatives/seg/sub-01/anat/sub-01_dseg.nii.gz")
    place.image("derivatives/seg/sub-02/anat/sub-02_dseg.nii.gz")
    assert place.index().flags == {("01", "a"): "i", ("02", ""): ""}


def test_scans_without_session_beside_clinical_sessions_keep_their_row(place) -> None:
    place.image("sub-01/anat/sub-01_T1w.nii.gz")
    place.clinic("participant_id\tvisit\tHb\n01\tb\t8\n", session="visit")
    index = place.index()
    assert index.flags == {("01", ""): "i", ("01", "b"): "c"}
    assert index.found == ["1 subjects with scans without session, and with sessions"]


def test_everything_that_is_not_there_is_named_at_once(tmp_path, place) -> None:
    place.settings |= {
        "imaging": {"bids": str(tmp_path / "b"), "derivatives": [str(tmp_path / "d")]},
        "genomics": {"build": "GRCh38", "vcf": ["x"], "samples": str(tmp_path / "s.tsv")},
    }
    place.clinic("participant_id\tHb\n").unlink()
    with pytest.raises(InputError) as error:
        place.index()
    text = str(error.value)
    names = ("imaging.bids", "imaging.derivatives", "genomics.vcf", "genomics.samples", "clinical")
    for name in names:
        assert f"site: {name}: " in text
    assert len(error.value.faults) == 5
    assert inventory_digest(place.site) == inventory_digest(place.site)


def test_a_disk_that_is_not_mounted_stops_all(place) -> None:
    """An empty folder must never become a release of nobody."""
    place.image("sub-01/anat/sub-01_T1w.nii.gz").rename(place.root / "elsewhere.nii.gz")
    place.image("derivatives/seg/sub-01/anat/sub-01_dseg.nii.gz")
    place.clinic("participant_id\tHb\n\n\t\n")
    place.settings["imaging"]["derivatives"] = [str(place.root / "lesions")]
    (place.root / "lesions" / "sub-01").mkdir(parents=True)
    with pytest.raises(InputError) as error:
        place.index()
    assert [f.found for f in error.value.faults] == [
        "no image of any subject",
        "no image of any subject",
        "no row below the header",
    ]
    assert not (place.root / "index").exists()


def test_an_image_without_a_bids_name_is_no_image_of_a_subject(place) -> None:
    place.image("sub-01/anat/brain.nii.gz")
    with pytest.raises(InputError, match="images that have BIDS names"):
        place.index()


def test_a_path_that_leads_nowhere_says_where_it_was_looked_for(place, monkeypatch) -> None:
    monkeypatch.chdir(place.root)
    place.settings["imaging"] = {"bids": "data/bids"}
    with pytest.raises(InputError) as error:
        place.index()
    assert f"found no folder at {place.root}/data/bids; expected a folder." in str(error.value)
    assert "relative paths start there" in str(error.value)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b"participant_id\tH\xe4\n", "text that is not UTF-8, perhaps Latin-1"),
        (b"", "an empty file"),
        (b"participant\tHb\n01\t8\n", "no column 'participant_id'"),
    ],
)
def test_a_clinical_table_that_can_not_be_read_is_a_problem(place, text, found) -> None:
    place.image("sub-01/anat/sub-01_T1w.nii.gz")
    place.clinic("").write_bytes(text)
    index = place.index()
    assert index.found == [found]
    assert index.flags == {("01", ""): "i"}


def test_a_shifted_row_still_tells_its_participant(place) -> None:
    place.clinic("participant_id\tHb\n01\t8\t1\n\t9\n")
    assert place.index().flags == {("01", ""): "c"}


def test_hashes_are_kept_until_size_or_time_change(place, monkeypatch) -> None:
    one = place.image("sub-01/anat/sub-01_T1w.nii.gz")
    place.image("sub-02/anat/sub-02_T1w.nii.gz")
    before = place.index()
    hashed: list[Path] = []
    real = fingerprints._sha256
    monkeypatch.setattr(fingerprints, "_sha256", lambda p: (hashed.append(p), real(p))[1])
    assert place.index() == before
    assert hashed == []
    digest = inventory_digest(place.site)
    place.image("sub-01/anat/sub-01_T1w.nii.gz", shape=(3, 3, 3))
    after = place.index()
    assert hashed == [one]
    assert inventory_digest(place.site) != digest
    assert after.images[one.name]["sha256"] != before.images[one.name]["sha256"]
    one.unlink()
    assert list(place.index().images) == ["sub-02_T1w.nii.gz"]


def test_a_damaged_memory_of_hashes_is_made_anew(place) -> None:
    place.image("sub-01/anat/sub-01_T1w.nii.gz")
    before = place.index()
    (place.root / "kept.parquet").write_bytes(b"PAR1 cut off")
    assert place.index() == before


def test_equal_sites_give_equal_bytes(place) -> None:
    place.image("sub-01/anat/sub-01_T1w.nii.gz")
    place.vcf("c.vcf.gz", ["01"])
    place.clinic("participant_id\tHb\n01\t8\n")
    names = ("subjects", "bids_files", "genome_files", "genome_samples")
    files = [place.root / "index" / f"{n}.parquet" for n in names]
    files.append(place.root / "index" / "problems.tsv")
    place.index()
    first = [f.read_bytes() for f in files]
    place.index()
    assert [f.read_bytes() for f in files] == first


def test_problems_on_disk_are_those_returned(place) -> None:
    place.image("sub-01/anat/sub-01_T1w.nii.gz").write_bytes(b"")
    index = place.index()
    assert index.written.to_pylist() == index.problems


def test_the_digest_notices_every_kind_of_file(place) -> None:
    place.image("sub-01/anat/sub-01_T1w.nii.gz")
    vcf = place.vcf("c.vcf.gz", ["S1"])
    samples = place.sample_map("sample\tparticipant_id\nS1\t01\n")
    clinic = place.clinic("participant_id\tHb\n01\t8\n")
    seen = {inventory_digest(place.site)}
    for number, path in enumerate((vcf, Path(f"{vcf}.tbi"), samples, clinic), start=2):
        path.write_bytes(path.read_bytes() + b"\n")
        seen.add(inventory_digest(place.site))
        assert len(seen) == number


def _unpack(shared_data: Path, name: str, place) -> None:
    """Unpack one of the real datasets as the site's BIDS folder."""
    with tarfile.open(shared_data / "bids" / f"{name}.tar.gz") as archive:
        archive.extractall(place.root / "unpacked", filter="tar")
    (folder,) = [p for p in (place.root / "unpacked").iterdir() if p.is_dir()]
    folder.rename(place.bids)
    place.settings["imaging"] = {"bids": str(place.bids)}


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["synthetic", "ds114", "7t_trt", "ds000001-fmriprep", "dwi_deriv"])
def test_images_without_voxels_are_all_listed(shared_data, place, name) -> None:
    """The NIfTI files of bids-examples are empty, or headers without data."""
    _unpack(shared_data, f"bids-examples/{name}", place)
    index = place.index()
    on_disk = [
        p
        for p in place.bids.rglob("sub-*/**/sub-*.nii*")
        if p.is_file() and "sourcedata" not in p.parts
    ]
    assert on_disk
    assert {r["path"] for r in index.images.values()} <= {str(p) for p in on_disk}
    hopeless = {str(p) for p in on_disk if p.stat().st_size < 600}
    told = {p["where"] for p in index.problems if p["severity"] == "error"}
    rows = {r["path"]: r["reason"] for r in index.images.values()}
    assert all(rows.get(path, "unreadable") != "" for path in hopeless)
    assert {path for path in hopeless if rows.get(path) == "unreadable"} <= told
    assert {r["subject"] for r in index.subjects} == {
        p.name.removeprefix("sub-") for p in place.bids.glob("sub-*") if p.is_dir()
    }


@pytest.mark.real_data
def test_a_description_in_latin_1_stops_nothing(shared_data, place) -> None:
    _unpack(shared_data, "bids-validator/latin-1_description", place)
    path = place.bids / "dataset_description.json"
    # The archive holds replacement characters where the original has Latin-1 bytes.
    path.write_bytes(path.read_bytes().replace("\N{REPLACEMENT CHARACTER}".encode(), b"\xe9"))
    index = place.index()
    assert "a description that is not JSON in UTF-8" in index.found
    assert index.flags == {("01", "01"): "i"}


@pytest.mark.real_data
def test_a_subject_that_is_a_link_is_read(shared_data, place) -> None:
    _unpack(shared_data, "bids-validator/symlinked_subject", place)
    with pytest.raises(InputError, match="no image of any subject"):
        place.index()
    scan = place.image("../valid_filenames/sub-01/anat/sub-01_T1w.nii.gz")
    index = place.index()
    assert list(index.images) == [scan.name]
    assert index.flags == {("01", ""): "i"}
    assert "a link to a file that is not there" not in index.found


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["valid_dataset", "valid_headers", "no_valid_data"])
def test_datasets_of_the_validator_crash_nothing(shared_data, place, name) -> None:
    _unpack(shared_data, f"bids-validator/{name}", place)
    place.index()


def test_a_site_without_scans_and_genomes(tmp_path, place) -> None:
    place.clinic("participant_id\tHb\n01\t8\n")
    assert parse_site({**FIXED, **place.settings}, "x").imaging is None
    index = place.index()
    assert index.flags == {("01", ""): "c"}
    assert (index.images, index.genomes, index.samples) == ({}, {}, [])
