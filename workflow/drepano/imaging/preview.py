"""The study against a site's files before any image is read: what will match, and what will not."""

from __future__ import annotations

import difflib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pyarrow as pa

from drepano.contracts.inventory import PROBLEMS
from drepano.errors import UnitError
from drepano.imaging.labels import freesurfer_table, plain_name, read_label_table
from drepano.imaging.measures.registry import measures_of
from drepano.imaging.names import source_of
from drepano.imaging.plan import plan
from drepano.imaging.preparation.expected import TISSUES
from drepano.imaging.preparation.foresight import foresee_prepared
from drepano.imaging.preparation.tissues import SIDES
from drepano.settings import Imaging, RegionSet

_SHOWN = 5
_OWN_TISSUES = (TISSUES[0], TISSUES[1]["desc"])
Problem = dict[str, object]
File = tuple[str, dict[str, str], str | None]
"""Suffix, entities and label table of an image."""


def preview(imaging: Imaging, subjects: pa.Table, bids_files: pa.Table) -> pa.Table:
    """Tell what of the study finds nothing at this site, from names and label tables alone.

    Parameters
    ----------
    imaging
        The study's imaging settings.
    subjects, bids_files
        Tables of the index.

    Returns
    -------
    pyarrow.Table
        PROBLEMS. Errors: modalities and region sets that match no file, labels by name that
        stand in no label table. Warnings: sessions whose scan or regions are ambiguous, and
        scans without regions. Whether a label number has voxels, only the images tell.
    """
    scans, regions = _by_kind(bids_files)
    prepared = foresee_prepared(imaging, subjects, bids_files)
    regions += _by_kind(prepared)[1]
    used = {name for m in imaging.modalities.values() for name in m.region_sets}
    used |= {
        i.region_set for m in measures_of(imaging) for i in m.inputs().values() if i.region_set
    }
    rows: list[Problem] = []
    for name, modality in imaging.modalities.items():
        if not _matching(scans, modality.suffix, modality.entities):
            where = f"imaging.modalities.{name}"
            rows.append(_nothing(where, "scan", modality.suffix, modality.entities, scans))
    absent = set()
    for name in sorted(used):
        rules = imaging.region_sets[name]
        found = _matching(regions, rules.suffix, rules.entities)
        where = f"imaging.region_sets.{name}"
        if not found and rules.otherwise:
            rules = imaging.region_sets[rules.otherwise]
            found = _matching(regions, rules.suffix, rules.entities)
        if found:
            rows += _unknown_labels(where, rules, found)
        else:
            absent.add(name)
            rows.append(_nothing(where, "derivative", rules.suffix, rules.entities, regions))
    rows += _unpaired(imaging, absent, subjects, bids_files, prepared)
    return PROBLEMS.from_rows(rows)


def _by_kind(bids_files: pa.Table) -> tuple[list[File], list[File]]:
    """Split the files into raw scans and derivatives."""
    scans: list[File] = []
    regions: list[File] = []
    names = ("derivative", "suffix", "entities", "label_table")
    columns = (bids_files[name].to_pylist() for name in names)
    for derivative, suffix, entities, table in zip(*columns, strict=True):
        (regions if derivative else scans).append((suffix, json.loads(entities), table))
    return scans, regions


def _matching(files: list[File], suffix: str, entities: Mapping[str, str]) -> list[File]:
    return [f for f in files if f[0] == suffix and entities.items() <= f[1].items()]


def _nothing(
    where: str, kind: str, suffix: str, entities: Mapping[str, str], files: list[File]
) -> Problem:
    """Say that nothing matches, and what there is, the nearest first."""
    asked = _described(suffix, entities)
    counts = Counter(_described(suffix, entities) for suffix, entities, _ in files)

    def distance(name: str) -> tuple[float, int, str]:
        return -difflib.SequenceMatcher(None, asked, name).ratio(), -counts[name], name

    there = [f"{name} ({counts[name]})" for name in sorted(counts, key=distance)]
    more = f", and {len(there) - _SHOWN} other kinds" if len(there) > _SHOWN else ""
    return {
        "severity": "error",
        "where": f"study: {where}",
        "found": f"no {kind} {asked}; there are: {', '.join(there[:_SHOWN]) or 'none'}{more}",
        "expected": f"a {kind} that has this suffix and these entities",
        "remedy": f"Correct suffix and entities of {where} in the study, or deliver the files"
        f"{'.' if kind == 'scan' else ', or have them made (imaging.prepare).'}",
    }


