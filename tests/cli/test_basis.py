"""What makes rules run again although no input is newer than its results."""

import importlib.metadata
import os
from pathlib import Path

import pytest

from drepano.cli import front


@pytest.fixture(autouse=True)
def _forget():
    front._software.cache_clear()
    yield
    front._software.cache_clear()


def test_content_counts_and_time_does_not(tmp_path) -> None:
    study = tmp_path / "study.yaml"
    absent = front.basis_of([study])
    study.write_text("a", encoding="utf-8")
    first = front.basis_of([study])
    os.utime(study, (1, 1))
    assert front.basis_of([study]) == first
    study.write_text("b", encoding="utf-8")
    assert len({absent, first, front.basis_of([study]), front.basis_of([])}) == 4


def test_another_version_of_a_library_counts(monkeypatch) -> None:
    first = front.basis_of([])
    front._software.cache_clear()
    known = importlib.metadata.version
    monkeypatch.setattr(
        importlib.metadata, "version", lambda name: "0" if name == "pysam" else known(name)
    )
    assert front.basis_of([]) != first


def test_our_own_files_count(monkeypatch) -> None:
    first = front.basis_of([])
    front._software.cache_clear()
    read = Path.read_bytes
    monkeypatch.setattr(
        Path,
        "read_bytes",
        lambda path: read(path) + (b"#" if path.name == "concepts.tsv" else b""),
    )
    assert front.basis_of([]) != first


def test_a_large_file_is_known_by_size_and_time(tmp_path, monkeypatch):
    """A genome of 3 GB is not read for every rule of every run."""
    monkeypatch.setattr(front, "LARGEST_READ", 4)
    genome = tmp_path / "genome.fa"
    genome.write_text(">1\nACGT\n")
    first = front.basis_of([genome])
    monkeypatch.setattr(Path, "read_bytes", lambda _: 1 / 0)
    assert front.basis_of([genome]) == first
    os.utime(genome, ns=(0, 0))
    assert front.basis_of([genome]) != first
