"""The plain form that the README names: Snakemake itself, with our profile and a site file."""

import subprocess
import sys

import pytest

from drepano.synthetic import make_cohort

STEPS = ("index_inputs", "extract_imaging", "call_genomics", "read_clinical", "seal_release")


@pytest.mark.workflow
def test_snakemake_with_profile_and_site_file_plans_every_step(tmp_path, root):
    folder = tmp_path / "site"
    make_cohort(folder, subjects=1, voxel_mm=12, study=root / "config" / "study.yaml")
    readme = (root / "README.md").read_text(encoding="utf-8")
    plain = "--snakefile REPO/Snakefile --profile REPO/profiles/local --configfile config/site.yaml"
    assert plain in readme
    done = subprocess.run(
        [
            *(sys.executable, "-m", "snakemake", "--snakefile", str(root / "Snakefile")),
            *("--profile", str(root / "profiles" / "local")),
            *("--configfile", "config/site.yaml", "--dry-run"),
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    printed = done.stdout + done.stderr
    assert done.returncode == 0, printed
    for step in STEPS:
        assert step in printed
    assert not (folder / "results").exists()
