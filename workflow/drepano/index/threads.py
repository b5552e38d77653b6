"""The same small work on many files, by threads: they wait for the disk, not for each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from drepano.index.fingerprints import THREADS

_BATCH = 64
"""Files per task: a thread for each header would cost more than the header on a local disk."""

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


def each(function: Callable[[Item], Outcome], items: Sequence[Item]) -> list[Outcome]:
    """Return what the function gives for each item, in the order of the items."""
    batches = [items[start : start + _BATCH] for start in range(0, len(items), _BATCH)]
    with ThreadPoolExecutor(THREADS) as pool:
        done = pool.map(lambda batch: [function(item) for item in batch], batches)
        return [outcome for batch in done for outcome in batch]
