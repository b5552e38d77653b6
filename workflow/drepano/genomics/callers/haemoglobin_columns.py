"""Columns of the haemoglobin genotype, and its conclusion for all subjects."""

from __future__ import annotations

import dataclasses

from drepano.catalogue.panel import PanelVariant, load_panel
from drepano.contracts import Column
from drepano.genomics.callers.haemoglobin import (
    GENOTYPE,
    HEMIZYGOSITY,
    PRESUMED,
    Gene,
    Rows,
    haemoglobin,
)
from drepano.genomics.callers.haemoglobin_alleles import GENOTYPES, is_watched
from drepano.genomics.callers.loci import BETA
from drepano.genomics.callers.registry_genotype import donor_dna, gainsaid
from drepano.genomics.callers.sites import (
    PACKAGE_PANEL,
    answers_of,
    exclusive_pairs,
    panel_rows,
)
from drepano.genomics.callers.structure import Structure, beta_gene, structures_of
from drepano.genomics.callers.verdict import Verdict, write
from drepano.genomics.interpretation.evidence import Evidence, Trouble
from drepano.genomics.interpretation.findings import Findings
from drepano.settings import Genomics

KEY = "gen__haemoglobin"
DONOR = "sample_source"
CONFLICT = "conflict"
SOURCE = "drepano, docs/genotypes.md, rules 0-10"


class Haemoglobin:
    """Haemoglobin genotype (`interpretation.registry.Interpreter`)."""

    def __init__(self, genomics: Genomics) -> None:
        wanted = [row.variant for row in load_panel(PACKAGE_PANEL) if is_watched(row)]
        panel = panel_rows(genomics, wanted, "haemoglobin")
        watched = [row for row in panel.values() if is_watched(row)]
        self._rows = rows_of(watched)
        self._dna = genomics.callers.dna

    def columns(self) -> list[Column]:
        """Declare the genotype and its four flags."""
        return [
            Column(
                name=f"{KEY}__{GENOTYPE}",
                type="category",
                meaning="haemoglobin genotype of HBB by the alleles of the panel, such as HbSS",
                missing="the rules have no answer; the reason stands in the states",
                source=SOURCE,
                standard="the registry's names first; HbS/beta: class of the allele not told",
                state_source=KEY,
                categories=GENOTYPES,
            ),
            _flag(PRESUMED, "two heterozygous variants were not phased, and presumed in trans"),
            _flag(HEMIZYGOSITY, "both alleles are alike, and a deletion of one is not excluded"),
            _flag(DONOR, "DNA may be a donor's: after a transplant, or blood after a transfusion"),
            _flag(CONFLICT, "the registry states another genotype; ours is not overwritten"),
        ]

    def conclude(self, evidence: Evidence, findings: Findings) -> None:
        """Give each subject its genotype and flags."""
        columns, structures = self.columns(), structures_of(evidence)
        for subject in evidence.subjects:
            answers = answers_of(evidence, subject, self._rows.categories)
            structure = structures.get((subject, BETA), Structure())
            gene = beta_gene(structure, evidence.build) if evidence.build else Gene()
            verdict = haemoglobin(answers, gene, self._rows)
            write(findings, subject, columns, self._with_registry(verdict, evidence, subject))

    def _with_registry(self, verdict: Verdict, evidence: Evidence, subject: str) -> Verdict:
        """Add what the clinical table says; it needs a sample, and the conflict a genotype."""
        values, troubles = dict(verdict.values), dict(verdict.troubles)
        told: dict[str, bool | Trouble] = {}
        if verdict.trouble is None or verdict.trouble.state != "not_acquired":
            transplanted = evidence.clinical("hsct", subject)
            transfused = evidence.clinical("transfused_90d", subject)
            told[DONOR] = donor_dna(transplanted, transfused, self._dna)
        if GENOTYPE in values:
            registry = evidence.clinical("genotype", subject)
            told[CONFLICT] = gainsaid(str(values[GENOTYPE]), registry)
        for name, answer in told.items():
            if isinstance(answer, Trouble):
                troubles[name] = answer
            else:
                values[name] = answer
        return dataclasses.replace(verdict, values=values, troubles=troubles)


def rows_of(watched: list[PanelVariant]) -> Rows:
    """Return what the rules ask of the panel's rows."""
    bases = {row.variant: _base(row) for row in watched}
    siblings = {
        name: frozenset(n for n, base in bases.items() if base == own and base and n != name)
        for name, own in bases.items()
    }
    categories = {row.variant: row.category for row in watched}
    return Rows(categories, exclusive_pairs(watched), siblings)


def _base(row: PanelVariant) -> tuple[object, ...]:
    """Return the base that a substitution changes; nothing for an indel."""
    single = len(row.ref) == len(row.alt) == 1
    return (row.chrom, *row.positions.values(), row.ref) if single else ()


def _flag(name: str, meaning: str) -> Column:
    return Column(
        name=f"{KEY}__{name}",
        type="boolean",
        meaning=meaning,
        missing="not known; the reason stands in the states",
        source=SOURCE,
        state_source=KEY,
    )
