"""Sums of one score over the records of a piece."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping

import numpy as np

from drepano.errors import ConfigError, Fault
from drepano.genomics.reading.bases import Bases, NoReference
from drepano.genomics.reading.copies import DIPLOID, Copies
from drepano.genomics.reading.dosages import UNIT
from drepano.genomics.reading.effects import ABSENT, FLIPPED, MATCHED, Policy
from drepano.genomics.reading.record import Record
from drepano.genomics.reading.sites import Reading, Said, SitePass
from drepano.genomics.scan.collector import Totals
from drepano.genomics.scores.exact import Quantised, quantise
from drepano.genomics.scores.kernels import add_additive, add_by_genotype
from drepano.genomics.scores.rows import Row
from drepano.genomics.scores.scoring_file import content_digest, load_score
from drepano.ranks import content_key
from drepano.settings import Genomics

ALGORITHM = 1
"""Raise it when the same files would give other sums."""

DETAILED_UP_TO = 100_000
"""Scores of more variants report outcomes together, not variant by variant."""

LOOKED = "looked"
NO_CALL, ASSUMED = "no_call", "taken_as_reference"
CALLED, HIGH, LOW = "called", "sum_high", "sum_low"


def source_name(score: str) -> str:
    """Return the name under which a score's sums and states stand."""
    return f"score__{score}"


class ScoreSource:
    """One score of the study (`scan.collector.CollectorSource`).

    Raises
    ------
    ConfigError
        As `load_score`; or `absent: reference` without a FASTA.
    """

    def __init__(self, name: str, genomics: Genomics, build: str, bases: Bases) -> None:
        self.source = source_name(name)
        self.settings = genomics.scores[name]
        if self.settings.absent == "reference" and isinstance(bases, NoReference):
            raise ConfigError.of(
                f"genomics.scores.{name}.absent",
                found="reference, and a site without a reference FASTA",
                expected="the FASTA, which tells the two alleles",
                remedy="State genomics.reference in the site file, or set absent to missing.",
            )
        self._gates, self._build, self._bases = genomics, build, bases
        self.rows = load_score(self.settings, build).rows
        self.weights = quantise(weights_by_copies(self.rows))
        self._of_chrom: dict[str, tuple[int, int]] = {}
        for place, row in enumerate(self.rows):
            first, _ = self._of_chrom.get(row.site.chrom, (place, place))
            self._of_chrom[row.site.chrom] = (first, place + 1)

    def places(self) -> Mapping[str, list[tuple[int, int]]]:
        """Return the first and last base of each variant, by chromosome."""
        return {
            chrom: [(row.site.position, row.site.last) for row in self.rows[first:last]]
            for chrom, (first, last) in self._of_chrom.items()
        }

    def digest(self) -> str:
        """Hash the score, its policies, the gates and the build."""
        gates = ("accepted_filters", "min_depth", "min_genotype_quality", "half_calls")
        blocks = ("min_block_depth", "min_block_quality")
        read = self._gates.model_dump(mode="json", include={*gates, *blocks})
        policy = self.settings.model_dump(mode="json", include={"palindromic", "flip", "absent"})
        bases = self._bases.digest_of((row.site.chrom, row.site.position) for row in self.rows)
        files = [content_digest(self.settings), bases]
        return content_key("score", ALGORITHM, files, self._build, policy, read)

    def start(self, subjects: list[str], chrom: str, first: int, last: int) -> ScoreCollector:
        """Start on the variants whose first base lies in a piece."""
        low, high = self._of_chrom.get(chrom, (0, 0))
        low = bisect_left(self.rows, first, low, high, key=_position)
        high = bisect_right(self.rows, last, low, high, key=_position)
        policy = Policy(self.settings.palindromic == "keep", self.settings.flip)
        reading = Reading(self._gates, policy, self._bases)
        collector = ScoreCollector(self, range(low, high), subjects, reading)
        collector.totals.add_for_all(LOOKED, len(subjects), f"{chrom}:{first}-{last}")
        return collector


def _position(row: Row) -> int:
    return row.site.position


