"""Two sites with one study file: the same columns and contract, whatever data they hold."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from drepano.cli import cli
from drepano.contracts import read_table
from drepano.contracts.declare import from_table
from drepano.contracts.values import COLUMNS
from drepano.matrix import dictionary
from drepano.settings import load_study
from drepano.synthetic import make_cohort


def invoke(*arguments: str) -> None:
    done = CliRunner().invoke(cli, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output


def declared(study: str) -> dict[str, bytes]:
    """Index the site of the current folder and plan its steps; return the columns of each."""
    site = ("--site", "config/site.yaml")
    invoke("index", *site, "--folder", "index", "--kept", "kept.parquet")
    subjects = ("--study", study, "--subjects", "index/subjects.parquet")
    shards = ("--shards", "1")
    invoke(
        *("plan-imaging", "index/subjects.parquet", "index/bids_files.parquet"),
        *("--study", study, *shards, "--folder", "imaging"),
        *("--columns", "imaging.parquet"),
    )
    invoke(
        *("plan-genomics", *site, *subjects, *shards, "--files", "index/genome_files.parquet"),
        *("--samples", "index/genome_samples.parquet"),
        *("--folder", "genomics", "--columns", "genomics.parquet"),
    )
    invoke(
        *("read-clinical", *site, *subjects, "--values", "v.parquet", "--states", "s.parquet"),
        *("--problems", "p.tsv", "--columns", "clinical.parquet"),
    )
    names = [f"{step}.parquet" for step in ("imaging", "genomics", "clinical")]
    return {name: Path(name).read_bytes() for name in names}


@pytest.fixture
def full(tmp_path, root):
    folder = tmp_path / "full"
    make_cohort(folder, subjects=2, voxel_mm=12, study=root / "config" / "study.yaml")
    return folder


@pytest.fixture
def empty(tmp_path):
    """A site on the other build: one damaged scan, one damaged VCF, no clinical table."""
    folder = tmp_path / "empty"
    (folder / "bids" / "sub-01").mkdir(parents=True)
    (folder / "bids" / "sub-01" / "sub-01_PD.nii.gz").touch()
    (folder / "damaged.vcf.gz").touch()
    (folder / "config").mkdir()
    (folder / "config" / "site.yaml").write_text(
        "site: empty\nstudy: s.yaml\nkey_file: key\nimaging: {bids: bids}\n"
        "genomics: {build: GRCh37, vcf: ['*.vcf.gz']}\n"
    )
    return folder


def test_columns_and_contract_do_not_depend_on_the_data(full, empty, root, monkeypatch):
    study = root / "config" / "study.yaml"
    found = []
    for folder in (full, empty):
        monkeypatch.chdir(folder)
        found.append(declared(str(study)))
    assert found[0] == found[1]
    ids = set()
    for folder in (full, empty):
        tables = [read_table(folder / name, COLUMNS) for name in found[0]]
        columns = [column for table in tables for column in from_table(table)]
        assert len(columns) > 1_000
        ids.add(dictionary(load_study(study), columns)["drepano"]["contract_id"])
    assert len(ids) == 1
