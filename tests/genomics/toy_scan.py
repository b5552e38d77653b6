"""Sources for tests of the scan; worker processes import this module by name."""

import json
from collections import defaultdict

import numpy as np

from drepano.genomics.reading.alleles import Target, trim
from drepano.genomics.reading.dosages import dosages
from drepano.genomics.scan import unit
from drepano.genomics.scan.collector import Totals
from drepano.settings import Genomics

GATES = Genomics(min_block_depth=1, min_block_quality=1)


class _Toy:
    def __init__(self, source: str, subjects: list[str], piece: tuple[str, int, int]) -> None:
        self.source, self.totals, self.piece = source, Totals(subjects), piece

    def end(self) -> None:
        """Nothing is left."""


class Records(_Toy):
    """Counts records, their alleles and the sum of their positions."""

    def take(self, record) -> None:
        alleles, _ = record.genotypes()
        self.totals.of_subjects("alternative")[:] += (alleles > 0).sum(axis=1)
        self.totals.of_subjects("records")[:] += 1
        self.totals.add_for_all("records", 1)
        self.totals.add_for_all("positions", record.position, f"on {record.chrom}")


class Sites(_Toy):
    """Asks all records for single bases; every site is told once."""

    touching = True

    def __init__(self, *given, sites) -> None:
        super().__init__(*given)
        chrom, first, last = self.piece
        self.sites = [site for site in sites.get(chrom, []) if first <= site[0] <= last]
        self.found = {}
        self.spoke = defaultdict(int)

    def take(self, record) -> None:
        touched = [s for s in self.sites if record.position <= s[0] <= record.end]
        for position, ref, alt in touched:
            change = trim(position, ref, alt)
            target = Target("", record.chrom, position, position + 1, ref, alt, change)
            said = dosages(record, target, GATES)
            if said is not None:
                self.found[position] = np.maximum(said, self.found.get(position, said))
                self.spoke[position] += 1

    def end(self) -> None:
        for position, _, _ in self.sites:
            self.totals.add_for_all("told", 1, str(position))
            self.totals.add_for_all("records", self.spoke[position], str(position))
            said = self.found.get(position)
            if said is not None:
                self.totals.of_subjects("called")[:] += said >= 0
                self.totals.of_subjects("dosage")[:] += np.maximum(said, 0)


class Source:
    """A toy source: `sites` of single bases, `within` intervals, or every record."""

    def __init__(self, source: str, sites=None, within=None) -> None:
        self.source, self.sites, self.within = source, sites, within

    def places(self):
        if self.sites is not None:
            return {c: [(s[0], s[0]) for s in sites] for c, sites in self.sites.items()}
        return self.within

    def digest(self) -> str:
        return json.dumps([self.source, self.sites, self.within])

    def start(self, subjects, chrom, first, last):
        piece = (chrom, first, last)
        if self.sites is not None:
            return Sites(self.source, subjects, piece, sites=self.sites)
        return Records(self.source, subjects, piece)


class ToyScanning(unit.Scanning):
    """The scan with the sources that its context names."""

    def __init__(self, context: str) -> None:
        unit.sources_from = toy_sources
        super().__init__(context)


def toy_sources(context: str):
    asked = json.loads(json.loads(context)["genomics"]["panels"][0])
    return {name: Source(name, **given) for name, given in asked.items()}


def study(**sources: dict) -> Genomics:
    """Return a study with toy sources: name to the arguments of `Source`."""
    return Genomics(panels=(json.dumps(sources),), sample_quality={})
