"""Meet the other ranks, and refuse to start when they are not as many as the rule asked for."""

from __future__ import annotations

import os
import time
from typing import Any, Protocol

from drepano.errors import LaunchError

LAUNCHER_SIZES = ("PMI_SIZE", "OMPI_COMM_WORLD_SIZE", "MV2_COMM_WORLD_SIZE", "SLURM_STEP_NUM_TASKS")
"""Variables in which launchers tell a process how many there are."""

_POLL_S = 0.002


class Ranks(Protocol):
    """What the hand-out needs of a communicator."""

    rank: int
    size: int

    def send(self, value: object, to: int) -> None:
        """Send a picklable value."""

    def receive(self, source: int) -> Any:  # noqa: ANN401
        """Wait for a value without burning a core."""

    def waiting(self) -> list[tuple[int, Any]]:
        """Return all messages that have come, as (sender, value), without waiting."""


class SingleProcess:
    """No launcher, no MPI: one rank."""

    rank = 0
    size = 1

    def send(self, value: object, to: int) -> None:
        """Refuse: there is nobody else."""
        message = f"no rank {to} to send {type(value).__name__} to"
        raise ValueError(message)

    def receive(self, source: int) -> Any:  # noqa: ANN401
        """Refuse: there is nobody else."""
        message = f"no rank {source} to receive from"
        raise ValueError(message)

    def waiting(self) -> list[tuple[int, Any]]:
        """Return nothing: there is nobody else."""
        return []


class MpiRanks:
    """Ranks of MPI's world communicator.

    MPI libraries spin while they wait; with one supervisor per core that would take the
    core from the unit that is computed, so waiting is polling with short sleeps.
    """

    def __init__(self) -> None:
        from mpi4py import MPI  # noqa: PLC0415 - importing it starts MPI

        self._mpi = MPI
        self._world = MPI.COMM_WORLD
        self.rank: int = self._world.Get_rank()
        self.size: int = self._world.Get_size()

    def send(self, value: object, to: int) -> None:
        """Send a picklable value."""
        self._world.send(value, dest=to)

    def receive(self, source: int) -> Any:  # noqa: ANN401
        """Wait for a value without burning a core."""
        while not self._world.iprobe(source=source):
            time.sleep(_POLL_S)
        return self._world.recv(source=source)

    def waiting(self) -> list[tuple[int, Any]]:
        """Return all messages that have come, as (sender, value), without waiting."""
        messages = []
        status = self._mpi.Status()
        while self._world.iprobe(source=self._mpi.ANY_SOURCE, status=status):
            sender = status.Get_source()
            messages.append((sender, self._world.recv(source=sender)))
        return messages


def connect(expected: int) -> Ranks:
    """Meet the ranks.

    Parameters
    ----------
    expected
        Number of ranks that the rule asked for.

    Raises
    ------
    LaunchError
        Another number runs: a launcher that does not fit the MPI library starts
        N programs that each believe to be alone, and each would do all of the work.
    """
    told = {name: int(os.environ[name]) for name in LAUNCHER_SIZES if name in os.environ}
    if expected == 1 and all(size == 1 for size in told.values()):
        return SingleProcess()
    ranks = MpiRanks() if expected > 1 else None
    found = ranks.size if ranks else max(told.values())
    if ranks is None or found != expected:
        raise LaunchError.of(
            "MPI launch",
            found=f"{found} rank{'s' if found != 1 else ''}",
            expected=f"{expected}",
            remedy="Start with `mpiexec -n N` and `--ranks N` of one MPI: the launcher must "
            "belong to the MPI library that mpi4py loads (`python -m mpi4py --mpi-lib-version`); "
            "set the launcher in the profile (set-resources: mpi).",
        )
    return ranks
