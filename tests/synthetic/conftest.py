"""The cohorts of this room, made once: coarse voxels keep them quick."""

import csv
from pathlib import Path

import pytest

from drepano.synthetic import CohortTruth, make_cohort

VOXEL_MM = 6.0


@pytest.fixture(scope="session")
def cohort(tmp_path_factory, root) -> Path:
    """All twelve subjects, with every missing part."""
    folder = tmp_path_factory.mktemp("cohort")
    make_cohort(folder, voxel_mm=VOXEL_MM, study=root / "config" / "study.yaml")
    return folder


@pytest.fixture(scope="session")
def truth(cohort):
    """Rows of a table of the truth."""

    def read(name: str) -> list[dict[str, str]]:
        with (cohort / "truth" / f"{name}.tsv").open(newline="") as handle:
            return list(csv.DictReader(handle, delimiter="\t"))

    return read


@pytest.fixture(scope="session")
def raw_cohort(tmp_path_factory, root) -> Path:
    """Twelve subjects of raw scans alone, with every missing part."""
    folder = tmp_path_factory.mktemp("raw_cohort")
    make_cohort(folder, voxel_mm=VOXEL_MM, study=root / "config" / "study_raw.yaml", raw=True)
    return folder


@pytest.fixture(scope="session")
def known(raw_cohort) -> CohortTruth:
    """The truth of the raw cohort."""
    return CohortTruth(raw_cohort)
