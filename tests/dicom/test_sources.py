"""Awkward sources: archives, damaged files, doubles, mixed patients, odd names."""

import fcntl
import gzip
import io
import os
import shutil
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from drepano.dicom.sources import find_files
from drepano.errors import BusyError

T1W = "sub-01/anat/sub-01_T1w"


def reasons(notes):
    return sorted(note["reason"] for note in notes)


def zipped(folder, target):
    with zipfile.ZipFile(target, "w") as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, path.relative_to(folder))
    return target


@pytest.mark.parametrize("ending", [".zip", ".tar.gz", ".tgz", ".tar"])
def test_an_archive_gives_what_its_folder_gives(site, mr, tmp_path, ending):
    mr().write(site.source / "a" / "b")
    archive = tmp_path / f"export{ending}"
    if ending == ".zip":
        zipped(site.source, archive)
    else:
        with tarfile.open(archive, "w" if ending == ".tar" else "w:gz") as made:
            made.add(site.source, "export")
    site.report()
    plain = site.files()
    shutil.rmtree(site.bids)
    assert site.report(source=archive)["converted"] == [T1W]
    assert site.files() == plain
    assert site.report()["present"] == [T1W], "the folder is known by its archive"


def test_archives_and_packed_files_in_a_folder_are_read(site, mr, tmp_path):
    site.subjects("PID0001,01", "PID0002,02")
    mr().write(tmp_path / "a")
    zipped(tmp_path / "a", site.source / "one.ZIP")
    for path in mr(patient="PID0002").write(tmp_path / "b"):
        (site.source / f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
    assert site.report()["converted"] == [T1W, T1W.replace("01", "02")]


def test_no_member_of_an_archive_leads_out_of_it(tmp_path):
    scratch = tmp_path / "deep" / "scratch"
    scratch.mkdir(parents=True)
    source = tmp_path / "source"
    source.mkdir()
    with zipfile.ZipFile(source / "evil.zip", "w") as archive:
        archive.writestr("../../../out.dcm", b"zip")
        archive.writestr("/tmp/drepano-out.dcm", b"zip")
        link = zipfile.ZipInfo("link.dcm")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    with tarfile.open(source / "evil.tar.gz", "w:gz") as archive:
        member = tarfile.TarInfo("../../out.dcm")
        member.size = 3
        archive.addfile(member, io.BytesIO(b"tar"))
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE):
            member = tarfile.TarInfo("x.dcm")
            member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)
    before = {p for p in tmp_path.rglob("*") if scratch not in p.parents}
    found = find_files(source, scratch)
    assert {p for p in tmp_path.rglob("*") if scratch not in p.parents} == before
    assert [file.path.read_bytes() for file in found.files] == [b"tar", b"zip", b"zip"]
    assert all(scratch in file.path.parents for file in found.files)
    assert len(found.troubles) == 4


