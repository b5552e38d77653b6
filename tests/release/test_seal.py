"""Sealing: the same bytes twice, whole or not at all, `latest` only behind the gates."""

import csv
import dataclasses
import gzip
import io
import json
import logging
import os
import resource
import stat
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drepano.contracts.files import naming_storage_errors
from drepano.contracts.states import RELEASED_STATES
from drepano.errors import ReleaseError, StorageError
from drepano.release import aside, latest_version, pseudonym, seal, verify
from drepano.release import tables as release_tables
from drepano.settings import Gates, Release

FILES = [
    "dictionary.json",
    "manifest.json",
    "matrix.csv.gz",
    "matrix.parquet",
    "quality.json",
    "states.parquet",
]


def sealed(small, folder, **more):
    content = small.content(**more)
    return seal(content, site="abuja", key=small.key, folder=folder, engines=["e 1", "e 1"])


def bytes_of(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def csv_rows(folder):
    return list(
        csv.DictReader(
            io.StringIO(
                gzip.decompress((folder / "matrix.csv.gz").read_bytes()).decode(), newline=""
            )
        )
    )


def test_a_release_is_described_and_intact(small, tmp_path):
    done = sealed(small, tmp_path)
    assert done.folder == tmp_path / "abuja" / done.version
    assert names_in(done.folder) == FILES
    assert done.version.startswith("1.0.0-")
    assert done.promoted
    assert done.written
    assert latest_version(tmp_path / "abuja") == done.version
    assert (tmp_path / "abuja" / "latest").readlink() == Path(done.version)
    assert verify(done.folder) == []
    assert verify(tmp_path / "abuja" / "latest") == []
    manifest = json.loads((done.folder / "manifest.json").read_text())
    assert manifest["software"]["engines"] == ["e 1"]
    assert (manifest["rows"], manifest["columns"], manifest["subjects"]) == (4, 5, 2)
    dictionary = json.loads((done.folder / "dictionary.json").read_text())
    assert manifest["contract_id"] == dictionary["drepano"]["contract_id"]
    for name in ("matrix.parquet", "states.parquet"):
        metadata = pq.read_schema(done.folder / name).metadata
        assert metadata[b"contract_id"].decode() == manifest["contract_id"]
        assert metadata[b"contract_version"] == b"1"


def test_rows_values_and_states_are_those_of_the_site(small, tmp_path):
    folder = sealed(small, tmp_path).folder
    rows = pq.read_table(folder / "matrix.parquet").to_pylist()
    assert [(r["subject"], r["session"]) for r in rows] == sorted(
        (pseudonym(small.key, "abuja", s), n) for s in ("Adaeze", "Bongani") for n in (1, 2)
    )
    found = {(r["subject"], r["session"]): list(r.values())[2:] for r in rows}
    adaeze, bongani = (pseudonym(small.key, "abuja", s) for s in ("Adaeze", "Bongani"))
    assert found[adaeze, 1] == list(small.rows[0][2:])
    assert found[adaeze, 2] == list(small.rows[1][2:])
    assert found[bongani, 1] == list(small.rows[3][2:]), "visit2 comes before visit10"
    assert found[bongani, 2] == list(small.rows[2][2:])
    states = pq.read_table(folder / "states.parquet")
    RELEASED_STATES.check(states, "test")
    assert states.num_rows == 4 * 4


def test_the_csv_holds_the_same_table(small, tmp_path):
    folder = sealed(small, tmp_path).folder
    for row, line in zip(
        pq.read_table(folder / "matrix.parquet").to_pylist(), csv_rows(folder), strict=True
    ):
        assert list(row) == list(line)
        for name, value in row.items():
            if value is None:
                assert line[name] == ""
            elif isinstance(value, bool):
                assert line[name] == str(value).lower()
            elif isinstance(value, float):
                assert float(line[name]) == value
            else:
                assert line[name] == str(value)
    packed = (folder / "matrix.csv.gz").read_bytes()
    assert packed[3] == 0, "no file name in the gzip header"
    assert packed[4:8] == bytes(4), "no time in the gzip header"
    assert b"\r" not in gzip.decompress(packed)


@settings(max_examples=50, deadline=None)
@given(numbers=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=9))
def test_every_number_reads_back_the_same(small, tmp_path_factory, numbers):
    rows = [(f"s{i}", "1", x, 0, 0.0, "male", True) for i, x in enumerate(numbers)]
    folder = sealed(small, tmp_path_factory.mktemp("r"), rows=rows).folder
    table = pq.read_table(folder / "matrix.parquet")
    read = [float(line["t1w__grey__a"]) for line in csv_rows(folder)]
    assert [x.hex() for x in read] == [x.hex() for x in table["t1w__grey__a"].to_pylist()]


def test_no_name_date_or_label_is_in_any_released_file(small, tmp_path):
    folder = sealed(small, tmp_path).folder
    for path in folder.iterdir():
        found = small.plain_bytes(path)
        assert not [name for name in small.names if name.encode() in found], path.name
        assert small.key not in found
        assert str(tmp_path).encode() not in found
    # The search itself works: what is in the files is found.
    known = pseudonym(small.key, "abuja", "Adaeze").encode()
    for name in ("matrix.parquet", "matrix.csv.gz", "states.parquet"):
        assert known in small.plain_bytes(folder / name)


