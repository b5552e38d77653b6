"""How far a step on ranks has come: planned, finished and failed units."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from drepano.contracts import Table, read_table
from drepano.contracts.inventory import BIDS_FILES, GENOME_FILES, OUTCOMES, UNITS
from drepano.errors import ContractError

NOUNS = {"preparation": "session", "imaging": "scan", "genomics": "VCF", "scan": "VCF piece"}
"""What a unit of a step is, for people."""


@dataclass(frozen=True, slots=True)
class StepStatus:
    """Progress of one step.

    Attributes
    ----------
    step
        Name of the step.
    planned
        Units of the present plan.
    finished
        Those of them that need no more work, the failed ones among them.
    failed
        Finished units that gave no value. A unit whose shard is still under way counts here
        only after its shard ended.
    refused
        Files that the index found unusable: no unit was planned for them.
    gathered
        True if the step's table is there.
    """

    step: str
    planned: int
    finished: int
    failed: int
    refused: int
    gathered: bool

    @property
    def noun(self) -> str:
        """What a unit is."""
        return NOUNS[self.step]


def step_status(results: Path, step: str) -> StepStatus | None:
    """Count the units of a step; None if it was not planned."""
    plans = _numbered(results / "units" / step, ".parquet")
    if not plans:
        return None
    planned = {key for path in plans for key in _rows(path, UNITS)["key"].to_pylist()}
    reasons = dict(_outcomes(results, step))
    finished = planned & reasons.keys()
    # Of a shard that is under way, finished units lie in packs and as loose parts.
    store = results / "parts" / step
    kept = {key for path in sorted(store.glob("packs/*.parquet")) for key in _packed(path)}
    kept |= {path.stem for path in store.glob("parts/*.parquet")}
    return StepStatus(
        step,
        len(planned),
        len(finished | (planned & kept)),
        sum(reasons[key] != "" for key in finished),
        _refused(results / "index", step),
        (results / f"{step}.parquet").exists(),
    )


def _refused(index: Path, step: str) -> int:
    """Count the scans or VCFs that the index found unusable; region files are no units."""
    if step == "preparation":
        return 0
    if step == "imaging":
        files = _rows(index / "bids_files.parquet", BIDS_FILES)
        files = files.filter(pc.invert(files["derivative"]))
    else:
        files = _rows(index / "genome_files.parquet", GENOME_FILES)
    return int(pc.sum(pc.not_equal(files["reason"], "")).as_py() or 0)


def _rows(path: Path, contract: Table) -> pa.Table:
    """Read a table; one that is not there, or that a run just took away, has no row."""
    try:
        return read_table(path, contract)
    except (FileNotFoundError, ContractError):
        if path.exists():
            raise
        return contract.empty()


def _numbered(folder: Path, suffix: str) -> list[Path]:
    """Return the files of the shards, without those that tell of all shards."""
    found = folder.glob(f"*{suffix}")
    return sorted(path for path in found if path.name.removesuffix(suffix).isdecimal())


def _outcomes(results: Path, step: str) -> Iterator[tuple[str, str]]:
    for path in _numbered(results / "shards" / step, ".outcomes.parquet"):
        table = _rows(path, OUTCOMES)
        yield from zip(table["key"].to_pylist(), table["reason"].to_pylist(), strict=True)


def _packed(path: Path) -> list[str]:
    """Return the keys in a pack, without those that the next run tries again."""
    try:
        table = pq.read_table(path, columns=["key", "retry"])
    except FileNotFoundError:
        return []  # a run under way replaced it
    rows = zip(table["key"].to_pylist(), table["retry"].to_pylist(), strict=True)
    return [key for key, retry in rows if not retry]
