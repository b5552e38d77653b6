"""`drepano run`: how it ends, in exit code and last line, and what keeps it from starting."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import click
import pytest
import yaml
from click.testing import CliRunner

from drepano.cli import cli, ending, people, reasons, root, run
from drepano.cli.ending import Ending
from drepano.errors import BusyError, ConfigError, DrepanoError, Fault, InputError
from drepano.status import ReleaseStatus, SealStatus, Status


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder that `drepano init` has been run in, with settings that are not checked."""
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(cli, ["init", "--name", "ward_7"])
    assert done.exit_code == 0, done.output
    monkeypatch.setattr(people.checks, "check_settings", lambda _: None)
    file = tmp_path / "config" / "site.yaml"
    file.write_text(
        yaml.safe_dump(yaml.safe_load(file.read_text()) | {"imaging": {"bids": "bids"}})
    )
    (tmp_path / "bids").mkdir()
    return tmp_path


def run_with(monkeypatch, outcome):
    """Run with something else in Snakemake's place: an exit code, or what gives one."""
    monkeypatch.setattr(run, "snakemake", lambda *_: outcome() if callable(outcome) else outcome)
    return CliRunner().invoke(cli, ["run"])


def last(text: str) -> str:
    return text.splitlines()[-1]


def log(name: str, text: str) -> None:
    path = Path("logs") / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


FULL = """12:00:00 INFO x: y
error: results/parts
  found:    no space left on the device
  expected: a folder that can be written
  to do:    Free space or mend the permission, then run again: what was finished is kept.
"""


AGAIN = "finished units are kept, run again"


def stop(text: str, name: str = "extract_imaging/0.log"):
    def stopped() -> int:
        log(name, text)
        return 1

    return stopped


def test_a_stopped_run_names_step_reason_and_what_to_do_on_both_streams(site, monkeypatch):
    done = run_with(monkeypatch, stop(FULL))
    assert done.exit_code == 2
    line = (
        "drepano run: ward_7: STOPPED in extract_imaging: no space left on the device at "
        "results/parts: Free space or mend the permission, then run again: what was finished "
        "is kept."
    )
    assert last(done.stdout) == last(done.stderr) == line
    assert "expected: a folder that can be written" in done.stderr


@pytest.mark.parametrize(
    ("text", "name", "told"),
    [
        (
            "error: a.tsv\n  found:    x\n  expected: y\n  to do:    Mend it.\n",
            "gather_imaging.log",
            f"STOPPED in gather_imaging: x at a.tsv: Mend it.; {AGAIN}",
        ),
        (
            "bug: KeyError, please report:\n  File x\n",
            "join_matrix.log",
            "STOPPED in join_matrix by a bug: KeyError, please report: See logs/join_matrix.log",
        ),
        (
            "12:00:00 INFO a\nKilled\n",
            "call_genomics/1.log",
            f"killed? The last line of logs/call_genomics/1.log: Killed; {AGAIN}",
        ),
        (
            FULL + FULL.replace("results", "elsewhere"),
            "plan_imaging.log",
            "(1 more reason above)",
        ),
    ],
)
def test_each_kind_of_stop_has_its_line(site, monkeypatch, text, name, told):
    done = run_with(monkeypatch, stop(text, name))
    assert done.exit_code == 2
    assert last(done.stderr).endswith(told)


def test_a_stop_before_any_log_leads_to_snakemakes_message(site, monkeypatch):
    log("index_inputs.log", "error: of another run\n")
    os.utime("logs/index_inputs.log", (1, 1))
    done = run_with(monkeypatch, 1)
    assert done.exit_code == 2
    assert "see Snakemake's message" in last(done.stdout)
    assert "another run" not in done.output


def test_settings_that_are_wrong_promise_nothing_of_a_rerun(site, monkeypatch):
    def refuse(_):
        raise ConfigError(
            Fault("config/study.yaml: x", "y", "z", "Remove it."), Fault("a", "b", "c", "d")
        )

    monkeypatch.setattr(people.checks, "check_settings", refuse)
    done = CliRunner().invoke(cli, ["run"])
    assert done.exit_code == 2
    assert last(done.stdout) == last(done.stderr)
    assert last(done.stdout) == (
        "drepano run: ward_7: STOPPED: found y at config/study.yaml: x: Remove it. "
        "(1 more problem on stderr)"
    )
    assert "error: config/study.yaml: x\n  found:    y" in done.stderr
    assert "kept" not in done.output


def test_a_bug_ends_with_1_and_no_value(site, monkeypatch):
    def explode() -> int:
        value = str(6 + 0.2)
        raise KeyError(value)

    done = run_with(monkeypatch, explode)
    assert done.exit_code == 1
    assert "STOPPED by a bug: KeyError" in last(done.stdout)
    assert "test_run.py" in done.stderr
    assert "6.2" not in done.output


