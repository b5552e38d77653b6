"""One unit of genotyping: a file, its subjects and the variants asked of it, to rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from drepano.catalogue.panel import PanelVariant, load_panels
from drepano.contracts.values import GENOMICS
from drepano.errors import InputError, UnitError
from drepano.genomics.panel.build_check import BuildEvidence
from drepano.genomics.panel.reference_check import base_digests, joint_digest
from drepano.genomics.panel.rows import call_rows, failed_rows, state_rows
from drepano.genomics.reading.alleles import Target
from drepano.genomics.reading.calls import REF_MISMATCH, Calls
from drepano.genomics.reading.evidence import read_calls
from drepano.genomics.reading.record import Record
from drepano.genomics.reading.reference import Reference
from drepano.genomics.reading.vcf import Variants, reading
from drepano.ranks import Unit, UnitResult, content_key
from drepano.settings import GenomeSource, Genomics

MERGE_BP = 50
"""Variants this near to each other are read as one region."""


def context_of(genomics: Genomics, genome: GenomeSource | None) -> str:
    """Return the context that `Genotyping` is made of, as JSON."""
    return json.dumps(
        {
            "genomics": genomics.model_dump(mode="json"),
            "build": genome.build if genome else "",
            "reference": str(genome.reference) if genome and genome.reference else None,
        }
    )


def panel_digest(panel: list[PanelVariant]) -> str:
    """Hash the rows of a panel that decide what is read."""
    rows = [
        [v.variant, v.chrom, v.grch37_pos, v.grch38_pos, v.ref, v.alt]
        for v in sorted(panel, key=lambda v: v.variant)
    ]
    return content_key(rows)


class Genotyping:
    """Reads the panel's variants out of VCF files (`drepano.ranks.Calculation`)."""

    def __init__(self, context: str) -> None:
        settings: dict[str, Any] = json.loads(context)
        self._gates = Genomics.model_validate(settings["genomics"])
        self._build = settings["build"]
        panel = load_panels(self._gates.panels)
        self._digest = panel_digest(panel)
        self._order = {v.variant: place for place, v in enumerate(panel)}
        path = settings["reference"]
        reference = Reference(Path(path)) if path else None
        self._reference = reference
        self._targets = {
            v.variant: Target.of(v, self._build, reference) for v in panel if self._build
        }
        self._bases = base_digests(reference, panel, self._build)

    def compute(self, unit: Unit) -> UnitResult:
        """Read the calls of a unit's subjects at its variants.

        Raises
        ------
        UnitError
            ``unreadable``: the file or its index is damaged; ``wrong_build``: the REF bases
            are not those of the panel; ``build_unknown``: nothing tells the file's build.
        InputError
            The panel file or the FASTA changed since the plan was made.
        """
        payload = unit.payload
        self._check_inputs(payload)
        subject_of = dict(payload["samples"])
        targets = [self._targets[variant] for variant in payload["variants"]]
        path, index = Path(payload["path"]), Path(payload["index_path"])
        with reading(path, index, list(subject_of), prefix=payload["prefix"]) as variants:
            subjects = [subject_of[sample] for sample in variants.samples]
            evidence = BuildEvidence(told=payload["build_told"], reference=self._reference)
            calls = _read(variants, targets, self._gates, evidence)
        on_x = {target.variant for target in targets if target.chrom == "X"}
        return UnitResult(call_rows(subjects, calls, unit.key), state_rows(subjects, calls, on_x))

    def _check_inputs(self, payload: dict[str, Any]) -> None:
        panel = payload["panel"] == self._digest
        if panel and payload["reference"] == joint_digest(self._bases, payload["variants"]):
            return
        raise InputError.of(
            "FASTA" if panel else "panel",
            found=f"other {'bases' if panel else 'rows'} than when the work was planned",
            expected=f"the same {'FASTA' if panel else 'panel'} from plan to result",
            remedy="Run again.",
        )

    def refuse(self, unit: Unit, error: UnitError) -> UnitResult:
        """Say of each of the unit's subjects and variants why there is no value."""
        subjects = [subject for _, subject in unit.payload["samples"]]
        states = failed_rows(subjects, unit.payload["variants"], error)
        return UnitResult(GENOMICS.empty(), states)


def _read(
    variants: Variants, targets: list[Target], gates: Genomics, evidence: BuildEvidence
) -> dict[str, Calls]:
    """Read the calls of each target; the keys are the targets' ids, in their order."""
    samples = len(variants.samples)
    found: dict[str, Calls] = {}
    disagreeing = set()
    for target, record in _pairs(variants, targets):
        agrees = evidence.compare(target, record)
        if agrees is False:
            disagreeing.add(target.variant)
        elif calls := read_calls(record, target, gates):
            evidence.used_blocks |= record.block and bool(calls.called.any())
            if target.variant in found:
                found[target.variant].join(calls)
            else:
                found[target.variant] = calls
    evidence.check()
    for variant in disagreeing:
        found[variant] = Calls.none(samples, REF_MISMATCH)
    absent = Calls.none(samples)
    return {target.variant: found.get(target.variant, absent) for target in targets}


def _pairs(variants: Variants, targets: list[Target]) -> Iterator[tuple[Target, Record]]:
    """Yield each target with each record that touches it."""
    found = regions(targets)
    for chrom in dict.fromkeys(region[0].chrom for region in found):
        here = [region for region in found if region[0].chrom == chrom]
        asked = [target for region in here for target in region]
        asked.sort(key=lambda target: target.reach)
        intervals = [
            (min(t.reach[0] for t in region), max(t.reach[1] for t in region)) for region in here
        ]
        for record in variants.fetch_all(chrom, intervals):
            position, end = record.position, record.end
            for target in asked:
                begin, behind = target.reach
                if begin > end:
                    break
                if position <= behind:
                    yield target, record


def regions(targets: list[Target]) -> list[list[Target]]:
    """Group targets whose reaches lie within `MERGE_BP`, in order of their position."""
    grouped: list[list[Target]] = []
    end = 0
    for target in sorted(targets, key=lambda t: (t.chrom, t.reach, t.start, t.variant)):
        first, last = target.reach
        if grouped and grouped[-1][0].chrom == target.chrom and first <= end + 1 + MERGE_BP:
            grouped[-1].append(target)
            end = max(end, last)
        else:
            grouped.append([target])
            end = last
    return grouped
