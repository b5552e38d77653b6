"""The units of one file: pieces with the same subjects and sources, in handy sizes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from drepano.genomics.assignment import File
from drepano.genomics.reading.vcf import reader_version
from drepano.genomics.scan.asking import Asking
from drepano.genomics.scan.pieces import Cutter, Piece
from drepano.ranks import Unit, content_key
from drepano.settings import Genomics

ALGORITHM = 2
"""Raise it when the same files would give other sums."""

_KEYED = ("sha256", "index_sha256", "prefix", "samples", "sources", "pieces", "regions")
"""What of a unit's payload its key depends on."""

_NO_GATES = {
    "panels",
    "callers",
    "scores",
    "burdens",
    "ancestry",
    "sample_quality",
    "max_failed_fraction",
}
"""Settings that are no gates: those of a source are in its digest."""

Members = list[tuple[str, str]]
"""Samples with their subjects."""


@dataclass(slots=True)
class _Task:
    """Pieces that are read in one go."""

    members: Members
    sources: list[str]
    regions: bool
    pieces: list[Piece]
    size: int

    def joins(self, other: _Task, limit: int) -> bool:
        """Return whether another task can be read along."""
        same = (self.sources, self.regions, self.members)
        return self.size + other.size <= limit and same == (
            other.sources,
            other.regions,
            other.members,
        )


def gates_of(genomics: Genomics, build: str) -> dict[str, Any]:
    """Return the settings that decide what a record says, as JSON values."""
    return genomics.model_dump(mode="json", exclude=_NO_GATES) | {"build": build}


def units_of(
    file: File, served: Mapping[str, Members], asking: Asking, gates: dict[str, Any]
) -> Iterator[tuple[str, Unit]]:
    """Yield the units of a file, each behind the name by which it is sharded.

    Parameters
    ----------
    served
        Chromosome to the samples that are read on it.
    gates
        As `gates_of` tells them; a part of the key.
    """
    path = str(file.row["path"])
    subjects = {subject for members in served.values() for _, subject in members}
    group = subjects.pop() if len(subjects) == 1 else path
    for task in _tasks(file, served, asking):
        payload = {
            "path": path,
            "index_path": file.row["index_path"],
            "prefix": file.row["contig_prefix"],
            "sha256": file.row["sha256"],
            # An index that is out of date leads past records: a new one may give other sums.
            "index_sha256": file.row["index_sha256"],
            "samples": [list(member) for member in task.members],
            "sources": {name: asking.digests[name] for name in task.sources},
            "pieces": [[piece.chrom, piece.first, piece.last] for piece in task.pieces],
            "regions": task.regions,
        }
        inputs = {name: payload[name] for name in _KEYED}
        key = content_key("scan", ALGORITHM, reader_version(), gates, inputs)
        name = f"{path}:{'+'.join(str(piece) for piece in task.pieces)}"
        yield group, Unit(name, key, float(task.size), payload)


def _tasks(file: File, served: Mapping[str, Members], asking: Asking) -> list[_Task]:
    """Return the pieces of a file; neighbours that are small share a task."""
    cutter = Cutter(file)
    tasks: list[_Task] = []
    for chrom, members in served.items():
        cut = cutter.cut(chrom, asking.regions(chrom))
        for piece, size in cut.pieces:
            task = _Task(sorted(members), asking.sources(chrom), cut.regions, [piece], size)
            if tasks and tasks[-1].joins(task, cutter.piece_bytes):
                tasks[-1].pieces.append(piece)
                tasks[-1].size += size
            else:
                tasks.append(task)
    return tasks
