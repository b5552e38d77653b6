"""The script that assembles the sites, and what may never come of it: data in the repository."""

import csv
import hashlib
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from drepano.settings import load_site, load_study

pytestmark = pytest.mark.real_data

SCRIPT = Path(__file__).with_name("assemble.py")


def assemble(*arguments):
    return subprocess.run(
        [sys.executable, SCRIPT, *arguments], capture_output=True, text=True, check=False
    )


def test_settings_and_key_are_such_as_drepano_asks_for(sites, monkeypatch):
    for folder in sites.iterdir():
        monkeypatch.chdir(folder)
        site = load_site(Path("config/site.yaml"))
        assert site.site == load_study(site.study).study == folder.name
        assert stat.S_IMODE(site.key_file.stat().st_mode) == 0o600


def test_an_earlier_site_is_left_alone(sites, shared_data):
    again = assemble(shared_data, sites)
    assert again.returncode == 2
    assert again.stderr.startswith(f"already there: {sites / 'imaging'}")


@pytest.mark.parametrize("arguments", [[], ["nowhere", "out"]])
def test_wrong_arguments_are_told(arguments):
    told = assemble(*arguments)
    assert told.returncode == 2
    assert "SHARED_DATA must be a folder with SOURCES.md" in told.stderr


def test_nothing_of_the_shared_data_is_committed(root, shared_data):
    listed = subprocess.run(
        ["git", "-C", root, "ls-files", "-z"], capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip(f"{root} is no git checkout: nothing says what is committed")
    with (shared_data / "MANIFEST.tsv").open() as handle:
        shared = {row["sha256"] for row in csv.DictReader(handle, delimiter="\t")}
    assert len(shared) > 1000
    files = [root / name for name in listed.stdout.split("\0") if name]
    contents = {path: path.read_bytes() for path in files if path.is_file()}
    assert len(contents) > 100
    taken = [p for p, c in contents.items() if c and hashlib.sha256(c).hexdigest() in shared]
    assert taken == []
