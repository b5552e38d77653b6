"""The benchmark's command: from any folder, its tables hold what was measured."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


def measure(folder: Path, *options: str) -> tuple[str, dict]:
    command = [sys.executable, "-W", "ignore", str(BENCHMARKS / "genomics.py"), *options]
    command += ["--runs", "1", "--json", "found.json", "--folder", str(folder)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout, json.loads((folder / "found.json").read_text())


def cells(text: str, heading: str) -> list[list[str]]:
    """Return the rows of the table below a heading."""
    body = text.split(f"### {heading}\n\n")[1].split("\n\n", maxsplit=1)[0].splitlines()[2:]
    return [[cell.strip(" *`") for cell in line.strip("|").split("|")] for line in body]


@pytest.fixture(scope="module")
def panel(tmp_path_factory):
    """The panel out of a few files of one sample, from a folder that is not the repository."""
    return measure(tmp_path_factory.mktemp("panel"), "--cohorts", "files", "--scale", "0.01")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Everything, on small cohorts."""
    pytest.importorskip("drepano.genomics.scores.gathering", reason="no scores in this tree")
    pytest.importorskip("drepano.genomics.burdens.collecting", reason="no burdens in this tree")
    return measure(tmp_path_factory.mktemp("whole"), "--scale", "0.02")


def test_the_panel_is_measured_beside_a_loop_of_bcftools(panel):
    text, found = panel
    (own,) = found["runs"]["panel of the files"]
    assert own["units"] == 5
    assert own["process"] > own["start"] > 0
    (row,) = cells(text, "CPU seconds beside the peers")
    assert row[:3] == ["panel of the files", f"{own['cpu']:.2f}", f"{own['start']:.2f}"]
    if shutil.which("bcftools") is None:
        assert row[4] == "not measured"
        assert "- bcftools was not measured: not installed" in text
        return
    (peer,) = found["runs"]["bcftools query -R in a loop"]
    assert float(row[5]) == pytest.approx(own["cpu"] / peer["cpu"], abs=0.006)
    assert f"bcftools {found['versions']['bcftools']}" in text


def test_nothing_that_was_not_asked_for_is_measured(panel):
    text, found = panel
    assert {"score of A", "burden over B", "A: 1 ranks"}.isdisjoint(found["runs"])
    assert "ranks" not in text.partition("- drepano's step")[0]


def test_every_question_has_its_table(whole):
    text, found = whole
    asked = [row[0] for row in cells(text, "CPU seconds beside the peers")]
    assert asked == ["panel of A", "panel of the files", "score of A", "burden over B"]
    memory = [row[0] for row in cells(text, "Peak of resident memory of the process that reads")]
    assert len(memory) == 6
    if "A: 2 ranks" in found["runs"]:
        rows = cells(text, "Two ranks against one, wall seconds")
        assert [row[0] for row in rows] == ["A", "B", "A3", "B3"]
        one, two = (found["runs"][f"A: {ranks} ranks"][0]["wall"] for ranks in (1, 2))
        assert float(rows[0][4]) == pytest.approx(one / two, abs=0.006)


def test_scores_are_those_of_plink2(whole):
    _, found = whole
    if found["difference"] is None:
        pytest.skip("plink2 is not installed here")
    assert found["difference"] < 1e-9
