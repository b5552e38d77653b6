"""The command voxomics."""

import csv
import json
import os
import subprocess
import sys

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
    monkeypatch.setattr(cli, "compile_kernels", lambda: None)
    assert str(cache.folder()) in run("warm").stdout


PROBE = """
from numba.core import config
from voxomics import cache
from voxomics.mesh import measure_extents
import numpy as np
measure_extents(np.ones((2, 2, 2), dtype=np.int32), 1)
print(config.CACHE_DIR, sum(1 for _ in cache.folder().rglob("*.nbi")))
"""


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="POSIX users")
def test_a_read_only_install_and_an_unwritable_home_still_work(tmp_path, monkeypatch):
    """What cannot be written is simulated: root may write anywhere."""
    probe = f"""
import pathlib, tempfile
from unittest import mock
real = tempfile.TemporaryFile
def refuse(*a, dir=None, **k):
    if dir is not None and not str(dir).startswith({str(tmp_path)!r}):
        raise PermissionError(13, "read-only")
    return real(*a, dir=dir, **k)
with mock.patch("tempfile.TemporaryFile", refuse):
    {PROBE.replace(chr(10), chr(10) + "    ")}
"""
    clean = {k: v for k, v in os.environ.items() if k not in ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME")}
    clean |= {"TMPDIR": str(tmp_path), "HOME": "/nowhere"}
    done = subprocess.run(
        [sys.executable, "-c", probe], env=clean, capture_output=True, text=True, check=True
    )
    folder, kernels = done.stdout.split()
    assert folder == str(tmp_path / f"voxomics-{os.getuid()}")
    assert int(kernels) > 0


def test_a_folder_of_temporary_files_that_others_can_write_is_not_trusted(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    own = tmp_path / f"voxomics-{os.getuid()}"
    own.mkdir()
    own.chmod(0o777)
    assert cache._temporary() != own
    own.chmod(0o700)
    assert cache._temporary() == own
