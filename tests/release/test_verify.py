"""Verification finds every kind of damage."""

import json
import shutil

import pytest

from drepano.contracts.released import file_entry, version_of
from drepano.release import seal, verify


@pytest.fixture
def release(small, tmp_path):
    return seal(small.content(), site="abuja", key=small.key, folder=tmp_path).folder


def change_manifest(folder, change):
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    change(manifest)
    path.write_text(json.dumps(manifest))


def found_in(folder):
    return " | ".join(str(fault) for fault in verify(folder))


def test_names_every_file_that_differs_is_gone_or_is_strange(release):
    (release / "quality.json").write_text("{}")
    (release / "states.parquet").unlink()
    (release / "names.csv").write_text("")
    faults = verify(release)
    assert len(faults) == 3
    text = found_in(release)
    assert "quality.json: found bytes that differ from the manifest" in text
    assert "states.parquet: found no file" in text
    assert "names.csv: found a file; expected no such file" in text


def test_a_flipped_bit_is_found(release):
    path = release / "matrix.parquet"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert "matrix.parquet: found bytes that differ" in found_in(release)


def test_a_release_under_another_name_is_found(release):
    moved = release.with_name("1.0.0-000000000000")
    shutil.move(release, moved)
    assert "manifest.json: found the version 1.0.0-" in found_in(moved)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda m: m.update(version="9.9.9-0"), "found the version 9.9.9-0"),
        (lambda m: m["study"].update(version="9.9.9"), "expected 9.9.9-"),
        (lambda m: m.update(contract_id="0" * 64), "dictionary.json: found the contract"),
        (lambda m: m.update(manifest_version=99), "text that is no manifest"),
        (lambda m: m["files"].pop("quality.json"), "text that is no manifest"),
        (lambda m: m.pop("study"), "text that is no manifest"),
        (lambda m: m.update(files=[]), "text that is no manifest"),
        (lambda m: m["files"].update({"quality.json": "x"}), "text that is no manifest"),
    ],
)
def test_a_manifest_that_was_changed_is_found(release, change, match):
    change_manifest(release, change)
    assert match in found_in(release)


def test_a_missing_or_broken_manifest_is_found(release):
    (release / "manifest.json").write_text("[")
    assert "text that is no manifest" in found_in(release)
    (release / "manifest.json").unlink()
    assert "manifest.json: found no such file" in found_in(release)


@pytest.mark.parametrize("name", ["dictionary.json", "matrix.parquet", "states.parquet"])
def test_a_file_that_was_forged_with_its_hash_is_no_table_of_the_contract(release, name):
    (release / name).write_text("forged")

    def forge(manifest):
        manifest["files"][name] = file_entry(release / name)
        manifest["version"] = version_of("1.0.0", manifest["files"])

    change_manifest(release, forge)
    assert f"{name}: found the contract None" in found_in(release)
