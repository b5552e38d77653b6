"""One rank's worker process: started, given units, timed, and replaced when it dies."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import select
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from drepano.errors import DrepanoError, Fault
from drepano.ranks.unit import Unit

MAX_DEATHS = 2
"""A unit that killed its process this often is set aside."""

_REFUSAL_LIMIT_S = 600.0
"""Writing a failure is quick; this much only when the machine or its disk stands still."""

_LAUNCHER_PREFIXES = ("PMI", "PMIX", "OMPI", "MPI", "HYDRA", "HYDI", "MV2")
_ONE_THREAD = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS",
        "NUMBA_NUM_THREADS",
    ),
    "1",
)
"""The ranks are the parallelism: more threads would only fight for the same cores."""


@dataclass(frozen=True, slots=True)
class StepSpec:
    """How a worker process gets at the step: references ``module:attribute`` and context.

    Attributes
    ----------
    calculation
        Class of the step's `Calculation`, made with `context`.
    contract
        Table of the step's values.
    intact
        Function that tells whether what the rows of a kept unit speak of is still there;
        empty if rows are all that a unit makes.
    """

    calculation: str
    contract: str
    context: str
    intact: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a unit: `reason` empty if done; `storage` set if nothing can be written."""

    key: str
    reason: str = ""
    storage: Fault | None = None


@dataclass(frozen=True, slots=True)
class _Worker:
    """A running worker process and its two pipes."""

    process: subprocess.Popen[bytes]
    tasks: IO[bytes]
    outcomes: IO[bytes]

    @classmethod
    def spawn(cls) -> _Worker:
        clean = {k: v for k, v in os.environ.items() if not k.startswith(_LAUNCHER_PREFIXES)}
        command = [sys.executable, "-m", "drepano.ranks.worker", str(os.getpid())]
        # Ctrl-C goes to every process of a terminal. The rank ends, and ends its worker: a worker
        # that died by itself would pass for a unit that kills its process.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=clean | _ONE_THREAD
            )
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        if process.stdin is None or process.stdout is None:
            raise BrokenPipeError
        return cls(process, process.stdin, process.stdout)

    def write(self, message: dict[str, Any]) -> None:
        self.tasks.write(json.dumps(message).encode() + b"\n")
        self.tasks.flush()


class Supervisor:
    """Runs one unit at a time in a worker process of its own."""

    def __init__(self, spec: StepSpec, time_limit_s: float) -> None:
        self._spec = spec
        self._time_limit_s = time_limit_s
        self._worker: _Worker | None = None
        self._unit: Unit | None = None
        self._part = Path()
        self._deaths = 0
        self._refusal: dict[str, str] | None = None
        self._deadline = 0.0

    @property
    def idle(self) -> bool:
        """True if no unit is under way."""
        return self._unit is None

    def start(self, unit: Unit, part: Path) -> None:
        """Begin a unit whose part goes to `part`."""
        self._unit, self._part, self._deaths, self._refusal = unit, part, 0, None
        self._submit()

    def _submit(self) -> None:
        """Give the unit to the worker process, which is started if there is none."""
        worker = self._worker = self._worker or self._begin()
        task = {
            "unit": dataclasses.asdict(self._unit) if self._unit else None,
            "part": str(self._part),
            "refusal": self._refusal,
        }
        limit_s = self._time_limit_s if self._refusal is None else _REFUSAL_LIMIT_S
        self._deadline = time.monotonic() + limit_s
        # If it died before it could be given anything, `poll` sees the end of its output.
        with contextlib.suppress(BrokenPipeError):
            worker.write(task)

    def _begin(self) -> _Worker:
        worker = _Worker.spawn()
        with contextlib.suppress(BrokenPipeError):
            worker.write(dataclasses.asdict(self._spec))
        if not worker.outcomes.readline():
            raise DrepanoError.of(
                "worker process",
                found=f"exit {worker.process.wait()} before its first unit",
                expected="a running worker",
                remedy="Its own message stands above; `drepano check` tests the installation.",
            )
        return worker

    def poll(self, wait_s: float) -> Outcome | None:
        """Return the outcome of the unit under way, or None if it is not there after `wait_s`."""
        if self._unit is None or self._worker is None:
            return None
        outcomes = self._worker.outcomes
        remaining = max(0.0, self._deadline - time.monotonic())
        ready, _, _ = select.select([outcomes], [], [], min(wait_s, remaining))
        if ready:
            if line := outcomes.readline():
                return self._finish(json.loads(line))
            self._bury(self._worker)
        elif time.monotonic() >= self._deadline:
            self._overdue()
        return None

    def _finish(self, answer: dict[str, Any]) -> Outcome:
        storage = Fault(**answer["storage"]) if "storage" in answer else None
        outcome = Outcome(self._key, answer.get("reason", ""), storage)
        self._unit = None
        return outcome

    @property
    def _key(self) -> str:
        return self._unit.key if self._unit else ""

    def _bury(self, worker: _Worker) -> None:
        """Try the unit of a dead worker once more in a new one, then set it aside."""
        code = worker.process.wait()
        self.stop()
        self._deaths += 1
        how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit {code}"
        if self._deaths < MAX_DEATHS:
            self._submit()
            return
        self._set_aside(
            "crashed",
            f"its process died {self._deaths} times, last by {how}",
            "Look at the unit's files; if they are sound, give the job more memory.",
        )

    def _overdue(self) -> None:
        """Stop a unit that ran too long."""
        self.stop()
        self._set_aside(
            "timed_out",
            f"longer than {self._time_limit_s:g} s",
            "Raise unit_time_limit_s in the site file, or look at the unit's files.",
        )

    def _set_aside(self, reason: str, detail: str, remedy: str) -> None:
        """Have the unit's failure written as its part, by a new worker."""
        if self._refusal is not None:
            raise DrepanoError.of(
                f"unit {self._key[:12]}",
                found=f"{detail}, while its failure was written",
                expected="a worker that can write a failure",
                remedy="Report this bug.",
            )
        self._refusal = {"reason": reason, "detail": detail, "remedy": remedy}
        self._submit()

    def stop(self) -> None:
        """End the worker process."""
        if self._worker is not None:
            self._worker.process.kill()
            self._worker.process.communicate()
            self._worker = None
