"""Start the toy step as a user's launcher would: real processes, real MPI."""

import os
import subprocess
import sys
from pathlib import Path

from drepano.ranks import Unit, content_key

HERE = Path(__file__).parent
MPIEXEC = str(Path(sys.executable).parent / "mpiexec")
ENVIRONMENT = os.environ | {"PYTHONPATH": str(HERE)}


def toy_unit(number: int, act: str = "work", **payload: object) -> tuple[str, Unit]:
    subject = f"S{number:03d}"
    content = {"subject": subject, "value": number * 1.25, "act": act, **payload}
    key = content_key("toy", content)
    return subject, Unit(f"sub-{subject}", key, cost=float(number % 5), payload=content)


def program(
    folder: Path, *arguments: str, ranks: int = 1, launched: int | None = None
) -> list[str]:
    launched = ranks if launched is None else launched
    toy = [str(HERE / "toy_step.py"), str(folder), "--ranks", str(ranks), *arguments]
    if launched == 1:
        return [sys.executable, *toy]
    return [MPIEXEC, "-n", str(launched), sys.executable, "-m", "mpi4py", *toy]


def run_toy(
    folder: Path, *arguments: str, ranks: int = 1, launched: int | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        program(folder, *arguments, ranks=ranks, launched=launched),
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def computed(folder: Path) -> list[str]:
    path = folder / "computed.txt"
    return path.read_text().splitlines() if path.exists() else []
