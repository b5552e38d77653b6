"""Which file is read for which subject and variant; and the states of all that none serves."""

from __future__ import annotations

import dataclasses
import json
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from drepano.catalogue.panel import PanelVariant, load_panels, require_build
from drepano.contracts.states import STEP_STATES
from drepano.genomics.panel.columns import state_source
from drepano.genomics.panel.genotyping import panel_digest
from drepano.genomics.panel.reference_check import (
    base_digests,
    joint_digest,
    open_reference,
    refused_rows,
)
from drepano.genomics.panel.rows import Places, Why, states_at
from drepano.genomics.reading.calls import OUTCOMES, SITE_ABSENT, Outcome
from drepano.genomics.reading.vcf import reader_version
from drepano.ranks import Plan, Unit, content_key
from drepano.settings import GenomeSource, Genomics

ALGORITHM = 2
"""Raise it when the same files would give other calls."""

_SAMPLE_COST = 1e-3
"""Reading a sample of an open file costs about a thousandth of seeking a region."""

_KEYED = ("sha256", "index_sha256", "panel", "reference", "samples", "variants", "prefix")
"""What of a unit's payload its key depends on."""

_NO_SAMPLE = Outcome("not_acquired", "no_sample", "Nothing, unless the subject was typed.")
_REFUSED_ROW = Outcome(
    "failed", "ref_mismatch", "Mend the panel's row, or check the FASTA of the site."
)
_CONFLICT = Outcome(
    "indeterminate", "sample_conflict", "Keep one file per subject and chromosome in the site file."
)


@dataclass(frozen=True, slots=True)
class _Source:
    """A sample of a file."""

    path: str
    sample: str


@dataclass(frozen=True, slots=True)
class _File:
    """A file as the index found it; `why` says what is wrong with it."""

    row: dict[str, Any]
    contigs: frozenset[str]
    why: Why | None


def plan(
    genomics: Genomics | None,
    genome: GenomeSource | None,
    subjects: pa.Table,
    genome_files: pa.Table,
    genome_samples: pa.Table,
) -> Plan:
    """Plan one unit per file and set of chromosomes that it serves.

    Parameters
    ----------
    genomics, genome
        What the study computes, and where the site's files lie; None if there is none.
    subjects, genome_files, genome_samples
        Tables of the index.

    Returns
    -------
    Plan
        Units are grouped by their subject if they have one, else by their file. States
        have an empty session: they hold for every session of a subject.

    Raises
    ------
    ConfigError
        A panel is unknown or wrong, or does not serve the build of the site, or the site's
        FASTA is not of it.
    """
    if genomics is None:
        return Plan([], STEP_STATES.empty())
    panel = load_panels(genomics.panels)
    if genome is not None:
        require_build(panel, genome.build)
    build = "" if genome is None else genome.build
    reference = open_reference(genome)
    refused = refused_rows(reference, panel, build)
    files = {} if genome is None else _files(genome_files, build)
    sources = _sources(genome_samples, files)
    chroms = list(dict.fromkeys(variant.chrom for variant in panel))
    served: dict[str, dict[tuple[str, str], list[str]]] = defaultdict(lambda: defaultdict(list))
    unserved: dict[tuple[str, Why], list[int]] = defaultdict(list)
    reading: dict[str, list[int]] = defaultdict(list)
    names = sorted(set(subjects["subject"].to_pylist()))
    for row, subject in enumerate(names):
        for chrom in chroms:
            found = _serve(sources.get(subject, []), files, chrom)
            if isinstance(found, _Source):
                served[found.path][found.sample, subject].append(chrom)
                reading[chrom].append(row)
            else:
                unserved[chrom, found].append(row)
    usable = [variant for variant in panel if variant.variant not in refused]
    digest = panel_digest(panel)
    bases = base_digests(reference, usable, build)
    units = [
        (group, _with_key(unit, digest, bases, genomics, build))
        for path in sorted(served)
        for group, unit in _units(files[path], served[path], usable)
    ]
    states = [_states(names, unserved, panel), _refusals(names, reading, panel, refused)]
    return Plan(units, pa.concat_tables(states))


def _files(table: pa.Table, build: str) -> dict[str, _File]:
    """Return the files by path, each with what makes it unusable."""
    files = {}
    for row in table.to_pylist():
        contigs = frozenset("X" if name == "23" else name for name in json.loads(row["contigs"]))
        files[row["path"]] = _File(row, contigs, _fault(row, build))
    return files


