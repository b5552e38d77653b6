"""The process in which units are computed, one for each rank.

It is a process of its own so that a unit that crashes takes only this process with it,
so that a unit that hangs can be stopped, and so that rank 0 always answers.
Protocol: JSON lines; tasks on standard input, outcomes on the original standard output.
"""

from __future__ import annotations

import ctypes
import dataclasses
import json
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

from drepano.contracts.files import write_parquet
from drepano.contracts.table import Table
from drepano.errors import StorageError, UnitError
from drepano.ranks.calculation import Calculation, resolve
from drepano.ranks.parts import to_part
from drepano.ranks.unit import Unit, UnitResult

_PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int) -> None:
    """Ask the kernel to kill this process when its rank dies (Linux), so none is orphaned."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(0)


def answer(task: dict[str, Any], calculation: Calculation, contract: Table) -> dict[str, Any]:
    """Do one task, write its part, and return what the rank needs to know."""
    unit = Unit(**task["unit"])
    try:
        if task["refusal"]:
            error = UnitError(**task["refusal"])
            result, reason, retry = calculation.refuse(unit, error), error.reason, True
        else:
            result, reason, retry = _compute(unit, calculation)
        part = to_part(unit.key, result, contract, reason=reason, retry=retry)
        write_parquet(Path(task["part"]), part)
    except StorageError as error:
        return {"storage": dataclasses.asdict(error.faults[0])}
    return {"reason": reason}


def _compute(unit: Unit, calculation: Calculation) -> tuple[UnitResult, str, bool]:
    """Compute a unit; every exception of it becomes a row, never a stop."""
    try:
        result = calculation.compute(unit)
    except StorageError:
        raise
    except UnitError as error:
        return calculation.refuse(unit, error), error.reason, False
    except Exception as error:  # noqa: BLE001 - the unit is reported as failed, others go on
        refusal = UnitError(
            "unexpected", f"{type(error).__name__} at {_place(error)}: {error}", "Report this bug."
        )
        # The place may stand in a log; the message may hold a path or a value, and may not.
        sys.stderr.write(f"unit {unit.key[:12]}: {type(error).__name__} at {_place(error)}\n")
        return calculation.refuse(unit, refusal), "unexpected", True
    return result, "", False


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "unknown place"


def main() -> None:
    """Serve tasks until standard input ends."""
    die_with_parent(int(sys.argv[1]))
    tasks = sys.stdin
    # Libraries print; the protocol keeps standard output's descriptor for itself.
    outcomes = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    start = json.loads(tasks.readline())
    calculation: Calculation = resolve(start["calculation"])(start["context"])
    contract: Table = resolve(start["contract"])
    outcomes.write(json.dumps({"ready": True}) + "\n")
    for line in tasks:
        outcomes.write(json.dumps(answer(json.loads(line), calculation, contract)) + "\n")


if __name__ == "__main__":
    main()
