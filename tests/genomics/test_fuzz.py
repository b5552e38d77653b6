"""A short run of the fuzzing, and that a crash of htslib stays in its unit.

The long run is `python tests/genomics/fuzz/run.py --cases 20000`; figures in docs/conformance.md.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from drepano.contracts import read_table
from drepano.contracts.states import STEP_STATES
from drepano.contracts.values import GENOMICS
from drepano.genomics import context_of, plan
from drepano.ranks import ShardFiles, StepSpec, connect, run_shard, write_plan
from drepano.settings import Genomics

FUZZ = Path(__file__).parent / "fuzz"
CASES = 220


@pytest.fixture(scope="module")
def fuzzed():
    command = [sys.executable, FUZZ / "run.py", "--cases", str(CASES), "--seed", "20"]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_no_mutation_crashes_hangs_or_gives_a_wrong_row(fuzzed):
    assert fuzzed.stdout.splitlines()[-1] == f"{CASES} cases, 0 bad", fuzzed.stdout + fuzzed.stderr
    assert fuzzed.returncode == 0


def test_mutations_are_refused_read_and_without_effect(fuzzed):
    """Were all of them refused, nothing would have been tested."""
    counts = {
        what: sum(int(n) for n in re.findall(rf" {what}.* ([0-9]+)$", fuzzed.stdout, re.MULTILINE))
        for what in ("refused by the reader", "refused by the index", "read", "same")
    }
    assert min(counts.values()) > CASES // 30, counts


def test_a_crash_inside_htslib_fails_its_unit_alone(cohort, genome, tmp_path, monkeypatch):
    """Through the real supervisor and its worker processes."""
    record = "11 5227002 . T A . PASS . GT 0/1"
    paths = {name: cohort.write(record, samples=name, name=name) for name in ("a", "crash", "z")}
    study = Genomics()
    files = [cohort.file(path, contigs=("11",)) for path in paths.values()]
    samples = [(path, name, name) for name, path in paths.items()]
    made = plan(study, genome, *cohort.inputs(files, samples, list(paths)))
    write_plan(made, tmp_path / "units", shards=1)
    out = ShardFiles(
        tmp_path / "units" / "0.parquet",
        tmp_path / "store",
        *(tmp_path / f"{name}.parquet" for name in ("values", "states", "outcomes")),
    )
    monkeypatch.setenv("PYTHONPATH", f"{FUZZ}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    contract = "drepano.contracts.values:GENOMICS"
    spec = StepSpec("crashing:Crashing", contract, context_of(study, genome))
    run_shard(out, spec, connect(1), shard=(0, 1), time_limit_s=60)
    values = read_table(out.values, GENOMICS).to_pylist()
    assert {row["subject"]: row["dosage"] for row in values} == {"a": 1, "z": 1}
    rows = [r for r in read_table(out.states, STEP_STATES).to_pylist() if r["subject"] == "crash"]
    served = [row for row in rows if row["reason"] == "crashed"]
    assert "died 2 times, last by signal SIG" in served[0]["detail"]
    assert {row["source"] for row in served} >= {"gen__hbb_rs334"}