def _fault(row: dict[str, Any], build: str) -> Why | None:
    if row["reason"]:
        outcome = Outcome("failed", row["reason"], row["remedy"])
        return Why(outcome, f"{row['path']}: {row['detail']}")
    if row["build"] and row["build"] != build:
        remedy = "Give files of the build that the site file states, or correct it there."
        detail = f"{row['path']}: its header says {row['build']}, the site file {build}"
        return Why(Outcome("failed", "wrong_build", remedy), detail)
    return None


def _sources(table: pa.Table, files: dict[str, _File]) -> dict[str, list[_Source]]:
    """Return each subject's samples, in order of their files."""
    sources: dict[str, list[_Source]] = defaultdict(list)
    for row in sorted(table.to_pylist(), key=lambda row: (row["path"], row["sample"])):
        if row["path"] in files:
            sources[row["subject"]].append(_Source(row["path"], row["sample"]))
    return sources


def _serve(sources: list[_Source], files: dict[str, _File], chrom: str) -> _Source | Why:
    """Return the one sample to read a chromosome from, or why there is none."""
    usable = [source for source in sources if files[source.path].why is None]
    holding = [source for source in usable if chrom in files[source.path].contigs]
    if len(holding) == 1:
        return holding[0]
    if holding:
        return Why(_CONFLICT, ", ".join(sorted({source.path for source in holding})))
    faults = [why for source in sources if (why := files[source.path].why) is not None]
    if faults:
        return faults[0]
    return Why(OUTCOMES[SITE_ABSENT]) if sources else Why(_NO_SAMPLE)


def _units(
    file: _File, served: dict[tuple[str, str], list[str]], panel: list[PanelVariant]
) -> list[tuple[str, Unit]]:
    """Return the units of a file, without their keys: one per set of chromosomes asked."""
    members: dict[tuple[str, ...], list[list[str]]] = defaultdict(list)
    for (sample, subject), reads in served.items():
        members[tuple(reads)].append([sample, subject])
    path = file.row["path"]
    subjects = {subject for _, subject in served}
    group = subjects.pop() if len(subjects) == 1 else path
    units = []
    for chroms, samples in sorted(members.items()):
        variants = [variant.variant for variant in panel if variant.chrom in chroms]
        if not variants:
            continue
        payload = {
            "path": path,
            "index_path": file.row["index_path"],
            "prefix": file.row["contig_prefix"],
            "build_told": bool(file.row["build"]),
            "sha256": file.row["sha256"],
            # An index that is out of date leads past records: a new one may give other calls.
            "index_sha256": file.row["index_sha256"],
            "samples": sorted(samples),
            "variants": variants,
        }
        cost = len(variants) * (1 + _SAMPLE_COST * len(samples))
        units.append((group, Unit(f"{path}:{'+'.join(chroms)}", "", cost, payload)))
    return units


def _with_key(
    unit: Unit, panel: str, bases: dict[str, str], genomics: Genomics, build: str
) -> Unit:
    """Give a unit its panel, and the key of all that its result depends on but paths."""
    gates = genomics.model_dump(mode="json", exclude={"panels", "max_failed_fraction"})
    reference = joint_digest(bases, unit.payload["variants"])
    payload = unit.payload | {"panel": panel, "reference": reference}
    inputs = {name: payload[name] for name in _KEYED}
    key = content_key("genomics", ALGORITHM, reader_version(), gates, build, inputs)
    return dataclasses.replace(unit, key=key, payload=payload)


def _states(
    subjects: list[str], unserved: dict[tuple[str, Why], list[int]], panel: list[PanelVariant]
) -> pa.Table:
    """Return a state of each variant for each subject that no unit serves."""
    on_chrom = {
        chrom: np.flatnonzero([variant.chrom == chrom for variant in panel])
        for chrom in {chrom for chrom, _ in unserved}
    }
    number = {why: i for i, why in enumerate(dict.fromkeys(why for _, why in unserved))}
    places = [
        Places.cross(np.array(rows), on_chrom[chrom], number[why])
        for (chrom, why), rows in unserved.items()
    ]
    sources = [state_source(variant.variant) for variant in panel]
    return states_at(subjects, sources, list(number), places)


def _refusals(
    subjects: list[str],
    reading: dict[str, list[int]],
    panel: list[PanelVariant],
    refused: dict[str, str],
) -> pa.Table:
    """Return a state of each variant that the FASTA contradicts, for each subject with a file."""
    wrong = [variant for variant in panel if variant.variant in refused]
    whys = [Why(_REFUSED_ROW, refused[variant.variant]) for variant in wrong]
    places = [
        Places(rows, np.full(len(rows), number), np.full(len(rows), number))
        for number, variant in enumerate(wrong)
        for rows in [np.array(reading[variant.chrom], np.intp)]
    ]
    return states_at(subjects, [state_source(v.variant) for v in wrong], whys, places)
