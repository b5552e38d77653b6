"""Genotypes at the markers of a piece, as text of one letter for each marker."""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from drepano.genomics.reading.alleles import Target
from drepano.genomics.reading.evidence import read_calls
from drepano.genomics.reading.record import Record
from drepano.genomics.sample_quality.markers import Markers
from drepano.genomics.scan.collector import Totals
from drepano.settings import Genomics

ALGORITHM = 1
"""Raise it when the same records would give other texts."""

KINSHIP = "sample__kinship"
"""Name under which the genotypes stand."""

PIECES = "pieces"

Codes = NDArray[np.int8]

UNKNOWN, CLASH = 3, 4
LETTERS = np.frombuffer(b"012.!", np.uint8)
"""Copies of ALT; not called; called differently by two records."""

_DIPLOID = 2


class MarkerCollector:
    """Keeps genotypes at markers (`drepano.genomics.scan.collector.Collector`).

    Attributes
    ----------
    touching
        True: records that start before the piece are shown too. A marker belongs to the piece
        that it lies in, whichever record speaks of it.
    """

    touching = True

    def __init__(
        self, targets: list[Target], gates: Genomics, subjects: list[str], piece: tuple[int, int]
    ) -> None:
        self.source = KINSHIP
        self.totals = Totals(subjects)
        self._targets, self._gates = targets, gates
        self._starts = [target.start for target in targets]
        self._first = bisect_left(self._starts, piece[0])
        self._end = bisect_right(self._starts, piece[1])
        self._found: dict[int, Codes] = {}

    def take(self, record: Record) -> None:
        """Keep the calls of the markers that a record speaks of.

        A record speaks of the marker at its own position; a reference block, of all inside.
        """
        last = record.end if record.block else record.position
        place = max(self._first, bisect_left(self._starts, record.position))
        while place < self._end and self._starts[place] <= last:
            self._keep(place, record)
            place += 1

    def _keep(self, place: int, record: Record) -> None:
        calls = read_calls(record, self._targets[place], self._gates)
        if calls is None:
            return
        good = calls.called & (calls.ploidy == _DIPLOID)
        codes = np.where(good, np.nan_to_num(calls.dosage), UNKNOWN).astype(np.int8)
        before = self._found.get(place)
        self._found[place] = codes if before is None else join(before, codes)

    def end(self) -> None:
        """Write the texts of the piece's markers.

        The item names chromosome and first marker, such as ``19:12``: no two pieces have one
        marker, so no two have one item.
        """
        self.totals.of_subjects(PIECES)[:] += 1
        if not self._found:
            return
        unknown = np.full(len(self.totals.subjects), UNKNOWN, np.int8)
        columns = [self._found.get(place, unknown) for place in range(self._first, self._end)]
        letters = LETTERS[np.stack(columns, axis=1)]
        texts = [row.tobytes().decode("ascii") for row in letters]
        self.totals.text(f"{self._targets[0].chrom}:{self._first}", texts)


def join(one: Codes, other: Codes) -> Codes:
    """Join what two records say: a call beats none, two that differ are a clash."""
    joined = np.where(one == UNKNOWN, other, one)
    differ = (one != UNKNOWN) & (other != UNKNOWN) & (one != other)
    return np.where(differ, CLASH, joined).astype(np.int8)


class MarkerSource:
    """Genotypes at markers (`drepano.genomics.scan.collector.CollectorSource`)."""

    def __init__(self, markers: Markers, gates: Genomics, build: str) -> None:
        self.source = KINSHIP
        self._markers, self._gates, self._build = markers, gates, build
        self._targets = markers.on(build)

    def places(self) -> Mapping[str, list[tuple[int, int]]] | None:
        """Return the positions of the markers."""
        return {c: [(t.start, t.start) for t in targets] for c, targets in self._targets.items()}

    def digest(self) -> str:
        """Return a hash of the markers and of the gates."""
        gates = self._gates
        used = (
            gates.accepted_filters,
            gates.min_depth,
            gates.min_genotype_quality,
            gates.min_block_depth,
            gates.min_block_quality,
            gates.half_calls,
        )
        text = f"{ALGORITHM} {self._markers.digest} {used} {self._build}"
        return hashlib.sha256(text.encode()).hexdigest()

    def start(self, subjects: list[str], chrom: str, first: int, last: int) -> MarkerCollector:
        """Start on a piece: records that start at `first` to `last`, 1-based and inclusive."""
        return MarkerCollector(self._targets.get(chrom, []), self._gates, subjects, (first, last))
