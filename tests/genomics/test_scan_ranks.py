"""The whole scan on real MPI ranks: the same bytes for any number of them, and of shards."""

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
import toy_scan
from toy_step import files_of

from drepano.contracts.values import GENOME_SUMS
from drepano.genomics import context_of, plan_scan
from drepano.genomics.scan import pieces, planning, unit
from drepano.ranks import GatherFiles, gather, write_plan

MPIEXEC = Path(sys.executable).parent / "mpiexec"
HERE = Path(__file__).parent
pytestmark = [
    pytest.mark.mpi,
    pytest.mark.skipif(not MPIEXEC.exists(), reason="no mpiexec beside this Python"),
]

PROGRAM = """
import sys
from pathlib import Path
from drepano.ranks import StepSpec, connect, run_shard
from toy_step import files_of
folder, ranks, shard, shards = Path(sys.argv[1]), *map(int, sys.argv[2:])
spec = StepSpec(
    "toy_scan:ToyScanning",
    "drepano.contracts.values:GENOME_SUMS",
    (folder / "context").read_text(),
)
run_shard(files_of(folder, shard), spec, connect(ranks), shard=(shard, shards))
"""
SITES = {"11": [(p, "A", "G") for p in range(50, 60_000, 50)]}


def records() -> list[str]:
    """Blocks and variants, with noise so that the data is worth cutting."""
    draw = random.Random(3)
    lines = []
    for p in range(1, 1_200_000, 400):
        block = draw.random() < 0.5
        info = f"END={p + 399};" if block else ""
        calls = [f"{draw.choice(('0/0', '0/1', '1/1'))}:30:50" for _ in range(3)]
        calls = ["0/0:30:50"] * 3 if block else calls
        alt = "<NON_REF>" if block else "G"
        noise = draw.randbytes(500).hex()
        lines.append(f"11 {p} . A {alt} . PASS {info}N={noise} GT:DP:GQ {' '.join(calls)}")
    return lines


@pytest.fixture
def scanned(cohort, genome, monkeypatch, tmp_path):
    """Plan, compute on ranks and gather; give the bytes of the sums."""
    for module in (planning, unit):
        monkeypatch.setattr(module, "sources_from", toy_scan.toy_sources)
    path = cohort.write(*records(), samples="a b c")
    row = cohort.file(path, size=path.stat().st_size, contigs=("11",), samples=3)
    tables = cohort.inputs([row], [(path, n, n) for n in "abc"], ["a", "b", "c"])
    study = toy_scan.study(all={}, sites={"sites": SITES}, few={"sites": {"11": SITES["11"][:3]}})

    def run(*, ranks: int = 1, least: int, name: str, shards: int = 1) -> tuple[bytes, int]:
        monkeypatch.setattr(pieces, "_LEAST", least)
        monkeypatch.setattr(pieces, "_PIECES", 1000)
        folder = tmp_path / name
        folder.mkdir()
        plan = plan_scan(study, genome, *tables)
        write_plan(plan, folder / "units", shards=shards)
        (folder / "context").write_text(context_of(study, genome))
        for shard in range(shards):
            start(folder, ranks, shard, shards)
        return summed(folder, shards), len(plan.units)

    return run


def start(folder: Path, ranks: int, *shard: int) -> None:
    program = ["-c", PROGRAM, str(folder), str(ranks), *(str(number) for number in shard)]
    command = [sys.executable, *program]
    if ranks > 1:
        command = [str(MPIEXEC), "-n", str(ranks), sys.executable, "-m", "mpi4py", *program]
    tests = f"{HERE}:{HERE.parent / 'ranks'}"
    known = os.pathsep.join([tests, os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        command,
        env=os.environ | {"PYTHONPATH": known},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def summed(folder: Path, shards: int) -> bytes:
    files = [files_of(folder, shard) for shard in range(shards)]
    out = folder / "sums.parquet"
    gather(
        GatherFiles(
            [f.values for f in files],
            [f.states for f in files],
            [f.outcomes for f in files],
            folder / "units" / "states.parquet",
            folder / "store",
            out,
            folder / "states.parquet",
            folder / "failures.tsv",
        ),
        GENOME_SUMS,
        step="scan",
        shards=shards,
        max_failed_fraction=0,
    )
    return out.read_bytes()


def test_neither_ranks_nor_pieces_nor_shards_change_a_byte(scanned):
    whole, units = scanned(least=1 << 30, name="whole")
    assert units == 1
    one, units = scanned(least=1 << 18, name="one")
    assert units >= 5
    two, _ = scanned(ranks=2, least=1 << 18, name="two")
    finer, more = scanned(ranks=2, least=1 << 16, name="finer", shards=3)
    assert more > units
    assert one == two == finer == whole
