"""The commands for people: what they write, print and refuse."""

import errno
import fcntl
import json
import stat
import subprocess
import sys
import time
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import yaml
from click.testing import CliRunner

from drepano.cli import cli, people, root
from drepano.cli.run import only_run, snakemake
from drepano.errors import ConfigError, DrepanoError
from drepano.settings import load_site, load_study

SCANS = ("T1w", "FLAIR")
REGIONS = ("dseg", "label-lesion_mask")


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder that `drepano init` has been run in, with the images of one subject."""
    monkeypatch.chdir(tmp_path)
    derived = tmp_path / "bids" / "derivatives" / "seg"
    for folder, names in ((tmp_path / "bids", SCANS), (derived, REGIONS)):
        (folder / "sub-01" / "anat").mkdir(parents=True)
        (folder / "dataset_description.json").write_text('{"Name": "x", "BIDSVersion": "1.10.0"}')
        for name in names:
            image = nib.Nifti1Image(np.ones((3, 3, 3), dtype=np.int16), np.eye(4))
            nib.save(image, folder / "sub-01" / "anat" / f"sub-01_{name}.nii.gz")
    labels = ("grey matter left", "grey matter right", "white matter left", "white matter right")
    rows = "".join(f"{n}\t{name}\n" for n, name in enumerate((*labels, "ventricles"), start=1))
    (derived / "dseg.tsv").write_text(f"index\tname\n{rows}")
    done = CliRunner().invoke(cli, ["init", "--name", "ward_7", "--bids", "bids"])
    assert done.exit_code == 0, done.output
    return tmp_path


def edit(path: Path, **changes: object) -> None:
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | changes))


def test_init_writes_files_that_load_and_a_key_that_is_private(site):
    loaded = load_site(site / "config" / "site.yaml")
    assert loaded.site == "ward_7"
    assert load_study(site / "config" / "study.yaml").study == "scd_neuro"
    key = site / "config" / "pseudonym.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert len(key.read_text().strip()) == 64


def test_init_again_touches_nothing(site):
    before = {p: p.read_bytes() for p in (site / "config").iterdir()}
    done = CliRunner().invoke(cli, ["init", "--name", "other"])
    assert "nothing written" in done.output
    assert {p: p.read_bytes() for p in (site / "config").iterdir()} == before


def test_init_lists_the_clinical_columns_it_knows_and_guesses_no_unit(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("table.csv").write_text("patient;HB;sex;weight\n1;95;2;40\n", encoding="utf-8")
    done = CliRunner().invoke(cli, ["init", "--clinical", "table.csv"])
    assert done.exit_code == 0, done.output
    text = Path("config/site.yaml").read_text()
    assert 'hb: {column: "HB", unit: "?"} # one of g/dL | g/L | mmol/L' in text
    assert 'sex: {column: "sex", values: {}} # code: female | male' in text
    assert "participant: patient" in text
    assert '# "weight": which concept?' in text
    done = CliRunner().invoke(cli, ["check"])
    assert isinstance(done.exception, DrepanoError)
    assert "'?'" in str(done.exception)


def test_check_tells_every_mistake_of_the_settings_at_once(site):
    study = site / "config" / "study.yaml"
    values = yaml.safe_load(study.read_text())
    values["imaging"]["modalities"]["t1w"]["image_types"] = {"Wavelett": {}}
    values["clinical"]["columns"].append("haemoglobine")
    values["genomics"]["panels"] = ["sdc"]
    study.write_text(yaml.safe_dump(values))
    (site / "config" / "pseudonym.key").chmod(0o644)
    done = CliRunner().invoke(cli, ["check"])
    text = str(done.exception)
    for part in ("Wavelett", "haemoglobine", "sdc", "chmod 600"):
        assert part in text


@pytest.mark.parametrize(
    ("change", "where", "hint"),
    [
        ({"shard": 3}, "shard", "Did you mean shards?"),
        ({"shards": 0}, "shards", "a number of at least 1"),
        ({"site": "Ward 7"}, "site", "lower-case letters"),
        ({"imaging": {"bidz": "x"}}, "imaging.bidz", "Did you mean bids?"),
    ],
)
def test_a_wrong_key_or_value_of_the_site_is_named(site, change, where, hint):
    edit(site / "config" / "site.yaml", **change)
    with pytest.raises(ConfigError) as caught:
        load_site(site / "config" / "site.yaml")
    assert f"site.yaml: {where}" in str(caught.value)
    assert hint in str(caught.value)


def test_a_wrong_key_deep_in_a_study_is_named_with_the_nearest(site):
    study = site / "config" / "study.yaml"
    values = yaml.safe_load(study.read_text())
    values["imaging"]["modalities"]["t1w"]["feature_clases"] = {}
    study.write_text(yaml.safe_dump(values))
    with pytest.raises(ConfigError, match="Did you mean feature_classes"):
        load_study(study)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("site: [unclosed", "site.yaml:2"),
        ("- a list", "found a list; expected a mapping"),
        ("site: 2024-13-45", "expected YAML"),
        ("clinical: []\nsite: x\nclinical: []", "site.yaml:3: found the key clinical twice"),
        ("clinical: [{path: x, columns: {hb: {column: a}, hb: {column: b}}}]", "the key hb twice"),
        (
            "site: x\nclinical: [{path: x, columns: {hsct: {column: a, values: {yes: 'true'}}}}]",
            "codes in quotation marks",
        ),
        ("site: x\nstudy: y\nkey_file: z\n", "at least one of imaging, genomics, clinical"),
    ],
)
def test_text_that_is_no_site_file_is_told(site, text, message):
    (site / "config" / "site.yaml").write_text(text + "\n")
    with pytest.raises(ConfigError, match=message):
        load_site(site / "config" / "site.yaml")


def run(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "drepano", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_error_of_the_user_ends_with_2_and_four_lines_and_no_traceback(tmp_path):
    done = run("status", "--site", "nowhere.yaml", folder=tmp_path)
    assert done.returncode == 2
    lines = [line.split(":")[0].strip() for line in done.stderr.splitlines()]
    assert lines == ["error", "found", "expected", "to do"]


def test_a_bug_ends_with_1_tells_its_place_and_no_value(tmp_path, monkeypatch, capsys):
    def explode(**_) -> None:
        value = str(6 + 0.2)
        raise KeyError(value)

    monkeypatch.setattr(root, "cli", explode)
    with pytest.raises(SystemExit) as caught:
        root.main()
    printed = capsys.readouterr().err
    assert caught.value.code == 1
    assert "bug: KeyError" in printed
    assert "test_commands.py" in printed
    assert "6.2" not in printed


def test_check_of_sound_data_ends_with_0(site):
    done = run("check", folder=site)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "data: 0 errors, 1 warning" in done.stdout.splitlines()[-1]


def test_check_of_bad_data_ends_with_2_and_json_is_json(site):
    (site / "bids" / "sub-01" / "anat" / "sub-01_T1w.nii.gz").write_bytes(b"")
    done = run("check", "--json", folder=site)
    assert done.returncode == 2
    told = json.loads(done.stdout)
    assert (told["settings"], told["errors"]) == ("sound", 1)
    assert done.stderr == ""  # no log beside the list
    (problem,) = (p for p in told["problems"] if p["severity"] == "error")
    assert "sub-01_T1w.nii.gz" in problem["where"]
    assert problem["remedy"]


def test_status_before_any_run_says_so(site):
    done = run("status", folder=site)
    assert done.returncode == 0
    assert "no release yet" in done.stdout
    assert json.loads(run("status", "--json", folder=site).stdout)["site"] == "ward_7"


def test_status_knows_the_steps_of_the_study_and_stands_without_it(site):
    study = site / "config" / "study.yaml"
    edit(study, imaging=None)
    told = run("status", folder=site).stdout
    assert "imaging   not in the study" in told
    assert "genomics  not run" in told
    study.write_text("study: [")
    done = run("status", folder=site)
    assert done.returncode == 0
    assert "study     cannot be read" in done.stdout
    assert "imaging   not run" in done.stdout


def test_only_one_run_at_a_time(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def second() -> None:
        with only_run():
            pytest.fail("two runs at once")

    with only_run(), pytest.raises(DrepanoError, match="one at a time"):
        second()
    with only_run():
        assert Path("results/.run.lock").exists()


def test_settings_that_stand_in_no_file_are_refused(site, root):
    done = subprocess.run(
        [
            *(sys.executable, "-m", "snakemake", "--snakefile", str(root / "Snakefile")),
            *("--configfile", "config/site.yaml", "--config", "shards=9", "-n"),
        ],
        cwd=site,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "settings in files only" in done.stdout + done.stderr


def test_snakemake_without_a_site_file_says_what_to_type(site, root):
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(root / "Snakefile"), "-n"]
    done = subprocess.run(command, cwd=site, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "--configfile config/site.yaml" in done.stdout + done.stderr


def test_every_command_explains_itself():
    runner = CliRunner()
    for name, command in cli.commands.items():
        done = runner.invoke(cli, [name, "--help"])
        assert done.exit_code == 0
        assert command.help, name


@pytest.mark.parametrize("arguments", [["-n"], ["-np"], ["--dry-run"], ["--until", "plan_imaging"]])
def test_a_run_that_makes_no_release_speaks_of_none(site, monkeypatch, arguments):
    monkeypatch.setattr(people.checks, "check_settings", lambda _: None)
    monkeypatch.setattr(people.run, "snakemake", lambda *_: 0)
    done = CliRunner().invoke(cli, ["run", *arguments])
    assert done.exit_code == 0, done.exception
    assert "release:" not in done.output.replace("no release: none was asked for", "")


FAKE_SNAKEMAKE = """
import pathlib, sys, time
pathlib.Path("alive").touch()
while not pathlib.Path("end").exists():
    time.sleep(0.02)