def status_of(*, gates=(), states=None, faults=(), sealed=True, latest=True) -> Status:
    release = ReleaseStatus("1.0.0-abc", list(faults), 12, 14, 3, states or {}, [])
    seal = SealStatus("1.0.0-def", not gates, list(gates))
    return Status(
        site="ward_7",
        running=False,
        asked=("imaging",),
        index=None,
        steps=[],
        clinical=None,
        quality=None,
        failures=[],
        seal=seal if sealed else None,
        release=release if latest else None,
        others=0,
    )


SEE = "; see drepano status"


def gate(name: str, value: float, limit: float) -> dict[str, object]:
    return {"gate": name, "value": value, "limit": limit, "passed": False}


@pytest.mark.parametrize(
    ("found", "code", "text"),
    [
        (
            status_of(states={"measured": 30, "failed": 8}),
            0,
            "release 1.0.0-abc is the latest (12 subjects, 8 failed sources): r/latest",
        ),
        (
            status_of(gates=[gate("min_subjects", 4, 5)]),
            3,
            "gate min_subjects FAILED: 4, at least 5; latest stays at 1.0.0-abc" + SEE,
        ),
        (
            status_of(gates=[gate("max_failed_fraction", 0.006, 0.001)], latest=False),
            3,
            "gate max_failed_fraction FAILED: 0.6 %, at most 0.1 %; latest is not there yet" + SEE,
        ),
        (
            status_of(faults=[Fault("a", "b", "c", "d")]),
            2,
            "the latest release is DAMAGED: remove results/release.json and run again",
        ),
        (
            status_of(latest=False),
            2,
            "the latest release is gone: remove results/release.json and run again",
        ),
        (status_of(sealed=False), 0, "done; no release: none was asked for"),
    ],
)
def test_the_last_line_of_a_workflow_that_went_through(found, code, text):
    assert ending.of_status(found, "r/latest") == Ending(code, text)


def test_success_is_told_on_stdout_alone(capsys):
    with pytest.raises(SystemExit) as caught:
        Ending(0, "all\nwell").tell("ward_7")
    printed = capsys.readouterr()
    assert caught.value.code == 0
    assert (printed.out, printed.err) == ("drepano run: ward_7: all well\n", "")


def test_ctrl_c_ends_with_130_one_line_and_no_traceback(site, monkeypatch):
    for outcome in (130, _interrupt):
        done = run_with(monkeypatch, outcome)
        assert done.exit_code == 130
        line = "drepano run: ward_7: interrupted; finished units are kept, run again"
        assert last(done.stdout) == last(done.stderr) == line
        assert "Traceback" not in done.output


def _interrupt() -> int:
    raise KeyboardInterrupt


def test_ctrl_c_while_snakemake_runs_is_told_from_a_failure():
    fails = [sys.executable, "-c", "import time; time.sleep(0.5); raise SystemExit(1)"]
    threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
    assert run._wait(fails, dict(os.environ), []) == 130
    assert run._wait(fails, dict(os.environ), []) == 1


