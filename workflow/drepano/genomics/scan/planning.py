"""Which pieces of which files are passed over, for which subjects and sums."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from drepano.contracts.states import STEP_STATES
from drepano.errors import ConfigError
from drepano.genomics.assignment import Sample, files_of, samples_of, serve
from drepano.genomics.panel.genotyping import context_of
from drepano.genomics.panel.rows import Places, Why, states_at
from drepano.genomics.scan.asking import CHROMOSOMES, Asking
from drepano.genomics.scan.collector import CollectorSource
from drepano.genomics.scan.sources import sources_from
from drepano.genomics.scan.tasks import gates_of, units_of
from drepano.ranks import Plan
from drepano.settings import GenomeSource, Genomics

_NOWHERE = "genome"
"""Stands for a chromosome where no file tells one."""


def plan_scan(
    genomics: Genomics | None,
    genome: GenomeSource | None,
    subjects: pa.Table,
    genome_files: pa.Table,
    genome_samples: pa.Table,
) -> Plan:
    """Plan one unit per piece of a file; small files, and chromosomes, share a unit.

    Parameters
    ----------
    genomics, genome
        What the study computes, and where the site's files lie; None if there is none.
    subjects, genome_files, genome_samples
        Tables of the index.

    Returns
    -------
    Plan
        Units are grouped by their subject if they have one, else by their file. States stand
        under ``source@chromosome``: no file of the subject holds it, or the one that does
        cannot be used.

    Raises
    ------
    ConfigError
        A file of the study is missing or wrong.
    """
    if genomics is None or not genomics.scans:
        return Plan([], STEP_STATES.empty())
    files = {} if genome is None else files_of(genome_files, genome.build)
    held = {chrom for file in files.values() for chrom in file.contigs}
    passed = [chrom for chrom in CHROMOSOMES if chrom in held] or [_NOWHERE]
    asking = Asking(_sources(genomics, genome), passed)
    chroms = asking.chroms()
    samples = samples_of(genome_samples, files)
    served: dict[str, dict[str, list[tuple[str, str]]]] = defaultdict(lambda: defaultdict(list))
    unserved: dict[tuple[str, Why], list[int]] = defaultdict(list)
    names = sorted(set(subjects["subject"].to_pylist()))
    for row, subject in enumerate(names):
        for chrom in chroms:
            found = serve(samples.get(subject, []), files, chrom)
            if isinstance(found, Sample):
                served[found.path][chrom].append((found.sample, subject))
            else:
                unserved[chrom, found].append(row)
    gates = gates_of(genomics, "" if genome is None else genome.build)
    units = [
        unit
        for path in sorted(served)
        for unit in units_of(files[path], served[path], asking, gates)
    ]
    return Plan(units, _states(names, unserved, asking))


def _sources(genomics: Genomics, genome: GenomeSource | None) -> Mapping[str, CollectorSource]:
    """Return the sources on the site's build; of a site without files only names matter."""
    if genome is not None:
        return sources_from(context_of(genomics, genome))
    try:
        return sources_from(context_of(genomics, GenomeSource(build="GRCh38", vcf=("none",))))
    except ConfigError:
        return sources_from(context_of(genomics, GenomeSource(build="GRCh37", vcf=("none",))))


def _states(
    subjects: list[str], unserved: dict[tuple[str, Why], list[int]], asking: Asking
) -> pa.Table:
    """Return a state of each source on each chromosome for each subject that no unit serves."""
    chroms = list(dict.fromkeys(chrom for chrom, _ in unserved))
    sources = [(name, chrom) for chrom in chroms for name in asking.sources(chrom)]
    of_chrom = {chrom: np.flatnonzero([other == chrom for _, other in sources]) for chrom in chroms}
    number = {why: i for i, why in enumerate(dict.fromkeys(why for _, why in unserved))}
    places = [
        Places.cross(np.array(rows), of_chrom[chrom], number[why])
        for (chrom, why), rows in unserved.items()
    ]
    return states_at(subjects, [f"{n}@{c}" for n, c in sources], list(number), places)
