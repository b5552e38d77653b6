"""The benchmark's command: from any folder, its tables hold what was measured."""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """One turn of the tiny case, started from a folder that is not the repository."""
    folder = tmp_path_factory.mktemp("elsewhere")
    command = [sys.executable, "-W", "ignore", str(BENCHMARKS / "radiomics.py")]
    command += ["--cases", "tiny", "--runs", "1", "--no-memory", "--json", "found.json"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout, json.loads((folder / "found.json").read_text())


def cells(text, heading):
    """Return the rows of the table below a heading."""
    body = text.split(f"### {heading}\n\n")[1].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip(" *") for cell in line.strip("|").split("|")] for line in body]


def test_each_engine_measures_every_label_and_the_same_number_of_values(measured):
    _, found = measured
    for task in found["tasks"]:
        if task["engine"] in {"voxomics", "pyradiomics"}:
            (run,) = task["runs"]
            assert run["labels"] == 3
            # 14 of shape, and 93 on each image.
            assert run["values"] == 14 + 93 * (1 if task["images"] == "original" else 11)


def test_ratios_are_those_of_the_times(measured):
    text, found = measured
    heading = "Measuring alone, one thread, images in memory"
    if "pyradiomics" not in found["versions"]:
        assert "pyradiomics was not measured: not installed" in text
        assert heading not in text
        return
    spent = {
        (task["engine"], task["images"]): task["runs"][0]["cpu"]
        for task in found["tasks"]
        if task["threads"] == 1 and (task["load"] or task["engine"] == "pyradiomics")
    }
    rows = cells(text, heading)
    assert [row[1] for row in rows] == ["original", "11 images"]
    for _, images, _, _, ratio, _ in rows:
        exact = spent["pyradiomics", images] / spent["voxomics", images]
        assert float(ratio) == pytest.approx(exact, abs=0.51)


def test_a_whole_process_counts_its_start(measured):
    text, found = measured
    (whole,) = (t for t in found["tasks"] if t["engine"] == "voxomics" and not t["load"])
    (run,) = whole["runs"]
    assert run["process"] > run["cpu"]
    assert run["process"] >= run["start"]
    rows = cells(text, "A whole process that reads, measures and ends, original image, one thread")
    assert rows[0][:4] == ["tiny", "voxomics", "107", f"{run['process']:.2f}"]


def test_a_start_is_taken_apart_and_adds_up(measured):
    text, _ = measured
    rows = cells(text, "A start with compiled kernels on disk")
    assert [name for name, _ in rows][2:5] == [
        "numba",
        "voxomics' own modules",
        "kernels, loaded from disk",
    ]
    seconds = {name: float(value) for name, value in rows}
    parts = (seconds["interpreter"], seconds["NumPy, SimpleITK, pandas, which any user has"])
    total = sum(parts) + seconds["numba, voxomics and kernels"]
    assert seconds["all"] == pytest.approx(total, abs=0.021)


def test_peers_without_a_folder_are_named_with_the_reason(measured):
    text, found = measured
    assert not {"nyxus", "mirp"} & set(found["versions"])
    for name in ("nyxus", "mirp"):
        assert f"- {name} was not measured: no folder for it was given (--peers)." in text


def test_the_script_does_not_hide_pyradiomics_behind_its_own_name():
    pytest.importorskip("radiomics.featureextractor", reason="pyradiomics is the reference")
    if find_spec("radiomics") is None:
        pytest.skip("pyradiomics is not installed here")
    code = f"import runpy; runpy.run_path({str(BENCHMARKS / 'radiomics.py')!r}); import radiomics"
    code += "; print(radiomics.__file__)"
    command = [sys.executable, "-P", "-W", "ignore", "-c", code]
    done = subprocess.run(command, cwd=BENCHMARKS, capture_output=True, text=True, check=True)
    assert Path(done.stdout.strip()).parent.name == "radiomics"