@pytest.mark.parametrize("error", [click.Abort, KeyboardInterrupt])
def test_ctrl_c_in_any_command_ends_with_130(monkeypatch, capsys, error):
    def interrupted(**_):
        raise error

    monkeypatch.setattr(root, "cli", interrupted)
    with pytest.raises(SystemExit) as caught:
        root.main()
    assert caught.value.code == 130
    assert capsys.readouterr().err == "interrupted\n"


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["check", "--site", "."], "is a directory"),
        (["index", "--site", "nowhere.yaml"], "does not exist"),
        (["run", "--site", "nowhere.yaml"], "nowhere.yaml"),
        (["rnu"], "No such command 'rnu'"),
    ],
)
def test_wrong_words_are_told_in_four_parts(tmp_path, words, found):
    done = subprocess.run(
        [sys.executable, "-m", "drepano", *words],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    lines = [line.split(":")[0].strip() for line in done.stderr.splitlines()[:4]]
    assert lines == ["error", "found", "expected", "to do"]
    assert found in done.stderr
    assert "Usage:" not in done.stderr


@pytest.mark.parametrize("name", ["results", "releases", "logs"])
def test_a_file_where_a_run_writes_a_folder_is_told_before_it_starts(site, monkeypatch, name):
    Path(name).write_text("x", encoding="utf-8")
    with pytest.raises(InputError, match=f"{name}: found a file; expected a folder, or nothing"):
        run.check_folders()
    done = run_with(monkeypatch, 0)
    assert done.exit_code == 2
    assert f"found a file at {name}: Move it away" in last(done.stdout)


def test_a_link_to_a_folder_is_one_and_a_dead_link_is_told(site):
    Path("elsewhere").mkdir()
    Path("releases").symlink_to("elsewhere")
    run.check_folders()
    Path("elsewhere").rmdir()
    with pytest.raises(InputError, match="a link that leads nowhere"):
        run.check_folders()


def test_a_profile_that_is_not_there_is_refused_with_those_that_are(site, monkeypatch, root):
    monkeypatch.setattr(run, "snakemake", lambda *_: pytest.fail("started"))
    done = CliRunner().invoke(cli, ["run", "--profile", "nope"])
    assert done.exit_code == 2
    assert "found:    no such profile" in done.stderr
    assert "expected: local" in done.stderr
    assert "Name local" in last(done.stdout)
    assert run.profile_path("local") == str(root / "profiles" / "local")
    Path("own").mkdir()
    Path("own/config.yaml").write_text("cores: 1\n", encoding="utf-8")
    assert run.profile_path("own") == "own"


def test_status_tells_that_a_run_is_under_way_and_makes_no_lock(site):
    assert not run.under_way()
    assert not Path("results").exists()
    with run.only_run():
        assert run.under_way()
        told = CliRunner().invoke(cli, ["status"]).output
        assert "run       under way" in told
        assert json.loads(CliRunner().invoke(cli, ["status", "--json"]).output)["running"]
    assert not run.under_way()
    assert "under way" not in CliRunner().invoke(cli, ["status"]).output


def test_a_status_that_looks_keeps_no_run_from_starting(site):
    Path("results").mkdir()
    with run.LOCK.open("w") as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        threading.Timer(0.1, fcntl.flock, (looking, fcntl.LOCK_UN)).start()
        with run.only_run() as lock:
            assert lock is not None


def test_a_second_run_ends_with_4(site, monkeypatch):
    with run.only_run():
        done = run_with(monkeypatch, 0)
    assert done.exit_code == 4
    assert last(done.stdout).startswith("drepano run: ward_7: NOT STARTED: found another")


@pytest.fixture
def sleeper(tmp_path):
    """A living process that looks like a plain Snakemake in a folder."""
    folder = tmp_path / "plain"
    (folder / ".snakemake" / "locks").mkdir(parents=True)
    (folder / ".snakemake" / "locks" / "0.input.lock").touch()
    program = [sys.executable, "-c", "import time; time.sleep(60)", "-m", "snakemake", "--cores"]
    process = subprocess.Popen(program, cwd=folder)
    wait_until(lambda: run.living_snakemake(folder) is not None)
    yield folder, process
    process.kill()
    process.wait()


def wait_until(condition, timeout_s: float = 10.0) -> None:
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_the_lock_of_a_living_snakemake_stays(sleeper, monkeypatch, tmp_path):
    folder, process = sleeper
    monkeypatch.chdir(folder)
    with pytest.raises(BusyError, match=rf"\(process {process.pid}\)") as caught:
        run.snakemake(Path("config/site.yaml"), "local", (), 1)
    assert caught.value.exit_code == 4
    assert (folder / ".snakemake" / "locks" / "0.input.lock").exists()
    assert run.living_snakemake(tmp_path) is None
    assert run.under_way()
    process.kill()
    process.wait()
    assert run.living_snakemake(folder) is None
    assert not run.under_way()


def test_units_computed_in_this_run_are_counted(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    line = "12:00:00 INFO drepano.ranks.shard: shard 0 of 2: 11 units, 9 kept, {} to compute on 2\n"
    for shard, todo in enumerate((2, 3, 40)):
        log(f"extract_imaging/{shard}.log", line.format(todo))
    log("call_genomics/0.log", line.format(7))
    os.utime("logs/extract_imaging/2.log", (1, 1))
    begun = time.time() - 100
    assert reasons.computed(begun, "extract_imaging") == 5
    assert reasons.computed(begun, "call_genomics") == 7
    assert reasons.computed(time.time() + 100, "extract_imaging") == 0


def test_errors_know_their_exit_code():
    codes = [error.exit_code for error in (DrepanoError(), ConfigError(), BusyError())]
    assert codes == [2, 2, 4]


def test_synthetic_tells_what_to_type_only_a_person(tmp_path):
    command = ["synthetic", str(tmp_path / "a"), "--subjects", "1", "--voxel-mm", "12"]
    assert "next: cd" in CliRunner().invoke(cli, command).output
    quiet = CliRunner().invoke(cli, [*command, "--quiet"])
    assert quiet.exit_code == 0
    assert "next" not in quiet.output
