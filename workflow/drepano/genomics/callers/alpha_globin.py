"""Alpha-globin genotype from structural variants or the site's table; never from SNVs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from drepano.contracts import Column
from drepano.genomics.callers.alpha_alleles import (
    GENES,
    GENOTYPES,
    NORMAL,
    Pair,
    genes_of,
    pair_of,
    read_alpha_table,
)
from drepano.genomics.callers.intervals import Interval, covers, reciprocal_overlap
from drepano.genomics.callers.loci import ALPHA, ALPHA_CHANGES, LOCI
from drepano.genomics.callers.structural import SOURCE as SCAN
from drepano.genomics.callers.structure import Structure, structures_of
from drepano.genomics.callers.verdict import Verdict, indeterminate, write
from drepano.genomics.interpretation.evidence import Evidence, Trouble
from drepano.genomics.interpretation.findings import Findings
from drepano.settings import Genomics

LEAST_OVERLAP = 0.8
"""Shared bases as a share of the longer interval, for a record to be one of the known changes.
--SEA and --MED share 0.77 of the longer, -a3.7 and -a4.2 0.41, so no record is two of them."""

KEY = "gen__alpha_globin"
SOURCE = "ranges: paraphase; NG_000006.1; IthaID 312 (ithanet.eu)"
NO_TABLE = Trouble(
    "not_acquired",
    "no_site_table",
    "",
    "Give genomics.alpha_globin in the site file, or copy-number calls of the alpha locus.",
)


@dataclass(frozen=True, slots=True)
class Found:
    """What the records say.

    Attributes
    ----------
    hits
        Known changes that are carried, once for each chromosome.
    pair
        The genotype, if both chromosomes are known.
    trouble
        Why it is not; None too where no record speaks of the locus.
    """

    hits: tuple[str, ...] = ()
    pair: Pair | None = None
    trouble: Trouble | None = None


def from_records(structure: Structure, build: str) -> Found:
    """Conclude from deletions, duplications and copy numbers.

    A chromosome is normal only where copy numbers are called over the whole locus, or every
    known change has a record.
    """
    seen = _counted(structure, build)
    if isinstance(seen, Trouble):
        return Found(trouble=seen)
    hits = tuple(name for name in sorted(seen) for _ in range(max(seen[name])))
    if len(hits) > 2 or any(len(copies) > 1 for copies in seen.values()):
        return Found(hits, trouble=indeterminate("calls_contradict", "records of the alpha locus"))
    typed = seen.keys() >= ALPHA_CHANGES[build].keys()
    segments = [span for span, _ in structure.segments]
    if len(hits) == 2 or typed or covers(segments, LOCI[build][ALPHA].copies):
        return Found(hits, pair_of([*hits, *[NORMAL] * (2 - len(hits))]))
    if not seen:
        return Found()
    detail = "copy number is not called over the locus, nor is every known change typed"
    return Found(hits, trouble=indeterminate("second_allele_not_excluded", detail))


def _counted(structure: Structure, build: str) -> dict[str, set[int]] | Trouble:
    """Return on how many chromosomes each known change lies, by every record that tells it."""
    seen: dict[str, set[int]] = {}
    for kind, span, copies in _told(structure, LOCI[build][ALPHA].copies):
        name = match(kind, span, build)
        if name is None and copies != 0:
            return indeterminate("structural_variant", f"{kind} of no known kind")
        if copies is None:
            return indeterminate("missing_genotype", f"{name}: a half call")
        if name is not None:
            seen.setdefault(name, set()).add(copies)
    return seen


def _told(structure: Structure, locus: Interval) -> Iterator[tuple[str, Interval, int | None]]:
    """Yield kind, bases and number of chromosomes of each change near the locus."""
    for change in structure.changes:
        if change.span.shared(locus):
            yield change.kind, change.span, change.copies
    for span, copies in structure.segments:
        if span.shared(locus) and copies != 2:
            whole = abs(2 - int(copies)) if copies == int(copies) else None
            yield "DEL" if copies < 2 else "DUP", span, whole


def match(kind: str, span: Interval, build: str) -> str | None:
    """Return the known change that a record is, by reciprocal overlap; None if it is none."""
    known = ALPHA_CHANGES[build].items()
    found = [
        name
        for name, (is_kind, place) in known
        if is_kind == kind and reciprocal_overlap(span, place) >= LEAST_OVERLAP
    ]
    return found[0] if len(found) == 1 else None


def alpha_globin(found: Found, stated: Pair | None) -> Verdict:
    """Conclude from the records and the site's table; what both tell must be the same.

    Parameters
    ----------
    found
        What the records say.
    stated
        The table's genotype of the subject, or None.
    """
    if stated is not None and _gainsaid(found, stated):
        detail = "the table and the records of the alpha locus differ"
        return Verdict(trouble=indeterminate("source_conflict", detail, "Look at both."))
    pair = stated or found.pair
    if pair is None:
        return Verdict(trouble=found.trouble or NO_TABLE)
    return Verdict({"genotype": "/".join(pair), "functional_genes": genes_of(pair)})


def _gainsaid(found: Found, stated: Pair) -> bool:
    if found.pair is not None:
        return found.pair != stated
    if found.trouble is not None and found.trouble.reason == "structural_variant":
        return stated == (NORMAL, NORMAL)
    return not Counter(found.hits) <= Counter(stated)


class AlphaGlobin:
    """Alpha-globin (`interpretation.registry.Interpreter`)."""

    def __init__(self, genomics: Genomics) -> None:
        del genomics  # nothing of the study changes it: no panel row is looked at

    def columns(self) -> list[Column]:
        """Declare genotype and number of genes."""
        missing_text = "no table, no copy-number calls, or both differ; see the states"
        return [
            Column(
                name=f"{KEY}__genotype",
                type="category",
                meaning="alpha-globin chromosomes, fewest genes first; aaa is a triplication",
                missing=missing_text,
                source=SOURCE,
                standard=f"records by reciprocal overlap of {LEAST_OVERLAP}; or the site's table",
                state_source=KEY,
                categories=GENOTYPES,
            ),
            Column(
                name=f"{KEY}__functional_genes",
                type="integer",
                unit="1",
                meaning="functional alpha-globin genes, 4 is usual; fewer is alpha-thalassaemia",
                missing=missing_text,
                source=SOURCE,
                state_source=KEY,
                minimum=0,
                maximum=2 * max(GENES.values()),
            ),
        ]

    def conclude(self, evidence: Evidence, findings: Findings) -> None:
        """Give each subject genotype and number.

        Raises
        ------
        InputError
            The site's table is wrong; every wrong row is named.
        """
        columns, structures = self.columns(), structures_of(evidence)
        table = evidence.genome.alpha_globin if evidence.genome else None
        stated = {} if table is None else read_alpha_table(table)
        for subject in evidence.subjects:
            structure = structures.get((subject, ALPHA), Structure())
            found = from_records(structure, evidence.build) if evidence.build else Found()
            verdict = alpha_globin(_or_failure(found, evidence, subject), stated.get(subject))
            write(findings, subject, columns, verdict)


def _or_failure(found: Found, evidence: Evidence, subject: str) -> Found:
    """Tell of files that failed, where no record speaks of the locus."""
    failed = [t for t in evidence.troubles(SCAN, subject) if t.state == "failed"]
    return Found(trouble=failed[0]) if failed and found == Found() else found
