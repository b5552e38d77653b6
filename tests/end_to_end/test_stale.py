"""A finished run sees what changed, whatever the times of the files say."""

import os
import secrets
import shutil

import pytest


@pytest.fixture
def finished_site(tmp_path, reference):
    """A copy of a finished run, with the times of its files."""
    return shutil.copytree(reference[0], tmp_path / "site", symlinks=True)


def planned(done) -> set[str]:
    """Rules of a dry run."""
    assert done.returncode == 0, done.stderr
    table = done.stdout + done.stderr
    lines = [line.split() for line in table.splitlines()]
    return {line[0] for line in lines if len(line) == 2 and line[1].isdigit()} - {"total", "all"}


def test_nothing_changed(finished_site, command) -> None:
    assert planned(command("run", "-np", folder=finished_site)) == set()


def test_a_study_that_is_older_than_the_results(finished_site, command) -> None:
    study = finished_site / "config" / "study.yaml"
    study.write_text(study.read_text().replace("min_depth: 8", "min_depth: 9"))
    os.utime(study, (1_000_000_000, 1_000_000_000))
    assert "call_genomics" in planned(command("run", "-np", folder=finished_site))


def test_another_key_makes_another_release(finished_site, command) -> None:
    key = finished_site / "config" / "pseudonym.key"
    key.write_text(secrets.token_hex(32))
    assert planned(command("run", "-np", folder=finished_site)) == {"seal_release"}