def test_no_genotype_leaves_when_withheld(small, tmp_path):
    folder = sealed(small, tmp_path, release=Release()).folder
    table = pq.read_table(folder / "matrix.parquet")
    assert table["gen__hbb_rs334__dosage"].null_count == 4
    assert {line["gen__hbb_rs334__dosage"] for line in csv_rows(folder)} == {""}
    counted = json.loads((folder / "quality.json").read_text())
    assert counted["sources"]["gen__hbb_rs334"] == {"not_acquired": 2, "withheld": 2}


def test_the_same_content_has_the_same_bytes_wherever_it_is_written(small, tmp_path):
    one = sealed(small, tmp_path / "one")
    two = sealed(small, tmp_path / "two")
    assert one.version == two.version
    assert bytes_of(one.folder) == bytes_of(two.folder)


def test_the_same_content_is_not_written_again(small, tmp_path):
    first = sealed(small, tmp_path)
    before = {p.name: p.stat().st_mtime_ns for p in first.folder.iterdir()}
    second = sealed(small, tmp_path)
    assert not second.written
    assert second.promoted
    assert {p.name: p.stat().st_mtime_ns for p in first.folder.iterdir()} == before
    assert names_in(tmp_path / "abuja") == sorted([first.version, "latest"])


def test_other_data_keys_and_sites_make_other_versions(small, tmp_path):
    versions = {
        sealed(small, tmp_path).version,
        sealed(small, tmp_path, rows=small.rows[:3]).version,
        seal(small.content(), site="abuja", key=b"z" * 32, folder=tmp_path).version,
        seal(small.content(), site="kumasi", key=small.key, folder=tmp_path).version,
    }
    assert len(versions) == 4


def test_everything_is_private(small, tmp_path):
    old = os.umask(0)
    try:
        folder = sealed(small, tmp_path / "releases").folder
    finally:
        os.umask(old)
    for path in (folder, *folder.parents[:2]):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700, path
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_a_failed_gate_keeps_the_release_and_leaves_latest(small, tmp_path, caplog):
    first = sealed(small, tmp_path)
    with caplog.at_level(logging.INFO):
        second = sealed(small, tmp_path, rows=small.rows[:2], gates=Gates(min_subjects=2))
    assert not second.promoted
    assert second.failed_gates == [
        {"gate": "min_subjects", "value": 1, "limit": 2, "passed": False}
    ]
    assert verify(second.folder) == []
    assert latest_version(tmp_path / "abuja") == first.version
    assert "gate min_subjects failed: 1, limit 2; `latest` stays where it was" in caplog.text
    assert not [name for name in small.names if name in caplog.text]


def test_a_failed_gate_of_the_first_release_makes_no_latest(small, tmp_path):
    assert not sealed(small, tmp_path, gates=Gates(min_subjects=3)).promoted
    assert latest_version(tmp_path / "abuja") is None


def test_latest_goes_back_to_an_older_content(small, tmp_path):
    first = sealed(small, tmp_path)
    sealed(small, tmp_path, rows=small.rows[:2])
    again = sealed(small, tmp_path)
    assert not again.written
    assert latest_version(tmp_path / "abuja") == first.version


def test_a_latest_that_is_no_link_is_not_touched(small, tmp_path):
    (tmp_path / "abuja" / "latest").mkdir(parents=True)
    with pytest.raises(ReleaseError, match="latest: found a file or folder"):
        sealed(small, tmp_path)
    assert names_in(tmp_path / "abuja") == ["latest"]


@pytest.mark.parametrize("name", ["releases", "releases/abuja"])
def test_a_file_in_the_place_of_a_folder_is_named(small, tmp_path, name):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("x", encoding="utf-8")
    with pytest.raises(ReleaseError, match=f"{name}: found something else than a folder"):
        sealed(small, tmp_path / "releases")
    assert path.read_text(encoding="utf-8") == "x"


