"""Sums of a mask over the records of a piece of a file."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from drepano.genomics.burdens.kernels import add_copies
from drepano.genomics.burdens.mask import Mask, Texts
from drepano.genomics.reading.genotype_codes import COPIES, read_codes
from drepano.genomics.reading.record import Record
from drepano.genomics.scan.collector import CollectorSource, Totals
from drepano.settings import Genomics

ALGORITHM = 1
"""Raise it when the same records would give other sums."""

PIECES = "pieces"
UNREADABLE = "pieces_without_annotation"
COUNTED = "counted"
CALLED = "called"
ALLELES = "alleles"
VARIANTS = "variants"
UNKNOWN = "frequency_unknown"
"""Quantities: pieces looked at, pieces whose header lacks what is asked, ALT alleles that the
mask counts, calls of them, copies carried, alleles carried at all, ALTs without a frequency."""


def burden_source(mask: str) -> str:
    """Return the name under which the sums and states of a mask stand."""
    return f"burden__{mask}"


class BurdenCollector:
    """Counts the alleles of one mask (`drepano.genomics.scan.collector.Collector`)."""

    def __init__(
        self, of: BurdenSource, subjects: list[str], spans: list[tuple[int, int]] | None
    ) -> None:
        self.source = of.source
        self.totals = Totals(subjects)
        self._of, self._gates, self._spans = of, of.gates, spans
        self._mask: Mask | None = None
        names = (PIECES, UNREADABLE, COUNTED, CALLED, ALLELES, VARIANTS, UNKNOWN)
        self._sums = {name: self.totals.of_subjects(name) for name in names}

    def read_header(self, header: str) -> None:
        """Learn how the file is annotated, before its first record."""
        mask = Mask(self._of.settings, self._spans, header, self._of.texts)
        self._mask = mask if mask.readable else None

    def take(self, record: Record) -> None:
        """Count the calls of the alleles that the mask asks for.

        Records whose FILTER is not accepted are left out: they are no variants.
        """
        if self._mask is None:
            return
        found = self._mask.counted(record)
        if not (found.alts or found.unknown or found.lost) or not record.accepted(
            self._gates.accepted_filters
        ):
            return
        self._sums[UNKNOWN] += found.unknown
        # Whether anyone carries an allele that cannot be found is not known: it is counted,
        # and called in nobody.
        self._sums[COUNTED] += found.lost
        for alt in found.alts:
            self._count(record, alt)

    def _count(self, record: Record, alt: int) -> None:
        self._sums[COUNTED] += 1
        if not record.has("GT"):
            return  # expected dosages are no alleles that could be counted
        # Counted by number, not by bases: the bases of one ALT may hold those of another.
        codes = read_codes(record, alt, self._gates)
        sums = self._sums
        add_copies(codes, COPIES, sums[CALLED], sums[ALLELES], sums[VARIANTS])

    def end(self) -> None:
        """Say that the piece was looked at, and whether its file tells what was asked."""
        self._sums[PIECES] += 1
        if self._mask is None:
            self._sums[UNREADABLE] += 1


class BurdenSource:
    """One mask of the study on a build (`drepano.genomics.scan.collector.CollectorSource`).

    Attributes
    ----------
    settings, gates
        The mask, and the study's gates of FILTER, DP and GQ.
    texts
        Shared by the masks of the study.
    """

    def __init__(self, name: str, gates: Genomics, build: str, texts: Texts) -> None:
        self.source = burden_source(name)
        self.settings, self.gates, self.texts = gates.burdens[name], gates, texts
        settings = self.settings
        self._places = settings.intervals(build)

    def places(self) -> Mapping[str, list[tuple[int, int]]] | None:
        """Return the regions of the mask on the build; None: genes may lie anywhere."""
        return self._places

    def digest(self) -> str:
        """Return a hash of what the sums depend on."""
        gates = self.gates
        used = (
            gates.accepted_filters,
            gates.min_depth,
            gates.min_genotype_quality,
            gates.half_calls,
        )
        # The least call rate is asked of the sums; it does not change them.
        mask = self.settings.model_dump_json(exclude={"min_called", "absent", "count"})
        text = f"{ALGORITHM} {mask} {used} {self._places}"
        return hashlib.sha256(text.encode()).hexdigest()

    def start(self, subjects: list[str], chrom: str, first: int, last: int) -> BurdenCollector:
        """Start on a piece: records that start at `first` to `last`, 1-based and inclusive."""
        del first, last
        spans = None if self._places is None else self._places.get(chrom, [])
        return BurdenCollector(self, subjects, spans)


def burden_sources(genomics: Genomics, build: str) -> list[CollectorSource]:
    """Return a source for each mask of the study."""
    texts = Texts()
    return [BurdenSource(name, genomics, build, texts) for name in genomics.burdens]
