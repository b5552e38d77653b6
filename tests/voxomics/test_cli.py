"""The command voxomics."""

import csv
import json
import os
from pathlib import Path

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


def test_labels_may_be_ranges(given):
    rows = [*csv.DictReader(run(*given, "--labels", "1-2, 5", "--label", 2).stdout.splitlines())]
    assert [row["label"] for row in rows] == ["1", "2", "5"]


@pytest.mark.parametrize("labels", ["x", "3-1", "-1", "1,,2", "1-9999999"])
def test_wrong_labels_are_refused(given, labels):
    done = run(*given, "--labels", labels)
    assert (done.exit_code, "range" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("setting: {binWidth: 5\n x: [1\n", "expected YAML or JSON"),
        ("- a\n", "expected a mapping"),
        ("setting: [1]\nfeatureClass: glcm\n", "featureClass: found 'glcm'; expected a mapping"),
        ("imageType: {LoG: [1.0]}\n", "imageType.LoG: found [1.0]; expected a mapping"),
    ],
)
def test_a_broken_parameter_file_is_told(given, tmp_path, text, told):
    (tmp_path / "p.yaml").write_text(text)
    done = run(*given)
    assert (done.exit_code, told in done.stderr, done.stdout) == (2, True, "")


def test_a_target_that_cannot_be_written_is_told_before_measuring(given, tmp_path, monkeypatch):
    monkeypatch.setattr("voxomics.extraction.extract", None)
    done = run(*given, "--out", tmp_path / "absent" / "out.csv")
    assert (done.exit_code, "absent: no such folder" in done.stderr) == (2, True)
    monkeypatch.setattr("os.access", lambda _, mode: mode != os.W_OK)
    done = run(*given, "--out", tmp_path / "out.csv")
    assert (done.exit_code, "out.csv: cannot be written" in done.stderr) == (2, True)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full")
def test_a_full_disk_is_told(given, tmp_path):
    (tmp_path / "out.csv").symlink_to("/dev/full")
    done = run(*given, "--out", tmp_path / "out.csv")
    assert (done.exit_code, "No space left" in done.stderr) == (2, True)


def test_an_empty_mask_is_told(given, tmp_path, phantom):
    sitk.WriteImage(phantom[1] * 0, str(tmp_path / "mask.nrrd"))
    done = run(*given)
    assert (done.exit_code, "the mask holds no label" in done.stderr) == (2, True)


def test_inputs_that_look_swapped_are_told(given, tmp_path, phantom):
    told = "are they swapped?"
    assert told not in run(*given).stderr
    noisy = sitk.Cast(phantom[0], sitk.sitkFloat32) / 700
    sitk.WriteImage(noisy, str(tmp_path / "image.nrrd"))
    assert told not in run(*given).stderr
    assert told in run(given[1], given[0], *given[2:]).stderr


def test_help_and_version():
    assert "voxomics IMAGE MASK" in run("--help").stdout
    assert voxomics.engine_version().split()[1] in run("--version").stdout


def test_the_selftest_passes_and_tells_misses(monkeypatch):
    done = run("selftest")
    assert done.exit_code == 0
    assert "0 missed" in done.stdout
    wrong = Check("golden defaults", "original_firstorder_Mean", 2.0, 1.0, 1e-6)
    monkeypatch.setattr("voxomics.selftest.run_selftest", lambda: [wrong])
    done = run("selftest")
    assert done.exit_code == 1
    assert "MISSED" in done.stdout
    assert "1 missed" in done.stdout


def test_warm_says_where_kernels_are_kept(monkeypatch):
    monkeypatch.setattr("voxomics.warm.warm_all", lambda processes: [f"part {processes}"])
    done = run("warm", "--processes", 3, "--verbose")
    assert "part 3: " in done.stdout
    assert str(cache.folder()) in done.stdout
    assert "part" not in run("warm").stdout


def test_a_folder_of_temporary_files_that_others_can_write_is_not_trusted(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    own = tmp_path / f"voxomics-{os.getuid()}"
    own.mkdir()
    own.chmod(0o777)
    assert cache.temporary.__wrapped__() != own
    own.chmod(0o700)
    assert cache.temporary.__wrapped__() == own
