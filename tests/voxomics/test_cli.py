"""The command voxomics."""

import csv
import json
import os

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk  # noqa: N813
from click.testing import CliRunner

import voxomics
from voxomics import cache, cli
from voxomics.selftest import Check

PARAMETERS = "featureClass: {firstorder: [Mean], glcm: [Contrast]}\nsetting: {binWidth: 10}\n"


@pytest.fixture
def given(phantom, tmp_path):
    """Paths of image, mask and parameter file."""
    for one, name in zip(phantom, ("image", "mask"), strict=True):
        sitk.WriteImage(one, str(tmp_path / f"{name}.nrrd"))
    (tmp_path / "p.yaml").write_text(PARAMETERS)
    image, mask, parameters = (str(tmp_path / n) for n in ("image.nrrd", "mask.nrrd", "p.yaml"))
    return [image, mask, "--param", parameters]


def run(*arguments):
    return CliRunner().invoke(cli.main, [*map(str, arguments)], catch_exceptions=False)


def test_a_table_comes_out_as_csv(given, phantom):
    done = run(*given)
    assert done.exit_code == 0
    rows = [*csv.DictReader(done.stdout.splitlines())]
    assert [row["label"] for row in rows] == ["1", "2", "5"]
    expected = voxomics.extract(*phantom, given[3])
    for row in rows:
        for name, value in expected.loc[int(row["label"])].items():
            assert float(row[name]) == value
    assert done.stdout == run("measure", *given).stdout


def test_json_and_parquet_keep_engine_and_refusals(given, tmp_path, phantom):
    more = [*given, "--label", 1, "--label", 9]
    for name in ("out.json", "out.parquet", "out.csv"):
        done = run(*more, "--out", tmp_path / name, "--threads", 2)
        assert done.exit_code == 1
        assert "label 9: the label is not in the mask" in done.stderr
    told = json.loads((tmp_path / "out.json").read_text())
    table = pd.read_parquet(tmp_path / "out.parquet")
    expected = voxomics.extract(*phantom, given[3], [1])
    assert told["engine"] == table.attrs["engine"] == voxomics.engine_version()
    assert told["refused"] == table.attrs["refused"] == {"9": "the label is not in the mask"}
    assert told["labels"] == {"1": expected.loc[1].to_dict()}
    assert np.array_equal(table.to_numpy(), expected.to_numpy())
    assert pd.read_csv(tmp_path / "out.csv", index_col="label").equals(table)


def test_nothing_to_measure_is_code_2(given):
    done = run(*given, "--label", 77)
    assert (done.exit_code, "label 77" in done.stderr) == (2, True)


def test_faults_are_told_at_once(given, tmp_path):
    (tmp_path / "p.yaml").write_text("imageType: {Wavlet: {}}\nsetting: {binwidth: 3}\n")
    done = run(*given)
    assert done.exit_code == 2
    assert "Wavelet" in done.stderr
    assert "binWidth" in done.stderr
    assert done.stdout == ""


def test_a_broken_image_is_told(given, tmp_path):
    (tmp_path / "image.nrrd").write_text("nothing")
    done = run(*given)
    assert (done.exit_code, "image.nrrd cannot be read" in done.stderr) == (2, True)


@pytest.mark.parametrize("more", [["--out", "x.xlsx"], ["--threads", "0"], ["--engine", "other"]])
def test_wrong_options_are_refused(given, more):
    assert run(*given, *more).exit_code == 2


def test_help_and_version():
    assert "voxomics IMAGE MASK" in run("--help").stdout
    assert voxomics.engine_version().split()[1] in run("--version").stdout


def test_the_selftest_passes_and_tells_misses(monkeypatch):
    done = run("selftest")
    assert done.exit_code == 0
    assert "0 missed" in done.stdout
    wrong = Check("golden defaults", "original_firstorder_Mean", 2.0, 1.0, 1e-6)
    monkeypatch.setattr(cli, "run_selftest", lambda: [wrong])
    done = run("selftest")
    assert done.exit_code == 1
    assert "MISSED" in done.stdout
    assert "1 missed" in done.stdout


def test_warm_says_where_kernels_are_kept(monkeypatch):
    monkeypatch.setattr(cli, "warm_all", lambda processes: ["texture"])
    assert str(cache.folder()) in run("warm").stdout


def test_a_folder_of_temporary_files_that_others_can_write_is_not_trusted(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    own = tmp_path / f"voxomics-{os.getuid()}"
    own.mkdir()
    own.chmod(0o777)
    assert cache.temporary.__wrapped__() != own
    own.chmod(0o700)
    assert cache.temporary.__wrapped__() == own
