"""Hand units out, dearest first; rank 0 computes too."""

from __future__ import annotations

import logging
import time
from collections import deque
from dataclasses import dataclass, field

from drepano.errors import Fault, StorageError
from drepano.ranks.launch import Ranks
from drepano.ranks.parts import PartStore
from drepano.ranks.supervisor import Outcome, Supervisor
from drepano.ranks.unit import Unit

_LOG = logging.getLogger(__name__)
_PROGRESS_S = 60.0
_POLL_S = 0.005
_ALONE_POLL_S = 1.0


@dataclass
class _Round:
    """The state of a hand-out on rank 0."""

    queue: deque[Unit]
    total: int
    outcomes: list[Outcome] = field(default_factory=list)
    idle: set[int] = field(default_factory=set)
    storage: Fault | None = None
    told_at: float = field(default_factory=time.monotonic)

    @property
    def under_way(self) -> int:
        return self.total - len(self.queue) - len(self.outcomes)

    def next(self) -> Unit | None:
        """Return the dearest unit left; none once nothing can be written any more."""
        return self.queue.popleft() if self.queue and not self.storage else None

    def take(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        self.storage = self.storage or outcome.storage
        if outcome.reason:
            _LOG.warning("unit %s failed: %s", outcome.key[:12], outcome.reason)
        if time.monotonic() - self.told_at > _PROGRESS_S:
            self.told_at = time.monotonic()
            _LOG.info("%d of %d units done", len(self.outcomes), self.total)


def hand_out(
    units: list[Unit], ranks: Ranks, store: PartStore, supervisor: Supervisor
) -> list[Outcome]:
    """Compute `units` on all ranks; each leaves its part in the store at once.

    Parameters
    ----------
    units
        What is to be computed; read on rank 0 only.

    Returns
    -------
    list of Outcome
        On rank 0, in the order in which they came; empty on the others.

    Raises
    ------
    StorageError
        On rank 0, when a part could not be written.
    """
    try:
        if ranks.rank == 0:
            return _lead(units, ranks, store, supervisor)
        _follow(ranks, store, supervisor)
        return []
    finally:
        supervisor.stop()


def dearest_first(units: list[Unit]) -> list[Unit]:
    """Order units so that the last rank to finish is not far behind; ties by name."""
    return sorted(units, key=lambda unit: (-unit.cost, unit.name))


def _lead(
    units: list[Unit], ranks: Ranks, store: PartStore, supervisor: Supervisor
) -> list[Outcome]:
    state = _Round(deque(dearest_first(units)), total=len(units))
    poll_s = _POLL_S if ranks.size > 1 else _ALONE_POLL_S
    while state.under_way or (state.queue and not state.storage):
        for rank, outcome in ranks.waiting():
            state.idle.add(rank)
            if outcome is not None:
                state.take(outcome)
        _feed(state, ranks)
        if supervisor.idle and (unit := state.next()):
            supervisor.start(unit, store.part_path(unit.key))
        elif supervisor.idle:
            time.sleep(poll_s)
        if own := supervisor.poll(poll_s):
            state.take(own)
    _dismiss(state, ranks)
    if state.storage:
        raise StorageError(state.storage)
    return state.outcomes


def _feed(state: _Round, ranks: Ranks) -> None:
    while state.idle and (unit := state.next()):
        ranks.send(unit, to=state.idle.pop())


def _dismiss(state: _Round, ranks: Ranks) -> None:
    """Tell every rank that there is no more, as soon as it has reported itself idle."""
    waiting = set(range(1, ranks.size)) - state.idle
    while waiting:
        waiting -= {rank for rank, _ in ranks.waiting()}
        time.sleep(_POLL_S)
    for rank in range(1, ranks.size):
        ranks.send(None, to=rank)


def _follow(ranks: Ranks, store: PartStore, supervisor: Supervisor) -> None:
    outcome: Outcome | None = None
    while True:
        ranks.send(outcome, to=0)
        unit: Unit | None = ranks.receive(source=0)
        if unit is None:
            return
        supervisor.start(unit, store.part_path(unit.key))
        outcome = None
        while outcome is None:
            outcome = supervisor.poll(_ALONE_POLL_S)
