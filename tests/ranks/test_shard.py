"""One shard on one process: rows, failures, deaths, resume."""

import dataclasses
import os
import signal
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from toy_runs import ENVIRONMENT, computed, run_toy, toy_unit
from toy_step import files_of

from drepano.contracts import read_table
from drepano.contracts.inventory import OUTCOMES
from drepano.contracts.states import STEP_STATES
from drepano.contracts.values import IMAGING
from drepano.ranks.supervisor import StepSpec, _Worker


def reasons(folder: Path) -> dict[str, str]:
    rows = read_table(files_of(folder, 0).outcomes, OUTCOMES).to_pylist()
    return {row["unit"]: row["reason"] for row in rows}


def states(folder: Path) -> list[dict]:
    return read_table(files_of(folder, 0).states, STEP_STATES).to_pylist()


def test_every_unit_is_a_row_whatever_becomes_of_it(planned):
    folder = planned(
        [toy_unit(1), toy_unit(2, "refuse"), toy_unit(3, "bug"), toy_unit(4, "die"), toy_unit(5)]
    )
    done = run_toy(folder)
    assert done.returncode == 0, done.stderr
    assert reasons(folder) == {
        "sub-S001": "",
        "sub-S002": "unreadable",
        "sub-S003": "unexpected",
        "sub-S004": "crashed",
        "sub-S005": "",
    }
    values = read_table(files_of(folder, 0).values, IMAGING).to_pylist()
    assert {row["subject"] for row in values} == {"S001", "S005"}
    assert {row["subject"]: row["reason"] for row in states(folder)} == {
        "S002": "unreadable",
        "S003": "unexpected",
        "S004": "crashed",
    }


def test_a_unit_that_kills_its_process_twice_is_set_aside_with_the_signal(planned):
    folder = planned([toy_unit(1, "die")])
    run_toy(folder)
    assert computed(folder) == ["sub-S001", "sub-S001"]
    assert "died 2 times, last by signal SIGSEGV" in states(folder)[0]["detail"]


def test_ctrl_c_reaches_the_rank_and_not_its_worker(capfd):
    spec = StepSpec("builtins:str", "drepano.contracts.values:IMAGING", "")
    worker = _Worker.spawn()
    os.kill(worker.process.pid, signal.SIGINT)
    worker.write(dataclasses.asdict(spec))
    assert worker.outcomes.readline() == b'{"ready": true}\n'
    worker.process.send_signal(signal.SIGINT)
    worker.process.communicate()
    assert worker.process.returncode == 0
    assert "KeyboardInterrupt" not in capfd.readouterr().err
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_a_unit_that_hangs_is_stopped_and_told(planned):
    folder = planned([toy_unit(1, "hang"), toy_unit(2)])
    done = run_toy(folder, "--time-limit", "20")
    assert done.returncode == 0, done.stderr
    assert reasons(folder) == {"sub-S001": "timed_out", "sub-S002": ""}


def test_logs_name_neither_subject_nor_value(planned):
    folder = planned([toy_unit(1, "bug"), toy_unit(2, "refuse"), toy_unit(3, "die")])
    log = run_toy(folder).stderr
    assert "ZeroDivisionError at toy_step.py" in log
    for secret in ("S001", "S002", "S003", "12.5", "nothing behind the header"):
        assert secret not in log


def test_a_rerun_computes_nothing_but_what_may_pass(planned):
    folder = planned([toy_unit(1), toy_unit(2, "refuse"), toy_unit(3, "bug")])
    run_toy(folder)
    before = files_of(folder, 0).values.read_bytes()
    (folder / "computed.txt").unlink()
    run_toy(folder)
    assert computed(folder) == ["sub-S003"]  # a bug may be mended; a bad file stays bad
    assert files_of(folder, 0).values.read_bytes() == before


def test_a_new_subject_is_the_only_one_computed(planned):
    folder = planned([toy_unit(1), toy_unit(2)])
    run_toy(folder)
    (folder / "computed.txt").unlink()
    planned([toy_unit(1), toy_unit(2), toy_unit(3)])
    run_toy(folder)
    assert computed(folder) == ["sub-S003"]


def test_a_changed_input_is_computed_again(planned):
    folder = planned([toy_unit(1), toy_unit(2)])
    run_toy(folder)
    (folder / "computed.txt").unlink()
    planned([toy_unit(1), toy_unit(2, file="other content")])
    run_toy(folder)
    assert computed(folder) == ["sub-S002"]


@pytest.mark.parametrize("harm", ["cut", "empty", "other_version"])
def test_a_broken_pack_is_computed_again(planned, harm):
    folder = planned([toy_unit(1), toy_unit(2)])
    run_toy(folder)
    before = files_of(folder, 0).values.read_bytes()
    (pack,) = (folder / "store" / "packs").iterdir()
    if harm == "other_version":
        table = pq.read_table(pack)
        pq.write_table(table.replace_schema_metadata({"parts": "0"}), pack)
    else:
        pack.write_bytes(pack.read_bytes()[:100] if harm == "cut" else b"")
    run_toy(folder)
    assert sorted(computed(folder)) == ["sub-S001"] * 2 + ["sub-S002"] * 2
    assert files_of(folder, 0).values.read_bytes() == before


def test_finished_units_leave_one_file(planned):
    folder = planned([toy_unit(i) for i in range(20)])
    run_toy(folder)
    assert [p.name for p in (folder / "store" / "packs").iterdir()] == ["0000-of-0001.parquet"]
    assert list((folder / "store" / "parts").iterdir()) == []


def test_an_empty_shard_has_empty_tables(planned):
    folder = planned([])
    assert run_toy(folder).returncode == 0
    assert read_table(files_of(folder, 0).values, IMAGING).num_rows == 0


def test_dearest_units_start_first(planned):
    folder = planned([toy_unit(i) for i in range(5)])
    run_toy(folder)
    assert computed(folder) == [f"sub-S00{i}" for i in (4, 3, 2, 1, 0)]


def test_a_kept_unit_whose_files_are_gone_is_computed_again(planned, monkeypatch):
    folder = planned([toy_unit(1), toy_unit(2)])
    run_toy(folder)
    before = files_of(folder, 0).values.read_bytes()
    monkeypatch.setitem(ENVIRONMENT, "GONE", "S002")
    done = run_toy(folder)
    assert done.returncode == 0, done.stderr
    assert sorted(computed(folder)) == ["sub-S001", "sub-S002", "sub-S002"]
    assert files_of(folder, 0).values.read_bytes() == before