def test_a_damaged_or_locked_archive_is_listed_and_the_rest_read(site, mr, tmp_path):
    mr().write(site.source)
    whole = zipped(site.source, tmp_path / "x.zip").read_bytes()
    (site.source / "half.zip").write_bytes(whole[: len(whole) // 2])
    (site.source / "text.tar.gz").write_text("no archive")
    told = site.report()
    assert (told["exit_code"], told["converted"]) == (2, [T1W])
    assert len(told["broken_files"]) == 2


def test_no_scratch_is_left(site, mr, tmp_path):
    mr().write(tmp_path / "a")
    zipped(tmp_path / "a", site.source / "one.zip")
    (site.bids / ".drepano" / "aside-dead").mkdir(parents=True)
    site.report()
    assert sorted(p.name for p in (site.bids / ".drepano").iterdir()) == ["dicom.json", "lock"]


@pytest.mark.parametrize("keep", [0, 100, 200, 600, -20])
@pytest.mark.parametrize("which", [1, 3])
def test_a_series_that_may_lack_a_damaged_file_is_refused(site, mr, keep, which):
    site.subjects("PID0001,01", "PID0002,02")
    mr(patient="PID0002").write(site.source / "b")
    path = mr().write(site.source / "a")[which]
    path.write_bytes(path.read_bytes()[:keep])
    told = site.report()
    assert (told["exit_code"], told["converted"]) == (2, [T1W.replace("01", "02")])
    [reason] = reasons(told["refused"])
    if keep == -20:
        assert (reason, told["broken_files"]) == ("1 of its 4 files cut short", [])
    else:
        assert "a damaged file lies beside" in reason
        assert len(told["broken_files"]) == 1


@pytest.mark.parametrize("keep", range(500, 900, 40))
def test_a_header_that_ends_anywhere_gives_no_short_image(site, mr, keep):
    path = mr().write(site.source)[3]
    path.write_bytes(path.read_bytes()[:keep])
    told = site.report()
    assert (told["exit_code"], told["converted"]) == (2, [])


def test_a_damaged_file_among_many_series_holds_back_those_with_a_gap(site, mr):
    site.subjects("PID0001,01", "PID0002,02")
    mr(patient="PID0002").write(site.source)
    path = mr().write(site.source)[1]
    path.write_bytes(bytes(1000))
    told = site.report()
    assert told["converted"] == [T1W.replace("01", "02")]
    assert "a damaged file lies beside" in told["refused"][0]["reason"]
    assert "nothing but zeros" in told["broken_files"][0]["reason"]


def test_a_missing_slice_is_refused(site, mr):
    mr(slices=6).write(site.source)[2].unlink()
    told = site.report()
    assert (told["converted"], len(told["refused"])) == ([], 1)
    assert "unevenly spaced" in told["refused"][0]["remedy"]


def test_files_that_stand_twice_are_used_once(site, mr):
    paths = mr().write(site.source)
    site.report()
    plain = site.files()
    shutil.rmtree(site.bids)
    for path in paths:
        shutil.copy(path, site.source / f"copy of {path.name}")
    told = site.report()
    assert (told["converted"], told["repeated"]) == ([T1W], 4)
    assert site.files() == plain


def test_the_whole_one_of_a_broken_off_and_a_whole_file_is_used(site, mr):
    path = mr().write(site.source)[0]
    (site.source / "0.part").write_bytes(path.read_bytes()[:-30])
    assert site.report()["converted"] == [T1W]


def test_different_files_of_one_instance_are_refused(site, mr):
    path = mr().write(site.source)[0]
    (site.source / "other.dcm").write_bytes(path.read_bytes() + b"\0\0")
    assert "of one instance UID" in site.report()["refused"][0]["reason"]


def test_patients_mixed_under_one_series_uid_are_refused(site, mr):
    site.subjects("PID0001,01", "PID0002,02")
    one = mr()
    one.write(site.source)
    for position in range(4, 8):
        data = one.dataset(position)
        data.PatientID = "PID0002"
        data.save_as(site.source / f"{position}.dcm", enforce_file_format=True)
    told = site.report()
    assert told["converted"] == []
    assert reasons(told["refused"]) == ["files of more than one patient under one series UID"]


def test_one_study_uid_of_two_patients_is_refused(site, mr):
    site.subjects("PID0001,01", "PID0002,02")
    mr().write(site.source)
    other = mr(patient="PID0002")
    for position in range(other.slices):
        data = other.dataset(position)
        data.StudyInstanceUID = mr().dataset(0).StudyInstanceUID
        data.save_as(site.source / f"{position}", enforce_file_format=True)
    told = site.report()
    assert told["converted"] == []
    assert reasons(told["refused"]) == ["one study UID with several subjects"] * 2


def test_two_ids_of_one_patient_are_one_subject(site, mr):
    site.mapping({"description": "*mprage*", "datatype": "anat", "suffix": "T1w"}, sessions="order")
    site.subjects("PID0001,01", "NEW-7,01")
    mr(date="20200101").write(site.source)
    mr(patient="NEW-7", date="20210101").write(site.source)
    stems = [f"sub-01/ses-0{n}/anat/sub-01_ses-0{n}_T1w" for n in (1, 2)]
    assert site.report()["converted"] == stems


def test_odd_folders_and_names(site, mr, tmp_path):
    nest = site.source / "Köln Süd" / "a b" / "c'd" / "1" / "2" / "3" / "4" / "5" / "6"
    mr().write(nest, ending="")
    (nest / ".DS_Store").write_text("x")
    (site.source / "circle").symlink_to(site.source)
    (site.source / "nowhere").symlink_to(tmp_path / "nothing")
    (site.source / os.fsdecode(b"bad\xff.txt")).write_text("x")
    told = site.report()
    assert told["converted"] == [T1W]
    assert reasons(told["broken_files"]) == [
        "a link to a folder above itself",
        "no such file or directory",
    ]
    assert reasons(told["other_files"]) == ["not a DICOM file"]


def test_an_unreadable_file_is_listed(site, mr, monkeypatch):
    mr().write(site.source)
    closed = site.source / "b" / "closed.dcm"
    closed.parent.mkdir()
    closed.write_text("x")
    known = Path.open

    def refuse(self, *words, **options):
        if self == closed:
            raise PermissionError(13, "Permission denied")
        return known(self, *words, **options)

    monkeypatch.setattr(Path, "open", refuse)
    told = site.report()
    assert (told["converted"], reasons(told["broken_files"])) == ([T1W], ["permission denied"])


def test_files_without_preamble_are_read(site, mr):
    series = mr()
    for position in range(series.slices):
        data = series.dataset(position)
        del data.file_meta
        data.preamble = None
        data.save_as(site.source / f"{position}", implicit_vr=True, little_endian=True)
    told = site.report()
    assert (told["converted"], told["refused"]) == ([T1W], [])


def test_a_directory_file_is_no_scan_and_no_trouble(site, mr):
    mr().write(site.source / "IMAGES", ending="")
    directory = mr(sop_class="1.2.840.10008.1.3.10").dataset(0)
    del directory.PixelData, directory.SOPClassUID, directory.SOPInstanceUID
    directory.DirectoryRecordSequence = []
    directory.save_as(site.source / "DICOMDIR", enforce_file_format=True)
    told = site.report()
    assert (told["exit_code"], told["converted"]) == (0, [T1W])
    assert told["broken_files"] == told["other_files"] == []


def test_an_empty_source_is_something_to_mend(site):
    told = site.report()
    assert (told["exit_code"], told["summary"]) == (2, "drepano dicom: 0 converted")


def test_a_dataset_inside_its_source_is_refused(site, mr):
    mr().write(site.source)
    done = site.run(source=site.folder)
    assert "a dataset inside its source" in str(done.exception)


def test_a_second_conversion_waits_for_no_first(site, mr):
    mr().write(site.source)
    (site.bids / ".drepano").mkdir(parents=True)
    with (site.bids / ".drepano" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = site.run()
    assert isinstance(done.exception, BusyError)
