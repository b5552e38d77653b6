"""Sums of a projection over the records of a piece.

For a sample, variant v and component k with loading l_vk, a call of d copies of ALT adds

    (d - 2 p_v) / sqrt(2 p_v (1 - p_v)) * l_vk

to the projection and l_vk**2 to the weight that was seen. Nothing stands in for a missing call.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drepano.genomics.ancestry.loadings import Loadings, load_loadings, read_loadings
from drepano.genomics.reading.bases import Bases
from drepano.genomics.reading.compiled import kernel
from drepano.genomics.reading.copies import Units
from drepano.genomics.reading.effects import Policy, Site
from drepano.genomics.reading.record import Record
from drepano.genomics.reading.sites import Reading, Said, SitePass
from drepano.genomics.scan.collector import Totals
from drepano.genomics.scores.exact import Quantised, quantise
from drepano.ranks import content_key
from drepano.settings import Ancestry, Genomics

ALGORITHM = 1
"""Raise it when the same files would give other sums."""

SOURCE = "ancestry"
CALLED = "called"
SUM, SEEN = ("sum_high", "sum_low"), ("seen_high", "seen_low")

Sums = NDArray[np.int64]
Parts = tuple[Sums, Sums]


@dataclass(frozen=True, slots=True)
class Weights:
    """What each variant adds, as whole numbers; one `Quantised` for each component.

    Attributes
    ----------
    of_call
        (2, variants): per copy of ALT, and per call whatever its copies.
    seen
        (variants,): squared loadings.
    """

    of_call: list[Quantised]
    seen: list[Quantised]


def weights_of(loaded: Loadings) -> Weights:
    """Standardise by the reference's frequencies and make whole numbers of it."""
    p = loaded.frequency
    deviation = np.sqrt(2 * p * (1 - p))
    of_call, seen = [], []
    for loading in loaded.loadings.T:
        per_copy = loading / deviation
        of_call.append(quantise(np.stack([per_copy, -2 * p * per_copy])))
        seen.append(quantise(loading**2))
    return Weights(of_call, seen)


class AncestrySource:
    """The projection of the study (`scan.collector.CollectorSource`).

    Raises
    ------
    ConfigError
        As `load_loadings`.
    """

    source = SOURCE

    def __init__(self, settings: Ancestry, gates: Genomics, build: str, bases: Bases) -> None:
        self._gates, self._build, self._bases = gates, build, bases
        self._digest = read_loadings(settings).digest
        self._components = settings.components
        loaded = load_loadings(settings, build)
        self._sites = loaded.sites
        made = weights_of(loaded)
        # (components, 2, variants) and (components, variants), each as two parts
        self._of_call = _stacked(made.of_call)
        self._seen = _stacked(made.seen)
        self._of_chrom: dict[str, tuple[int, int]] = {}
        for place, site in enumerate(self._sites):
            first, _ = self._of_chrom.get(site.chrom, (place, place))
            self._of_chrom[site.chrom] = (first, place + 1)

    def places(self) -> Mapping[str, list[tuple[int, int]]]:
        """Return the first and last base of each variant, by chromosome."""
        return {
            chrom: [(site.position, site.last) for site in self._sites[first:last]]
            for chrom, (first, last) in self._of_chrom.items()
        }

    def digest(self) -> str:
        """Hash the loadings, the gates and the build."""
        gates = ("accepted_filters", "min_depth", "min_genotype_quality", "half_calls")
        blocks = ("min_block_depth", "min_block_quality")
        read = self._gates.model_dump(mode="json", include={*gates, *blocks})
        bases = self._bases.digest_of((site.chrom, site.position) for site in self._sites)
        files = [self._digest, bases]
        return content_key(SOURCE, ALGORITHM, files, self._components, self._build, read)

    def start(self, subjects: list[str], chrom: str, first: int, last: int) -> AncestryCollector:
        """Start on the variants whose first base lies in a piece."""
        low, high = self._of_chrom.get(chrom, (0, 0))
        low = bisect_left(self._sites, first, low, high, key=_position)
        high = bisect_right(self._sites, last, low, high, key=_position)
        reading = Reading(self._gates, Policy(keep_palindromic=True, flip=False), self._bases)
        of_call = tuple(part[:, :, low:high] for part in self._of_call)
        seen = tuple(part[:, low:high] for part in self._seen)
        return AncestryCollector(self._sites[low:high], (*of_call, *seen), subjects, reading)


def _position(site: Site) -> int:
    return site.position


def _stacked(made: list[Quantised]) -> Parts:
    return np.stack([q.high for q in made]), np.stack([q.low for q in made])


class AncestryCollector:
    """Gathers the projection over one piece (`scan.collector.Collector`).

    Attributes
    ----------
    touching
        True: it must see the records that start before the piece too, and counts no variant
        of another piece.
    """

    source = SOURCE
    touching = True

    def __init__(
        self, sites: list[Site], parts: tuple[Sums, ...], subjects: list[str], reading: Reading
    ) -> None:
        self.totals = Totals(subjects)
        self._parts = parts
        self._called = self.totals.of_subjects(CALLED)
        components = parts[0].shape[0]
        # (samples, components, 4): both parts of the sum, both parts of what was seen
        self._sums = np.zeros((len(subjects), components, 4), np.int64)
        self._pass = SitePass(sites, reading, self._tell)

    def take(self, record: Record) -> None:
        """Ask a record for the loadings' variants."""
        self._pass.take(record)

    def end(self) -> None:
        """Add what is left."""
        self._pass.end()
        for component in range(self._sums.shape[1]):
            for part, quantity in enumerate((*SUM, *SEEN)):
                totals = self.totals.of_subjects(quantity, component_name(component))
                totals += self._sums[:, component, part]

    def _tell(self, number: int, said: Said) -> None:
        if said.copies is not None:
            call_high, call_low, seen_high, seen_low = self._parts
            added = np.stack(
                [
                    *(call_high[:, 0, number], call_low[:, 0, number]),
                    *(call_high[:, 1, number], call_low[:, 1, number]),
                    *(seen_high[:, number], seen_low[:, number]),
                ],
                axis=1,
            )
            _add(said.copies.units, added, self._sums, self._called)


def component_name(component: int) -> str:
    """Return the name of a component by its number from 0."""
    return f"pc{component + 1}"


@kernel
def _add(  # pragma: no cover - compiled
    units: Units, added: Sums, sums: Sums, called: Sums
) -> None:
    """Add one variant to the sums of the samples that have a call.

    Parameters
    ----------
    units
        Copies of ALT, (samples,), in units of 1/16384; negative where there is no call.
    added
        (components, 6): per copy, per call, and what is seen; two parts each.
    sums
        (samples, components, 4).
    called
        (samples,).
    """
    for sample in range(units.size):
        copies = units[sample]
        if copies < 0:
            continue
        called[sample] += 1
        for k in range(added.shape[0]):
            sums[sample, k, 0] += added[k, 0] * copies + added[k, 2] * 16384
            sums[sample, k, 1] += added[k, 1] * copies + added[k, 3] * 16384
            sums[sample, k, 2] += added[k, 4] * 16384
            sums[sample, k, 3] += added[k, 5] * 16384


def ancestry_sources(genomics: Genomics, build: str, bases: Bases) -> list[AncestrySource]:
    """Return the projection of the study, if it has one."""
    settings = genomics.ancestry
    return [] if settings is None else [AncestrySource(settings, genomics, build, bases)]