"""

KILLED = """
import os, pathlib, signal, subprocess, sys
from drepano.cli import run
real = subprocess.Popen
def start(command, **more):
    return real([sys.executable, "-c", pathlib.Path("fake.py").read_text()], **more)
run.subprocess.Popen = start
with run.only_run() as lock:
    run.snakemake(pathlib.Path("site.yaml"), "local", (), lock)
"""


def test_the_snakemake_of_a_killed_run_still_keeps_a_second_one_out(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("fake.py").write_text(FAKE_SNAKEMAKE)
    process = subprocess.Popen([sys.executable, "-c", KILLED])
    while not Path("alive").exists():
        time.sleep(0.02)
    process.kill()
    process.wait()
    with pytest.raises(DrepanoError, match="another `drepano run`"), only_run():
        pass
    Path("end").touch()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            with only_run() as lock:
                assert lock is not None
                return
        except DrepanoError:
            time.sleep(0.05)
    pytest.fail("the lock outlived its last process")


def test_without_locks_a_run_leaves_snakemakes_own_alone(tmp_path, monkeypatch):
    """As on Lustre mounted without flock."""
    monkeypatch.chdir(tmp_path)

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", refuse)
    Path(".snakemake/locks").mkdir(parents=True)
    Path(".snakemake/locks/0.input.lock").touch()
    called: list[list[str]] = []
    monkeypatch.setattr(subprocess, "run", lambda command, **_: called.append(command))
    monkeypatch.setattr("drepano.cli.run._wait", lambda *_: 0)
    with only_run() as lock:
        assert lock is None
        snakemake(Path("site.yaml"), "local", ("--version",), lock)
    assert called == []
