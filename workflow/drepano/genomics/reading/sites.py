"""A pass over records that asks for many sites, and tells of each once all have spoken.

A site belongs to the piece that holds its first base, and to no other, whatever records reach
over the border: so it is counted once. A collector built on this must be shown all records
that touch its piece (`Collector.touching`), also those that start before it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from drepano.errors import UnitError
from drepano.genomics.reading.copies import Copies, read_copies
from drepano.genomics.reading.effects import ABSENT, BaseAt, Policy, Site, match
from drepano.genomics.reading.record import Record
from drepano.settings import Genomics


@dataclass(slots=True)
class Said:
    """What all records say of a site.

    Attributes
    ----------
    outcome
        Of the record that matched, else of the last one that touched the site, else `ABSENT`.
    copies
        Copies of the effect allele; None unless a record matched.
    written
        A record has the alleles of an indel as the scoring file writes them: what others say
        of it counts no more. In a repeat each of them is the same change as some other.
    """

    outcome: str = ABSENT
    copies: Copies | None = None
    written: bool = False


Tell = Callable[[int, Said], None]
"""Takes the number of a site, and what was said of it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How records are read: gates of the study, policy of the alleles, the reference."""

    gates: Genomics
    policy: Policy
    base_at: BaseAt


class SitePass:
    """Passes once over the records of a piece; memory is that of a few sites.

    Parameters
    ----------
    sites
        Of one chromosome, in order of their positions.
    reading
        How they are read.
    tell
        Called once for each site, in an order that the records alone decide.
    """

    def __init__(self, sites: Sequence[Site], reading: Reading, tell: Tell) -> None:
        self._sites, self._reading, self._tell = sites, reading, tell
        self._firsts = [site.position for site in sites]
        self._lasts = [site.last for site in sites]
        pairs = zip(self._firsts, self._lasts, strict=True)
        self._longest = max((last - first for first, last in pairs), default=0)
        self._told = bytearray(len(sites))
        self._open: dict[int, Said] = {}

    def take(self, record: Record) -> None:
        """Ask a record for the sites that it touches.

        Raises
        ------
        UnitError
            ``record_conflict``: records are not in order, so a site came back.
        """
        if self._open:
            self._close(record.position)
        low = bisect_left(self._firsts, record.position - self._longest)
        high = bisect_right(self._firsts, record.end)
        for number in range(low, high):
            if self._lasts[number] >= record.position:
                self._ask(record, number)

    def end(self) -> None:
        """Tell of the sites that are left, and of those that no record touched."""
        self._close(None)
        for number in range(len(self._sites)):
            if not self._told[number]:
                self._tell(number, Said())

    def _ask(self, record: Record, number: int) -> None:
        found = match(record, self._sites[number], self._reading.policy, self._reading.base_at)
        if found is None:
            return
        if self._told[number]:
            raise UnitError(
                "record_conflict",
                f"records around position {record.position} are not in order",
                "Sort the file, and give chromosome X one name in it.",
            )
        said = self._open.setdefault(number, Said())
        if found.copies is None:
            said.outcome = said.outcome if said.copies is not None else found.outcome
            return
        if said.written and not found.written:
            return
        copies = read_copies(record, found.copies, self._lasts[number], self._reading.gates)
        if said.copies is None or (found.written and not said.written):
            said.outcome, said.copies, said.written = found.outcome, copies, found.written
        else:
            said.copies.join(copies)

    def _close(self, position: int | None) -> None:
        """Tell of the open sites that end before a position; None: of all."""
        done = [n for n in self._open if position is None or self._lasts[n] < position]
        for number in done:
            self._told[number] = 1
            self._tell(number, self._open.pop(number))