def test_columns_must_be_those_of_the_dictionary(small, tmp_path):
    content = small.content()
    other = dataclasses.replace(content, matrix=content.matrix.drop_columns("clin__hu"))
    with pytest.raises(ReleaseError, match=r"columns that are not those of the dictionary \(1"):
        seal(other, site="abuja", key=small.key, folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_release_is_replaced(small, tmp_path, name):
    first = sealed(small, tmp_path)
    before = bytes_of(first.folder)
    (first.folder / name).write_bytes(b"{}")
    assert verify(first.folder)
    again = sealed(small, tmp_path)
    assert again.written
    assert again.version == first.version
    assert bytes_of(again.folder) == before
    assert names_in(tmp_path / "abuja") == sorted([first.version, "latest"])


@pytest.mark.parametrize("name", FILES)
def test_an_interrupted_writing_leaves_nothing(small, tmp_path, monkeypatch, name):
    first = sealed(small, tmp_path)
    before = names_in(tmp_path / "abuja")
    opened = release_tables.private_file

    def interrupted(path):
        if path.name == name:
            raise KeyboardInterrupt
        return opened(path)

    monkeypatch.setattr(release_tables, "private_file", interrupted)
    with pytest.raises(KeyboardInterrupt):
        sealed(small, tmp_path, rows=small.rows[:2])
    assert names_in(tmp_path / "abuja") == before
    assert latest_version(tmp_path / "abuja") == first.version
    assert verify(first.folder) == []


def test_a_failed_rename_keeps_what_was_there(small, tmp_path, monkeypatch):
    first = sealed(small, tmp_path)
    (first.folder / "quality.json").write_bytes(b"{}")
    rename = type(tmp_path).rename

    def refuse(self, target):
        if self.name.startswith(".incoming-"):
            raise PermissionError(13, "no")
        return rename(self, target)

    monkeypatch.setattr(type(tmp_path), "rename", refuse)
    with pytest.raises(StorageError, match="no permission to write"):
        sealed(small, tmp_path)
    assert names_in(tmp_path / "abuja") == sorted([first.version, "latest"])


KILLED = """
import os, signal, sys
from pathlib import Path
from drepano.release import aside
with aside.writing_aside(Path(sys.argv[1]), "1.0.0") as incoming:
    (incoming / "matrix.parquet").write_bytes(b"half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_run_left_is_removed(small, tmp_path):
    own = tmp_path / "abuja"
    own.mkdir()
    subprocess.run([sys.executable, "-c", KILLED, str(own)], check=False)
    assert names_in(own)[0].startswith(".incoming-1.0.0-")
    done = sealed(small, tmp_path)
    assert names_in(own) == sorted([done.version, "latest"])


def test_a_link_that_a_killed_run_left_is_removed(small, tmp_path):
    first = sealed(small, tmp_path)
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    machine = aside.owner().partition("-")[0]
    (tmp_path / "abuja" / f".latest-{machine}-{dead.pid}").symlink_to(first.version)
    sealed(small, tmp_path)
    assert names_in(tmp_path / "abuja") == sorted([first.version, "latest"])


def test_what_a_living_run_writes_is_left_alone(small, tmp_path):
    own = tmp_path / "abuja"
    machine = aside.owner().partition("-")[0]
    theirs = own / f".incoming-1.0.0-{machine}-1"
    elsewhere = own / ".incoming-1.0.0-00000000-1"
    ancient = own / ".incoming-1.0.0-00000000-2"
    for folder in (theirs, elsewhere, ancient):
        folder.mkdir(parents=True)
    os.utime(ancient, (0, 0))
    sealed(small, tmp_path)
    assert theirs.exists(), "process 1 lives"
    assert elsewhere.exists(), "another machine's process cannot be asked"
    assert not ancient.exists()


def test_a_full_disk_leaves_nothing(small, mounted):
    disk = mounted("size=256k")
    rows = [(f"s{i:05d}", "1", i / 7, i, 0.0, "male", True) for i in range(9000)]
    with pytest.raises(StorageError, match="no space left on the device"):
        sealed(small, disk, rows=rows)
    assert names_in(disk / "abuja") == []
    assert sealed(small, disk).promoted, "a smaller release fits"


def test_every_writer_names_a_full_disk(mounted):
    disk = mounted("size=64k")
    table = pa.table({"a": [i / 7 for i in range(100_000)]})
    writers = {
        "matrix.parquet": lambda path: release_tables.write_parquet(path, table, {}),
        "matrix.csv.gz": lambda path: release_tables.write_csv(path, table),
        "quality.json": lambda path: release_tables.write_text(path, "x" * 1_000_000),
    }
    for name, write in writers.items():
        with (
            pytest.raises(StorageError, match="no space left on the device"),
            naming_storage_errors(disk / name),
        ):
            write(disk / name)
        (disk / name).unlink()


def test_a_file_size_limit_leaves_nothing(small, tmp_path):
    rows = [(f"s{i:05d}", "1", i / 7, i, 0.0, "male", True) for i in range(2000)]
    content = small.content(rows=rows)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.raises(StorageError, match="a file-size limit"):
            seal(content, site="abuja", key=small.key, folder=tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert names_in(tmp_path / "abuja") == []


def test_a_read_only_disk_is_named(small, mounted):
    with pytest.raises(StorageError, match="mounted: found a read-only file system"):
        sealed(small, mounted("ro"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write into every folder")
def test_a_folder_without_permission_is_named(small, tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(StorageError, match="no permission to write"):
        sealed(small, tmp_path)


def test_an_empty_cohort_makes_a_release_that_no_gate_lets_through(small, tmp_path):
    done = sealed(small, tmp_path, rows=[])
    assert verify(done.folder) == []
    assert not done.promoted
    assert pq.read_table(done.folder / "matrix.parquet").num_rows == 0


def test_an_error_that_is_no_storage_error_is_not_disguised(small, tmp_path, monkeypatch):
    def broken(*_):
        raise RuntimeError("a bug")

    monkeypatch.setattr(release_tables, "private_file", broken)
    with pytest.raises(RuntimeError, match="a bug"):
        sealed(small, tmp_path)
    assert names_in(tmp_path / "abuja") == []