def weights_by_copies(rows: list[Row]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return the weight of 0, 1 and 2 copies, (variants, 3)."""
    weights = np.empty((len(rows), 3))
    for place, row in enumerate(rows):
        if row.kind == "genotypes":
            weights[place] = row.weights
        else:
            (weight,) = row.weights
            # An additive weight is that of one copy; the kernel multiplies.
            weights[place] = {
                "additive": (0, weight, weight),
                "dominant": (0, weight, weight),
                "recessive": (0, 0, weight),
            }[row.kind]
    return weights


_DEFINED = {
    # One allele alone tells whether it is there, and no more: what a hemizygous call weighs
    # as a recessive one, or by a table of genotypes, no scoring file says.
    "dominant": np.array([[0, 0, 0], [1, 1, 0], [1, 1, 1]]),
    "recessive": np.array([[0, 0, 0], [0, 0, 0], [1, 1, 1]]),
    "genotypes": np.array([[0, 0, 0], [0, 0, 0], [1, 1, 1]]),
}


class ScoreCollector:
    """Gathers one score over one piece (`scan.collector.Collector`).

    Attributes
    ----------
    touching
        True: it must see the records that start before the piece too, and counts no variant
        of another piece.
    """

    touching = True

    def __init__(
        self, score: ScoreSource, numbers: range, subjects: list[str], reading: Reading
    ) -> None:
        self.source, self.totals = score.source, Totals(subjects)
        self._score, self._reading = score, reading
        self._rows = [score.rows[number] for number in numbers]
        self._weights: Quantised = score.weights
        self._offset = numbers.start
        self._samples = len(subjects)
        of_subjects = self.totals.of_subjects
        self._sums = (of_subjects(HIGH), of_subjects(LOW), of_subjects(CALLED))
        self._detailed = len(score.rows) <= DETAILED_UP_TO
        self._pass = SitePass([row.site for row in self._rows], reading, self._tell)

    def take(self, record: Record) -> None:
        """Ask a record for the score's variants."""
        self._pass.take(record)

    def end(self) -> None:
        """Add what is left, and what no record spoke of."""
        self._pass.end()

    def _tell(self, number: int, said: Said) -> None:
        row = self._rows[number]
        if said.outcome == ABSENT and self._score.settings.absent == "reference":
            copies = self._reference_copies(row)
            called = 0 if copies is None else self._add(number, copies)
            self._count(row, ASSUMED, called)
            self._count(row, ABSENT, self._samples - called)
            return
        if said.copies is None:
            self._count(row, said.outcome, self._samples)
            return
        called = self._add(number, said.copies)
        self._count(row, NO_CALL, self._samples - called)
        if said.outcome != MATCHED:
            self._count(row, FLIPPED, called)

    def _count(self, row: Row, outcome: str, samples: int) -> None:
        """Report what was not plainly matched and called."""
        if samples:
            self.totals.add_for_all(outcome, samples, str(row.line) if self._detailed else "")

    def _add(self, number: int, copies: Copies) -> int:
        row, place = self._rows[number], self._offset + number
        high, low = self._weights.high[place], self._weights.low[place]
        if row.kind == "additive":
            return int(add_additive(copies.units, high[1], low[1], self._sums))
        weights = (np.tile(high, (3, 1)), np.tile(low, (3, 1)), _DEFINED[row.kind])
        return int(add_by_genotype(copies.units, copies.ploidy, weights, self._sums))

    def _reference_copies(self, row: Row) -> Copies | None:
        """Return two reference alleles for everyone; None where that is not known."""
        site = row.site
        if site.chrom == "X" or not site.single or not site.other:
            return None
        base = self._reading.base_at(site.chrom, site.position)
        if base not in (site.effect, site.other):
            return None
        copies = DIPLOID * (base == site.effect)
        return Copies(
            np.full(self._samples, copies * UNIT, np.int32),
            np.full(self._samples, DIPLOID, np.int8),
        )


def score_sources(genomics: Genomics, build: str, bases: Bases) -> list[ScoreSource]:
    """Return the scores of the study.

    Raises
    ------
    ConfigError
        With the faults of all scores.
    """
    made: list[ScoreSource] = []
    faults: list[Fault] = []
    for name in genomics.scores:
        try:
            made.append(ScoreSource(name, genomics, build, bases))
        except ConfigError as error:
            faults += error.faults
    if faults:
        raise ConfigError(*faults)
    return made
