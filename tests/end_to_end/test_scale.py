"""Many subjects: the same jobs, an index of all of them."""

import importlib.util
import re

import pyarrow.parquet as pq
import pytest

pytestmark = pytest.mark.workflow


@pytest.fixture(scope="module")
def sites(tmp_path_factory, root):
    """Sites of 12 and 1,200 subjects."""
    spec = importlib.util.spec_from_file_location("large_site", root / "benchmarks/large_site.py")
    large_site = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(large_site)
    base = tmp_path_factory.mktemp("scale")
    study = root / "config" / "study.yaml"
    return {n: large_site.make_site(base / str(n), n, study) for n in (12, 1_200)}


def test_twelve_and_twelve_hundred_subjects_make_the_same_jobs(sites, command):
    counts = {}
    for subjects, folder in sites.items():
        done = command("run", "--dry-run", folder=folder)
        assert done.returncode == 0, done.stderr
        table = re.search(r"^index_inputs.*?^total +\d+$", done.stdout + done.stderr, re.M | re.S)
        counts[subjects] = table[0].split()
    assert counts[12] == counts[1_200]
    assert counts[12][-1] == "24"


def test_the_index_of_twelve_hundred_subjects_holds_them_all(sites, command):
    folder = sites[1_200]
    arguments = ["--site", "config/site.yaml", "--folder", "index", "--kept", "kept.parquet"]
    done = command("index", *arguments, folder=folder)
    assert done.returncode == 0, done.stderr
    subjects = pq.read_table(folder / "index" / "subjects.parquet")
    assert subjects.num_rows == 1_200
    assert all(all(subjects[part].to_pylist()) for part in ("imaging", "genomics", "clinical"))
    assert pq.read_table(folder / "index" / "bids_files.parquet").num_rows == 4_800
