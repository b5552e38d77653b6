"""One step of genomics in a process of its own: a task as JSON in, what it took as JSON out.

Said are the CPU seconds from the start of the interpreter until the step was done once on a tiny
file (`start`), CPU and wall seconds of the step itself, from plan to written table (`cpu`, `wall`),
and the peak of resident memory (`peak_mb`). With `ranks` it is one rank of an MPI program, and
only `wall` of rank 0, from the hand-out of the first unit to the tables of the shard, is said.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow as pa

from drepano import genomics
from drepano.contracts import read_table, write_table
from drepano.contracts.inventory import GENOME_FILES, GENOME_SAMPLES, SUBJECTS
from drepano.contracts.states import STEP_STATES
from drepano.contracts.table import Table
from drepano.contracts.values import CLINICAL, GENOME_SUMS, GENOMICS
from drepano.ranks import Plan, ShardFiles, StepSpec, connect, run_shard, write_plan
from drepano.settings import GenomeSource, Genomics

Asked = dict[str, Any]
_GENOME = GenomeSource(build="GRCh38", vcf=("benchmark",))


def peak_mb() -> float:
    """Return the peak of resident memory of this program, without what its parent held."""
    lines = Path("/proc/self/status").read_text().splitlines()
    told = dict(line.split(":", 1) for line in lines if ":" in line)
    return int(told["VmHWM"].split()[0]) / 1024


def _plan(asked: Asked) -> tuple[Plan, Table, str]:
    """Return the plan of a step, the table of its values and the name of its class."""
    index, study = Path(asked["index"]), Genomics.model_validate(asked["study"])
    tables = (
        read_table(index / f"{name}.parquet", contract)
        for name, contract in (
            ("subjects", SUBJECTS),
            ("files", GENOME_FILES),
            ("samples", GENOME_SAMPLES),
        )
    )
    if asked["step"] == "panel":
        return genomics.plan(study, _GENOME, *tables), GENOMICS, "Genotyping"
    return genomics.plan_scan(study, _GENOME, *tables), GENOME_SUMS, "Scanning"


def alone(asked: Asked) -> dict[str, float]:
    """Do all units of a step one behind the other, and write its table; on a tiny file first."""
    _step(asked | {"index": asked["first"]})
    begun, wall = time.process_time(), time.perf_counter()
    units = _step(asked)
    return {
        "start": begun,
        "cpu": time.process_time() - begun,
        "wall": time.perf_counter() - wall,
        "peak_mb": peak_mb(),
        "units": units,
    }


def _step(asked: Asked) -> int:
    plan, contract, name = _plan(asked)
    context = genomics.context_of(Genomics.model_validate(asked["study"]), _GENOME)
    calculation = getattr(genomics, name)(context)
    values = contract.empty()
    for _, unit in plan.units:
        found = calculation.compute(unit).values
        values = contract.add_up(pa.concat_tables([values, found]))
    if not values.num_rows:
        raise SystemExit("the step gave no row")
    write_table(Path(asked["out"]), values, contract)
    return len(plan.units)


def on_ranks(asked: Asked) -> dict[str, float] | None:
    """Run a shard as a rule does; only rank 0 has something to tell."""
    ranks = connect(asked["ranks"])
    folder = Path(asked["out"])
    if ranks.rank == 0:
        write_plan(_plan(asked)[0], folder / "units", shards=1)
    names = (folder / name for name in ("values", "states", "outcomes"))
    files = ShardFiles(folder / "units" / "0.parquet", folder / "store", *names)
    context = genomics.context_of(Genomics.model_validate(asked["study"]), _GENOME)
    begun = time.perf_counter()
    spec = StepSpec("drepano.genomics:Scanning", "drepano.contracts.values:GENOME_SUMS", context)
    run_shard(files, spec, ranks, shard=(0, 1))
    return None if ranks.rank else {"wall": time.perf_counter() - begun}


def scores(asked: Asked) -> dict[str, float]:
    """Conclude from sums: the score of each subject. Not measured; for comparison."""
    study = Genomics.model_validate(asked["study"])
    sums = read_table(Path(asked["out"]), GENOME_SUMS)
    evidence = genomics.evidence_of(
        read_table(Path(asked["index"]) / "subjects.parquet", SUBJECTS),
        _GENOME,
        genomics.Long(GENOMICS.empty(), STEP_STATES.empty()),
        genomics.Long(sums, STEP_STATES.empty()),
        CLINICAL.empty(),
    )
    values, _ = genomics.interpret(study, evidence)
    rows = (row for row in values.to_pylist() if row["column"] == asked["column"])
    return {row["subject"]: row["number"] for row in rows}


def main() -> None:
    """Do what the argument says."""
    asked: Asked = json.loads(sys.argv[1])
    found = {"alone": alone, "ranks": on_ranks, "scores": scores}[asked["how"]](asked)
    if found is not None:
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
