"""Whole runs, as a user starts them: `drepano run` in a folder of its own."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml


def drepano(*arguments: str, folder: Path, **more: object) -> subprocess.CompletedProcess[str]:
    """Run a command of ours with nothing but what a fresh shell has."""
    return subprocess.run(
        [sys.executable, "-m", "drepano", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
        **more,
    )


@pytest.fixture(scope="session")
def command() -> Callable[..., subprocess.CompletedProcess[str]]:
    return drepano


@pytest.fixture(scope="session")
def cohort(tmp_path_factory) -> Path:
    """Twelve synthetic subjects with the example study, before any run."""
    folder = tmp_path_factory.mktemp("cohort")
    done = drepano("synthetic", str(folder), "--voxel-mm", "5", folder=folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="session")
def finished(cohort) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """The cohort after its first run, and what the run printed."""
    return cohort, drepano("run", folder=cohort)


def thin(study: Path) -> None:
    """Cut a study down to what a run needs to be a run: seconds instead of minutes."""
    values = yaml.safe_load(study.read_text())
    for modality in values["imaging"]["modalities"].values():
        modality["feature_classes"] = {"firstorder": ["Mean", "Entropy"], "glcm": ["Contrast"]}
        modality["image_types"] = {"Original": {}}
    values["gates"]["min_subjects"] = 1
    study.write_text(yaml.safe_dump(values))


@pytest.fixture(scope="session")
def small_cohort(tmp_path_factory) -> Path:
    """Six subjects on coarse voxels with a thin study, before any run."""
    folder = tmp_path_factory.mktemp("small")
    done = drepano("synthetic", str(folder), "--subjects", "6", "--voxel-mm", "8", folder=folder)
    assert done.returncode == 0, done.stderr
    thin(folder / "config" / "study.yaml")
    return folder


def copy_site(source: Path, target: Path, **site: object) -> Path:
    """Copy a cohort, hard-linked, with changed site settings; results stay behind."""
    skipped = {"results", "releases", "logs", ".snakemake"}
    for path in sorted(source.rglob("*")):
        part = path.relative_to(source)
        if part.parts[0] in skipped:
            continue
        if path.is_dir():
            (target / part).mkdir(parents=True, exist_ok=True)
        elif part.parts[0] == "config":
            (target / part).write_bytes(path.read_bytes())
            (target / part).chmod(path.stat().st_mode)
        else:
            os.link(path, target / part)
    if site:
        file = target / "config" / "site.yaml"
        file.write_text(yaml.safe_dump(yaml.safe_load(file.read_text()) | site))
    return target


@pytest.fixture(scope="session")
def reference(tmp_path_factory, small_cohort) -> tuple[Path, dict[str, bytes]]:
    """The small cohort on two ranks and two shards: its folder, and all bytes that it made.

    The folder's name has a blank, a quotation mark and a letter outside ASCII.
    """
    folder = copy_site(small_cohort, tmp_path_factory.mktemp("reference") / "ward's bïds site")
    done = drepano("run", folder=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder, bytes_of(folder)


@pytest.fixture
def site_of(tmp_path, small_cohort) -> Callable[..., Path]:
    """Give a fresh site of the small cohort: `site_of("name", shards=7)`."""

    def make(name: str, **site: object) -> Path:
        return copy_site(small_cohort, tmp_path / name, **site)

    return make


TABLES = (
    *("imaging", "imaging_states", "genomics", "genomics_states", "scan", "scan_states"),
    *("interpretation", "interpretation_states", "matrix", "states"),
)


def bytes_of(folder: Path) -> dict[str, bytes]:
    """Return every table and every released file, by name."""
    found = {name: (folder / "results" / f"{name}.parquet").read_bytes() for name in TABLES}
    latest = folder / "releases" / "demo" / "latest"
    return found | {path.name: path.read_bytes() for path in sorted(latest.iterdir())}


def ranks(count: int) -> Sequence[str]:
    """Arguments that make a run use so many ranks."""
    steps = ("extract_imaging", "call_genomics", "scan_genomes")
    return [
        "--set-resources",
        *(f"{step}:tasks={count}" for step in steps),
        "--set-threads",
        *(f"{step}={min(count, 2)}" for step in steps),
    ]


@pytest.fixture(scope="session")
def run_tools() -> SimpleNamespace:
    """What the tests of whole runs share."""
    return SimpleNamespace(copy_site=copy_site, bytes_of=bytes_of, ranks=ranks)
