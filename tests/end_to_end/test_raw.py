"""From raw scans alone to a release: what comes out against what was put in."""

from collections import defaultdict
from statistics import median

import nibabel as nib
import numpy as np
import pytest

from drepano.contracts import read_table
from drepano.contracts.inventory import PREPARED
from drepano.synthetic import make_cohort
from drepano.synthetic.raw.matrix_against_truth import compare_with_truth

pytestmark = pytest.mark.workflow

COARSE = ("template: {}", "template: {resolution_mm: 4.0}")
FEW = ("min_subjects: 5", "min_subjects: 1")


@pytest.fixture(scope="module")
def site(tmp_path_factory, root, command):
    """One subject with two sessions and all six modalities, run to a release."""
    folder = tmp_path_factory.mktemp("raw")
    study = folder / "study.yaml"
    text = (root / "config" / "study_raw.yaml").read_text(encoding="utf-8")
    for old, new in (COARSE, FEW):
        assert old in text
        text = text.replace(old, new)
    study.write_text(text, encoding="utf-8")
    make_cohort(folder / "site", subjects=1, voxel_mm=5, study=study, raw=True)
    done = command("run", folder=folder / "site")
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "site"


@pytest.fixture(scope="module")
def errors(site):
    """Median relative error of each quantity."""
    found = defaultdict(list)
    for item in compare_with_truth(site):
        assert item.found is not None, item.column
        found[item.quantity].append(item.found / item.true - 1 if item.true else item.found)
    return {name: median(values) for name, values in found.items()}


@pytest.mark.parametrize(
    ("quantity", "within"),
    [
        ("volumes intracranial volume", 0.10),
        ("volumes grey_matter volume", 0.20),
        ("volumes white_matter volume", 0.20),
        ("perfusion grey_matter cbf", 0.20),
        ("perfusion white_matter cbf", 0.20),
        ("diffusion white_matter fa", 0.20),
        ("diffusion white_matter md", 0.10),
        ("relaxometry grey_matter r2star", 0.20),
        ("relaxometry white_matter r2star", 0.10),
        ("vessels length", 0.10),
        ("vessels radius", 0.10),
        ("vessels volume", 0.01),
    ],
)
def test_what_was_put_in_comes_out(errors, quantity, within):
    assert errors[quantity] == pytest.approx(0, abs=within)


def test_the_brain_lies_where_the_truth_has_it(site):
    rows = read_table(site / "results" / "preparation.parquet", PREPARED).to_pylist()
    masks = [r for r in rows if r["suffix"] == "mask" and "space" not in r["entities"]]
    assert len(masks) == 2
    for row in masks:
        session = row["session"]
        stem = f"sub-01_ses-{session}_space-T1w_desc-brain.nii.gz"
        truth = site / "truth" / "maps" / "sub-01" / f"ses-{session}" / stem
        found, known = (
            np.asarray(nib.as_closest_canonical(nib.load(path)).dataobj) > 0
            for path in (site / row["path"], truth)
        )
        assert 2 * (found & known).sum() / (found.sum() + known.sum()) >= 0.95


def test_a_rerun_prepares_nothing_again(site, command):
    """A changed bin count measures again, and registers nothing."""
    study = site / "config" / "study.yaml"
    study.write_text(study.read_text().replace("binCount: 32", "binCount: 16"))
    done = command("run", folder=site)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "preparation: 2 sessions, 2 kept, 0 computed" in done.stdout + done.stderr