def _described(suffix: str, entities: Mapping[str, str]) -> str:
    return "_".join([*(f"{key}-{value}" for key, value in sorted(entities.items())), suffix])


def _unknown_labels(where: str, rules: RegionSet, files: list[File]) -> Iterator[Problem]:
    asked = {
        plain_name(label): (region, label)
        for region, labels in rules.regions.items()
        for label in labels
        if isinstance(label, str)
    }
    if not asked:
        return
    if rules.names == "freesurfer":
        known = {*freesurfer_table()}
    else:
        known = _known_names({table for _, _, table in files if table}, set(asked))
        if any((suffix, entities.get("desc")) == _OWN_TISSUES for suffix, entities, _ in files):
            known |= {plain_name(name) for name in SIDES}
    for name in sorted(set(asked) - known):
        region, label = asked[name]
        near = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.4)
        listed = ", ".join(sorted(known)[:_SHOWN])
        hint = f"Did you mean {near[0]!r}?" if near else f"Known labels: {listed or 'none'}."
        yield {
            "severity": "error",
            "where": f"study: {where}.regions.{region}",
            "found": f"the label {label!r}, which stands in no label table",
            "expected": "a name in the label tables of the region files, or a number",
            "remedy": hint if known else "Deliver label tables (dseg.tsv), or use label numbers.",
        }


def _known_names(tables: set[str], asked: set[str]) -> set[str]:
    """Return the names in label tables; no further table is read once all are found."""
    known: set[str] = set()
    for path in sorted(tables):
        try:
            known |= read_label_table(Path(path)).keys()
        except (OSError, UnitError):
            continue  # its units tell; here only what the others know counts
        if asked <= known:
            break
    return known


def _unpaired(
    imaging: Imaging,
    absent: set[str],
    subjects: pa.Table,
    bids_files: pa.Table,
    prepared: pa.Table,
) -> Iterator[Problem]:
    """Sum up by cause what the plan finds for single sessions."""
    states = plan(imaging, subjects, bids_files, prepared).states
    sets = {
        source_of(name, region): (name, region_set)
        for name, modality in imaging.modalities.items()
        for region_set in modality.region_sets
        for region in imaging.region_sets[region_set].regions
    }
    groups: dict[tuple[str, str, str], dict[str, str]] = defaultdict(dict)
    columns = (states[n].to_pylist() for n in ("subject", "session", "source", "reason", "detail"))
    for subject, session, source, reason, detail in zip(*columns, strict=True):
        if source not in sets:
            continue  # a derived region or a measure: what it is made of is told
        modality, region_set = sets[source]
        label = f"sub-{subject}{f' ses-{session}' if session else ''}"
        if reason == "no_regions" and region_set not in absent:
            groups[modality, region_set, reason][label] = ""
        elif reason == "ambiguous_scan":
            groups[modality, "", reason].setdefault(label, detail or "")
    yield from _grouped(groups)


def _grouped(groups: Mapping[tuple[str, str, str], dict[str, str]]) -> Iterator[Problem]:
    for (modality, region_set, reason), sessions in sorted(groups.items()):
        where = f"study: imaging.modalities.{modality}"
        count = "1 session" if len(sessions) == 1 else f"{len(sessions)} sessions"
        if reason == "no_regions":
            where = f"{where}, region set {region_set}"
            found = f"{count} with a scan but without regions: {_some(sessions)}"
            expected = "regions for each scan"
            remedy = "Run the segmentation there, or leave it: the columns stay empty."
        else:
            label, files = sorted(sessions.items())[0]
            found = f"{count} in which several files fit, such as {label}: {files}"
            expected = "one scan and one region file for each session"
            remedy = "Add entities to the modality, or to its region sets, in the study."
        yield {
            "severity": "warning",
            "where": where,
            "found": found,
            "expected": expected,
            "remedy": remedy,
        }


def _some(sessions: Iterable[str]) -> str:
    listed = sorted(sessions)
    more = f", and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else ""
    return ", ".join(listed[:_SHOWN]) + more
